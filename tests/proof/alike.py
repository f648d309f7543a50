"""`python -m tests.proof.alike [PAGE …]` lists the mistakes that an edit of the formula is too.

A mistake is an edit if both answer the same, to the last bit, in all float64 cases of the clauses
that the mistake names. The edit is made by machine: a function that is an edit in each operation
that it spoils is spare. It stays if a case of its clauses rejects no other mistake, in some format:
a verdict could not rest on that case. It stays too if a diagnosis tells no such edit: if the edit
asks for the gradient elsewhere, or for a reason in `UNTOLD`.
"""

import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnspec.conformance.bounds.steps import POINT
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt, can_tell, rejects
from nnspec.conformance.programs.behaviors import behavior_of
from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.programs.evaluation import implementation
from nnspec.conformance.programs.program import program_of
from nnspec.conformance.run import plan
from nnspec.conformance.sources.description import usual_accumulator
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import SHARED, Mistake, Rule, rules, standing_in
from nnspec.conformance.terms.operations import OPERATIONS
from nnspec.spec import pages

# The coarsest format that a library may declare for its sums.
_COARSE = {"float64": "float32", "float16": "float16", "bfloat16": "bfloat16"}

# Functions whose edit a diagnosis does not tell, or in words that say less, and why.
UNTOLD = {
    "counts_steps_from_zero": "the first step is NaN, which is no evidence for an edit",
    "multiplies_by_the_logarithm_of_zero": "its wrong answers are NaN",
    "scales_by_the_square_root_of_n": "the diagnosis is silent about its edit",
    "forgets_the_path_through_the_variance": "another edit is told, in absurd words",
    "masks_by_the_cotangent": "its sentence has the name that the method bears",
}


@dataclass(frozen=True)
class Found:
    """A mistake that is an edit, and the id of a case that rejects no other, "" without one."""

    mistake: Mistake
    edit: Edit
    needed: str

    @property
    def line(self) -> str:
        """The line of the list."""
        stays = f", and stays for {self.needed}" if self.needed else ""
        return f"{self.mistake.operation}: {self.mistake.name} is {self.edit.change}{stays}"


def main(named: Sequence[str]) -> None:
    """Print a row for each folder of mistakes, and the functions that are edits throughout."""
    for folder in named or (*pages(), *SHARED):
        functions = list(rules(folder))
        found = [each for rule in functions if (each := edited(rule))]
        free = sum(not any(each.needed for each in instances) for instances in found)
        print(f"{folder}: of {len(functions)} functions {len(found)} are edits, {free} are spare")
        for each in itertools.chain(*found):
            print(f"  {each.line}", flush=True)


def spare(rule: Rule) -> list[str]:
    """Return a line for each operation in which a function is an edit, if no case needs it."""
    found = edited(rule)
    return [] if any(each.needed for each in found) else [each.line for each in found]


def edited(rule: Rule) -> list[Found]:
    """Return the mistakes of a function with their edits, nothing if one of them is no edit."""
    found: list[tuple[Mistake, Edit]] = []
    for mistake in rule.mistakes():
        edit = edit_of(mistake)
        if edit is None:
            return []
        found.append((mistake, edit))
    return [Found(mistake, edit, needed(mistake)) for mistake, edit in found]


def edit_of(mistake: Mistake) -> Edit | None:
    """Return the edit that a mistake is to the last bit, None if it is no edit."""
    hidden = mistake.remembers or not mistake.visible("float64") or mistake.name in UNTOLD
    if hidden or OPERATIONS[mistake.operation].random:
        return None
    behavior = behavior_of(mistake.operation, mistake.make())
    edits = () if behavior is None else (behavior.edit, *behavior.others)
    told = (edit for edit in edits if not _asks_elsewhere(edit))
    return next((edit for edit in told if _same_bits(mistake, edit)), None)


def _asks_elsewhere(edit: Edit) -> bool:
    """Say whether an edit asks for the gradient at another point than the formula does."""
    asked = [
        [line for line in program.lines if line.name == POINT]
        for program in (edit.program, program_of(edit.operation))
    ]
    return asked[0] != asked[1]


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
