"""Formulas with a number that the answers themselves tell: one is added to each, or multiplies it.

The number may be any, so that no list of edits holds it. It is read off the wrong answers of a few
cases, and then competes with the other candidates as an edit does.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.bounds.truth import true_answer
from nnspec.conformance.judge.diagnosis.candidates import EDIT, Candidate, source_in_place
from nnspec.conformance.judge.diagnosis.guesses import Array, Attempts
from nnspec.conformance.judge.errors import Judged
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import computed
from nnspec.conformance.terms.operations import OPERATIONS

# A number is read off so many wrong answers at least, whose truths differ.
_LEAST = 4

# A number that has so many digits is what somebody wrote.
_DIGITS = 4

# This part of the wrong answers has to agree with it.
_AGREEING = 0.95

# Behind all edits: these have better words.
_LAST = 3


def fitted(operation: str, failed: Attempts) -> list[Candidate]:
    """Return the candidates of an operation that answers one array, none for other operations."""
    told = OPERATIONS[operation]
    if told.trains or told.random or told.answers_indices:
        return []
    wrong = [each for _, given in failed for each in given.judged if not each.right.all()]
    wrong = [each for each in wrong if not each.case.many and _one_array(each)]
    return [*_added(operation, wrong), *_multiplied(operation, wrong)]


def _one_array(judged: Judged) -> bool:
    return isinstance(true_answer(judged.case), np.ndarray)


def _added(operation: str, wrong: list[Judged]) -> Iterator[Candidate]:
    """Yield the operation with a number added to every element, if the answers tell one."""
    number = _told(wrong, np.subtract, np.add)
    if number is not None and number != 0:
        words = f"with {number:.4g} added to every number of the answer"
        yield _candidate(operation, np.add, number, f"y → y + {number:.4g}", words)


def _multiplied(operation: str, wrong: list[Judged]) -> Iterator[Candidate]:
    """Yield the operation with every element multiplied by a number, if the answers tell one."""
    number = _told(wrong, np.divide, np.multiply)
    if number is not None and number not in (0, 1):
        words = f"with every number of the answer multiplied by {number:.4g}"
        yield _candidate(operation, np.multiply, number, f"y → {number:.4g}·y", words)


def _told(
    wrong: list[Judged],
    apart: Callable[[Array, Array], Array],
    put: Callable[[Array, float], Array],
) -> float | None:
    """Return the number that leads from the truths to the answers, None if there is not one."""
    if not wrong:
        return None
    answer, truth, low, reach = (
        np.concatenate([part[~each.right] for each, part in zip(wrong, parts, strict=True)])
        for parts in (
            [each.answer for each in wrong],
            [each.truth for each in wrong],
            [each.low for each in wrong],
            [each.reach for each in wrong],
        )
    )
    kept = np.isfinite(answer) & np.isfinite(truth) & (truth != 0)
    if np.unique(truth[kept]).size < _LEAST:
        return None
    with np.errstate(all="ignore"):
        measured = float(np.median(apart(answer[kept], truth[kept])))
        for number in (float(f"{measured:.{_DIGITS - 1}g}"), measured):
            close = np.abs(put(truth, number) + low - answer)[kept] <= reach[kept]
            if np.mean(close) >= _AGREEING:
                return number
    return None


def _candidate(
    operation: str, put: Callable[[Any, float], Any], number: float, change: str, words: str
) -> Candidate:
    name = f"{operation}: {change}"
    make = partial(_source, operation, put, number, name)
    return Candidate(operation, name, f"{words}.", make, EDIT, order=(_LAST, change))


def _source(
    operation: str, put: Callable[[Any, float], Any], number: float, name: str
) -> InProcess:
    right = getattr(reference, operation)

    def altered(*arguments: Any, **parameters: Any) -> Any:
        return put(right(*arguments, **parameters), number)

    return source_in_place(operation, computed(altered, wide=True), name)
