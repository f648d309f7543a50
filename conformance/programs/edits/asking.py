"""The gradient is asked for elsewhere, or a step yields the parameters before it."""

from collections.abc import Iterator
from dataclasses import replace

from nnspec.conformance.bounds.steps import POINT
from nnspec.conformance.programs.edits.edit import Change, Kind, Rules
from nnspec.conformance.programs.program import BEFORE, THETA, Line, Program
from nnspec.conformance.programs.tree import name

_WHERE = {
    "start": "where the parameters began",
    "previous": "at the parameters before the last step",
    THETA: "at the parameters",
}


def asked_elsewhere(program: Program) -> Iterator[Change]:
    """Ask for the gradient at the parameters, at those before the last step, or at the first."""
    if not program.takes_steps:
        return
    for each, where in _WHERE.items():
        others = tuple(line for line in program.lines if line.name != POINT)
        if each != THETA or len(others) < len(program.lines):
            lines = (Line(POINT, name(each)), *others)
            yield Change(replace(program, lines=lines), text=f"the gradient asked for {where}")


def yielded_before(program: Program) -> Iterator[Change]:
    """Yield the parameters before the step."""
    if program.takes_steps:
        yield Change(replace(program, answers=(BEFORE,)), text="θ yielded before its step")


RULES = (Rules(Kind("asking", 6), whole=(asked_elsewhere, yielded_before)),)
