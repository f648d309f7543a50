"""The page `networks`: random bits in layers of every length that sums change their order at, some
nearly cancelling, and in networks."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.networks.inputs import differentiable

Array = NDArray[np.float64]

# Samples, inputs, outputs: short sums many times, and sums around the blocks of matrix kernels.
_LAYERS = (
    (40, 1, 40), (60, 2, 40), (50, 3, 60), (60, 7, 40), (40, 8, 50),
    (40, 9, 40), (30, 17, 60), (40, 64, 30), (20, 129, 40), (10, 515, 20),
)  # fmt: skip

# Of the training step: inputs, hidden and output nodes.
_STEPS = ((3, 4, 1), (1, 1, 1), (2, 60, 3), (40, 30, 5), (129, 20, 2), (60, 3, 64))

# Of networks: how many samples, the widths of the layers, and how often with each activation.
_NETWORKS = ((40, (5, 7, 6), 18), (20, (8, 3, 4, 9, 5), 9), (5, (4, 3) * 10, 4))


def inputs(operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield the arguments and parameters of calls whose answers hold at least 40,000 numbers
    together."""
    bits = np.random.PCG64(20263)
    if operation.startswith("linear"):
        for samples, fan_in, fan_out in _LAYERS:
            for spread in (0, 12, 60):
                yield _layer(bits, operation, samples, fan_in, fan_out, spread), {}
    elif operation == "perceptron_step":
        for number, (fan_in, hidden, outputs) in enumerate(_STEPS * 9):
            sizes = [(fan_in,), (outputs,), (fan_in, hidden), (hidden, outputs)]
            scales = (1.0, 1.0, 2.0 ** (number // 6 % 6) / fan_in**0.5, 4.0 / hidden**0.5)
            arguments = [
                _numbers(bits, size) * scale for size, scale in zip(sizes, scales, strict=True)
            ]
            yield arguments, {"learning_rate": (0.1, 1.0, 1e3)[number % 3]}
    else:
        yield from _networks(bits, operation)


def _layer(
    bits: np.random.PCG64, operation: str, samples: int, fan_in: int, fan_out: int, spread: int
) -> list[Any]:
    x, weight, bias = (
        _numbers(bits, size, spread) for size in ((samples, fan_in), (fan_in, fan_out), (fan_out,))
    )
    # The bias takes back what the first sample's sums have come to, but for their last bits.
    bias = -(x[0] @ weight) * (1 + bias * 2.0**-50) if spread else bias
    return [x, weight, bias, _numbers(bits, (samples, fan_out), spread)][
        : 4 if operation.endswith("_vjp") else 3
    ]


def _networks(bits: np.random.PCG64, operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    names = differentiable(operation)
    for samples, widths, times in _NETWORKS:
        # The last activation is what an answer is a value of; all of those before it take turns.
        for number, name in enumerate(names * times):
            layers = len(widths) - 1
            activations = (*(names[(number + 3 * i) % len(names)] for i in range(layers - 1)), name)
            gain = (1.0, 2.0, 8.0)[number % 3]
            weights, biases = _weights(bits, widths, gain)
            x, cotangent = (
                _numbers(bits, (samples, widths[0])),
                _numbers(bits, (samples, widths[-1])),
            )
            arguments = [x, weights, biases, *([cotangent] if operation.endswith("_vjp") else [])]
            yield arguments, {"activations": activations}


def _weights(
    bits: np.random.PCG64, widths: Sequence[int], gain: float
) -> tuple[list[Array], list[Array]]:
    pairs = itertools.pairwise(widths)
    return [_numbers(bits, pair) * gain / pair[0] ** 0.5 for pair in pairs], [
        _numbers(bits, (width,)) / 2 for width in widths[1:]
    ]


def _numbers(bits: np.random.PCG64, shape: tuple[int, ...], spread: int = 0) -> Array:
    """Return numbers of both signs in ±[1/2, 2), or with exponents that far apart, made of the
    generator's bits alone."""
    count = int(np.prod(shape))
    mantissas = 1 + (bits.random_raw(count) >> np.uint64(12)).astype(np.float64) * 2.0**-52
    exponents = (bits.random_raw(count) % np.uint64(spread + 2)).astype(np.int64) - spread // 2 - 1
    signs = np.where(bits.random_raw(count) % np.uint64(2) == 0, 1.0, -1.0)
    return np.ldexp(mantissas * signs, exponents).reshape(shape)
