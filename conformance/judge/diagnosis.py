"""Which known mistake explains a failure: its answers, or those of a sibling, are like ours."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.errors import Judged, same
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.judge.judge import Attempt, attempt
from nnspec.conformance.sources.description import Description, describe
from nnspec.conformance.sources.in_process import InProcess, Steady
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.mistakes import Mistake, mistakes, rounded, standing_in
from nnspec.conformance.terms.nested import flat, leaves
from nnspec.conformance.terms.operations import arguments_of, parameters_of
from nnspec.conformance.terms.outcomes import ABSENT, FAILURES, Ended

Array = NDArray[Any]

# An explanation of a failing case has to account for half of its wrong answers. Where exactly a
# kernel goes wrong is its own affair.
_OF_WRONG = 0.5

# In at most this part of the cases an explanation may be wrong where the implementation is right.
_CONTRADICTED = 0.05

# A limit may have no width, that of a largest weight for instance. Statistics that break it differ
# from one generator to another by about this part.
_BY_CHANCE = 0.1

# The distance in ulp where none can be measured, of NaN from a number for instance.
_FAR = 1e9


Attempts = Sequence[tuple[Planned, Attempt]]


@dataclass(frozen=True)
class Explanation:
    """A mistake or a sibling operation, and the failing cases that it accounts for.

    `contradicted` counts the cases that speak against it, `distance` is the mean one in ulp.
    """

    name: str
    description: str
    cases: frozenset[str]
    contradicted: float
    distance: float


@dataclass(frozen=True)
class _Candidate:
    """A possible explanation of an operation's answers, known by its name.

    `make` makes it anew, without memory of earlier calls. One that `remembers` keeps something from
    one call to the next; the call of `opening` was the first one that the suite made.
    """

    operation: str
    name: str
    description: str = field(compare=False)
    make: Callable[[], InProcess] = field(compare=False)
    remembers: bool = field(default=False, compare=False)
    opening: Case | None = field(default=None, compare=False)


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


# A wrong formula may overflow, and nobody has to read that NumPy says so.
@np.errstate(all="ignore")
def explain(
    attempts: Attempts, known: Mapping[str, Known] = MappingProxyType({})
) -> list[Explanation]:
    """Return the explanations of failures at the cases of one operation and dtype, best first.

    Where a case was answered, a candidate answers it too. It has to be close to wrong answers, and
    within the bound where answers are right. Where a case ended otherwise, the candidate has to end
    it with the same words. A mistake in `known` is not asked again.
    """
    failed = sorted(
        (pair for pair in attempts if pair[1].outcome in FAILURES), key=lambda pair: size(pair[0])
    )
    if not failed:
        return []
    operation, dtype = failed[0][0].operation, failed[0][0].dtype
    # The smallest failing case of each clause comes first: a candidate that accounts for none of
    # them is dropped.
    first = list(
        {planned.clause.id: (planned, given) for planned, given in reversed(failed)}.values()
    )
    # Cases that are many of a kind would outvote the others. Small cases come first: they
    # contradict as well as large ones. Those that are made when they are asked for would be made
    # and judged once more for each candidate.
    conforming = sorted(
        (
            (planned, given)
            for planned, given in attempts
            if given.outcome not in (*FAILURES, ABSENT)
            and given.judged
            and not (planned.case.one_of_many or (planned.case.deferred and planned.case.many))
        ),
        key=lambda pair: size(pair[0]),
    )
    opening = next((planned.case for planned, _ in attempts if planned.case.times), None)
    found = []
    for each in _candidates(operation, dtype, opening):
        before = known.get(each.name, Known())
        if not any(_accounted(each, before, [pair], dtype)[0] for pair in first):
            continue
        contradicted = _contradicted(each, before, conforming, dtype)
        if contradicted <= _CONTRADICTED * len(conforming):
            cases, distance = _accounted(each, before, failed, dtype)
            found.append(Explanation(each.name, each.description, cases, contradicted, distance))
    return sorted(found, key=lambda each: (-len(each.cases), each.contradicted, each.distance))


def _accounted(
    candidate: _Candidate, known: Known, failed: Attempts, dtype: str | None
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


def _ended(candidate: _Candidate, known: Known, planned: Planned) -> Attempt:
    return known.ended.get(planned.id) or _ended_anew(candidate, planned)


@lru_cache(maxsize=2**13)
def _ended_anew(candidate: _Candidate, planned: Planned) -> Attempt:
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


def _contradicted(
    candidate: _Candidate, known: Known, conforming: Attempts, dtype: str | None
) -> float:
    """Return in how many cases a candidate is wrong where the implementation is right.

    Parts of cases are added up, until they are too many.
    """
    missing = 0.0
    for _, given in conforming:
        missing += 1 - min(_agreement(candidate, known, each, dtype) for each in given.judged)
        if missing > _CONTRADICTED * len(conforming):
            break
    return missing


def _agreement(candidate: _Candidate, known: Known, judged: Judged, dtype: str | None) -> float:
    """Return the share of the answers to a case that a candidate answers rightly too."""
    (guess,) = _guesses(candidate, known, (judged.case,), dtype)
    if guess is None or guess.shape != judged.answer.shape:
        return 0.0
    return np.count_nonzero(judged.admits(guess)) / guess.size if guess.size else 1.0


def _guesses(
    candidate: _Candidate, known: Known, cases: tuple[Case, ...], dtype: str | None
) -> tuple[Array | None, ...]:
    """Return a candidate's answers to cases in their order, None where it gives none."""
    if all(case in known.answers for case in cases):
        return tuple(known.answers[case] for case in cases)
    found = _guessed_anew if any(case.many for case in cases) else _guessed
    return found(candidate, cases, dtype)


@lru_cache(maxsize=2**13)
def _guessed(
    candidate: _Candidate, cases: tuple[Case, ...], dtype: str | None
) -> tuple[Array | None, ...]:
    """Ask a candidate for its answers. Every failure has the same candidates."""
    return _guessed_anew(candidate, cases, dtype)


def _guessed_anew(
    candidate: _Candidate, cases: tuple[Case, ...], dtype: str | None
) -> tuple[Array | None, ...]:
    implementation = Implementation(candidate.make(), dtype)
    _open(candidate, implementation)
    return tuple(_answered(implementation, case) for case in cases)


def _open(candidate: _Candidate, implementation: Implementation) -> None:
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


def _candidates(operation: str, dtype: str | None, opening: Case | None) -> list[_Candidate]:
    """Return the candidates of an operation: its mistakes, and its siblings in its place."""
    listed = [
        _Candidate(
            operation,
            each.name,
            each.description,
            partial(source_of, each),
            each.remembers,
            opening,
        )
        for each in mistakes()[operation]
        if each.visible(dtype)
    ]
    for sibling in reference.__all__:
        if sibling != operation and (arguments_of(sibling), parameters_of(sibling)) == (
            arguments_of(operation),
            parameters_of(operation),
        ):
            first = (
                (inspect.getdoc(getattr(reference, sibling)) or "").partition("\n")[0].rstrip(".")
            )
            description = f"{first}. Fix the formula, or rename the function."
            listed.append(
                _Candidate(
                    operation, sibling, description, partial(_in_the_place_of, operation, sibling)
                )
            )
    return listed


def size(planned: Planned) -> int:
    """Return how many numbers the arguments of a case hold, with its steps and its calls."""
    return _size(planned.case)


# Cases are sorted by their sizes for each failure that is explained.
@lru_cache(maxsize=2**14)
def _size(case: Case) -> int:
    if case.deferred and case.many:
        return case.size
    numbers = [int(np.prod(each)) for each in case.arguments if isinstance(each, (int, tuple))]
    held = sum(array.size for array in leaves(case.arguments))
    return held + sum(numbers) + case.calls


def source_of(mistake: Mistake) -> InProcess:
    """Return a mistake as a source, without memory of earlier calls."""
    kind = InProcess if mistake.remembers else Steady
    return kind(mistake.adapter(), description=_description())


def _in_the_place_of(operation: str, sibling: str) -> InProcess:
    return Steady(standing_in(operation, rounded(sibling), sibling), description=_description())


@lru_cache(maxsize=1)
def _description() -> Description:
    """Return the description that all candidates share: each offers all operations."""
    first = reference.__all__[0]
    return describe(standing_in(first, rounded(first), "a candidate"))


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
