"""The page `information`: distributions of every length, nearly equal, nearly certain,
unnormalized, and along both axes."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.operations import arguments_of, parameters_of
from tests.truth.adversarial import significands

Array = NDArray[np.float64]

# The ends of clipping: none, next to 0 and 1, in the middle of the numbers, and 1/2.
_EPSILONS = (0.1, 0.0, 1e-9 / 3, 2.0**-60 / 3, 0.5)

_LENGTHS = (1, 2, 3, 4, 7, 8, 9, 17, 33, 127, 128, 135, 1000)


def inputs(operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield calls with at least 40,000 distributions' answers together."""
    count = len(arguments_of(operation))
    for number, length in enumerate(_LENGTHS):
        arrays = _pairs(length)[:count]
        epsilon = {"epsilon": _EPSILONS[number % len(_EPSILONS)]}
        clipping = epsilon if "epsilon" in parameters_of(operation) else {}
        yield (
            ([array.T for array in arrays], {"axis": 0, **clipping})
            if number % 3 == 2
            else (list(arrays), {"axis": -1, **clipping})
        )


@lru_cache(maxsize=None)
def _pairs(length: int) -> list[Array]:
    """Return p and q: far apart, close together to the last bits, and with zeros, as many rows as
    make 40,000 in all."""
    rows = max(60, 36_000 // length // 4) if length <= 9 else max(12, 36_000 // length // 4)
    bits = np.random.PCG64(length)

    def uniform() -> Array:
        drawn = (
            1 + (bits.random_raw(rows * length) >> np.uint64(11)).astype(np.float64)
        ) * 2.0**-53
        return significands(bits, drawn.reshape(rows, length))

    p, other = uniform(), uniform()
    close = p * (1 + (other - 0.5) * np.ldexp(1.0, -(np.arange(rows) % 52))[:, None])
    wide = np.ldexp(
        other, -(bits.random_raw(rows * length) % 900).astype(np.int64).reshape(rows, length)
    )
    certain = np.where(np.arange(length) == 0, 1 - np.ldexp(other, -20), np.ldexp(p, -30))
    holes = np.where(np.arange(length) % 3 == 1, 0.0, p)
    firsts = [p, p, p, certain, holes]
    seconds = [other, close, wide, np.roll(certain, 1, axis=-1), other]
    return [np.concatenate(firsts), np.concatenate(seconds)]
