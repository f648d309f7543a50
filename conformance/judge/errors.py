"""How far answers are from their truths, in which of them that is an error, and what diagnosis and pictures keep of both."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import Format
from nnspec.conformance.terms.nested import Array


@dataclass(frozen=True)
class Judged:
    """One answer beside its truth, `truth` + `low`, and what was allowed between them; diagnosis reads it, once for every candidate."""

    case: Case
    format: Format
    answer: Array
    truth: Array
    low: Array
    allowed: Array

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """Which of the answers are right."""
        return self.admits(self.answer)

    @cached_property
    def ulp(self) -> Array:
        """The spacing of the format at each answer."""
        return self.format.ulp(self.answer)

    @cached_property
    def reach(self) -> Array:
        """How near to a wrong answer another one has to be: within rounding of it, and much closer than the truth is."""
        with np.errstate(all="ignore"):
            error = np.abs(self.answer - self.truth)
            return np.minimum(
                np.maximum(2 * self.allowed, 4 * self.ulp),
                np.where(np.isnan(error), 0.0, error / 4),
            )

    def admits(self, values: Array) -> NDArray[np.bool_]:
        """Say which of other values would have been right answers."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(
                same(values, self.truth) | (np.abs(values - self.truth) <= self.allowed)
            )


@dataclass(frozen=True)
class Sample:
    """Random numbers over the standard deviation of their law, and the law's distribution function, for variance 1."""

    case: Case
    values: Array
    law: Callable[[Array], Array]


def same(left: Array, right: Array) -> NDArray[np.bool_]:
    """Say which elements are equal, or both NaN."""
    return np.asarray((left == right) | (np.isnan(left) & np.isnan(right)))


def errors(
    fmt: Format, actual: Array, value: Array, low: Array, allowed: Array
) -> tuple[Array, Array]:
    """Return |actual - (value + low)| and the bound it has to keep: an error is 0 where a special answer is right, inf where it is not.

    Of infinities and NaN NumPy may warn; whoever calls this has silenced it.
    """
    unstated = np.isnan(allowed)
    if np.count_nonzero(unstated):
        # The bound of a true NaN is NaN; a bound that is NaN for any other reason tells nothing.
        allowed = np.where(unstated, np.where(np.isnan(value), 0.0, np.inf), allowed)
    error = np.abs((actual - value) - low)
    if np.count_nonzero(np.isfinite(error)) == error.size:
        return error, allowed
    overflow = (
        np.isinf(actual)
        & np.isfinite(value)
        & (np.sign(actual) == np.sign(value))
        & (np.abs(value) + allowed >= fmt.maximum + fmt.ulp(fmt.maximum) / 2)
    )
    special = same(actual, value) | overflow
    unreal = np.where(np.isnan(error), np.inf, error)
    return np.where(
        special, np.where(np.isfinite(value) & np.isfinite(actual), error, 0.0), unreal
    ), allowed


def exceeding(error: Array, allowed: Array) -> NDArray[np.bool_]:
    """Say which errors are none that a bound allows; an infinite one never is."""
    return ~(error <= allowed) | np.isinf(error)


def in_ulp(fmt: Format, error: Array, value: Array) -> Array:
    """Return errors in units of the format's spacing at the true value, as they are where that is not finite."""
    with np.errstate(over="ignore"):
        return error / np.where(np.isfinite(value), fmt.ulp(value), 1.0)
