"""A constant is another one, or somebody invents one where the formula has none."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Kind, Rules, Spot
from nnspec.conformance.programs.tree import (
    NUMBER,
    ONE,
    QUOTIENT,
    ZERO,
    Node,
    added,
    call,
    divided,
    number,
)

# Small numbers that programs add to what must not be 0.
_SMALL = tuple(
    Node(NUMBER, text=text) for text in ("1e-3", "1e-5", "1e-6", "1e-7", "1e-8", "1e-12")
)
_UNDER = ("sqrt", "log")

_OTHERS = {
    "0": ("1", "-1"),
    "1": ("0", "2", "-1", "0.5"),
    "2": ("1", "3", "4", "0.5"),
}


def another(spot: Spot) -> Iterator[Node]:
    """Take another constant."""
    if spot.node.head == NUMBER:
        others = _OTHERS.get(spot.node.text, ())
        yield from (number(float(other)) for other in others)
        if not others:
            yield from (ZERO, ONE)


def invented(spot: Spot) -> Iterator[Node]:
    """Add a constant under a root or logarithm, or to a denominator."""
    for constant in (*_SMALL, ONE):
        if spot.node.word in _UNDER:
            yield call(spot.node.word, added(*spot.node.parts, constant))
        elif spot.node.head == QUOTIENT and spot.node.parts[1].head != NUMBER:
            yield divided(spot.node.parts[0], added(spot.node.parts[1], constant))


def limited(spot: Spot) -> Iterator[Node]:
    """Keep the argument of a logarithm, or a denominator, above a constant."""
    for constant in _SMALL:
        if spot.node.word in _UNDER:
            yield call(spot.node.word, call("max", *spot.node.parts, constant))
        elif spot.node.head == QUOTIENT and spot.node.parts[1].head != NUMBER:
            yield divided(spot.node.parts[0], call("max", spot.node.parts[1], constant))


RULES = (Rules(Kind("constant", 7), (another, invented, limited)),)
