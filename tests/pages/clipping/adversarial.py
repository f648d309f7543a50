"""The page `clipping`: numbers of every size in lists of every length, limits just below the norm
and far below it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_LENGTHS = (1, 2, 3, 5, 17, 100, 127, 128, 1000)
_FACTORS = (0.9999999999999999, 0.9375, 0.7071067811865476, 0.1, 2.0**-30, 3e-200)


def inputs(operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield the arguments and parameters of calls that hold at least 40,000 elements together."""
    for number, length in enumerate(_LENGTHS * 4):
        for place, factor in enumerate(_FACTORS):
            numbers = _bits(length, 1009 * number + place)
            for exponent in (0, -1020, 1018)[: 3 if length < 1000 else 1]:
                gradients = np.array_split(np.ldexp(numbers, exponent), min(3, length))
                # A norm formed anyhow: its last bits do not matter, only that it is near. Of the
                # largest gradients it is out of range.
                limit = float(
                    np.ldexp(min(factor * np.sqrt(np.sum(np.square(numbers))), 31.0), exponent)
                )
                yield [gradients], _parameters(operation, limit, place)


def _parameters(operation: str, limit: float, place: int) -> dict[str, Any]:
    if operation == "clip_by_value":
        return {"limit": limit}
    epsilon = (
        {"epsilon": limit * (1e-17, 1e-8, 0.3)[place % 3]}
        if operation == "clip_by_global_norm_epsilon"
        else {}
    )
    return {"max_norm": limit, **epsilon}


def _bits(count: int, offset: int) -> Array:
    """Return numbers of both signs in [1/2, 16) with all bits of the significand in use, in an
    order without pattern."""
    k = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(4099 * offset)
    scrambled = k * np.uint64(0x9E3779B97F4A7C15)
    significand = (scrambled >> np.uint64(11)).astype(np.float64) * 2.0**-53
    exponent = (scrambled >> np.uint64(3)) % np.uint64(5)
    sign = np.where(scrambled & np.uint64(1), -1.0, 1.0)
    return np.asarray(sign * np.ldexp(0.5 + significand / 2, exponent.astype(np.int64)))
