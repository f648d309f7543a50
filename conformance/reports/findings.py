"""What is told of each operation that fails: one finding a fault, and what follows from it.

    findings(results, diagnoses)    a finding of each operation, those that break a MUST first

A diagnosis comes with the smallest case that it accounts for. All others that it accounts for are
its consequences. What no diagnosis accounts for is told clause by clause.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nnspec.conformance.judge.diagnosis.candidates import EDIT
from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.programs.edits.edit import Edit, Segment
from nnspec.conformance.programs.program import NoProgramError, programs_of
from nnspec.conformance.programs.typeset import lines_of
from nnspec.conformance.reports.numbers import given
from nnspec.conformance.run.diagnoses import Diagnosis
from nnspec.conformance.run.record import Result
from nnspec.conformance.terms.operations import OPERATIONS

# A case of more numbers is no small one; a number of this size, or of its inverse, is no plain one.
_SMALL = 64
_PLAIN = 1e6

# A number, or a shape of some.
_NUMBERS = re.compile(r"\([\d, ]*\)|\d+")

_STEP = re.compile(r"\w+\[(\d+)\]")


@dataclass(frozen=True)
class Finding:
    """A fault: its diagnosis or what is seen of it, its smallest case, and all its cases.

    One without either is a clause that fails. The `followers` are clauses that fail in its wake.
    """

    operation: str
    results: tuple[Result, ...]
    diagnosis: Diagnosis | None = None
    seen: str = ""
    followers: tuple[Result, ...] = ()

    @property
    def smallest(self) -> Result:
        """The smallest case of accuracy, or else of the first MUST."""
        return self.cases[0]

    @property
    def cases(self) -> tuple[Result, ...]:
        """The cases of the clause that is told, the smallest first."""
        first = min(self.results, key=weight)
        told = [each for each in self.results if each.clause == first.clause]
        return tuple(sorted(told, key=plainness))

    @property
    def level(self) -> str:
        """MUST if one of the cases is of a MUST."""
        return min(each.level for each in self.results)

    @property
    def others(self) -> tuple[Result, ...]:
        """The cases that follow from it in other clauses, in the order in which they are told."""
        clause = self.smallest.clause
        beside = [each for each in self.results if each.clause != clause]
        return tuple(sorted([*beside, *self.followers], key=weight))

    @property
    def headline(self) -> str:
        """What the operation does, in words."""
        return f"behaves as if: {self.diagnosis.name}" if self.diagnosis else self.seen


def findings(results: Iterable[Result], diagnoses: Iterable[Diagnosis] = ()) -> list[Finding]:
    """Return the findings of failing cases that were answered, MUST before SHOULD.

    Of each operation, what the diagnoses account for comes first.
    """
    found: dict[str, list[Result]] = {}
    for each in results:
        found.setdefault(each.operation, []).append(each)
    told = tuple(diagnoses)
    listed = [
        finding
        for name in sorted(found)
        for finding in _of_operation(
            name, found[name], [each for each in told if each.operation == name]
        )
    ]
    return sorted(listed, key=lambda finding: finding.level)


def _of_operation(
    operation: str, failed: Sequence[Result], diagnoses: Iterable[Diagnosis]
) -> Iterator[Finding]:
    """Yield the findings of an operation."""
    left = list(failed)
    for diagnosis in diagnoses:
        explained = tuple(each for each in left if diagnosis.name in each.diagnosis)
        if explained:
            yield Finding(operation, explained, diagnosis)
            left = [each for each in left if each not in explained]
    answered = [each for each in left if each.answered]
    if seen := _seen(answered):
        yield Finding(operation, tuple(answered), seen=seen)
    else:
        yield from _by_clause(operation, answered)


def _by_clause(operation: str, answered: Sequence[Result]) -> Iterator[Finding]:
    """Yield a finding for each clause; those that are wrong as accuracy is make one."""
    accuracy = f"{operation}/accuracy"
    clauses: dict[tuple[str, str], list[Result]] = {}
    following: list[Result] = []
    for each in sorted(answered, key=weight):
        follows = each.message.startswith(wrong_as_in(accuracy))
        (following if follows else clauses.setdefault((each.clause, each.level), [])).append(each)
    if following and not any(clause == accuracy for clause, _ in clauses):
        # Accuracy ended without an answer, and is told with its message.
        yield Finding(operation, tuple(following))
        following = []
    for (clause, _), cases in clauses.items():
        followers = following if clause == accuracy else ()
        yield Finding(operation, tuple(cases), followers=tuple(followers))


def unanswered(failed: Iterable[Result], told: Iterable[Finding]) -> list[list[Result]]:
    """Return the cases without an answer that no finding holds, by operation and message.

    Messages that differ in numbers alone are one. The smallest case comes first.
    """
    held = {id(result) for each in told for result in each.results}
    groups: dict[tuple[str, str, str], list[Result]] = {}
    for each in failed:
        if not each.answered and id(each) not in held:
            message = _NUMBERS.sub("#", each.message)
            groups.setdefault((each.operation, each.outcome, message), []).append(each)
    return [sorted(group, key=lambda each: (each.level, each.size)) for group in groups.values()]


def wrong_as_in(clause: str) -> str:
    """Return the sentence for an answer that breaks a clause of its page as it breaks another."""
    return f"An answer is wrong as in {clause}."


def _seen(answered: Sequence[Result]) -> str:
    """Return what is seen of wrong answers without a diagnosis: if all are NaN, that they are."""
    if not answered or not all(_is_nan(each) for each in answered):
        return ""
    places = [_STEP.match(str(each.details["quantity"])) for each in answered]
    if not OPERATIONS[answered[0].operation].steps or None in places:
        return "answers NaN"
    first = {int(place[1]) for place in places if place}
    if len(first) > 1:
        return "answers NaN"
    (step,) = first
    return f"answers NaN from {'the first step' if step == 0 else f'step {step + 1}'} on"


def _is_nan(result: Result) -> bool:
    answer, truth = float(result.details["answer"]), float(result.details["truth"])
    return math.isnan(answer) and not math.isnan(truth)


def weight(result: Result) -> tuple[str, str, bool, bool, str]:
    """Return the order of failures: by operation, MUST first, accuracy before its other clauses.

    Many failures follow from accuracy. Clauses of the page come last.
    """
    own = result.clause.startswith(f"{result.operation}/")
    accuracy = result.clause.endswith("/accuracy")
    return result.operation, result.level, not accuracy, not own, result.clause


def plainness(result: Result) -> tuple[Any, ...]:
    """Return the order of cases of a clause: small ones of plain numbers first, then by error."""
    if not result.answered:
        return (2,)
    text = given(result)
    numbers = [*_numbers(result.details["input"]), *_answers(result)]
    extreme = any(each and not 1 / _PLAIN <= abs(each) <= _PLAIN for each in numbers)
    return result.size > _SMALL, extreme, result.size.bit_length(), len(text), -result.worst_ratio


def _answers(result: Result) -> tuple[float, float]:
    return float(result.details["answer"]), float(result.details["truth"])


def _numbers(value: Any) -> Iterator[float]:
    """Yield the numbers of arguments; parameters such as epsilon may be small."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _numbers(each) if isinstance(each, (list, tuple)) else ()
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _numbers(each)
    elif isinstance(value, (int, float)):
        yield float(value)


# --- the words of a diagnosis ---


def segments(diagnosis: Diagnosis) -> tuple[Segment, ...]:
    """Return the sentence of a diagnosis in segments, of which the edited ones are marked."""
    edit = _edit(diagnosis)
    if edit is None or edit.sentence != diagnosis.sentence.removesuffix("."):
        return (Segment(diagnosis.sentence),)
    return edit.shown


def formula(diagnosis: Diagnosis) -> list[tuple[str, bool]]:
    """Return the lines of the formula that a diagnosis edits, and whether it changes the line."""
    edit = _edit(diagnosis)
    if edit is None:
        return []
    program = programs_of(diagnosis.operation)[edit.form]
    return [
        (text, line.name == edit.line)
        for text, line in zip(lines_of(program), program.lines, strict=True)
    ]


def share(diagnosis: Diagnosis) -> str:
    """Return how many failing cases a diagnosis accounts for, and in which dtypes."""
    listed = " and ".join(
        [", ".join(diagnosis.dtypes[:-1]), diagnosis.dtypes[-1]]
        if len(diagnosis.dtypes) > 1
        else diagnosis.dtypes
    )
    return f"{diagnosis.share}, in {listed}" if listed else diagnosis.share


def _edit(diagnosis: Diagnosis) -> Edit | None:
    if diagnosis.kind != EDIT:
        return None
    return _edits(diagnosis.operation).get(diagnosis.name)


@lru_cache(maxsize=16)
def _edits(operation: str) -> dict[str, Edit]:
    """Return the edits of a formula by their names; a foreign report may name any operation."""
    try:
        return {each.name: each for each in edits_of(operation)}
    except NoProgramError:
        return {}
