"""Epsilon is moved, added a second time, squared, or taken as a lower limit."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Kind, Rules, Spot
from nnspec.conformance.programs.edits.names import of_kind
from nnspec.conformance.programs.kinds import EPSILON
from nnspec.conformance.programs.tree import (
    NAME,
    QUOTIENT,
    SUM,
    Node,
    added,
    call,
    divided,
    multiplied,
    name,
    squared,
)

_UNDER = ("sqrt", "log")


def altered(spot: Spot) -> Iterator[Node]:
    """Square epsilon, or take its root, in its place."""
    if spot.node.head == NAME and spot.node.text in of_kind(spot.program, EPSILON):
        yield squared(spot.node)
        yield call("sqrt", spot.node)


def added_again(spot: Spot) -> Iterator[Node]:
    """Add epsilon to a denominator, or under a root or logarithm."""
    for epsilon in map(name, of_kind(spot.program, EPSILON)):
        if spot.node.head == QUOTIENT:
            yield divided(spot.node.parts[0], added(spot.node.parts[1], epsilon))
        elif spot.node.word in _UNDER:
            yield call(spot.node.word, added(*spot.node.parts, epsilon))


def moved(spot: Spot) -> Iterator[Node]:
    """Move epsilon under the root beside it, or out of it, or make it a lower limit there."""
    for epsilon in map(name, of_kind(spot.program, EPSILON)):
        if spot.node.head == SUM and epsilon in spot.node.parts:
            yield from _beside(spot.node, epsilon)
        if spot.node.word == "sqrt" and spot.node.parts[0].head == SUM:
            inside = spot.node.parts[0]
            if epsilon in inside.parts:
                rest = _without(inside, epsilon)
                yield added(call("sqrt", rest), epsilon)
                yield added(call("sqrt", rest), call("sqrt", epsilon))


def _beside(node: Node, epsilon: Node) -> Iterator[Node]:
    rest = _without(node, epsilon)
    yield call("max", rest, epsilon)
    for part in node.parts:
        others = added(*(each for each in node.parts if each not in (part, epsilon)))
        yield from (added(others, new) for new in _inward(part, epsilon))


def _inward(part: Node, epsilon: Node) -> Iterator[Node]:
    """Yield a term with epsilon in a root, a quotient or a factor of it."""
    if part.word == "sqrt":
        (inner,) = part.parts
        yield call("sqrt", added(inner, epsilon))
        yield call("sqrt", added(inner, squared(epsilon)))
        yield call("sqrt", call("max", inner, epsilon))
        if inner.head == QUOTIENT:
            # Epsilon enters before the correction: (√v + ε)/√(1 − β₂ᵗ), or √((v + ε)/(1 − β₂ᵗ)).
            above, below = inner.parts
            yield divided(added(call("sqrt", above), epsilon), call("sqrt", below))
            yield call("sqrt", divided(added(above, epsilon), below))
    elif part.head == QUOTIENT:
        yield divided(added(part.parts[0], epsilon), part.parts[1])
        yield divided(part.parts[0], added(part.parts[1], epsilon))


def outward(spot: Spot) -> Iterator[Node]:
    """Move epsilon out of a denominator: to the quotient, or to its numerator."""
    if spot.node.head != QUOTIENT or spot.node.parts[1].head != SUM:
        return
    above, below = spot.node.parts
    for epsilon in map(name, of_kind(spot.program, EPSILON)):
        if epsilon in below.parts:
            bare = _without(below, epsilon)
            yield added(divided(above, bare), epsilon)
            yield divided(added(above, epsilon), bare)
            yield divided(above, multiplied(bare, epsilon))


def _without(node: Node, epsilon: Node) -> Node:
    return added(*(part for part in node.parts if part != epsilon))


RULES = (Rules(Kind("epsilon", 4), (altered, added_again, moved, outward)),)
