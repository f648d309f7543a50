"""Tells an edit in words of the formula: its stable name, and a sentence that marks the change."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from nnspec.conformance.programs.edits.edit import Change, Edit, Kind, Segment, Spot
from nnspec.conformance.programs.program import Line, Program
from nnspec.conformance.programs.tree import (
    NEGATIVE,
    NUMBER,
    ONE,
    PRODUCT,
    QUOTIENT,
    SUM,
    ZERO,
    Node,
    Path,
    at,
    places,
    replaced,
)
from nnspec.conformance.programs.typeset import CLOSED, MARK, OPENED, letter, line_of, typeset

_MARKED = re.compile(f"{OPENED}(.*?){CLOSED}")


def told(change: Change, kind: Kind, program: Program, form: int) -> Edit:
    """Return a change of a formula as an edit."""
    spot, after, place = change.spot, change.after, change.place
    if spot is None or after is None:
        text, shown = change.text, tuple(_of_the_whole(change, program))
    else:
        spot, after = _with_its_neighbors(spot, after)
        place, path = spot.place, _telling(spot)
        old = at(spot.line.expression, path)
        new = _put(old, spot.path[len(path) :], after)
        text = f"{typeset(old, program)} → {typeset(new, program)}"
        if not path and _times(program, old) > 1:
            text = f"{letter(spot.line.name, program)} = {text}"
        shown = tuple(_of_a_spot(spot, after, program))
    return Edit(
        program.operation,
        form,
        kind,
        "" if place is None else program.lines[place].name,
        text,
        change.program,
        shown,
        len(program.lines) - 1 - place if place is not None else len(program.lines),
    )


def _of_a_spot(spot: Spot, after: Node, program: Program) -> Iterator[Segment]:
    """Yield the changed line with its change marked, and the part that it replaces."""
    marked = _put(spot.line.expression, spot.path, Node(MARK, (after,)))
    yield Segment("with ")
    yield from _segments(line_of(program, Line(spot.line.name, marked)))
    yield Segment(" instead of ")
    yield Segment(typeset(spot.node, program), marked=True)


def _of_the_whole(change: Change, program: Program) -> Iterator[Segment]:
    for number, (old, new) in enumerate(change.pairs):
        yield Segment(" and " if number else "with ")
        yield Segment(new, marked=True)
        yield Segment(" instead of ")
        yield Segment(old, marked=True)
    if change.pairs:
        yield Segment(" throughout")
        return
    yield Segment("with ")
    yield Segment(change.words or change.text, marked=True)
    if change.place is not None:
        yield Segment(f", as in {line_of(program, change.program.lines[change.place])}")


def _segments(text: str) -> Iterator[Segment]:
    """Yield the pieces of a text between marks and within them."""
    for place, piece in enumerate(_MARKED.split(text)):
        if piece:
            yield Segment(piece, marked=place % 2 == 1)


def _with_its_neighbors(spot: Spot, after: Node) -> tuple[Spot, Node]:
    """Return the change of the part in which a 0 or 1 vanishes, or before which a sign stands."""
    while spot.path:
        above = spot.above[0]
        vanishes = after in (ZERO, ONE) and above.head in (SUM, PRODUCT, QUOTIENT)
        signed = spot.node.head == NEGATIVE and above.head == SUM
        negated = above.head == NEGATIVE and after.head in (NEGATIVE, NUMBER)
        if not (vanishes or signed or negated):
            break
        after = replaced(above, spot.path[-1:], after)
        spot = Spot(spot.program, spot.place, spot.path[:-1], above)
    return spot, after


def _telling(spot: Spot) -> Path:
    """Return the path to the smallest part that stands once in the formula and holds the node."""
    for depth in range(len(spot.path), 0, -1):
        path = spot.path[:depth]
        node = at(spot.line.expression, path)
        if node.head not in (NEGATIVE, NUMBER) and _times(spot.program, node) == 1:
            return path
    return ()


def _times(program: Program, node: Node) -> int:
    return _counts(program)[node]


@lru_cache(maxsize=64)
def _counts(program: Program) -> Counter[Node]:
    """Return how often each node stands in a program."""
    return Counter(each for line in program.lines for _, each in places(line.expression))


def _put(node: Node, path: Path, new: Node) -> Node:
    """Return a tree with another node at the end of a path, and nothing else changed."""
    if not path:
        return new
    parts = list(node.parts)
    parts[path[0]] = _put(parts[path[0]], path[1:], new)
    return Node(node.head, tuple(parts), node.text)
