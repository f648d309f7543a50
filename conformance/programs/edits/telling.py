"""Tells an edit in words of the formula: its stable name, and a sentence that marks the change."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from nnspec.conformance.programs.edits.edit import Change, Edit, Kind, Segment, Spot
from nnspec.conformance.programs.kinds import COUNT, LABELS, kind_of
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
    added,
    at,
    name,
    names_in,
    number,
    places,
    replaced,
)
from nnspec.conformance.programs.typeset import CLOSED, MARK, OPENED, letter, line_of, typeset

_MARKED = re.compile(f"{OPENED}(.*?){CLOSED}")

# What a name counts, the number of the first, and the sign with which a change of the name moves
# it: with t − 1 the first step is step 0, and with labels − 1 the first class has label 1.
_COUNTED = {"t": ("steps", 1, 1), "labels": ("labels", 0, -1)}


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
        (*shown, *_counted(change, program)),
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
    for place, (old, new) in enumerate(change.pairs):
        yield Segment(" and " if place else "with ")
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


def _counted(change: Change, program: Program) -> Iterator[Segment]:
    """Yield where the steps or the labels seem to begin, if the change counts one more or less."""
    for new, pair, words in _counting(program):
        if pair in change.pairs or _puts_in(change, new):
            yield Segment(words)


@lru_cache(maxsize=64)
def _counting(program: Program) -> list[tuple[Node, tuple[str, str], str]]:
    """Return each way to count one more or less, as a part, as a pair of texts and in words."""
    used = frozenset().union(*(names_in(line.expression) for line in program.lines))
    found = []
    for each, (counted, first, sign) in _COUNTED.items():
        if each in used and kind_of(each, program) in (COUNT, LABELS):
            for step in (-1, 1):
                new = added(name(each), number(step))
                pair = letter(each, program), typeset(new, program)
                start = typeset(number(first + sign * step), program)
                found.append((new, pair, f", as if {counted} were counted from {start}"))
    return found


def _puts_in(change: Change, new: Node) -> bool:
    """Say whether a change of one spot puts in a part that was not there."""
    if change.spot is None or change.after is None:
        return False
    before, after = (
        [part for _, part in places(whole)] for whole in (change.spot.node, change.after)
    )
    return new in after and new not in before


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
