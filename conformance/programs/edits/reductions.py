"""A reduction is exchanged for another one, or runs along another axis."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Kind, Rules, Spot
from nnspec.conformance.programs.kinds import COUNT, MORE
from nnspec.conformance.programs.tree import ONE, Node, added, call, divided, name, number, squared
from nnspec.conformance.programs.words import AXES, OF_AN_AXIS, ONE_FOR_ALL, REDUCTIONS

_N = name("n")


def exchanged(spot: Spot) -> Iterator[Node]:
    """Take a sum for a mean or a maximum, and the other way around."""
    if spot.node.word in REDUCTIONS and len(spot.node.parts) == 1:
        words = (*REDUCTIONS, *ONE_FOR_ALL)
        yield from (call(word, *spot.node.parts) for word in words if word != spot.node.word)
        if spot.node.word == "sum":
            yield call("sqrt", call("sum", squared(*spot.node.parts)))
            yield call("sum", call("abs", *spot.node.parts))


def along(spot: Spot) -> Iterator[Node]:
    """Reduce along other axes."""
    if spot.node.word in REDUCTIONS and len(spot.node.parts) == 1:
        yield from (call(f"{spot.node.word}_{axes}", *spot.node.parts) for axes in AXES)
    elif spot.node.word in OF_AN_AXIS:
        yield from (
            call(f"{spot.node.word}_{axis}", *spot.node.parts) for axis in ("first", "last")
        )


def divided_otherwise(spot: Spot) -> Iterator[Node]:
    """Divide the sum of a mean by n − 1 or n + 1, or by the count of something else."""
    if spot.node.word == "mean":
        total = call("sum", *spot.node.parts)
        yield from (divided(total, added(_N, more)) for more in (number(-1), ONE))
        yield from (divided(total, name(each)) for each, kind in MORE.items() if kind == COUNT)
        yield divided(total, call("sqrt", _N))


def normed(spot: Spot) -> Iterator[Node]:
    """Take another norm than the Euclidean one."""
    if spot.node.word == "sqrt":
        (inner,) = spot.node.parts
        if inner.word == "sum" and inner.parts[0].head == "**":
            base = inner.parts[0].parts[0]
            yield call("sum", call("abs", base))
            yield call("max", call("abs", base))
            yield call("abs", call("sum", base))


RULES = (Rules(Kind("reduction", 3), (exchanged, along, divided_otherwise, normed)),)
