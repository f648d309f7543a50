"""The measurements that a case may have on another machine, for the same answers.

The truth of a case comes from the reference, whose last bits the machine decides. Both truths are
within the reference's stated error of the true value, so they are at most twice that error apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.judge.errors import Compared
from nnspec.conformance.terms.nested import Array

# An allowance depends on the truth by way of roundoffs: two truths that differ by twice the
# reference's error have allowances that differ by less than this share. It is computed in float64,
# as a sum of at most 2²⁰ terms; their rounding is smaller too.
_ALLOWANCE = 2.0**-30


@dataclass(frozen=True)
class Span:
    """The numbers from `low` to `high`."""

    low: float = 0.0
    high: float = 0.0

    def __contains__(self, number: float) -> bool:
        """Say whether the span holds a number."""
        return self.low <= number <= self.high

    def __str__(self) -> str:
        """Return the span as a message names it."""
        return f"{self.low} to {self.high}"


def spans(comparisons: Iterable[Compared]) -> dict[str, Span]:
    """Return the spans of a case's measurements, by their names in a result."""
    ulp = ratio = Span()
    with np.errstate(all="ignore"):
        for each in comparisons:
            ulp, ratio = _joined(ulp, _in_ulp(each)), _joined(ratio, _as_share(each))
    return {"worst_ulp": ulp, "worst_ratio": ratio}


def _in_ulp(compared: Compared) -> Span:
    """Return the span of the largest finite error in ulp; the spacing is that of either truth."""
    (least, most), size = _errors(compared), np.abs(compared.value)
    apart, finite = 2 * compared.own, np.isfinite(compared.error)
    wide, narrow = map(compared.format.ulp, (size + apart, np.maximum(size - apart, 0.0)))
    # A span that reaches infinity has no spacing at its end.
    narrow = np.where(np.isfinite(size) & np.isnan(narrow), compared.format.eta, narrow)
    return Span(_largest((least / wide)[finite]), _largest((most / narrow)[finite]))


def _as_share(compared: Compared) -> Span:
    """Return the span of the largest share of an allowance."""
    least, most = _errors(compared)
    return Span(
        _largest(least / (compared.allowed * (1 + _ALLOWANCE))),
        _largest(most / (compared.allowed * (1 - _ALLOWANCE))),
    )


def _errors(compared: Compared) -> tuple[Array, Array]:
    """Return the least and the largest error that an answer may have elsewhere."""
    apart = 2 * compared.own
    return np.where(apart < compared.error, compared.error - apart, 0.0), compared.error + apart


def _largest(numbers: NDArray[np.float64]) -> float:
    """Return the largest number; 0 of an allowance of 0 is NaN, and does not count."""
    return float(np.fmax.reduce(numbers, axis=None, initial=0.0))


def _joined(first: Span, second: Span) -> Span:
    return Span(max(first.low, second.low), max(first.high, second.high))
