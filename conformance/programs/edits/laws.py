"""A law is another one, or a draw is not centered, scaled or cut."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Kind, Rules, Spot
from nnspec.conformance.programs.tree import (
    TWO,
    ZERO,
    Node,
    added,
    call,
    multiplied,
    negative,
    number,
    squared,
)

_THREE = number(3)


def another_law(spot: Spot) -> Iterator[Node]:
    """Take a uniform law for a normal one, or the other way around."""
    if spot.node.word == "N":
        mean, variance = spot.node.parts
        for limit in (call("sqrt", variance), call("sqrt", multiplied(_THREE, variance)), variance):
            yield call("U", added(mean, negative(limit)), added(mean, limit))
    elif spot.node.word == "U":
        _, high = spot.node.parts
        yield from (call("N", ZERO, variance) for variance in (high, squared(high)))


def off_its_center(spot: Spot) -> Iterator[Node]:
    """Leave a uniform draw between 0 and its width, or on one side."""
    if spot.node.word == "U":
        low, high = spot.node.parts
        yield call("U", ZERO, added(high, negative(low)))
        yield call("U", ZERO, high)
        yield call("U", low, ZERO)


def otherwise_cut(spot: Spot) -> Iterator[Node]:
    """Cut at another number of deviations, or what is not cut."""
    if spot.node.word == "cut":
        law, _ = spot.node.parts
        yield from (call("cut", law, number(at)) for at in (1, 3, 1.5))
    elif spot.node.word == "N" and not any(each.word == "cut" for each in spot.above):
        yield call("cut", spot.node, TWO)


def other_orders(spot: Spot) -> Iterator[Node]:
    """Count indices from 1, draw them with replacement, or leave them in their order."""
    if spot.node.word == "shuffled":
        (count,) = spot.node.parts
        yield from (call("drawn", count, count), call("counted", count))
        yield added(spot.node, number(1))
    elif spot.node.word == "drawn":
        yield added(spot.node, number(1))
        yield call("shuffled", spot.node.parts[0])


RULES = (Rules(Kind("law", 2), (another_law, off_its_center, otherwise_cut, other_orders)),)
