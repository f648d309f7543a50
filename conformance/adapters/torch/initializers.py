"""The page `initializers` in torch: torch.nn.init holds weights as (outputs, inputs).

Its truncated law loses variance, so no truncated operation is offered.
"""

import torch
from torch.nn import init

from nnspec.conformance.adapters.torch.tensors import array, dtype_of, generator


def zeros(shape, *, dtype):
    return array(init.zeros_(torch.empty(shape, dtype=dtype_of(dtype))))


def constant(shape, *, value, dtype):
    return array(init.constant_(torch.empty(shape, dtype=dtype_of(dtype)), value))


def normal(shape, *, std, seed, dtype):
    return array(
        init.normal_(torch.empty(shape, dtype=dtype_of(dtype)), std=std, generator=generator(seed))
    )


def _weights(initialize):
    def answer(fan_in, fan_out, *, seed, dtype, **parameters):
        weights = torch.empty((fan_out, fan_in), dtype=dtype_of(dtype))
        return array(initialize(weights, generator=generator(seed), **parameters).T)

    return answer


def _leaky(initialize):
    def weights(tensor, *, negative_slope, generator):
        return initialize(
            tensor, a=negative_slope, mode="fan_in", nonlinearity="leaky_relu", generator=generator
        )

    return _weights(weights)


def _without_gain(tensor, *, generator):
    return init.kaiming_normal_(tensor, mode="fan_in", nonlinearity="linear", generator=generator)


xavier_fan_in_normal = _weights(_without_gain)
xavier_normal = _weights(init.xavier_normal_)
xavier_uniform = _weights(init.xavier_uniform_)
kaiming_normal = _leaky(init.kaiming_normal_)
kaiming_uniform = _leaky(init.kaiming_uniform_)
