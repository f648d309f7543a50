"""A sign is the other one, or the sides of a difference are exchanged."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Kind, Rules, Spot
from nnspec.conformance.programs.tree import NEGATIVE, NUMBER, SUM, Node, added, negative
from nnspec.conformance.programs.words import LAWS


def turned(spot: Spot) -> Iterator[Node]:
    """Turn the sign of one term of a sum, or of all."""
    if spot.node.head == SUM:
        parts = spot.node.parts
        for place, part in enumerate(parts):
            yield added(*parts[:place], negative(part), *parts[place + 1 :])
        yield added(*map(negative, parts))


def negated(spot: Spot) -> Iterator[Node]:
    """Turn the sign of a node that is no term of a sum."""
    within = spot.above[:1]
    if spot.node.head not in (NUMBER, SUM, *LAWS) and not any(
        each.head in (SUM, NEGATIVE) for each in within
    ):
        yield negative(spot.node)


RULES = (
    Rules(Kind("sign", 4), (turned,)),
    Rules(Kind("sign of a part", 5), (negated,)),
)
