"""Running error analysis: a value carries a bound on the error that a careful computation makes.

Every operation passes on the errors of its arguments and adds its own rounding: u·|v| for + − ×,
gamma(k)·Σ|term| for k terms summed in any order. `Units` lists the units of u for / √ and a power,
for an elementary function and for an activation. A result that may be subnormal may be flushed
to 0.

In 16 bits this is the error of a library that rounds every step to the format. One that computes in
float32 and rounds once has a smaller error: that of the last rounding, and 2⁻¹³ or less of it.

If u is that of float64, the value is our own, and the exact number lies within `error` of it
(N. Higham 2002, section 3.3; J. Wilkinson 1986, IMA Bulletin 22).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.factors import Factors
from nnspec.conformance.terms.formats import Format

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Units:
    """The errors of careful functions in units of u: conventions that libraries keep, no theorems.

    `quotient` is that of / √ and a power, `elementary` that of exp, log and their like,
    `activation` that of sigmoid and tanh. `derivative` is that of their derivatives, computed from
    a stored output, beyond the error of that output. `logarithm` is that of the sum of a softmax's
    exponentials: units, and units for each log n.
    """

    quotient: float
    elementary: float
    activation: float
    derivative: float
    logarithm: tuple[float, float]


# A processor's / and √ are within 1 ulp, a library's exp and log within 2 ulp, and an activation
# within the 8 ulp that its clause on accuracy allows; one ulp is at most 2u.
_WIDE = Units(2, 4, 16, 8, (18, 9))

# A function of a 16-bit number is computed in float32 and rounded once to the format: 1u, and the
# 4 · 2⁻²⁴ of float32, which is 2⁻¹¹u at most. Tanh by expm1 and a square have five roundings,
# s(1 − s) by e/(1 + e)² has four before the cotangent; softmax by its logarithm has four and two
# for each log n. A twentieth covers the products of the errors.
_NARROW = Units(1 + 2.0**-11, 1 + 2.0**-11, 5.05, 4.05, (4.05, 2.05))


@dataclass(frozen=True)
class Arithmetic:
    """The format of results, the format of sums, and the axes that reductions run over (None: all).

    A vector over channels broadcasts against an `x` of so many `dimensions`. A matrix product
    rounds its `factors`, None if it takes them as they are.
    """

    working: Format
    accumulator: Format
    axes: tuple[int, ...] | None = None
    dimensions: int = 2
    factors: Factors | None = None

    @cached_property
    def u(self) -> float:
        """Return the unit roundoff of a result."""
        return self.working.u

    @cached_property
    def units(self) -> Units:
        """Return the errors of careful functions in the format of results, in units of u."""
        return _NARROW if self.working.narrow else _WIDE

    @cached_property
    def tiny(self) -> float:
        """Return the number below which a result may be flushed: the error of flushing it."""
        return self.working.tiny

    def gamma(self, terms: Any) -> Array:
        """Return the relative error of a sum of `terms` terms, inf if it may be all wrong."""
        error = np.multiply(terms, self.accumulator.u)
        return np.where(error < 1, error / (1 - error), np.inf)

    def product(self, terms: int) -> Array:
        """Return the error of a matrix product of so many terms, as a share of Σ|aᵢ||bᵢ|.

        Each rounded factor is off by u_m, so a term is off by 2u_m + u_m². The sum adds up one
        product a term, or those of the parts of its factors. So rounding adds at most
        (2u_m + u_m²)(1 + γ) + γ.
        """
        if self.factors is None:
            return self.gamma(terms)
        gamma, u = self.gamma(terms * self.factors.products), self.factors.u
        return np.asarray((2 * u + u * u) * (1 + gamma) + gamma)


@dataclass(eq=False, slots=True)
class Rounded:
    """A value, and a bound on the error of a careful computation of it."""

    value: Array
    error: Array
    arithmetic: Arithmetic

    # NumPy's arrays leave `array + rounded` to the methods below.
    __array_ufunc__ = None

    def __add__(self, other: Any) -> "Rounded":
        other = self._of(other)
        return self._made(self.value + other.value, self.error + other.error)

    def __sub__(self, other: Any) -> "Rounded":
        other = self._of(other)
        return self._made(self.value - other.value, self.error + other.error)

    def __mul__(self, other: Any) -> "Rounded":
        other = self._of(other)
        error = (abs(self.value) + self.error) * other.error + abs(other.value) * self.error
        return self._made(self.value * other.value, error)

    def __truediv__(self, other: Any) -> "Rounded":
        other = self._of(other)
        quotient = self.value / other.value
        least = abs(other.value) - other.error
        error = np.where(
            least > 0,
            (self.error + abs(quotient) * other.error) / np.where(least > 0, least, 1.0),
            np.inf,
        )
        return self._made(quotient, error, self.arithmetic.units.quotient)

    def __pow__(self, exponent: Any) -> "Rounded":
        """Raise to a known exponent; the slope is taken at the far end of the interval.

        Nothing rounds a power correctly: an ulp of the result, 2u at most, is a careful library's.
        """
        power = (
            exponent.value
            if isinstance(exponent, Rounded)
            else np.asarray(exponent, dtype=np.float64)
        )
        value = self.value**power
        slope = abs(power) * (abs(self.value) + self.error) ** (power - 1)
        return self._made(
            value, np.where(self.error > 0, slope * self.error, 0.0), self.arithmetic.units.quotient
        )

    def __matmul__(self, other: Any) -> "Rounded":
        other = self._of(other)
        mine, theirs = abs(self.value), abs(other.value)
        terms = (mine + self.error) @ (theirs + other.error)
        count = self.value.shape[-1]
        error: Array = np.zeros(terms.shape)
        # Nearly all factors are exact, and a product takes long. Infinity times 0 is NaN.
        if np.any(self.error) or np.any(other.error) or not np.all(np.isfinite(terms)):
            error = mine @ other.error + self.error @ theirs + self.error @ other.error
        error = (
            error
            + times(self.arithmetic.product(count), terms)
            + self._flushed_terms(mine, theirs, count)
        )
        return self._made(self.value @ other.value, error)

    def __radd__(self, other: Any) -> "Rounded":
        return self._of(other) + self

    def __rsub__(self, other: Any) -> "Rounded":
        return self._of(other) - self

    def __rmul__(self, other: Any) -> "Rounded":
        return self._of(other) * self

    def __rtruediv__(self, other: Any) -> "Rounded":
        return self._of(other) / self

    def __rpow__(self, other: Any) -> "Rounded":
        return self._of(other) ** self

    def __rmatmul__(self, other: Any) -> "Rounded":
        return self._of(other) @ self

    def __neg__(self) -> "Rounded":
        return Rounded(-self.value, self.error, self.arithmetic)

    def __abs__(self) -> "Rounded":
        return Rounded(abs(self.value), self.error, self.arithmetic)

    def __lt__(self, other: Any) -> NDArray[np.bool_]:
        return np.asarray(self.value < self._of(other).value)

    def __le__(self, other: Any) -> NDArray[np.bool_]:
        return np.asarray(self.value <= self._of(other).value)

    def __gt__(self, other: Any) -> NDArray[np.bool_]:
        return np.asarray(self.value > self._of(other).value)

    def __ge__(self, other: Any) -> NDArray[np.bool_]:
        return np.asarray(self.value >= self._of(other).value)

    def reshaped(self, shape: tuple[int, ...]) -> "Rounded":
        """Return the same numbers in another shape."""
        return Rounded(self.value.reshape(shape), self.error.reshape(shape), self.arithmetic)

    def transposed(self) -> "Rounded":
        """Return the same numbers with the last two axes exchanged."""
        return Rounded(
            np.swapaxes(self.value, -1, -2), np.swapaxes(self.error, -1, -2), self.arithmetic
        )

    def summed(self, axes: int | tuple[int, ...] | None, *, keepdims: bool = True) -> "Rounded":
        """Return the sum over axes, in any order."""
        value, terms, error = (
            np.asarray(np.sum(each, axis=axes, keepdims=keepdims))
            for each in (self.value, abs(self.value) + self.error, self.error)
        )
        count = self.value.size / max(value.size, 1)
        return self._made(value, error + times(self.arithmetic.gamma(count), terms))

    def through(self, function: Callable[[Array], Array], slope: Array, units: float) -> "Rounded":
        """Return a function of the value, computed to `units` u.

        Within the error of the value the function is no steeper than `slope`.
        """
        value = function(self.value)
        return self._made(value, np.where(self.error > 0, slope * self.error, 0.0), units)

    def _of(self, other: Any) -> "Rounded":
        if isinstance(other, Rounded):
            return other
        value = np.asarray(other, dtype=np.float64)
        return Rounded(value, np.zeros(value.shape), self.arithmetic)

    def _made(self, value: Array, propagated: Array, units: float = 1) -> "Rounded":
        """Return a computed value with the propagated error, its own rounding and its flushing.

        An infinite error times 0 is NaN. Nothing is certain then, and the error is infinite.
        """
        arithmetic, magnitude = self.arithmetic, abs(value)
        lost = np.isnan(propagated)
        if np.count_nonzero(lost):
            propagated = np.where(lost & np.isfinite(value), np.inf, propagated)
        largest = magnitude + propagated
        error = propagated + units * arithmetic.u * largest
        subnormal = magnitude - propagated < arithmetic.tiny
        # Hardly any value is subnormal, and every operation of a formula comes through here.
        if np.count_nonzero(subnormal):
            error = error + np.where(subnormal & (largest > 0), arithmetic.tiny, 0.0)
        return Rounded(np.asarray(value), error, arithmetic)

    def _flushed_terms(self, mine: Array, theirs: Array, count: int) -> float:
        least = [float(np.min(each, initial=np.inf, where=each > 0)) for each in (mine, theirs)]
        return count * self.arithmetic.tiny if least[0] * least[1] < self.arithmetic.tiny else 0.0


def exact(value: Any, arithmetic: Arithmetic) -> Any:
    """Return numbers, arrays and lists of them as values without error; leave the rest alone."""
    if isinstance(value, (list, tuple)):
        return [exact(item, arithmetic) for item in value]
    if (
        isinstance(value, (bool, str))
        or value is None
        or not isinstance(value, (int, float, np.ndarray, np.number))
    ):
        return value
    array = np.asarray(value, dtype=np.float64)
    return Rounded(array, np.zeros(array.shape), arithmetic)


def root(values: Rounded) -> Rounded:
    """Return the square root: its slope is unbounded at 0, its error is not."""
    value, above = np.sqrt(values.value), np.sqrt(values.value + values.error)
    below = np.sqrt(np.maximum(values.value - values.error, 0.0))
    # The difference of two roots, written so that a small error does not cancel to whole ulps.
    error = np.where(
        values.value > values.error,
        values.error / (value + below),
        np.maximum(above - value, value),
    )
    error = np.where(values.error > 0, error, 0.0)
    units = values.arithmetic.units.quotient
    return values._made(value, error, units)  # noqa: SLF001  of this module


def times(factor: Array, terms: Array) -> Array:
    """Return factor · terms, and 0 for a term of 0 even if the factor is infinite."""
    return np.where(terms > 0, factor * terms, 0.0)
