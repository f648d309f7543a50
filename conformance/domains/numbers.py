"""Numbers and shapes as a search draws them: a few one by one, so that they shrink to simple ones, and many of them by one formula."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.answers import Array
from conformance.formats import FORMATS, cast
from hypothesis import strategies as st

# Arrays of more elements are filled by a formula: drawing is some hundred times as slow.
_FEW = 12

# Lengths around the widths of vector registers and of the blocks that sums are cut into.
_LONG = 40

# The fractional parts of its multiples are spread evenly, and none is a short binary fraction.
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
_OFFSETS = 2**16

# Numbers that are meant to be simple are multiples of 1/8.
_EIGHTHS = 8


@dataclass(frozen=True)
class Range:
    """The numbers from low to high."""

    low: float
    high: float

    def one(self) -> st.SearchStrategy[float]:
        """Return a strategy for one number: a whole one, then a multiple of 1/8, then any."""
        whole = math.ceil(self.low), math.floor(self.high)
        eighths = math.ceil(self.low * _EIGHTHS), math.floor(self.high * _EIGHTHS)
        simple = [st.integers(*whole).map(float)] if whole[0] <= whole[1] else []
        simple += [st.integers(*eighths).map(lambda k: k / _EIGHTHS)] if eighths[0] <= eighths[1] else []
        return st.one_of(*simple, st.floats(self.low, self.high))

    def many(self, count: int, offset: int) -> Array:
        """Return so many numbers, spread evenly in an order without pattern."""
        return self.low + (self.high - self.low) * spread(count, offset)


def spread(count: int, offset: int) -> Array:
    """Return so many numbers of [0, 1), spread evenly in an order without pattern."""
    return np.mod(np.arange(offset, offset + count) * _GOLDEN, 1.0)


def held(values: Any, dtype: str) -> NDArray[Any]:
    """Return numbers in a format, those that are subnormal there as zeros of their sign."""
    array = cast(values, dtype)
    wide = np.asarray(array, dtype=np.float64)
    return cast(np.where(abs(wide) < FORMATS[dtype].tiny, 0.0, wide), dtype)


def offsets() -> st.SearchStrategy[int]:
    """Return a strategy for where `spread` begins."""
    return st.integers(0, _OFFSETS)


@st.composite
def arrays(draw: st.DrawFn, shape: Sequence[int], numbers: Range, dtype: str, *, ties: bool = False) -> NDArray[Any]:
    """Return a strategy for an array of numbers; with `ties` some of them are others moved by a few last places, or by none."""
    size = math.prod(shape)
    if size <= _FEW:
        values = np.array(draw(st.lists(numbers.one(), min_size=size, max_size=size)), dtype=np.float64)
    else:
        values = numbers.many(size, draw(offsets()))
        for place, value in draw(st.lists(st.tuples(st.integers(0, size - 1), numbers.one()), max_size=3)):
            values[place] = value
    found = held(values, dtype)
    if ties and size > 1:
        places = st.integers(0, size - 1)
        for place, other, steps in draw(st.lists(st.tuples(places, places, st.integers(-2, 2)), max_size=3)):
            found[place] = moved(found[other], steps, dtype)
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
    shape = draw(st.lists(st.integers(1, 4), min_size=least, max_size=most))
    if draw(st.booleans()):
        shape[draw(st.integers(0, len(shape) - 1))] = draw(st.integers(1, _LONG))
    return tuple(shape)


def powers(low: int, high: int) -> st.SearchStrategy[float]:
    """Return a strategy for the powers of two from 2^low to 2^high, the nearest to 1 first."""
    return st.sampled_from(sorted((2.0**k for k in range(low, high + 1)), key=lambda value: abs(math.log2(value))))


def fractions(bits: int = 4) -> st.SearchStrategy[float]:
    """Return a strategy for weights of the past: 0, or 1 less a power of two."""
    return st.sampled_from([1 - 2.0**-k for k in range(1, bits + 1)] + [0.0])
