"""An operator or a function is exchanged for another one."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Kind, Rules, Spot
from nnspec.conformance.programs.tree import (
    COMPARISONS,
    MATRIX,
    NEGATIVE,
    POWER,
    PRODUCT,
    QUOTIENT,
    SUM,
    Node,
    added,
    call,
    divided,
    multiplied,
    number,
    power,
    squared,
)

_HALF, _THREE = number(0.5), number(3)

# Functions that stand for each other in a group.
_GROUPS = (
    ("sigmoid", "tanh", "softmax", "relu", "log_softmax", "step"),
    ("exp", "exp2", "expm1", "sigmoid"),
    ("column_sums", "row_sums"),
    ("eigenvectors", "smallest_eigenvectors"),
    ("log", "log2", "log10", "log1p"),
    ("max", "min"),
    ("sqrt", "abs"),
)


def operator(spot: Spot) -> Iterator[Node]:
    """Take another operator between two nodes."""
    head, parts = spot.node.head, spot.node.parts
    if head == SUM:
        bare = [part.parts[0] if part.head == NEGATIVE else part for part in parts]
        yield multiplied(*bare)
        for place in range(1, len(parts)):
            left = added(*parts[:place])
            yield divided(left, added(bare[place], *parts[place + 1 :]))
            yield multiplied(left, added(bare[place], *parts[place + 1 :]))
    elif head == PRODUCT:
        for place in range(1, len(parts)):
            left, right = multiplied(*parts[:place]), multiplied(*parts[place:])
            yield from (added(left, right), divided(left, right), divided(right, left))
    elif head == QUOTIENT:
        yield from (multiplied(*parts), divided(parts[1], parts[0]))
    elif head == MATRIX:
        yield from (Node(MATRIX, parts[::-1]), multiplied(*parts))
    elif head == POWER:
        yield multiplied(*parts)
        yield power(parts[1], parts[0])


def comparison(spot: Spot) -> Iterator[Node]:
    """Compare otherwise."""
    if spot.node.head in COMPARISONS:
        yield from (Node(each, spot.node.parts) for each in COMPARISONS if each != spot.node.head)


def function(spot: Spot) -> Iterator[Node]:
    """Take another function of the same argument."""
    for group in _GROUPS:
        if spot.node.word in group:
            yield from (call(word, *spot.node.parts) for word in group if word != spot.node.word)
    if spot.node.word in ("sqrt", "abs"):
        yield squared(spot.node.parts[0])
    if spot.node.word == "sqrt":
        yield power(spot.node.parts[0], divided(number(1), _THREE))
    if spot.node.head == POWER:
        base = spot.node.parts[0]
        yield from (call("abs", base), power(base, _THREE), call("sqrt", base))


def function_of_two(spot: Spot) -> Iterator[Node]:
    """Take another function of the same arguments, or the same one of others."""
    word, parts = spot.node.word, spot.node.parts
    if word == "where":
        condition, one, other = parts
        yield from (call("where", condition, other, one), call("max", one, other))
        yield call("min", one, other)
    elif word == "solve":
        yield Node(MATRIX, parts)
    elif word == "one_hot":
        yield from (call("picked", added(parts[0], number(step)), parts[1]) for step in (-1, 1))
    elif word == "activation_vjp":
        yield multiplied(call("activation", parts[0]), parts[1])
        yield call("activation_vjp", call("activation", parts[0]), parts[1])
    elif word in ("max", "min") and len(parts) > 1:
        yield added(*parts)


def transposed(spot: Spot) -> Iterator[Node]:
    """Transpose a factor of a matrix product."""
    if spot.node.head == MATRIX:
        left, right = spot.node.parts
        yield Node(MATRIX, (_turned(left), right))
        yield Node(MATRIX, (left, _turned(right)))


def _turned(node: Node) -> Node:
    return node.parts[0] if node.word == "T" else call("T", node)


RULES = (
    Rules(Kind("function", 2), (function, function_of_two)),
    Rules(Kind("operator", 8), (operator, comparison, transposed)),
)
