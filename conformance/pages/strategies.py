"""Numbers and shapes as a search draws them: formulas fill arrays, and single elements shrink."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from nnspec.conformance.terms.formats import FORMATS, cast
from nnspec.conformance.terms.nested import Array

# Lengths around the widths of vector registers and of the blocks that sums are cut into.
_LONG = 40

# Elements of an array that are drawn one by one, and where they stand in it.
_COUNTS = st.integers(0, 3)
_PLACES = st.integers(0, 2**10)
_STEPS = st.integers(-2, 2)
_SHORT = st.integers(1, 4)
LENGTHS = st.integers(1, _LONG)

# The fractional parts of its multiples are spread evenly, and none is a short binary fraction.
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0

# Numbers that are meant to be simple are multiples of 1/8.
_EIGHTHS = 8


@dataclass(frozen=True)
class Range:
    """The numbers from low to high; those nearer to 0 than `gap` are taken for 0."""

    low: float
    high: float
    gap: float = 0.0

    @property
    def simplest(self) -> float:
        """The number that a search ends with: 0, or 1, or the one nearest to that."""
        return float(np.clip(0.0 if self.low <= 0 <= self.high else 1.0, self.low, self.high))

    def apart(self, values: Array) -> Array:
        """Return numbers with 0 in the place of those within the gap."""
        return np.where(abs(values) < self.gap, 0.0, values)

    def many(self, count: int, offset: int) -> Array:
        """Return so many numbers, spread evenly in an order without pattern."""
        return self.low + (self.high - self.low) * spread(count, offset)


@lru_cache(maxsize=None)
def one(numbers: Range) -> st.SearchStrategy[float]:
    """Return a strategy for one number of a range: whole, then a multiple of 1/8, then any."""
    whole = math.ceil(numbers.low), math.floor(numbers.high)
    eighths = math.ceil(numbers.low * _EIGHTHS), math.floor(numbers.high * _EIGHTHS)
    simple = [st.integers(*whole).map(float)] if whole[0] <= whole[1] else []
    simple += (
        [st.integers(*eighths).map(lambda k: k / _EIGHTHS)] if eighths[0] <= eighths[1] else []
    )
    return st.one_of(*simple, st.floats(numbers.low, numbers.high))


def spread(count: int, offset: int) -> Array:
    """Return so many numbers of [0, 1), spread evenly in an order without pattern."""
    return np.asarray(np.mod(np.arange(offset, offset + count) * _GOLDEN, 1.0))


def held(values: Any, dtype: str) -> NDArray[Any]:
    """Return numbers in a format, those that are subnormal there as zeros of their sign."""
    array = cast(values, dtype)
    wide = np.asarray(array, dtype=np.float64)
    return cast(np.where(abs(wide) < FORMATS[dtype].tiny, 0.0, wide), dtype)


# The beginning of `spread`; an array that begins at 0 holds only its range's simplest number.
OFFSETS = st.integers(0, 2**16)


@st.composite
def arrays(
    draw: st.DrawFn, shape: Sequence[int], numbers: Range, dtype: str, *, ties: bool = False
) -> NDArray[Any]:
    """Return a strategy for an array of numbers.

    With `ties` some of them are others moved by a few last places, or by 0.
    """
    size = math.prod(shape)
    offset = draw(OFFSETS)
    values = numbers.many(size, offset) if offset else np.full(size, numbers.simplest)
    if offset % 2:
        values = np.clip(np.round(values * _EIGHTHS) / _EIGHTHS, numbers.low, numbers.high)
    for _ in range(draw(_COUNTS) if size else 0):
        values[draw(_PLACES) % size] = draw(one(numbers))
    found = held(numbers.apart(values), dtype)
    for _ in range(draw(_COUNTS) if ties and size > 1 else 0):
        found[draw(_PLACES) % size] = moved(found[draw(_PLACES) % size], draw(_STEPS), dtype)
    return held(found, dtype).reshape(shape)


def moved(value: Any, steps: int, dtype: str) -> Any:
    """Return the number of the format that is so many last places above, or below."""
    toward = cast(math.copysign(math.inf, steps), dtype)
    for _ in range(abs(steps)):
        value = np.nextafter(value, toward)
    return value


@st.composite
def shapes(draw: st.DrawFn, least: int = 1, most: int = 3) -> tuple[int, ...]:
    """Return a strategy for shapes: a few short axes, or one long one among shorter ones."""
    shape = [draw(_SHORT) for _ in range(draw(between(least, most)))]
    if draw(st.booleans()):
        shape[draw(between(0, len(shape) - 1))] = draw(LENGTHS)
    return tuple(shape)


@st.composite
def rows(draw: st.DrawFn) -> tuple[tuple[int, ...], int]:
    """Return a strategy for shapes of one to three axes, and one of the axes, which may be long."""
    shape = [draw(_SHORT) for _ in range(draw(between(1, 3)))]
    axis = draw(between(-len(shape), len(shape) - 1))
    if draw(st.booleans()):
        shape[axis] = draw(LENGTHS)
    return tuple(shape), axis


@lru_cache(maxsize=None)
def powers(low: int, high: int) -> st.SearchStrategy[float]:
    """Return a strategy for the powers of two from 2^low to 2^high, the nearest to 1 first."""
    return st.sampled_from(
        sorted((2.0**k for k in range(low, high + 1)), key=lambda value: abs(math.log2(value)))
    )


# Weights of the past. Libraries use the running average m + (1 - β)(g - m), which loses digits if β
# is below 1/2.
DECAYS = st.sampled_from([1 - 2.0**-k for k in range(1, 5)])


@lru_cache(maxsize=None)
def between(low: int, high: int) -> st.SearchStrategy[int]:
    """Return a strategy for the whole numbers from low to high, which is made once."""
    return st.integers(low, high)
