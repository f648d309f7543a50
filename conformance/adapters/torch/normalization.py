"""The page `normalization` in torch.nn.functional, which keeps the unbiased running variance.

It updates the running statistics in place, here copies. In training it refuses one value a channel.
"""

import torch
from torch.nn import functional

from nnspec.conformance.adapters.torch.tensors import array, arrays, gradients, tensor


def batch_norm_train_unbiased(
    x, scale, shift, running_mean, running_variance, *, momentum, epsilon
):
    running = [tensor(each).clone() for each in (running_mean, running_variance)]
    y = functional.batch_norm(
        tensor(x),
        *running,
        tensor(scale),
        tensor(shift),
        training=True,
        momentum=momentum,
        eps=epsilon,
    )
    return arrays([y, *running])


def batch_norm_train_vjp(x, scale, cotangent, *, epsilon):
    if x.size == x.shape[1]:
        raise NotImplementedError("torch refuses one value a channel in training")
    given = [tensor(each).requires_grad_() for each in (x, scale)]
    shift = torch.zeros_like(given[1]).requires_grad_()
    y = functional.batch_norm(given[0], None, None, given[1], shift, training=True, eps=epsilon)
    return gradients(y, [*given, shift], cotangent)


def batch_norm_eval(x, scale, shift, mean, variance, *, epsilon):
    return array(
        functional.batch_norm(
            tensor(x), tensor(mean), tensor(variance), tensor(scale), tensor(shift), eps=epsilon
        )
    )
