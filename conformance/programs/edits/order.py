"""A line comes earlier or later: a value is used before its update, or updated too late."""

from collections.abc import Iterator
from dataclasses import replace

from nnspec.conformance.bounds.steps import POINT
from nnspec.conformance.programs.edits.edit import Change, Kind, Rules
from nnspec.conformance.programs.program import GRADIENT, Program
from nnspec.conformance.programs.tree import names_in
from nnspec.conformance.programs.typeset import letter


def moved(program: Program) -> Iterator[Change]:
    """Move a line past its neighbors, to every place where it may stand."""
    if not program.takes_steps:
        return
    for old in range(len(program.lines)):
        others = [*program.lines[:old], *program.lines[old + 1 :]]
        for new in range(len(program.lines)):
            lines = (*others[:new], program.lines[old], *others[new:])
            if new == old or not _asks_in_time(replace(program, lines=lines)):
                continue
            neighbor = program.lines[new].name
            where = "before" if new < old else "after"
            text = (
                f"{letter(program.lines[old].name, program)} updated {where} "
                f"{letter(neighbor, program)}"
            )
            yield Change(replace(program, lines=lines), text=text)


def _asks_in_time(program: Program) -> bool:
    """Say whether no line needs the gradient before the one that says where to ask for it."""
    if POINT not in program.defined:
        return True
    before = program.lines[: program.defined.index(POINT)]
    return not any(GRADIENT in names_in(line.expression) for line in before)


RULES = (Rules(Kind("order", 6), whole=(moved,)),)
