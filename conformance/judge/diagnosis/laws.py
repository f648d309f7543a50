"""Whether a candidate draws its numbers by the law of an implementation, as the numbers show."""

from functools import lru_cache

import numpy as np

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.diagnosis.candidates import Candidate
from nnspec.conformance.judge.diagnosis.guesses import Array, Attempts
from nnspec.conformance.judge.judge import attempt

# Two samples of one law are told apart once in ten thousand, by the Kolmogorov-Smirnov statistic
# times the root of half of their size.
_LIMIT = 2.23

# Of a sample so many quantiles are kept.
_KEPT = 1023


def drawn_alike(candidate: Candidate, drawn: Attempts) -> bool | None:
    """Say whether a candidate draws by the law of an implementation, None if nobody has drawn."""
    told = [(planned, given.samples) for planned, given in drawn if given.samples]
    if not told:
        return None
    return all(
        len(own := _quantiles(candidate, planned)) == len(samples)
        and all(
            _one_law(quantiles, each.values) for quantiles, each in zip(own, samples, strict=True)
        )
        for planned, samples in told
    )


@lru_cache(maxsize=2**10)
def _quantiles(candidate: Candidate, planned: Planned) -> tuple[Array, ...]:
    """Return quantiles of what a candidate draws for a case."""
    shares = np.arange(1, _KEPT + 1) / (_KEPT + 1)
    found = attempt(planned, candidate.make())
    return tuple(
        np.quantile(each.values, shares)
        for each in found.samples
        if np.all(np.isfinite(each.values))
    )


def _one_law(quantiles: Array, values: Array) -> bool:
    """Say whether values may have the law of a sample of equal size with these quantiles."""
    below, upto = (
        np.searchsorted(np.sort(values, axis=None), quantiles, side=side) / values.size
        for side in ("left", "right")
    )
    shares = np.arange(1, _KEPT + 1) / (_KEPT + 1)
    apart = np.max(np.maximum(below - shares, shares - upto))
    return bool(apart <= _LIMIT * np.sqrt(2 / values.size) + 1 / (_KEPT + 1))
