"""The page `normalization`: lengths at which sums change their order, offsets up to 2^40
deviations, deviations that cancel, constants."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.truth.adversarial import significands

Array = NDArray[np.float64]

# NumPy sums fewer than 8 terms in one loop, up to 128 in eight, and more by halves.
_LENGTHS = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100, 127, 128, 129, 300, 1000)

_IMAGES = ((4, 3, 2, 5), (1, 2, 7, 3), (3, 4, 1, 1))

_EPSILONS = (0.0, 1e-5, 0.5)

_MOMENTA = (0.1, 0.75, 1.0)


def inputs(operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield batches of every length with channels near and far from zero, and the statistics and
    cotangents that go with them."""
    bits = np.random.PCG64(11)
    for number, x in enumerate(_batches(bits)):
        count = x.size // x.shape[1]
        if operation == "batch_norm_train_unbiased" and count < 2:
            continue
        scale, shift, mean = (_uniform(bits, (x.shape[1],)) for _ in range(3))
        variance = np.abs(_uniform(bits, (x.shape[1],)))
        constant = np.any(np.ptp(x, axis=(0, *range(2, x.ndim))) == 0)
        epsilon = _EPSILONS[number % 3] or (1e-5 if constant else 0.0)
        if operation == "batch_norm_train_vjp":
            yield [x, scale, _uniform(bits, x.shape)], {"epsilon": epsilon}
            # Cotangents with a mean of their own, and such as point along x̂ itself: what remains
            # is their difference.
            yield [x, scale, 1024.0 + _uniform(bits, x.shape)], {"epsilon": epsilon}
            yield [x, scale, x], {"epsilon": epsilon}
        elif operation == "batch_norm_eval":
            yield [x, scale, shift, mean, variance], {"epsilon": epsilon}
            first = x[(0, slice(None), *(0,) * (x.ndim - 2))]
            yield (
                [x, scale, shift, first * (1 + 2.0**-40), variance * 2.0**-20],
                {"epsilon": 2.0**-30},
            )
        else:
            yield (
                [x, scale, shift, mean, variance],
                {"momentum": _MOMENTA[number % 3], "epsilon": epsilon},
            )
            yield (
                [x, scale, 0 * shift, mean, variance],
                {"momentum": _MOMENTA[(number + 1) % 3], "epsilon": epsilon},
            )


def _batches(bits: np.random.PCG64) -> Iterator[Array]:
    for count in _LENGTHS:
        offsets = np.array([0.0, 1.0, 1000.0, 2.0**20, 2.0**40 / 3])
        yield _uniform(bits, (count, offsets.size)) + offsets
        # Deviations far smaller than one, equal numbers, and all but one equal.
        alike = np.full((count, 3), [0.1, 1e6 / 3, 1.0])
        alike[0, 2] = 1.0 + 2.0**-52
        yield alike
        # Two heaps far apart: the mean lies where no value is, or so near to one that its
        # deviation cancels.
        heaps = _uniform(bits, (count, 3)) * 2.0**-20 + np.where(
            np.arange(count) % 2 == 0, 1.0, -1.0
        )[:, None] * [1.0, 3.0, 2.0**10]
        heaps[-1] = np.mean(heaps, axis=0)
        yield heaps
    for shape in _IMAGES:
        yield _uniform(bits, shape) + 16.0


def _uniform(bits: np.random.PCG64, shape: tuple[int, ...]) -> Array:
    """Return numbers of (-1, 1) with full significands, the same on every machine."""
    raw = bits.random_raw(int(np.prod(shape))).reshape(shape)
    return significands(bits, np.ldexp((raw >> np.uint64(11)).astype(np.float64), -52) - 1.0)
