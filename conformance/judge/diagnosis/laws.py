"""Whether a candidate draws its numbers by the law of an implementation, as the numbers show."""

from functools import lru_cache

import numpy as np

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.diagnosis.candidates import Candidate
from nnspec.conformance.judge.diagnosis.guesses import Array, Attempts
from nnspec.conformance.judge.errors import Sample
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.programs.evaluation import call_of
from nnspec.conformance.programs.laws import Law, law_of
from nnspec.conformance.programs.lines import CannotRunError
from nnspec.conformance.programs.program import Program, program_of

# A sample of a law, and two of one law, are told apart once in ten thousand, by the
# Kolmogorov-Smirnov statistic times the root of the size, or of half of it.
_LIMIT = 2.23

# Of a sample so many quantiles are kept.
_KEPT = 1023
_SHARES = np.arange(1, _KEPT + 1) / (_KEPT + 1)


def drawn_alike(candidate: Candidate, drawn: Attempts) -> bool | None:
    """Say whether a candidate draws by the law of an implementation, None if nobody has drawn."""
    told = [(planned, given.samples) for planned, given in drawn if given.samples]
    if not told:
        return None
    if candidate.program is not None:
        return all(_by_law(candidate.program, each) for _, samples in told for each in samples)
    return all(
        len(own := _quantiles(candidate, planned)) == len(samples)
        and all(_one_law(quantiles, each) for quantiles, each in zip(own, samples, strict=True))
        for planned, samples in told
    )


def _by_law(program: Program, sample: Sample) -> bool:
    """Say whether values may have the law that a program states."""
    case = sample.case
    names = call_of(case.operation, case.arguments, case.parameters).names
    try:
        law, due = (law_of(each, names) for each in (program, program_of(case.operation)))
    except CannotRunError:
        return False
    if not isinstance(law, Law) or not _finite(sample):
        return False
    # A sample is in standard deviations of the law that is due.
    values = sample.quantiles(_SHARES) * np.sqrt(due.variance)
    apart = np.max(np.abs(law.probability(values) - _SHARES))
    return bool(apart <= _LIMIT / np.sqrt(sample.values.size) + 1 / (_KEPT + 1))


@lru_cache(maxsize=2**10)
def _quantiles(candidate: Candidate, planned: Planned) -> tuple[Array, ...]:
    """Return quantiles of what a candidate draws for a case."""
    found = attempt(planned, candidate.make())
    return tuple(each.quantiles(_SHARES) for each in found.samples if _finite(each))


def _one_law(quantiles: Array, sample: Sample) -> bool:
    """Say whether a sample may have the law of another of equal size with these quantiles."""
    size = sample.values.size
    below, upto = (
        np.searchsorted(sample.ordered, quantiles, side=side) / size for side in ("left", "right")
    )
    apart = np.max(np.maximum(below - _SHARES, _SHARES - upto))
    return bool(apart <= _LIMIT * np.sqrt(2 / size) + 1 / (_KEPT + 1))


def _finite(sample: Sample) -> bool:
    """Say whether all numbers of a sample are finite: NaN is the last in ascending order."""
    return bool(np.all(np.isfinite(sample.ordered[[0, -1]])))
