"""What attempts tell of a candidate: the failing cases that it accounts for, and contradictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.diagnosis.candidates import Candidate
from nnspec.conformance.judge.errors import Judged, same
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.judge.judge import Attempt, attempt
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import flat
from nnspec.conformance.terms.outcomes import Ended

Array = NDArray[Any]

# An explanation of a failing case has to account for half of its wrong answers. Where exactly a
# kernel goes wrong is its own affair.
_OF_WRONG = 0.5

# In at most this part of the cases an explanation may be wrong where the implementation is right.
CONTRADICTED = 0.05

# A limit may have no width, that of a largest weight for instance. Statistics that break it differ
# from one generator to another by about this part.
_BY_CHANCE = 0.1

# The distance in ulp where none can be measured, of NaN from a number for instance.
_FAR = 1e9


Attempts = Sequence[tuple[Planned, Attempt]]


@dataclass(frozen=True)
class Known:
    """How a mistake without memory ended planned cases (by id), and what it answered to cases."""

    ended: Mapping[str, Attempt] = field(default_factory=dict)
    answers: Mapping[Case, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, attempts: Attempts) -> "Known":
        """Return what the attempts of a mistake tell."""
        judged = [each for _, given in reversed(attempts) for each in reversed(given.judged)]
        return cls(
            {planned.id: given for planned, given in attempts},
            {each.case: each.answer for each in judged},
        )


def accounted(
    candidate: Candidate, known: Known, failed: Attempts, dtype: str | None
) -> tuple[frozenset[str], float]:
    """Return the failing cases that a candidate accounts for, and its mean distance in ulp."""
    cases, distances = [], []
    for planned, given in failed:
        wrong = [each for each in given.judged if not each.right.all()]
        # A candidate with memory answers the repetitions of a call one by one.
        if wrong and not (planned.case.times and candidate.remembers):
            guesses = _guesses(candidate, known, tuple(each.case for each in wrong), dtype)
            pairs = list(zip(guesses, wrong, strict=True))
            if all(_share(*pair) >= _OF_WRONG for pair in pairs):
                cases.append(planned.id)
                apart = [_distance(guess, each) for guess, each in pairs if guess is not None]
                distances.append(float(np.mean(apart)))
        else:
            like, distance = _likeness(_ended(candidate, known, planned), given)
            if like:
                cases.append(planned.id)
                distances.append(distance)
    return frozenset(cases), float(np.mean(distances)) if distances else 0.0


def _ended(candidate: Candidate, known: Known, planned: Planned) -> Attempt:
    return known.ended.get(planned.id) or _ended_anew(candidate, planned)


@lru_cache(maxsize=2**13)
def _ended_anew(candidate: Candidate, planned: Planned) -> Attempt:
    """Return how a candidate ends a case. Every failure has the same candidates."""
    made = candidate.make()
    if candidate.opening is not None and planned.case.name != candidate.opening.name:
        _open(candidate, Implementation(made, planned.dtype))
    found = attempt(planned, made)
    return replace(found, judged=(), samples=(), comparisons=())


def _likeness(other: Attempt, given: Attempt) -> tuple[bool, float]:
    """Say whether two attempts ended alike, and return how far apart they are.

    Two statistics outside of their bound are alike where chance explains their difference.
    """
    if "answer" not in given.details or "answer" not in other.details:
        return (other.outcome, other.message) == (given.outcome, given.message), 0.0
    if other.details["quantity"] != given.details["quantity"]:
        return False, _FAR
    one, two = (float(each.details["answer"]) for each in (other, given))
    apart, size = abs(one - two), max(abs(one), abs(two))
    if one == two or (one != one and two != two):  # noqa: PLR0124  NaN is alike too
        apart = 0.0
    elif not apart <= max(2 * given.details["bound"], _BY_CHANCE * size):
        return False, _FAR
    return True, (apart / size if apart else 0.0) + _BY_CHANCE * (other.message != given.message)


def contradicted(
    candidate: Candidate, known: Known, conforming: Attempts, dtype: str | None
) -> float:
    """Return in how many cases a candidate is wrong where the implementation is right.

    Parts of cases are added up, until they are too many.
    """
    missing = 0.0
    for _, given in conforming:
        missing += 1 - min(_agreement(candidate, known, each, dtype) for each in given.judged)
        if missing > CONTRADICTED * len(conforming):
            break
    return missing


def _agreement(candidate: Candidate, known: Known, judged: Judged, dtype: str | None) -> float:
    """Return the share of the answers to a case that a candidate answers rightly too."""
    (guess,) = _guesses(candidate, known, (judged.case,), dtype)
    if guess is None or guess.shape != judged.answer.shape:
        return 0.0
    return np.count_nonzero(judged.admits(guess)) / guess.size if guess.size else 1.0


def _guesses(
    candidate: Candidate, known: Known, cases: tuple[Case, ...], dtype: str | None
) -> tuple[Array | None, ...]:
    """Return a candidate's answers to cases in their order, None where it gives none."""
    if all(case in known.answers for case in cases):
        return tuple(known.answers[case] for case in cases)
    found = _guessed_anew if any(case.many for case in cases) else _guessed
    return found(candidate, cases, dtype)


@lru_cache(maxsize=2**13)
def _guessed(
    candidate: Candidate, cases: tuple[Case, ...], dtype: str | None
) -> tuple[Array | None, ...]:
    """Ask a candidate for its answers. Every failure has the same candidates."""
    return _guessed_anew(candidate, cases, dtype)


def _guessed_anew(
    candidate: Candidate, cases: tuple[Case, ...], dtype: str | None
) -> tuple[Array | None, ...]:
    implementation = Implementation(candidate.make(), dtype)
    _open(candidate, implementation)
    return tuple(_answered(implementation, case) for case in cases)


def _open(candidate: Candidate, implementation: Implementation) -> None:
    """Make the call that the suite made first, if a candidate may remember it."""
    if candidate.remembers and candidate.opening is not None:
        _answered(implementation, candidate.opening)


def _answered(implementation: Implementation, case: Case) -> Array | None:
    """Return the answer to a case, after the call that it has before it; None if there is none."""
    operation, parameters = case.operation, case.parameters
    try:
        if case.before is not None:
            implementation.call(operation, case.before, parameters)
        return flat(implementation.call(operation, case.arguments, parameters))
    except Ended:
        return None


def _share(guess: Array | None, judged: Judged) -> float:
    """Return the share of a case's wrong answers that a candidate's answers account for."""
    if guess is None or guess.shape != judged.answer.shape:
        return 0.0
    with np.errstate(all="ignore"):
        close = same(guess, judged.answer) | (np.abs(guess - judged.answer) <= judged.reach)
    return float(np.mean(close[~judged.right]))


def _distance(guess: Array, judged: Judged) -> float:
    """Return the mean distance of a candidate's answers from all answers of a case, in ulp."""
    with np.errstate(all="ignore"):
        apart = np.where(same(guess, judged.answer), 0.0, np.abs(guess - judged.answer))
        ulps = np.nan_to_num(apart / judged.ulp, nan=_FAR, posinf=_FAR)
    return float(np.mean(np.minimum(ulps, _FAR)))
