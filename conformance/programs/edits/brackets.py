"""A factor, a term or an argument moves into brackets or out of them: g·1 − t² for g·(1 − t²)."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Kind, Rules, Spot
from nnspec.conformance.programs.tree import (
    NEGATIVE,
    POWER,
    PRODUCT,
    QUOTIENT,
    SUM,
    Node,
    added,
    call,
    divided,
    factors_of,
    multiplied,
    power,
)


def left_out(spot: Spot) -> Iterator[Node]:
    """Leave out the brackets of a sum or product."""
    head, parts = spot.node.head, spot.node.parts
    if head == PRODUCT:
        for place, part in enumerate(parts):
            others = multiplied(*parts[:place], *parts[place + 1 :])
            if part.head == SUM:
                first, last = part.parts[:1], part.parts[-1:]
                yield added(multiplied(others, *first), *part.parts[1:])
                yield added(*part.parts[:-1], multiplied(others, *last))
    elif head == QUOTIENT:
        yield from _of_a_quotient(*parts)
    elif head == POWER:
        base, exponent = parts
        if base.head == SUM:
            yield added(*base.parts[:-1], _raised(base.parts[-1], exponent))
            yield added(*(_raised(part, exponent) for part in base.parts))
        elif base.head == PRODUCT:
            yield multiplied(*base.parts[:-1], power(base.parts[-1], exponent))


def _of_a_quotient(above: Node, below: Node) -> Iterator[Node]:
    if above.head == SUM:
        yield added(*above.parts[:-1], divided(above.parts[-1], below))
        yield added(divided(above.parts[0], below), *above.parts[1:])
    if below.head == SUM:
        yield added(divided(above, below.parts[0]), *below.parts[1:])
    elif below.head == PRODUCT:
        yield multiplied(divided(above, below.parts[0]), *below.parts[1:])


def _raised(term: Node, exponent: Node) -> Node:
    """Return a power of a term; its sign stands before the power."""
    if term.head == NEGATIVE:
        return Node(NEGATIVE, (power(term.parts[0], exponent),))
    return power(term, exponent)


def put_around(spot: Spot) -> Iterator[Node]:
    """Put terms into the brackets of a factor or denominator beside them."""
    if spot.node.head != SUM:
        return
    parts = spot.node.parts
    for place, part in enumerate(parts):
        others = (*parts[:place], *parts[place + 1 :])
        bare = part.parts[0] if part.head == NEGATIVE else part
        sign = (lambda node: Node(NEGATIVE, (node,))) if part.head == NEGATIVE else (lambda n: n)
        if bare.head in (PRODUCT, QUOTIENT):
            yield from map(sign, _around(bare, others))


def _around(node: Node, others: tuple[Node, ...]) -> Iterator[Node]:
    """Yield a product or quotient with other terms beside one factor, or beside all but one."""
    above, below = factors_of(node)
    for k, each in enumerate(above):
        rest = [*above[:k], *above[k + 1 :]]
        yield divided(multiplied(*rest, added(each, *others)), multiplied(*below))
        within = divided(multiplied(*rest), multiplied(*below))
        yield multiplied(each, added(within, *others))
    for k, each in enumerate(below):
        rest = [*below[:k], *below[k + 1 :]]
        yield divided(multiplied(*above), multiplied(*rest, added(each, *others)))
        within = divided(multiplied(*above), multiplied(*rest))
        yield divided(added(within, *others), each)


def out_of_a_function(spot: Spot) -> Iterator[Node]:
    """Move a term or factor of a function's argument out of it."""
    if not spot.node.word or len(spot.node.parts) != 1:
        return
    word, (inner,) = spot.node.word, spot.node.parts
    for place, part in enumerate(inner.parts):
        others = (*inner.parts[:place], *inner.parts[place + 1 :])
        if inner.head == SUM:
            yield added(part, call(word, added(*others)))
            yield added(*others, call(word, part))
        elif inner.head == PRODUCT:
            yield multiplied(part, call(word, multiplied(*others)))
    if inner.head == QUOTIENT:
        yield divided(call(word, inner.parts[0]), inner.parts[1])
        yield divided(inner.parts[0], call(word, inner.parts[1]))


def into_a_function(spot: Spot) -> Iterator[Node]:
    """Move the terms or factors beside a function into its argument."""
    head, parts = spot.node.head, spot.node.parts
    for place, part in enumerate(parts):
        if not part.word or len(part.parts) != 1:
            continue
        others = (*parts[:place], *parts[place + 1 :])
        if head == SUM:
            yield call(part.word, added(*part.parts, *others))
        elif head == PRODUCT:
            yield call(part.word, multiplied(*part.parts, *others))
        elif head == QUOTIENT:
            above = divided(*part.parts, parts[1]) if place == 0 else divided(parts[0], *part.parts)
            yield call(part.word, above)


RULES = (
    Rules(
        Kind("brackets", 10),
        (left_out, put_around, out_of_a_function, into_a_function),
    ),
)
