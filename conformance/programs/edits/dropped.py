"""A term, a factor or a function is dropped."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Kind, Rules, Spot
from nnspec.conformance.programs.tree import (
    MATRIX,
    ONE,
    POWER,
    PRODUCT,
    QUOTIENT,
    SUM,
    Node,
    added,
    divided,
    multiplied,
)
from nnspec.conformance.programs.words import SHAPES


def term(spot: Spot) -> Iterator[Node]:
    """Drop one term of a sum."""
    if spot.node.head == SUM:
        parts = spot.node.parts
        yield from (added(*parts[:k], *parts[k + 1 :]) for k in range(len(parts)))


def factor(spot: Spot) -> Iterator[Node]:
    """Drop one factor of a product, or a side of a quotient."""
    parts = spot.node.parts
    if spot.node.head == PRODUCT:
        yield from (multiplied(*parts[:k], *parts[k + 1 :]) for k in range(len(parts)))
    elif spot.node.head == QUOTIENT:
        yield parts[0]
        yield divided(ONE, parts[1])
    elif spot.node.head == MATRIX:
        yield from parts


def function(spot: Spot) -> Iterator[Node]:
    """Drop a function and leave its argument, or one of its arguments."""
    if spot.node.head == POWER:
        yield spot.node.parts[0]
    elif spot.node.word == "where":
        yield from spot.node.parts[1:]
    elif spot.node.word and spot.node.word not in SHAPES:
        yield from spot.node.parts


def factor_of_one_term(spot: Spot) -> Iterator[Node]:
    """Drop a factor from one term of the sum that it multiplies."""
    if spot.node.head != PRODUCT:
        return
    for place, part in enumerate(spot.node.parts):
        if part.head == SUM:
            others = multiplied(*spot.node.parts[:place], *spot.node.parts[place + 1 :])
            for k, term in enumerate(part.parts):
                rest = multiplied(others, added(*part.parts[:k], *part.parts[k + 1 :]))
                yield from (added(rest, multiplied(less, term)) for less in _with_one_less(others))


def _with_one_less(node: Node) -> Iterator[Node]:
    """Yield a product or quotient without one of its factors."""
    parts = node.parts
    if node.head == PRODUCT:
        yield from (multiplied(*parts[:k], *parts[k + 1 :]) for k in range(len(parts)))
    elif node.head == QUOTIENT:
        yield from (divided(less, parts[1]) for less in _with_one_less(parts[0]))
        yield from (divided(parts[0], less) for less in _with_one_less(parts[1]))
    elif node != ONE:
        yield ONE


RULES = (
    Rules(Kind("dropped", 1), (term, factor, function)),
    Rules(Kind("dropped from one term", 2), (factor_of_one_term,)),
)
