"""Numbers drawn from digests: a name gives the same ones everywhere and at any time, without a
generator that has to be carried along."""

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Shape = tuple[int, ...]

INF, NAN = float("inf"), float("nan")
ETA, TINY = 2.0**-1074, 2.0**-1022
HUGE = float(np.finfo(np.float64).max)

# The exponents of the least and, exclusively, of the largest number.
LEAST, MOST = -1074, 1024


def words(name: str, count: int) -> NDArray[np.uint64]:
    """Return as many words of 64 bits as asked for, of the digest of a name."""
    digest = hashlib.shake_256(name.encode()).digest(8 * count)
    return np.frombuffer(digest, "<u8").astype(np.uint64)


def whole(name: str, shape: Shape, low: int, high: int) -> NDArray[np.int64]:
    """Return integers of [low, high)."""
    drawn = words(f"{name} whole", prod(shape)) % np.uint64(high - low)
    return drawn.astype(np.int64).reshape(shape) + low


def one(name: str, low: int, high: int) -> int:
    """Return an integer of [low, high)."""
    return int(whole(name, (1,), low, high)[0])


def chosen(name: str, shape: Shape, values: ArrayLike) -> Array:
    """Return elements of `values`."""
    given = np.asarray(values, dtype=np.float64)
    return given[whole(f"{name} chosen", shape, 0, len(given))]


def positive(name: str, shape: Shape, low: int, high: int) -> Array:
    """Return numbers whose 52 bits after the point are all drawn, with exponents of [low, high).

    A subnormal number has as many bits as it has room for.
    """
    bits = words(f"{name} bits", prod(shape)).reshape(shape) >> np.uint64(12)
    return np.asarray(np.ldexp(1.0 + bits * 2.0**-52, whole(name, shape, low, high)))


def full(name: str, shape: Shape, low: int, high: int) -> Array:
    """Return numbers as `positive` does, of both signs."""
    return positive(name, shape, low, high) * (2.0 * whole(f"{name} sign", shape, 0, 2) - 1.0)


def uniform(name: str, shape: Shape, low: float, high: float) -> Array:
    """Return numbers evenly spread over an interval."""
    drawn = words(f"{name} uniform", prod(shape)).reshape(shape) >> np.uint64(11)
    return np.asarray(low + drawn * 2.0**-53 * (high - low))


def stepped(name: str, values: Array, most: int) -> Array:
    """Return numbers at most so many numbers of float64 away from the given ones."""
    values = np.asarray(values, dtype=np.float64)
    moved = values.view(np.int64) + whole(f"{name} steps", values.shape, -most, most + 1)
    found = moved.view(np.float64)
    # A step across 0 or beyond the largest number is none.
    return np.where(np.isfinite(found) & (np.signbit(found) == np.signbit(values)), found, values)


def remainder(rows: Array) -> Array:
    """Return what takes the exact sum of each row back to 0, rounded once."""
    sums = [sum(map(Fraction, row.tolist()), Fraction(0)) for row in rows]
    return np.array([_rounded(-each) for each in sums])


def product_remainder(a: Array, b: Array) -> Array:
    """Return what takes the exact sum of products of each row back to 0, rounded once."""
    pairs = [zip(map(Fraction, x), map(Fraction, y)) for x, y in zip(a.tolist(), b.tolist())]  # noqa: B905
    return np.array([_rounded(-sum((x * y for x, y in pair), Fraction(0))) for pair in pairs])


def rows_of(kinds: Sequence[Array]) -> Array:
    """Return rows that take turns between the kinds."""
    return np.stack([kinds[place % len(kinds)][place] for place in range(len(kinds[0]))])


def _rounded(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return HUGE if value > 0 else -HUGE
