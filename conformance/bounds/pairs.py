"""Numbers of 106 bits: the unevaluated sum of two float64, `hi` + `lo`, element by element.

`+ - *` err by at most 7·2⁻¹⁰⁶ of their result (M. Joldes, J.-M. Muller, V. Popescu, ACM TOMS 44,
2017, doi:10.1145/3121432, theorems 3.1 and 5.3). The largest errors that 3,000 numbers show are
2⁻¹⁰⁶ for roots, 2⁻¹⁰³ for logarithms, 2⁻⁹⁸ for exponentials, and 2⁻⁹² for `excess`. Numbers stay
between 2⁻⁸⁰⁰ and 2⁸⁰⁰ in magnitude, or are 0: beyond that a part of a pair leaves the range.

Only additions, products, quotients and roots of float64 are used, which IEEE 754 rounds alike on
every machine. `numpy.log1p` gives a first guess, and one step of Halley's method leaves less than
2⁻¹⁴⁰ of its error.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.reference.sums import two_sum

Array = NDArray[np.float64]

# 2²⁷ + 1 splits a float64 into two halves of 26 bits (T. Dekker 1971, doi:10.1007/BF01397083).
_SPLITTER = 134217729.0

# expm1 is taken of r/2⁹ with |r| ≤ (log 2)/2: the tenth term of its series is below 2⁻¹⁰⁵ of it.
_HALVINGS = 9
_TERMS = 9

# Below this t, (1 + t) log(1 + t) - t comes from its series, whose tenth term is below 2⁻¹⁰⁴ of it.
_SMALL = 2.0**-12


@dataclass(eq=False, slots=True)
class Pair:
    """An array of numbers hi + lo, where hi is the sum rounded to float64."""

    hi: Array
    lo: Array

    # NumPy's arrays leave `array + pair` to the methods below.
    __array_ufunc__ = None

    def __add__(self, other: Any) -> "Pair":
        if not isinstance(other, Pair):
            # A number without a second part needs half of the operations.
            high, rest = two_sum(self.hi, np.asarray(other, dtype=np.float64))
            return Pair(*_ordered_sum(high, rest + self.lo))
        high, rest = two_sum(self.hi, other.hi)
        low, least = two_sum(self.lo, other.lo)
        high, rest = _ordered_sum(high, rest + low)
        return Pair(*_ordered_sum(high, rest + least))

    def __mul__(self, other: Any) -> "Pair":
        if not isinstance(other, Pair):
            number = np.asarray(other, dtype=np.float64)
            high, rest = two_product(self.hi, number)
            return Pair(*_ordered_sum(high, rest + self.lo * number))
        high, rest = two_product(self.hi, other.hi)
        rest = rest + (self.lo * other.lo + (self.hi * other.lo + self.lo * other.hi))
        return Pair(*_ordered_sum(high, rest))

    def __truediv__(self, other: Any) -> "Pair":
        other = paired(other)
        first = self.hi / other.hi
        rest = self - other * first
        second = rest.hi / other.hi
        third = (rest - other * second).hi / other.hi
        return Pair(*_ordered_sum(first, second)).__add__(third)

    def __pow__(self, exponent: Any) -> "Pair":
        """Raise to whole numbers that are not negative, by repeated squaring."""
        left = np.asarray(paired(exponent).hi, dtype=np.int64)
        power, found = self, paired(np.ones(np.broadcast_shapes(self.hi.shape, left.shape)))
        while left.any():
            odd = left % 2 > 0
            if odd.any():
                product = found * power
                found = product if odd.all() else where(odd, product, found)
            left = left // 2
            power = power * power if left.any() else power
        return found

    def __matmul__(self, other: Any) -> "Pair":
        other = paired(other)
        left = self.each(lambda part: part[..., None])
        right = other.each(lambda part: part.reshape(*(1,) * (self.hi.ndim - 1), *part.shape))
        right = right.each(lambda part: part[..., None]) if other.hi.ndim == 1 else right
        product = total(left * right, self.hi.ndim - 1)
        return product.each(lambda part: part[..., 0]) if other.hi.ndim == 1 else product

    def __sub__(self, other: Any) -> "Pair":
        return self.__add__(-other if isinstance(other, Pair) else -np.asarray(other, np.float64))

    def __radd__(self, other: Any) -> "Pair":
        return self.__add__(other)

    def __rsub__(self, other: Any) -> "Pair":
        return (-self).__add__(other)

    def __rmul__(self, other: Any) -> "Pair":
        return self.__mul__(other)

    def __rtruediv__(self, other: Any) -> "Pair":
        return paired(other) / self

    def __neg__(self) -> "Pair":
        return Pair(-self.hi, -self.lo)

    def __abs__(self) -> "Pair":
        sign = np.where(self.hi < 0, -1.0, 1.0)
        return Pair(self.hi * sign, self.lo * sign)

    def __gt__(self, other: Any) -> NDArray[np.bool_]:
        other = paired(other)
        tie = (self.hi == other.hi) & (self.lo > other.lo)
        return np.asarray((self.hi > other.hi) | tie)

    def __lt__(self, other: Any) -> NDArray[np.bool_]:
        return paired(other) > self

    def __ge__(self, other: Any) -> NDArray[np.bool_]:
        other = paired(other)
        tie = (self.hi == other.hi) & (self.lo >= other.lo)
        return np.asarray((self.hi > other.hi) | tie)

    def __le__(self, other: Any) -> NDArray[np.bool_]:
        return paired(other) >= self

    def each(self, function: Callable[[Array], Array]) -> "Pair":
        """Return the numbers moved by a function that changes none of them."""
        return Pair(function(self.hi), function(self.lo))


def paired(value: Any) -> Pair:
    """Return numbers in float64 as pairs; pairs stay as they are."""
    if isinstance(value, Pair):
        return value
    high = np.asarray(value, dtype=np.float64)
    return Pair(high, np.zeros(high.shape))


def _nearest(number: Fraction) -> Pair:
    high = float(number)
    return Pair(np.asarray(high), np.asarray(float(number - Fraction(high))))


# log 2 = hi + lo to 2⁻¹⁰⁷, and 1/n!.
_LOG2 = Pair(np.asarray(0.6931471805599453), np.asarray(2.3190468138462996e-17))
_RECIPROCALS = tuple(_nearest(Fraction(1, math.factorial(n))) for n in range(_TERMS + 1))


def two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a·b as it rounds, and the rest of it, exactly (T. Dekker 1971)."""
    high = a * b
    a_high, a_low = halves = _halves(a)
    b_high, b_low = halves if a is b else _halves(b)
    return high, ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(a: Array) -> tuple[Array, Array]:
    large = a * _SPLITTER
    high = large - (large - a)
    return high, a - high


def _ordered_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a + b as it rounds, and its rest, where |a| ≥ |b| or a = 0."""
    high = a + b
    return high, b - (high - a)


# --- functions of pairs ---


def total(values: Pair, axes: int | tuple[int, ...] | None, *, keepdims: bool = False) -> Pair:
    """Return the sum along axes, or of all: neighbors are added until one number is left."""
    ndim = values.hi.ndim
    along = range(ndim) if axes is None else axes if isinstance(axes, tuple) else (axes,)
    first = tuple(axis % ndim for axis in along)
    kept = tuple(1 if axis in first else size for axis, size in enumerate(values.hi.shape))
    rest = tuple(size for axis, size in enumerate(values.hi.shape) if axis not in first)
    count = math.prod(values.hi.shape[axis] for axis in first)
    rows = values.each(
        lambda part: np.moveaxis(part, first, range(len(first))).reshape(count, *rest)
    )
    while len(rows.hi) > 1:
        rows = _halved(rows)
    if not len(rows.hi):
        rows = paired(np.zeros((1, *rest)))
    return rows.each(lambda part: part.reshape(kept if keepdims else rest))


def _halved(rows: Pair) -> Pair:
    """Return the sums of row k and row k + n/2; an odd row comes after them."""
    half = len(rows.hi) // 2
    first, second, odd = (
        Pair(rows.hi[part], rows.lo[part])
        for part in (slice(half), slice(half, 2 * half), slice(2 * half, None))
    )
    added = first + second
    return Pair(np.concatenate((added.hi, odd.hi)), np.concatenate((added.lo, odd.lo)))


def others(values: Pair, axes: tuple[int, ...] | None) -> Pair:
    """Return the sum of all other elements along an axis, or of all: no difference cancels."""
    if axes is None or len(axes) != 1:
        flat = others(values.each(lambda part: part.reshape(-1)), (0,))
        return flat.each(lambda part: part.reshape(values.hi.shape))
    rows = values.each(lambda part: np.moveaxis(part, axes[0], 0))
    # Both directions are summed at once.
    sums = _sums_before(rows.each(lambda part: np.stack((part, part[::-1]), axis=1)))
    ahead, behind = sums.each(lambda part: part[:, 0]), sums.each(lambda part: part[::-1, 1])
    return (ahead + behind).each(lambda part: np.moveaxis(part, 0, axes[0]))


def _sums_before(rows: Pair) -> Pair:
    """Return for each row the sum of the rows before it: of 1, then of 2, 4, 8 … of them."""
    sums = rows.each(lambda part: np.concatenate((np.zeros_like(part[:1]), part[:-1])))
    reach = 1
    while reach < len(rows.hi):
        earlier, later = (
            Pair(sums.hi[part], sums.lo[part]) for part in (slice(-reach), slice(reach, None))
        )
        added = later + earlier
        sums = Pair(
            np.concatenate((sums.hi[:reach], added.hi)), np.concatenate((sums.lo[:reach], added.lo))
        )
        reach *= 2
    return sums


def extreme(pick: np.ufunc, values: Pair, axes: tuple[int, ...] | None) -> Pair:
    """Return the largest or the smallest along axes, or of all, with the reduced axes kept."""
    least = -np.inf if pick is np.maximum else np.inf
    high = pick.reduce(values.hi, axis=axes, keepdims=True, initial=least)
    low = pick.reduce(
        np.where(values.hi == high, values.lo, least), axis=axes, keepdims=True, initial=least
    )
    return Pair(high, low)


def where(condition: Any, left: Any, right: Any) -> Pair:
    """Return `left` where the condition holds, else `right`."""
    left, right = paired(left), paired(right)
    return Pair(np.where(condition, left.hi, right.hi), np.where(condition, left.lo, right.lo))


def root(values: Pair) -> Pair:
    """Return the square root: that of hi, and one step of Newton's method from there."""
    guess = np.sqrt(values.hi)
    rest = (values - Pair(*two_product(guess, guess))).hi / np.where(guess > 0, 2.0 * guess, 1.0)
    return Pair(*_ordered_sum(guess, rest))


def expm1(values: Any) -> Pair:
    """Return e^v - 1."""
    s, halves = _reduced(paired(values))
    return where(halves[0] * halves[1] == 1, s, _scaled(s + 1.0, halves) - 1.0)


def exp(values: Any) -> Pair:
    """Return e^v; it is 0 where e^v is below the range, and where v is -inf or NaN."""
    values = paired(values)
    below = ~(values.hi >= -700.0)  # noqa: PLR2004  e^-700 is 2^-1010
    s, halves = _reduced(where(below, 0.0, values))
    return where(below, 0.0, _scaled(s + 1.0, halves))


def _reduced(values: Pair) -> tuple[Pair, tuple[Array, Array]]:
    """Return e^r - 1, and the factors of 2^k, of v = k·log 2 + r.

    The series is taken at r/2⁹, and s ↦ 2s + s² leads from there to r in nine steps.
    """
    k = np.clip(np.rint(values.hi / _LOG2.hi), -2000.0, 2000.0)
    r = _scaled(values - _LOG2 * k, (2.0**-_HALVINGS,))
    s = r * _RECIPROCALS[_TERMS]
    for term in range(_TERMS - 1, 0, -1):
        s = r * (s + _RECIPROCALS[term])
    for _ in range(_HALVINGS):
        s = _scaled(s, (2.0,)) + s * s
    exponents = (np.asarray(half, dtype=np.int64) for half in (k // 2, k - k // 2))
    first, second = (np.ldexp(1.0, exponent) for exponent in exponents)
    return s, (first, second)


def _scaled(values: Pair, powers: Sequence[Any]) -> Pair:
    """Return the product with powers of 2, which is exact."""
    return values.each(lambda part: reduce(np.multiply, powers, part))


def log1p(values: Any) -> Pair:
    """Return log(1 + v) for v > -1, with all digits near 0."""
    values = paired(values)
    guess = np.log1p(values.hi)
    there = expm1(guess)
    found: Pair = (values - there) * 2.0 / ((values + there) + 2.0) + guess
    return found


def log(values: Any) -> Pair:
    """Return the natural logarithm: v = m·2^k with m near 1."""
    values = paired(values)
    k = np.frexp(values.hi * math.sqrt(2.0))[1] - 1.0
    scale = np.ldexp(1.0, np.asarray(-k, dtype=np.int64))
    near_one = values.each(lambda part: part * scale)
    found: Pair = log1p(near_one - 1.0) + _LOG2 * k
    return found


# 1/(k(k - 1)) for k = 11 … 2, the coefficients of the series.
_EXCESSES = [1.0 / paired(k * (k - 1)) for k in range(11, 1, -1)]


def excess(t: Any) -> Pair:
    """Return φ(t) = (1 + t) log(1 + t) - t = Σ (-t)^k/(k(k - 1)) from k = 2 on, never negative."""
    t = paired(t)
    small = where(abs(t) < _SMALL, t, 0.0)
    series = paired(np.zeros(t.hi.shape))
    for inverse in _EXCESSES:
        series = series * -small + inverse
    return where(abs(t) < _SMALL, series * small * small, (1.0 + t) * log1p(t) - t)
