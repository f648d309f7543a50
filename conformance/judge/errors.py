"""Whether an answer is right, how far it is from its truth, and the answers that are kept.

`compare` is the one definition of "right": verdict, diagnosis, pictures and sweeps all read it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import Format
from nnspec.conformance.terms.nested import Array


class Comparison(NamedTuple):
    """Errors of answers, the bounds they have to keep, and which answers are wrong."""

    error: Array
    allowed: Array
    wrong: NDArray[np.bool_]


@dataclass(frozen=True)
class Compared:
    """Errors beside their truths and bounds, and the part of each bound that is our own.

    That part is the error that may remain in the truth.
    """

    format: Format
    error: Array
    allowed: Array
    value: Array
    own: Array


def compare(fmt: Format, answer: Array, truth: Array, low: Array, allowed: Array) -> Comparison:
    """Compare answers with their truths: one is right when |answer - truth| ≤ bound.

    The truth is `truth` + `low`, and `allowed` is the bound. Four cases need more words.
    An answer of the true infinity, or of the true NaN, has the error 0.
    Any other answer that is infinite or NaN has the error inf, and no bound allows that.
    An answer of inf is right where the bound reaches the numbers that round to inf.
    A bound of NaN is 0 where the truth is NaN, and tells nothing elsewhere.

    NumPy warns of infinities and NaN unless the caller has silenced it.
    """
    unstated = np.isnan(allowed)
    if np.count_nonzero(unstated):
        allowed = np.where(unstated, np.where(np.isnan(truth), 0.0, np.inf), allowed)
    error = np.abs((answer - truth) - low)
    if np.count_nonzero(np.isfinite(error)) == error.size:
        return Comparison(error, allowed, ~(error <= allowed))
    finite = np.isfinite(truth)
    overflows = (
        np.isinf(answer)
        & finite
        & (np.sign(answer) == np.sign(truth))
        & (np.abs(truth) + allowed >= fmt.maximum + fmt.ulp(fmt.maximum) / 2)
    )
    special = (same(answer, truth) & ~(finite & np.isfinite(answer))) | overflows
    error = np.where(special, 0.0, np.where(np.isnan(error), np.inf, error))
    return Comparison(error, allowed, ~(error <= allowed) | np.isinf(error))


def wrong(
    fmt: Format, answer: Array, truth: Array, low: Array, allowed: Array
) -> NDArray[np.bool_]:
    """Say which answers are wrong."""
    with np.errstate(all="ignore"):
        return compare(fmt, answer, truth, low, allowed).wrong


def same(left: Array, right: Array) -> NDArray[np.bool_]:
    """Say which elements are equal, or both NaN."""
    return np.asarray((left == right) | (np.isnan(left) & np.isnan(right)))


def in_ulp(fmt: Format, error: Array, value: Array) -> Array:
    """Return errors in units of the format's spacing at the true value.

    They stay as they are where the value is not finite.
    """
    with np.errstate(over="ignore"):
        return error / np.where(np.isfinite(value), fmt.ulp(value), 1.0)


@dataclass(frozen=True)
class Judged:
    """One answer beside its truth, `truth` + `low`, and the bound of what lies between them."""

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
        """How near to a wrong answer another one has to be to account for it.

        It lies within rounding of the answer, and much closer to it than the truth does.
        """
        with np.errstate(all="ignore"):
            error = np.abs((self.answer - self.truth) - self.low)
            return np.minimum(
                np.maximum(2 * self.allowed, 4 * self.ulp),
                np.where(np.isnan(error), 0.0, error / 4),
            )

    def admits(self, values: Array) -> NDArray[np.bool_]:
        """Say which of other values would have been right answers."""
        return ~wrong(self.format, values, self.truth, self.low, self.allowed)


@dataclass(frozen=True)
class Sample:
    """Random numbers in standard deviations of their law, and its distribution function."""

    case: Case
    values: Array
    law: Callable[[Array], Array]

    @cached_property
    def ordered(self) -> Array:
        """The numbers in ascending order, since each candidate of a diagnosis asks for it."""
        return np.sort(self.values, axis=None)

    def quantiles(self, shares: Array) -> Array:
        """Return the quantiles at shares between 0 and 1, by lines between two numbers."""
        at = shares * (self.values.size - 1)
        below = at.astype(np.int64)
        low, high = self.ordered[below], self.ordered[np.minimum(below + 1, self.values.size - 1)]
        return np.asarray(low + (at - below) * (high - low))
