"""Which known mistake explains a failure: the answers given are compared with those of every mistake and every sibling operation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import reference
from conformance.expect import Judged
from conformance.formats import FORMATS
from conformance.implementation import Implementation, InProcess
from conformance.judging import Attempt, attempt
from conformance.mistaking import Mistake, mistakes, rounded
from conformance.operations import arrays_of, parameters_of
from conformance.outcomes import ABSENT, FAILURES, Ended
from conformance.suite import Planned

Array = NDArray[Any]

# An explanation has to account for nearly all that was answered, and for half of what failed: the rest is left to where exactly a
# kernel goes wrong, and to rounding at the edge of a bound.
_OF_ALL = 0.95
_OF_FAILURES = 0.5

# The distance in ulp of what cannot be measured, NaN from a number for instance.
_FAR = 1e9

# So many of the smallest failing cases are looked at first.
_FEW = 5


@dataclass(frozen=True)
class Explanation:
    """A mistake or a sibling operation, the share of the cases it accounts for, and how far its answers are from those given, in ulp."""

    name: str
    description: str
    share: float
    distance: float


def explain(attempts: Sequence[tuple[Planned, Attempt]]) -> list[Explanation]:
    """Return what accounts for the attempts at the cases of one operation and dtype, best first.

    Where a case was answered, the answers are compared: closely where they are wrong, within the bound where they are right.
    Where it ended otherwise, the mistake is put through the same case and has to end it with the same words.
    """
    ran = [(planned, each) for planned, each in attempts if each.outcome != ABSENT]
    if not any(each.outcome in FAILURES for _, each in ran):
        return []
    operation, dtype = ran[0][0].operation, ran[0][0].dtype
    weighed = [(planned, each) for planned, each in ran if each.outcome in FAILURES or each.judged]
    failed = sorted((pair for pair in weighed if pair[1].outcome in FAILURES), key=lambda pair: pair[0].case.arrays[0].size)
    found = []
    for name, description, make in _candidates(operation, dtype):
        # Most candidates are refuted by a few small failures; only the others are put through all of them, and through all cases.
        if not all(_accounts(make(), cases, dtype, at_least=_OF_FAILURES) for cases in (failed[:_FEW], failed)):
            continue
        if (share_and_distance := _accounts(make(), weighed, dtype, at_least=_OF_ALL)) is not None:
            share, distance = share_and_distance
            found.append(Explanation(name, description, share, distance))
    return sorted(found, key=lambda each: (-each.share, each.distance))


def _accounts(
    candidate: InProcess, attempts: Sequence[tuple[Planned, Attempt]], dtype: str, *, at_least: float
) -> tuple[float, float] | None:
    """Return the share of the attempts that a candidate accounts for and its mean distance from the answers in ulp; None for too little."""
    missing, distances = 0.0, []
    for planned, given in attempts:
        share, distance = _agreement(candidate, planned, given, dtype)
        missing += 1 - share
        distances.append(distance)
        if missing > (1 - at_least) * len(attempts):
            return None
    return 1 - missing / len(attempts), float(np.mean(distances))


def _candidates(operation: str, dtype: str) -> list[tuple[str, str, Callable[[], InProcess]]]:
    """Return what may explain an operation's answers: a name, a description, and a way to make it, without memory of earlier calls."""
    listed: list[tuple[str, str, Callable[[], InProcess]]] = [
        (each.name, each.description, partial(_of, each)) for each in mistakes()[operation] if dtype in each.dtypes
    ]
    for sibling in reference.__all__:
        if sibling != operation and (arrays_of(sibling), parameters_of(sibling)) == (arrays_of(operation), parameters_of(operation)):
            description = f"Answers {sibling}: the adapter's function may bear the wrong name."
            listed.append((sibling, description, partial(InProcess, SimpleNamespace(**{operation: rounded(sibling)}))))
    return listed


def _of(mistake: Mistake) -> InProcess:
    return InProcess(mistake.adapter())


def _agreement(candidate: InProcess, planned: Planned, given: Attempt, dtype: str) -> tuple[float, float]:
    """Return the share of an attempt that a candidate accounts for, and its mean distance from the answers in ulp."""
    if given.judged:
        scores = [_closeness(candidate, each, dtype) for each in given.judged]
        return float(np.mean([share for share, _ in scores])), float(np.mean([distance for _, distance in scores]))
    other = attempt(planned, candidate)
    return float((other.outcome, other.message) == (given.outcome, given.message)), 0.0


def _closeness(candidate: InProcess, judged: Judged, dtype: str) -> tuple[float, float]:
    """Return the share of the answers that a candidate accounts for, wrong and right ones weighing the same, and its distance in ulp."""
    try:
        guess = Implementation(candidate, dtype).call(judged.case.operation, judged.case.arrays, judged.case.parameters).astype(np.float64)
    except Ended:
        return 0.0, np.inf
    if guess.shape != judged.answer.shape:
        return 0.0, np.inf
    with np.errstate(all="ignore"):
        error = np.abs(judged.answer - judged.truth)
        right = _same(judged.answer, judged.truth) | (error <= judged.allowed)
        apart = np.where(_same(guess, judged.answer), 0.0, np.abs(guess - judged.answer))
        ulp = FORMATS[dtype].ulp(judged.answer)
        # Next to a wrong answer means within rounding of it, and much closer to it than the truth is.
        beside = apart <= np.minimum(np.maximum(2 * judged.allowed, 4 * ulp), np.where(np.isnan(error), 0.0, error / 4))
        close = np.where(right, _same(guess, judged.truth) | (np.abs(guess - judged.truth) <= judged.allowed), (apart == 0) | beside)
        ulps = np.nan_to_num(apart / ulp, nan=_FAR, posinf=_FAR)
    shares = [np.mean(close[group]) for group in (right, ~right) if group.any()]
    return (float(sum(shares) / len(shares)), float(np.mean(np.minimum(ulps, _FAR)))) if shares else (1.0, 0.0)


def _same(left: Array, right: Array) -> NDArray[np.bool_]:
    return np.asarray((left == right) | (np.isnan(left) & np.isnan(right)))
