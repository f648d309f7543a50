"""`python -m tests.proof.alike [PAGE …]` lists the mistakes that an edit of the formula is too.

A mistake is an edit if both answer the same, to the last bit, in all float64 cases of the clauses
that the mistake names. The edit is made by machine: such a mistake is spare. It stays if a case of
its clauses rejects no other mistake, in some format: a verdict could not rest on that case.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt, can_tell, rejects
from nnspec.conformance.programs.behaviors import behavior_of
from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.programs.evaluation import implementation
from nnspec.conformance.run import plan
from nnspec.conformance.sources.description import usual_accumulator
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import Mistake, mistakes, standing_in
from nnspec.conformance.terms.operations import OPERATIONS, page_of
from nnspec.spec import pages

# The coarsest format that a library may declare for its sums.
_COARSE = {"float64": "float32", "float16": "float16", "bfloat16": "bfloat16"}


@dataclass(frozen=True)
class Found:
    """A mistake that answers the probes as an edit does, and what is known of the two.

    `alike` says that every bit agrees in the cases of the mistake. `needed` is the id of a case
    that rejects no other mistake, "" without one.
    """

    mistake: Mistake
    edit: Edit
    alike: bool
    needed: str = ""

    @property
    def spare(self) -> bool:
        """Whether the mistake should be deleted."""
        return self.alike and not self.needed


def main(named: Sequence[str]) -> None:
    """Print a row for each page, and the mistakes with their edits."""
    totals = [0, 0, 0, 0]
    for page in named or pages():
        operations = [each for each in OPERATIONS if page_of(each) == page]
        known = sum(len(candidates(each)) for each in operations)
        found = [each for operation in operations for each in near(operation)]
        counts = [
            known,
            len(found),
            sum(each.alike for each in found),
            sum(each.spare for each in found),
        ]
        totals = [total + each for total, each in zip(totals, counts, strict=True)]
        print(told(page, counts))
        for each in found:
            if each.alike:
                stays = f", and stays for {each.needed}" if each.needed else ""
                print(
                    f"  {each.mistake.operation}: {each.mistake.name} is {each.edit.change}{stays}"
                )
        sys.stdout.flush()
    print(told("in all", totals))


def told(name: str, counts: Sequence[int]) -> str:
    """A line of the list."""
    known, near, same, spare = (f"{each:,}" for each in counts)
    probed = f"of {known} mistakes {near} answer the probes as an edit does"
    return f"{name}: {probed}, {same} to the last bit everywhere, {spare} of these to be deleted"


def candidates(operation: str) -> list[Mistake]:
    """The mistakes of an operation that an edit may be."""
    if OPERATIONS[operation].random:
        return []
    return [
        each for each in mistakes()[operation] if each.visible("float64") and not each.remembers
    ]


def near(operation: str) -> Iterator[Found]:
    """Yield the mistakes of an operation that answer the probes as an edit does."""
    for mistake in candidates(operation):
        found = compared(mistake)
        if found is not None:
            yield found


def compared(mistake: Mistake) -> Found | None:
    """Return what is known of a mistake and its edit, None if no edit answers the probes so."""
    behavior = behavior_of(mistake.operation, mistake.make())
    if behavior is None:
        return None
    edits = (behavior.edit, *behavior.others)
    same = next((edit for edit in edits if _same_bits(mistake, edit)), None)
    if same is None:
        return Found(mistake, behavior.edit, alike=False)
    return Found(mistake, same, alike=True, needed=needed(mistake))


def needed(mistake: Mistake) -> str:
    """Return the id of a case that rejects this mistake and no other one, "" without one."""
    asked = plan.plan(plan.EVERYTHING, operation=mistake.operation)
    for case in asked:
        own = case.clause.id in mistake.clauses and mistake.visible(case.dtype)
        for formats in _declared(case.dtype or "float64") if own and not case.case.many else ():
            alone = not can_tell(case, *formats, but=mistake.name)
            if alone and rejects(case, mistake, *formats):
                return case.id
    return ""


def _declared(dtype: str) -> Iterator[tuple[str, str]]:
    """Yield the formats of sums and of factors: the usual ones, and coarse ones to be declared."""
    usual = usual_accumulator(dtype)
    yield usual, ""
    yield _COARSE.get(dtype, usual), "tf32" if dtype == "float32" else ""


def _same_bits(mistake: Mistake, edit: Edit) -> bool:
    """Say whether both answer the same in all cases of the clauses that the mistake names."""
    made = standing_in(mistake.operation, implementation(edit.program), mistake.name)
    cases = _cases(mistake)
    return bool(cases) and all(
        _told(case, InProcess(made)) == _told(case, InProcess(mistake.adapter())) for case in cases
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
