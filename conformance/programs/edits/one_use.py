"""A definition is edited for one of its uses only."""

from collections.abc import Callable, Iterator

from nnspec.conformance.programs.edits.edit import Change, Kind, Spot
from nnspec.conformance.programs.program import Program, states
from nnspec.conformance.programs.tree import (
    ONE,
    PRODUCT,
    Node,
    added,
    built,
    call,
    name,
    negative,
    places,
    replaced,
    substituted,
)

KIND = Kind("one use", 11)

# Returns the edited expressions of a definition.
Edited = Callable[[Program, int], Iterator[Node]]


def in_one_use(program: Program, edited: Edited) -> Iterator[Change]:
    """Put an edited definition in the place of one of several uses of its name.

    Two uses in one part of a formula, such as s·(1 − s), are one as well.
    """
    for place, line in enumerate(program.lines):
        if line.name in states(program) or line.name in program.answers:
            continue
        used = name(line.name)
        spots = list(_parts_with(program, used))
        for new in edited(program, place) if spots else ():
            for spot, factors in spots:
                after = _substituted(spot.node, factors, used, new)
                expression = replaced(spot.line.expression, spot.path, after)
                yield Change(program.changed(spot.place, expression), spot, after)


def _parts_with(program: Program, used: Node) -> Iterator[tuple[Spot, tuple[Node, ...]]]:
    """Yield the smallest parts of a program that hold some uses of a name, and not all.

    The factors s and 1 − s of a longer product are a part too.
    """
    total = sum(_uses(line.expression, used) for line in program.lines)
    for place, line in enumerate(program.lines):
        for path, node in places(line.expression):
            spot, held = Spot(program, place, path, node), _uses(node, used)
            # A part is the smallest if no part of it holds as many uses.
            if 0 < held < total and held not in (_uses(part, used) for part in node.parts):
                yield spot, node.parts
            slope = (used, added(ONE, negative(used)))
            if node.head == PRODUCT and held > _uses(call("", *slope), used) > 0:
                yield from [(spot, slope)] * all(each in node.parts for each in slope)


def _substituted(node: Node, factors: tuple[Node, ...], used: Node, new: Node) -> Node:
    """Return a node with a new one for the used one, in some of its parts."""
    if node == used:
        return new
    parts = (substituted(part, used, new) if part in factors else part for part in node.parts)
    return built(node.head, tuple(parts))


def _uses(node: Node, used: Node) -> int:
    return sum(each == used for _, each in places(node))
