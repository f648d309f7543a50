"""A term, a factor or a function is dropped."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Change, Kind, Rules, Spot
from nnspec.conformance.programs.kinds import COTANGENT, PART, kind_of
from nnspec.conformance.programs.program import Program
from nnspec.conformance.programs.tree import (
    MATRIX,
    NAME,
    ONE,
    POWER,
    PRODUCT,
    QUOTIENT,
    SUM,
    ZERO,
    Node,
    added,
    divided,
    factors_of,
    multiplied,
    negative,
)
from nnspec.conformance.programs.typeset import letter
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
        for one in parts:
            # The derivative s(1 − s) is one factor in the mind of who forgets it.
            rest = added(ONE, negative(one))
            if rest in parts:
                yield multiplied(*(each for each in parts if each not in (one, rest)))
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


def one_value(spot: Spot) -> Iterator[Node]:
    """Answer 1 for an array that stands alone, as if its factor were dropped."""
    alone = not spot.above or spot.above[0].head not in (SUM, PRODUCT, QUOTIENT)
    if alone and spot.node.head == NAME and kind_of(spot.node.text, spot.program) == COTANGENT:
        yield ONE


def definition(program: Program) -> Iterator[Change]:
    """Drop a definition in all its uses: 0 for it in sums, 1 in products."""
    for place, line in enumerate(program.lines):
        if kind_of(line.name, program) == PART and line.name not in program.answers:
            for value in (ZERO, ONE):
                pair = letter(line.name, program), value.text
                text = f"{' → '.join(pair)} throughout"
                changed = program.changed(place, value)
                yield Change(changed, text=text, place=place, pairs=(pair,))


def factor_of_one_term(spot: Spot) -> Iterator[Node]:
    """Drop a factor from one term of the sum that it multiplies, or all factors."""
    if spot.node.head not in (PRODUCT, QUOTIENT):
        return
    above, below = factors_of(spot.node)
    for place, part in enumerate(above):
        if part.head == SUM:
            others = [*above[:place], *above[place + 1 :]]
            for k, term in enumerate(part.parts):
                without = added(*part.parts[:k], *part.parts[k + 1 :])
                rest = divided(multiplied(*others, without), multiplied(*below))
                for less in _fewer(others, below):
                    yield added(rest, multiplied(less, term))


def _fewer(above: list[Node], below: list[Node]) -> Iterator[Node]:
    """Yield a quotient without one of its factors, and without all."""
    yield ONE
    for k in range(len(above)):
        yield divided(multiplied(*above[:k], *above[k + 1 :]), multiplied(*below))
    for k in range(len(below)):
        yield divided(multiplied(*above), multiplied(*below[:k], *below[k + 1 :]))


RULES = (
    Rules(Kind("dropped", 1), (term, factor, one_value, function), (definition,)),
    Rules(Kind("dropped from one term", 2), (factor_of_one_term,)),
)
