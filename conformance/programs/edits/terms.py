"""A term is put in: another array of the formula, or epsilon, is added or subtracted."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Kind, Rules, Spot
from nnspec.conformance.programs.edits.names import names_of
from nnspec.conformance.programs.kinds import ARRAYS, EPSILON, kind_of
from nnspec.conformance.programs.tree import (
    NAME,
    ONE,
    POWER,
    SUM,
    Node,
    added,
    multiplied,
    name,
    negative,
)


def another_array(spot: Spot) -> Iterator[Node]:
    """Add an array to an array, or subtract it."""
    if spot.node.head == NAME and kind_of(spot.node.text, spot.program) in ARRAYS:
        for other in names_of(spot.program):
            if other != spot.node.text and kind_of(other, spot.program) in ARRAYS:
                yield added(spot.node, name(other))
                yield added(spot.node, negative(name(other)))


def epsilon(spot: Spot) -> Iterator[Node]:
    """Add epsilon to an array or its square."""
    squared = spot.node.head in (POWER, NAME)
    whole = spot.node.head == SUM and not spot.path
    if whole or (squared and not (spot.above and spot.above[0].head == SUM)):
        for each in names_of(spot.program):
            if kind_of(each, spot.program) == EPSILON and each != spot.node.text:
                yield added(spot.node, name(each))


def times_another_array(spot: Spot) -> Iterator[Node]:
    """Multiply by an array of the formula, or by s(1 − s) of one of its parts."""
    if spot.program.takes_steps or (spot.above and spot.above[0].head != "where"):
        return
    for each in names_of(spot.program):
        if kind_of(each, spot.program) in ARRAYS and each not in spot.program.answers:
            other = name(each)
            yield multiplied(spot.node, other)
            yield multiplied(spot.node, other, added(ONE, negative(other)))


RULES = (Rules(Kind("put in", 9), (another_array, epsilon, times_another_array)),)
