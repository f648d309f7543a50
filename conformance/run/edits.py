"""Measures the power of the suite by edits: every edit of every formula is put to the suite.

    for fate in fates(("adam",)):
        fate.verdict, fate.edit.name, fate.clause

An edit is an implementation that computes in float64 and rounds once. The MUST clauses of its
operation judge it in float64, then in float32, until a case rejects it. The clause on accuracy
comes first, and small cases come before large ones. The textbook's form of a formula may overflow
or cancel in a case. A case that rejects the form itself says nothing of its edits, and is left out.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nnspec import reference
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.diagnosis import size
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.programs.behaviors import behaviors
from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.programs.evaluation import implementation
from nnspec.conformance.programs.program import Program, programs_of
from nnspec.conformance.programs.proofs import proof_of
from nnspec.conformance.run import plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import standing_in
from nnspec.conformance.terms.operations import OPERATIONS
from nnspec.conformance.terms.outcomes import FAILURES

# The formats in which edits are judged. In 16 bits a bound hides what it shows in these.
WIDE = ("float64", "float32")

# Cases of so many numbers are put to edits that answer otherwise and that no other case rejects.
_LONG = 1000

# What an edit answers to the probes: something else than the formula, the same, or nothing.
DIFFERENT, EQUAL, IMPOSSIBLE = "different", "equal", "impossible"

REJECTED, EQUIVALENT, SURVIVING = "rejected", "equivalent", "surviving"


@dataclass(frozen=True)
class Fate:
    """What became of an edit: the first case that rejects it, None if no case does.

    A behavior is a group of edits with equal answers, counted from 0; -1 stands for none.
    """

    edit: Edit
    answers: str
    rejected_by: Planned | None
    behavior: int = -1

    @property
    def verdict(self) -> str:
        """Whether the edit is rejected, equivalent to the formula, or survives."""
        if self.rejected_by is not None:
            return REJECTED
        same = self.answers == EQUAL or proof_of(self.edit) is not None
        return EQUIVALENT if same else SURVIVING

    @property
    def clause(self) -> str:
        """The clause that rejects the edit, "" if none does."""
        return "" if self.rejected_by is None else self.rejected_by.clause.id


def fates(
    operations: Sequence[str] = (),
    dtypes: Sequence[str] = WIDE,
    *,
    only: Callable[[Edit], bool] = lambda _: True,
) -> Iterator[Fate]:
    """Put the edits of operations to the suite, or only some of them."""
    for operation in operations or reference.__all__:
        short, long = cases(operation, dtypes)
        fair = _fair(operation)
        for edit, answers, behavior in _edits(operation):
            if not only(edit):
                continue
            asked = (*short, *long) if answers == DIFFERENT else short
            yield Fate(edit, answers, _first(edit, asked, fair), behavior)


def rejected_at_length(edit: Edit, dtypes: Sequence[str] = WIDE) -> Planned | None:
    """Return the first long case that rejects an edit, None if none does."""
    _, long = cases(edit.operation, dtypes)
    return _first(edit, long, _fair(edit.operation))


def _first(
    edit: Edit, asked: Iterable[Planned], fair: Callable[[int, Planned], bool]
) -> Planned | None:
    source = _source(edit.program)
    return next((case for case in asked if rejects(case, source) and fair(edit.form, case)), None)


def _edits(operation: str) -> Iterator[tuple[Edit, str, int]]:
    """Yield the edits of an operation, with what they answer and the number of their behavior."""
    found = behaviors(operation)
    for number, each in enumerate(found.different):
        yield from ((edit, DIFFERENT, number) for edit in (each.edit, *each.others))
    yield from ((edit, EQUAL, -1) for edit in found.equal_to_the_formula)
    yield from ((edit, IMPOSSIBLE, -1) for edit in found.impossible)


def _fair(operation: str) -> Callable[[int, Planned], bool]:
    """Return a function that says whether a case accepts a form of the formula; it remembers."""
    forms = [_source(program) for program in programs_of(operation)]
    return lru_cache(maxsize=None)(lambda form, case: not rejects(case, forms[form]))


# An argument of the plan may overflow as well.
@np.errstate(all="ignore")
def cases(operation: str, dtypes: Sequence[str]) -> tuple[list[Planned], list[Planned]]:
    """Return the cases of an operation's MUST clauses: the short ones, and the others."""
    planned = [
        each
        for dtype in (dtypes if OPERATIONS[operation].has_dtype else dtypes[:1])
        for each in plan.plan(plan.EVERYTHING, dtypes=(dtype,), operation=operation)
        if each.clause.level == "MUST"
    ]
    planned.sort(key=lambda each: (each.clause.id != f"{operation}/accuracy", size(each)))
    short = [each for each in planned if size(each) < _LONG and not each.case.one_of_many]
    return short, [each for each in planned if each not in short]


# An edited formula may overflow, and nobody has to read that NumPy says so.
@np.errstate(all="ignore")
def rejects(case: Planned, source: InProcess) -> bool:
    """Say whether a case rejects an implementation."""
    return attempt(case, source).outcome in FAILURES


def _source(program: Program) -> InProcess:
    function = implementation(program)
    return InProcess(standing_in(program.operation, function, f"edited {program.operation}"))


def by_clause(found: Iterable[Fate]) -> list[tuple[str, int]]:
    """Return how many edits each clause rejects: each edit counts for the first one."""
    return Counter(fate.clause for fate in found if fate.clause).most_common()
