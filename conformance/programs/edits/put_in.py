"""A function or a factor is put in."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Kind, Rules, Spot
from nnspec.conformance.programs.edits.names import of_kind
from nnspec.conformance.programs.kinds import (
    ARRAYS,
    COTANGENT,
    LABELS,
    RATE,
    SLOPE,
    WEIGHT,
    kind_of,
)
from nnspec.conformance.programs.program import Program
from nnspec.conformance.programs.tree import (
    COMPARISONS,
    NAME,
    NEGATIVE,
    NUMBER,
    ONE,
    PRODUCT,
    QUOTIENT,
    TWO,
    Node,
    added,
    call,
    divided,
    multiplied,
    name,
    names_in,
    negative,
    power,
    squared,
)
from nnspec.conformance.programs.words import LAWS, SHAPES

_COUNTS: tuple[str, ...] = ("n", "rows", "columns", "size")
_COUNTS_OF_STEPS: tuple[str, ...] = ("t",)
_FUNCTIONS = ("sqrt", "abs", "sign", "exp", "log", "mean", "sum", "mean_all", "sum_all")
_OF_NUMBERS = ("sqrt", "exp", "log")
_ACTIVATIONS = ("sigmoid", "tanh", "relu")


def function(spot: Spot) -> Iterator[Node]:
    """Put a function around a node."""
    if _value(spot):
        words = _OF_NUMBERS if _number(spot) else _FUNCTIONS
        yield from (call(word, spot.node) for word in words if word != spot.node.word)
        yield squared(spot.node)
        yield divided(ONE, spot.node)


def complement(spot: Spot) -> Iterator[Node]:
    """Take one minus a weight, or any part of a formula."""
    if _value(spot):
        yield added(ONE, negative(spot.node))


def activation(spot: Spot) -> Iterator[Node]:
    """Put an activation around an array of an ordinary formula."""
    if spot.program.takes_steps or spot.node.word in _ACTIVATIONS:
        return
    if _value(spot) and not _number(spot):
        yield from (call(word, spot.node) for word in _ACTIVATIONS)


def factor(spot: Spot) -> Iterator[Node]:
    """Multiply a node by a scalar of the formula, a count or 2, or divide it by that."""
    if _value(spot) and not (spot.above and spot.above[0].head == PRODUCT):
        for scalar in scalars(spot.program):
            yield multiplied(spot.node, scalar)
            yield divided(spot.node, scalar)
        for cotangent in map(name, of_kind(spot.program, COTANGENT)):
            yield multiplied(spot.node, cotangent)
            yield multiplied(spot.node, call("sum_all", cotangent))


def scalar_for_scalar(spot: Spot) -> Iterator[Node]:
    """Take another scalar of the formula as a factor."""
    if spot.above[:1] and spot.above[0].head in (PRODUCT, QUOTIENT):
        known = scalars(spot.program)
        if spot.node in known:
            yield from (other for other in known if other != spot.node)


def scalars(program: Program) -> list[Node]:
    """Return the scalars that a factor may be: rates, weights, what is left of them, counts, 2."""
    found = [name(each) for each in of_kind(program, RATE)]
    if program.takes_steps and not found:
        found.append(name("rate"))
    for each in [*of_kind(program, WEIGHT), *of_kind(program, SLOPE)]:
        found += [name(each), added(ONE, negative(name(each)))]
        if program.takes_steps:
            found.append(added(ONE, negative(power(name(each), name("t")))))
    counts = _COUNTS_OF_STEPS if program.takes_steps else _COUNTS
    if program.operation == "minibatch_descent":
        counts = ("n", "longest")
    root = () if program.takes_steps else (call("sqrt", name("n")),)
    return [*found, *map(name, counts), *root, TWO]


def _value(spot: Spot) -> bool:
    """Say whether a node is a value, and neither a constant, a sign, nor a comparison."""
    return (
        spot.node.head not in (NUMBER, NEGATIVE, *SHAPES, *LAWS, *COMPARISONS)
        and not any(each.head in COMPARISONS for each in spot.above)
        and not (spot.node.head == NAME and kind_of(spot.node.text, spot.program) == LABELS)
    )


def _number(spot: Spot) -> bool:
    """Say whether a node is one number, made without an array."""
    return not any(kind_of(each, spot.program) in ARRAYS for each in names_in(spot.node))


RULES = (Rules(Kind("put in", 9), (function, complement, activation, factor, scalar_for_scalar)),)
