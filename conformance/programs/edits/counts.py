"""A count is one more or one less, in one place or throughout."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Change, Kind, Rules, Spot
from nnspec.conformance.programs.edits.names import of_kind
from nnspec.conformance.programs.kinds import COUNT, kind_of
from nnspec.conformance.programs.program import Line, Program
from nnspec.conformance.programs.tree import NAME, Node, added, name, number, substituted
from nnspec.conformance.programs.typeset import letter

_STEPS = (number(-1), number(1))


def one(spot: Spot) -> Iterator[Node]:
    """Count one more or one less in one place."""
    if spot.node.head == NAME and kind_of(spot.node.text, spot.program) == COUNT:
        yield from (added(spot.node, step) for step in _STEPS)


def throughout(program: Program) -> Iterator[Change]:
    """Count one more or one less in every place."""
    for each in of_kind(program, COUNT):
        for step, sign in zip(_STEPS, ("− 1", "+ 1"), strict=True):
            new = added(name(each), step)
            changed = everywhere(program, name(each), new)
            count = letter(each, program)
            text = f"{count} → {count} {sign} throughout"
            yield Change(changed, text=text, pairs=((count, f"{count} {sign}"),))


def everywhere(program: Program, old: Node, new: Node) -> Program:
    """Return a program in which every old node is the new one."""
    lines = tuple(Line(line.name, substituted(line.expression, old, new)) for line in program.lines)
    return Program(program.operation, lines, program.answers)


RULES = (Rules(Kind("count", 3), (one,), (throughout,)),)
