"""Neighbors that disagree: vectors that lie side by side, and whose sizes are far apart.

A kernel may take the maximum or the sum of one vector for the vector beside it. It goes wrong here,
and seldom where neighbors are alike.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Vectors in one matrix. Kernels take up to sixteen of them together, and leave a remainder.
VECTORS = 33

# The length of a vector.
LENGTH = 5

# Lanes that work together.
_BLOCK = 8

# Shapes of three to five dimensions, with an axis along which the vectors lie.
_DEEP = (((3, 4, 5), 0), ((3, 4, 5), 1), ((3, 4, 5), -1), ((2, 3, 2, 5, 3), 3))


def levels(count: int) -> Iterator[tuple[str, Array]]:
    """Yield for so many vectors in a row a level each, 0 or 1, by the name of the pattern.

    Whatever the distance from a vector to the one whose state is taken, in some pattern they
    differ: one by one, in blocks of eight, and the first or the last vector alone.
    """
    places = np.arange(count)
    for name, high in (
        ("in-turns", places % 2 > 0),
        ("in-blocks", places // _BLOCK % 2 > 0),
        ("first", places == 0),
        ("last", places == count - 1),
    ):
        yield name, np.where(high, 1.0, 0.0)


def of_vectors() -> Iterator[tuple[str, Array, int]]:
    """Yield the level of every element of arrays, by a name, and the axis along which vectors lie.

    The arrays are matrices along both axes, and have up to five dimensions.
    """
    for name, each in levels(VECTORS):
        yield f"rows-{name}", np.tile(each[:, None], LENGTH), -1
        yield f"columns-{name}", np.tile(each, (LENGTH, 1)), 0
    for shape, axis in _DEEP:
        form = "x".join(map(str, shape))
        yield f"shape-{form}-axis{axis:+d}", _in_turns(shape, axis), axis


def _in_turns(shape: Sequence[int], axis: int) -> Array:
    """Return levels of vectors along an axis that change along every other axis."""
    places = np.indices(shape)
    others = [place for place in range(len(shape)) if place != axis % len(shape)]
    return np.asarray(places[others].sum(axis=0) % 2.0).reshape(shape)


def apart(level: Array, low: float, high: float) -> Array:
    """Return the number `low` where the level is 0, and `high` where it is 1."""
    return np.where(level > 0, high, low)


def powers(level: Array, power: int) -> Array:
    """Return 2 to the power where the level is 1, and to its opposite where it is 0."""
    return apart(level, math.ldexp(1.0, -power), math.ldexp(1.0, power))
