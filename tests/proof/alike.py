"""`python -m tests.proof.alike [PAGE …]` lists the mistakes that an edit of the formula is too.

A mistake is an edit if both answer the same, to the last bit, in all cases of the clauses that the
mistake names. Such a mistake could be deleted: the edit is made by machine.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.programs.behaviors import behavior_of
from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.programs.evaluation import implementation
from nnspec.conformance.run import plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import Mistake, mistakes, standing_in
from nnspec.conformance.terms.operations import OPERATIONS, page_of
from nnspec.spec import pages


def main(named: Sequence[str]) -> None:
    """Print a row for each page, and the mistakes with their edits."""
    totals = [0, 0, 0]
    for page in named or pages():
        operations = [
            name
            for name in reference.__all__
            if page_of(name) == page and not OPERATIONS[name].random
        ]
        known = [each for name in operations for each in candidates(name)]
        found = [pair for name in operations for pair in alike(name)]
        same = [(mistake, edit) for mistake, edit, bits in found if bits]
        totals = [
            total + len(each) for total, each in zip(totals, (known, found, same), strict=True)
        ]
        print(told(page, len(known), len(found), len(same)))
        for mistake, edit in same:
            print(f"  {mistake.operation}: {mistake.name} is {edit.change}", flush=True)
    print(told("in all", *totals))


def told(name: str, known: int, near: int, same: int) -> str:
    """A line of the list."""
    probed = f"{near:,} answer the probes as an edit does"
    return f"{name}: of {known:,} mistakes {probed}, {same:,} to the last bit everywhere"


def candidates(operation: str) -> list[Mistake]:
    """The mistakes of an operation that an edit may be."""
    return [
        each for each in mistakes()[operation] if each.visible("float64") and not each.remembers
    ]


def alike(operation: str) -> Iterator[tuple[Mistake, Edit, bool]]:
    """Yield the mistakes that answer the probes as an edit does, and whether every bit agrees."""
    for mistake in candidates(operation):
        behavior = behavior_of(operation, mistake.make())
        if behavior is not None:
            near = (behavior.edit, *behavior.others)
            same = next((edit for edit in near if _same_bits(mistake, edit)), None)
            yield mistake, same or behavior.edit, same is not None


def _same_bits(mistake: Mistake, edit: Edit) -> bool:
    """Say whether both answer the same in all cases of the clauses that the mistake names."""
    made = standing_in(mistake.operation, implementation(edit.program), mistake.name)
    return all(
        _told(case, InProcess(made)) == _told(case, InProcess(mistake.adapter()))
        for case in _cases(mistake)
    )


def _cases(mistake: Mistake) -> list[Planned]:
    asked = plan.plan(plan.EVERYTHING, dtypes=("float64",), operation=mistake.operation)
    return [each for each in asked if each.clause.id in mistake.clauses]


@np.errstate(all="ignore")
def _told(case: Planned, source: InProcess) -> Any:
    """Return all that a case tells of an implementation: how it ends, and every bit of answers."""
    ended = attempt(case, source)
    return ended.outcome, ended.message, [each.answer.tobytes() for each in ended.judged]


if __name__ == "__main__":
    main(sys.argv[1:])
