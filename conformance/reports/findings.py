"""What is told of each operation that fails: one finding a fault, and what follows from it.

    findings(results, diagnoses)    a finding of each operation, those that break a MUST first

A finding is told with its smallest case. Of an operation with a diagnosis that is the smallest case
that the diagnosis accounts for. What else fails of the operation stands beside it, a line each.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from nnspec.conformance.judge.diagnosis.candidates import EDIT, MISTAKE
from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.programs.edits.edit import Edit, Segment
from nnspec.conformance.programs.evaluation import implementation
from nnspec.conformance.programs.program import NoProgramError, programs_of
from nnspec.conformance.programs.typeset import lines_of
from nnspec.conformance.reports.numbers import given, plainly_apart
from nnspec.conformance.run.diagnoses import Diagnosis
from nnspec.conformance.run.record import Result
from nnspec.conformance.terms.mistakes import Mistake, mistakes_of
from nnspec.conformance.terms.operations import OPERATIONS
from nnspec.conformance.terms.outcomes import unnumbered

# A case of more numbers is no small one; a number of this size, or of its inverse, is no plain one.
_SMALL = 64
_PLAIN = 1e6

# A case of more numbers is not read at a glance. In its place one of another clause is told, if it
# is smaller by this factor.
_WHOLE, _SMALLER = 12, 2

# A formula of more characters is no line.
_LINE = 72

_NAN = "answers NaN"

_STEP = re.compile(r"\w+\[(\d+)\]")


@dataclass(frozen=True)
class Finding:
    """A fault: its diagnosis or what is seen of it, its smallest case, and all its cases.

    One without either is a clause that fails, or an answer that did not come. What else fails of
    the operation and is not known to follow from the fault is `beside` it, each clause or message
    with its cases.
    """

    operation: str
    results: tuple[Result, ...]
    diagnosis: Diagnosis | None = None
    seen: str = ""
    beside: tuple[tuple[Result, ...], ...] = ()

    @cached_property
    def smallest(self) -> Result:
        """The smallest case of accuracy, or of a clause with a far smaller one."""
        return self.cases[0]

    @cached_property
    def cases(self) -> tuple[Result, ...]:
        """The cases of the clause that is told, the smallest first."""
        first = _told_first(self.results)
        told = [each for each in self.results if _about(each) == _about(first)]
        return tuple(sorted(told, key=plainness))

    @property
    def level(self) -> str:
        """MUST if one of the cases is of a MUST."""
        return min(each.level for each in self.results)

    @property
    def others(self) -> tuple[Result, ...]:
        """The cases that follow from it in other clauses, in the order in which they are told."""
        told = _about(self.smallest)
        return tuple(sorted((x for x in self.results if _about(x) != told), key=weight))

    @property
    def headline(self) -> str:
        """What the operation does, in words."""
        return f"behaves as if: {self.diagnosis.name}" if self.diagnosis else self.seen


def findings(results: Iterable[Result], diagnoses: Iterable[Diagnosis] = ()) -> list[Finding]:
    """Return the findings of failing cases: MUST before SHOULD, wrong answers before missing ones.

    Each operation has one, or two of which each has a diagnosis.
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
    return sorted(listed, key=lambda finding: (finding.level, not finding.smallest.answered))


def _of_operation(
    operation: str, failed: Sequence[Result], diagnoses: Iterable[Diagnosis]
) -> list[Finding]:
    """Return the findings of an operation: those with a diagnosis, or else the largest one."""
    left, told = list(failed), []
    for diagnosis in diagnoses:
        explained = tuple(each for each in left if diagnosis.name in each.diagnosis)
        if explained:
            told.append(Finding(operation, explained, diagnosis))
            left = [each for each in left if each not in explained]
    wrong = tuple(each for each in left if each.answered)
    silent = _without_an_answer(left)
    if not told:
        groups = [wrong, *silent] if wrong else silent
        first = max(groups, key=lambda group: (_musts(group), len(group)))
        silent = [group for group in silent if group is not first]
        seen = _seen(first) if first is wrong else ""
        told, wrong = [Finding(operation, first, seen=seen)], () if first is wrong else wrong
    groups = [*_by_clause(wrong), *silent]
    beside = sorted(groups, key=lambda group: (group[0].level, follows(group[0])))
    return [replace(told[0], beside=tuple(beside)), *told[1:]]


def follows(result: Result) -> bool:
    """Say whether a message says no more than that an answer is wrong."""
    return result.message.startswith(wrong_as_in(f"{result.operation}/accuracy"))


def _musts(group: Sequence[Result]) -> int:
    return sum(each.level == "MUST" for each in group)


def _by_clause(wrong: Sequence[Result]) -> list[tuple[Result, ...]]:
    """Return wrong answers by their clause, the smallest of each first."""
    found: dict[str, list[Result]] = {}
    for each in sorted(wrong, key=weight):
        found.setdefault(each.clause, []).append(each)
    return [tuple(sorted(group, key=plainness)) for group in found.values()]


def _without_an_answer(failed: Iterable[Result]) -> list[tuple[Result, ...]]:
    """Return the cases without an answer by their message, those of most MUST cases first.

    Messages that differ in numbers alone are one. The smallest case comes first.
    """
    groups: dict[tuple[str, str], list[Result]] = {}
    for each in failed:
        if not each.answered:
            groups.setdefault((each.outcome, unnumbered(each.message)), []).append(each)
    ordered = sorted(groups.values(), key=_musts, reverse=True)
    return [tuple(sorted(group, key=lambda each: (each.level, each.size))) for group in ordered]


def _about(result: Result) -> str:
    """Return the clause that a wrong answer breaks; a missing one has the same word everywhere."""
    return result.clause if result.answered else ""


def _told_first(results: Sequence[Result]) -> Result:
    """Return the case that a finding is told with.

    It is one of a MUST, and one with a wrong answer, if there are any. It is the smallest of
    accuracy, unless that is large and another clause of the operation has a far smaller one.
    """
    level = min(each.level for each in results)
    of_level = [each for each in results if each.level == level]
    wrong = [each for each in of_level if each.answered]
    if not wrong:
        return min(of_level, key=lambda each: each.size)
    by_weight = min(wrong, key=weight)
    usual = min((each for each in wrong if each.clause == by_weight.clause), key=plainness)
    own = [each for each in wrong if weight(each)[3:4] == weight(usual)[3:4] and _is_answer(each)]
    plainest = min(own, key=plainness, default=usual)
    large = _numbers_of(usual) > max(_WHOLE, _SMALLER * _numbers_of(plainest) - 1)
    return plainest if large and plainness(plainest) < plainness(usual) else usual


def _is_answer(result: Result) -> bool:
    """Say whether the answer itself is wrong, and not a quantity that is computed from it."""
    return str(result.details["quantity"]).partition("[")[0] == result.operation


def wrong_as_in(clause: str) -> str:
    """Return the sentence for an answer that breaks a clause of its page as it breaks another."""
    return f"An answer is wrong as in {clause}."


def _seen(answered: Sequence[Result]) -> str:
    """Return what is seen of wrong answers without a diagnosis: if all are NaN, that they are."""
    if not answered or not all(_is_nan(each) for each in answered):
        return ""
    own = [each for each in answered if _is_answer(each)]
    places = [_STEP.match(str(each.details["quantity"])) for each in own]
    if not OPERATIONS[answered[0].operation].steps or None in places:
        return _NAN
    first = {int(place[1]) for place in places if place}
    if len(first) != 1:
        return _NAN
    (step,) = first
    return f"{_NAN} from {'the first step' if step == 0 else f'step {step + 1}'} on"


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
        return 2, result.level, result.size
    text = given(result)
    # A wrong answer may be anything.
    numbers = [*_arguments(result), float(result.details["truth"])]
    extreme = any(each and not 1 / _PLAIN <= abs(each) <= _PLAIN for each in numbers)
    size = _numbers_of(result)
    return int(size > _SMALL), extreme, size.bit_length(), len(text), -result.worst_ratio


def _numbers_of(result: Result) -> int:
    """Return how many numbers a wrong element depends on: few, if elements are independent."""
    known = OPERATIONS.get(result.operation)
    if known is None or not known.elementwise or result.size <= _WHOLE:
        return result.size
    return min(result.size, _WHOLE + sum(1 for _ in _arguments(result)))


def _arguments(result: Result) -> Iterator[float]:
    """Yield the numbers of arguments; parameters such as epsilon may be small."""
    known = OPERATIONS.get(result.operation)
    arguments = known.arguments if known is not None else ()
    for name, value in result.details["input"].items():
        yield from _numbers(value) if name in arguments or isinstance(value, list) else ()


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, (list, tuple)):
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


def fix(finding: Finding) -> str:
    """Return how to mend what a diagnosis names, "" if nobody can say it in a line.

    An edit is mended by the line of the formula as it should be. A mistake has a sentence of its
    own, or else the formula, if that is one line and the mistake is one of the formula.
    """
    diagnosis = finding.diagnosis
    if diagnosis is None:
        return ""
    if right := [text for text, changed in formula(diagnosis) if changed]:
        return right[0]
    if diagnosis.kind == MISTAKE:
        known = _mistake(diagnosis)
        if known is None or known.fix or not _is_of_the_formula(known, finding.smallest):
            return known.fix if known is not None else ""
    if diagnosis.kind == EDIT and "axis" in diagnosis.sentence:
        return "sum along the axis that the call names"
    with suppress(NoProgramError):
        whole = "; ".join(lines_of(programs_of(diagnosis.operation)[0]))
        return whole if len(whole) <= _LINE else ""
    return ""


def _is_of_the_formula(mistake: Mistake, smallest: Result) -> bool:
    """Say whether a mistake is a wrong formula, and no arithmetic, memory or size.

    Accuracy rejects it in float64, where a plain number is plainly wrong.
    """
    if f"{mistake.operation}/accuracy" not in mistake.clauses or not mistake.visible("float64"):
        return False
    if not smallest.answered:
        return False
    answer, truth = (float(smallest.details[name]) for name in ("answer", "truth"))
    return math.isnan(answer) or plainly_apart(answer, truth)


def _mistake(diagnosis: Diagnosis) -> Mistake | None:
    """Return the mistake of a diagnosis; a foreign report may name any."""
    listed = mistakes_of(diagnosis.operation) if diagnosis.operation in OPERATIONS else ()
    return next((each for each in listed if each.name == diagnosis.name), None)


def hint(finding: Finding) -> str:
    """Return which edit is NaN from the first step on too, where nothing but NaN was answered.

    Many edits are, and NaN tells them from one another nowhere. It is said of a count that begins
    at 0 alone, which is by far the commonest.
    """
    if finding.seen != f"{_NAN} from the first step on":
        return ""
    edit = _edits(finding.operation).get(f"{finding.operation}: t → t − 1 throughout")
    if edit is None or not _is_nan_at_once(edit):
        return ""
    return f"so does the formula {edit.sentence}"


@lru_cache(maxsize=16)
def _is_nan_at_once(edit: Edit) -> bool:
    """Say whether an edited optimizer yields NaN in its first step, with all its parameters ½."""
    parameters = dict.fromkeys(OPERATIONS[edit.operation].parameters, 0.5)
    one = [np.ones(1)]
    with np.errstate(all="ignore"):
        first = next(iter(implementation(edit.program)(lambda *_: one, one, 1, **parameters)))
    return bool(np.isnan(first).all())


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
