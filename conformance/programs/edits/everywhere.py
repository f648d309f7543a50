"""The same edit in every place: parts of a formula that are alike but for their names.

Who forgets one bias correction forgets the other too. Two parts are alike if they are the same tree
with names of the same kinds. The same edit of all of them is one edit.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from nnspec.conformance.programs.edits.edit import Change, Spot
from nnspec.conformance.programs.kinds import kind_of
from nnspec.conformance.programs.program import Program
from nnspec.conformance.programs.tree import NAME, Node, Path, replaced_at
from nnspec.conformance.programs.typeset import typeset

# The spots at which a rule may edit, each with the nodes that the rule would put there.
Edited = Sequence[tuple[Spot, Sequence[Node]]]


def in_every_place(program: Program, edited: Edited) -> Iterator[Change]:
    """Yield the changes that a rule makes in all parts that are alike."""
    groups: dict[Node, list[tuple[Spot, Sequence[Node]]]] = {}
    for spot, afters in edited:
        if not spot.node.leaf and afters:
            groups.setdefault(pattern(spot.node, program), []).append((spot, afters))
    for group in groups.values():
        spots = [spot for spot, _ in group]
        if len(spots) > 1 and not _nested(spots):
            for afters in zip(*(afters for _, afters in group), strict=False):
                if len({pattern(after, program) for after in afters}) == 1:
                    yield _changed(program, spots, afters)


@lru_cache(maxsize=2**14)
def pattern(node: Node, program: Program) -> Node:
    """Return a tree with the kind of each name in the place of the name."""
    if node.head == NAME:
        return Node(NAME, text=kind_of(node.text, program))
    return Node(node.head, tuple(pattern(part, program) for part in node.parts), node.text)


def _nested(spots: Sequence[Spot]) -> bool:
    return any(
        one is not other and one.place == other.place and other.path[: len(one.path)] == one.path
        for one in spots
        for other in spots
    )


def _changed(program: Program, spots: Sequence[Spot], afters: Sequence[Node]) -> Change:
    changes: dict[int, dict[Path, Node]] = {}
    pairs: dict[tuple[str, str], None] = {}
    for spot, after in zip(spots, afters, strict=True):
        changes.setdefault(spot.place, {})[spot.path] = after
        pairs[typeset(spot.node, program), typeset(after, program)] = None
    changed = program
    for place, new in changes.items():
        changed = changed.changed(place, replaced_at(program.lines[place].expression, new))
    text = ", ".join(map(" → ".join, pairs))
    text = text if len(pairs) > 1 else f"{text} throughout"
    return Change(changed, text=text, pairs=tuple(pairs))
