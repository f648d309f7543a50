"""What attempts tell of a candidate: the failing cases that it accounts for, and contradictions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds.truth import true_answer
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.diagnosis.candidates import EDIT, MISTAKE, Candidate
from nnspec.conformance.judge.diagnosis.guesses import Array, Attempts, Known, guesses
from nnspec.conformance.judge.diagnosis.laws import drawn_alike
from nnspec.conformance.judge.errors import Judged, same
from nnspec.conformance.judge.judge import Attempt, attempt
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import OPERATIONS
from nnspec.conformance.terms.outcomes import ABSENT, FAILURES

Marks = NDArray[np.bool_]

# A mistake has to account for half of the wrong answers to a case: where exactly a kernel goes
# wrong is its own affair. A formula is right or wrong everywhere.
_OF_WRONG = 0.5
_OF_FORMULA = 0.95

# A limit may have no width, that of a largest weight for instance. Statistics that break it differ
# from one generator to another by about this part.
_BY_CHANCE = 0.1

# What is carried from call to call carries its rounding with it. This part of a number leaves room.
_CARRIED = 0.01

# The distance in ulp where none can be measured, of NaN from a number for instance.
_FAR = 1e9


@dataclass(frozen=True)
class Account:
    """Failing cases that a candidate accounts for, and those that tell nothing of it.

    Its answers have a mean distance from those of the implementation in each case, in ulp: the
    median of these is the `distance`.
    """

    cases: frozenset[str]
    silent: frozenset[str] = frozenset()
    distance: float = 0.0


def accounted(
    candidate: Candidate, known: Known, failed: Attempts, dtype: str | None, drawn: Attempts = ()
) -> Account:
    """Return the failing cases that a candidate accounts for, and its distance in ulp.

    Where answers were `drawn` by an implementation, the candidate has to draw them by its law.
    """
    cases: list[str] = []
    silent: list[str] = []
    ends_elsewhere: set[str] = set()
    distances: list[float] = []
    alike = drawn_alike(candidate, drawn)
    for planned, given in failed:
        wrong = [each for each in given.judged if not each.right.all()]
        if wrong:
            pairs = list(zip(guesses(candidate, known, wrong, dtype), wrong, strict=True))
            told = [_like(candidate, *pair) for pair in pairs]
            if False in told:
                continue
            (cases if True in told else silent).append(planned.id)
            apart = [_distance(guess, each) for guess, each in pairs if guess is not None]
            distances.append(float(np.mean(apart)) if apart else 0.0)
        elif alike is not None and "answer" in given.details:
            if alike and _likeness(ended(candidate, known, planned), given, _BY_CHANCE)[0]:
                cases.append(planned.id)
        else:
            random = _BY_CHANCE if OPERATIONS[planned.operation].random else 0.0
            like, distance = _likeness(ended(candidate, known, planned), given, random)
            if like:
                cases.append(planned.id)
                distances.append(distance)
            if (
                like
                and "answer" not in given.details
                and planned.clause.id not in candidate.clauses
            ):
                ends_elsewhere.add(planned.id)
    # That it raises too is no explanation by itself: so does many a right function.
    if ends_elsewhere.issuperset(cases):
        cases = []
    middle = float(np.nan_to_num(np.median(distances), nan=_FAR)) if distances else 0.0
    return Account(frozenset(cases), frozenset(silent), middle)


def contradicted(
    candidate: Candidate, known: Known, conforming: Attempts, dtype: str | None, most: float
) -> int:
    """Return in how many cases a candidate is wrong where the implementation is right.

    It counts until there are more than `most`.
    """
    count = 0
    for _, given in conforming:
        count += any(_denied(candidate, known, each, dtype) for each in given.judged)
        if count > most:
            break
    return count


def _denied(candidate: Candidate, known: Known, judged: Judged, dtype: str | None) -> bool:
    """Say whether a candidate is wrong in a case where the implementation is right.

    A formula that has no number there is no evidence: who wrote it may have seen to that. Nor is an
    answer without numbers.
    """
    if not judged.answer.size:
        return False
    (guess,) = guesses(candidate, known, (judged,), dtype)
    if guess is None or guess.shape != judged.answer.shape:
        return not (candidate.program is not None and guess is None)
    wrong = ~judged.admits(guess)
    if candidate.kind == EDIT:
        wrong &= np.isfinite(guess) | ~np.isfinite(judged.truth)
    return bool(wrong.any())


def _like(candidate: Candidate, guess: Array | None, judged: Judged) -> bool | None:
    """Say whether a candidate accounts for wrong answers to a case, None if they tell nothing.

    It has to be right where the implementation is, a mistake mostly. Of an operation with several
    answers, each is looked at by itself.
    """
    if guess is None or guess.shape != judged.answer.shape:
        return None if guess is None and candidate.program is not None else False
    close = same(guess, judged.answer) | (np.abs(guess - judged.answer) <= judged.reach)
    told = _like_mistake if candidate.kind == MISTAKE else _like_formula
    guessed = _Guessed(guess.reshape(-1), close.reshape(-1), partial(judged.admits, guess))
    found = set()
    for part in _parts(judged):
        found.add(told(guessed, judged.right.reshape(-1), judged.answer.reshape(-1), part))
        if False in found:
            return False
    return True if True in found else None


@dataclass(frozen=True)
class _Guessed:
    """What a candidate answers, where that is close to the answers, and where it would be right."""

    guess: Array
    close: Marks
    admits: Callable[[], Marks]

    @cached_property
    def admitted(self) -> Marks:
        """Where the guesses would be right answers: few candidates are close, and asked for it."""
        return self.admits().reshape(-1)


def _parts(judged: Judged) -> list[Any]:
    """Return where each answer of an operation stands; the steps of a method are one answer."""
    if judged.answer.ndim != 1 or OPERATIONS[judged.case.operation].trains:
        return [...]
    sizes = [array.size for array in leaves(true_answer(judged.case))]
    if sum(sizes) != judged.answer.size:
        return [...]
    ends = np.cumsum(sizes)
    return [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]


def _like_mistake(guessed: _Guessed, right: Marks, answer: Array, part: Any) -> bool | None:
    """Say whether half of wrong answers are those of a mistake, and half of the right ones are."""
    del answer
    right, close = right[part], guessed.close[part]
    if not right.all() and np.mean(close[~right]) < _OF_WRONG:
        return False
    if right.any() and np.mean(guessed.admitted[part][right]) < _OF_WRONG:
        return False
    return None if right.all() else True


def _like_formula(guessed: _Guessed, right: Marks, answer: Array, part: Any) -> bool | None:
    """Say whether a formula answers the same, wrong or right.

    NaN for NaN tells nothing of a formula: many have none there.
    """
    right, guess, close = right[part], guessed.guess[part], guessed.close[part]
    numbers = ~right & np.isfinite(answer[part])
    held = bool(numbers.any())
    if held and np.mean(close[numbers]) < _OF_FORMULA:
        return False
    there = right & np.isfinite(guess)
    if there.any() and np.mean(guessed.admitted[part][there]) < _OF_FORMULA:
        return False
    if held:
        return True
    return None if right.all() or np.mean(~np.isfinite(guess[~right])) >= _OF_FORMULA else False


def ended(candidate: Candidate, known: Known, planned: Planned) -> Attempt:
    """Return how a candidate ends a case."""
    return known.ended.get(planned.id) or _ended_anew(candidate, planned)


@lru_cache(maxsize=2**13)
def _ended_anew(candidate: Candidate, planned: Planned) -> Attempt:
    """Return how a candidate ends a case. Every failure has the same candidates."""
    return replace(attempt(planned, candidate.make()), judged=(), samples=(), comparisons=())


def _likeness(other: Attempt, given: Attempt, by_chance: float) -> tuple[bool, float]:
    """Say whether two attempts ended alike, and return how far apart they are.

    Two statistics outside of their bound are alike where chance explains their difference: it moves
    them `by_chance`, a part of their size.
    """
    if "answer" not in given.details or "answer" not in other.details:
        return (other.outcome, other.message) == (given.outcome, given.message), 0.0
    if other.details["quantity"] != given.details["quantity"]:
        return False, _FAR
    one, two = (float(each.details["answer"]) for each in (other, given))
    apart, size = abs(one - two), max(abs(one), abs(two))
    if one == two or (one != one and two != two):  # noqa: PLR0124  NaN is alike too
        apart = 0.0
    elif not apart <= max(2 * given.details["bound"], by_chance * size):
        return False, _FAR
    return True, (apart / size if apart else 0.0) + _BY_CHANCE * (other.message != given.message)


def alike(found: Attempt, given: Attempt) -> tuple[bool, float]:
    """Say whether a candidate with memory ended a case as an implementation did, and how far apart.

    All that the check asked is compared: at least half of the wrong answers are those of the
    candidate, but for the rounding that is carried from call to call.
    """
    if len(found.judged) != len(given.judged) or not given.judged or given.samples:
        return _likeness(found, given, _BY_CHANCE if given.samples else _CARRIED)
    wrong, close, distances = 0, 0, []
    for other, each in zip(found.judged, given.judged, strict=True):
        if other.answer.shape != each.answer.shape:
            return False, _FAR
        with np.errstate(all="ignore"):
            apart = np.abs(other.answer - each.answer)
            error = np.abs((each.answer - each.truth) - each.low)
            room = np.minimum(_CARRIED * np.abs(each.answer), error / 4)
            near = same(other.answer, each.answer) | (apart <= np.maximum(each.reach, room))
        wrong += int(np.count_nonzero(~each.right))
        close += int(np.count_nonzero(near & ~each.right))
        distances.append(_distance(other.answer, each))
    if not wrong:
        return _likeness(found, given, _CARRIED)
    return close >= _OF_WRONG * wrong, float(np.mean(distances))


def _distance(guess: Array, judged: Judged) -> float:
    """Return the mean distance of a candidate's answers from all answers of a case, in ulp."""
    with np.errstate(all="ignore"):
        apart = np.where(same(guess, judged.answer), 0.0, np.abs(guess - judged.answer))
        ulps = np.nan_to_num(apart / judged.ulp, nan=_FAR, posinf=_FAR)
    return float(np.mean(np.minimum(ulps, _FAR))) if ulps.size else 0.0


def failing(attempts: Attempts) -> Sequence[tuple[Planned, Attempt]]:
    """Return the cases that failed."""
    return [pair for pair in attempts if pair[1].outcome in FAILURES]


def conforming(attempts: Attempts) -> Sequence[tuple[Planned, Attempt]]:
    """Return the cases that conform and may contradict a candidate.

    Cases that are many of a kind would outvote the others. Those that are made when they are asked
    for would be made and judged once more for each candidate.
    """
    return [
        (planned, given)
        for planned, given in attempts
        if given.outcome not in (*FAILURES, ABSENT)
        and given.judged
        and not (planned.case.one_of_many or (planned.case.deferred and planned.case.many))
    ]
