"""A definition is edited for one of its uses only."""

from collections.abc import Callable, Iterator

from nnspec.conformance.programs.edits.edit import Change, Kind, Spot
from nnspec.conformance.programs.program import Program, states
from nnspec.conformance.programs.tree import NAME, Node, places, replaced

KIND = Kind("one use", 11)

# Returns the edited expressions of a definition.
Edited = Callable[[Program, int], Iterator[Node]]


def in_one_use(program: Program, edited: Edited) -> Iterator[Change]:
    """Put an edited definition in the place of one of several uses of its name."""
    for place, line in enumerate(program.lines):
        if line.name in states(program) or line.name in program.answers:
            continue
        spots = list(_uses(program, line.name))
        if len(spots) > 1:
            for new in edited(program, place):
                for spot in spots:
                    expression = replaced(spot.line.expression, spot.path, new)
                    yield Change(program.changed(spot.place, expression), spot, new)


def _uses(program: Program, name: str) -> Iterator[Spot]:
    for place, line in enumerate(program.lines):
        for path, node in places(line.expression):
            if node.head == NAME and node.text == name:
                yield Spot(program, place, path, node)
