"""An edit: a program that differs from an operation's formula in one place, and its words.

    edit.name       `adam: g² → |g|`, stable, and no other edit of the operation has it
    edit.kind       "dropped", "sign" …, with its rank: the lower it is, the likelier is the edit
    edit.line       the name of the line that changes, "" if several do
    edit.sentence   "with v ← β₂·v + (1 − β₂)·|g| instead of g²"
    edit.shown      the same in segments, and the edited ones are marked
    edit.program    the edited program

Edits compare by everything but their words. `edit.order` sorts the simplest first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from nnspec.conformance.programs.program import Line, Program
from nnspec.conformance.programs.tree import Node, Path, at


@dataclass(frozen=True)
class Kind:
    """A kind of edit. Of two edits with equal answers, the one of the lower rank is told."""

    name: str
    rank: int


@dataclass(frozen=True)
class Spot:
    """A node of a program, where an edit may be made."""

    program: Program
    place: int
    path: Path
    node: Node

    @property
    def line(self) -> Line:
        """The line of the node."""
        return self.program.lines[self.place]

    @property
    def above(self) -> tuple[Node, ...]:
        """The nodes that hold this one, the nearest first."""
        tops = (at(self.line.expression, self.path[:depth]) for depth in range(len(self.path)))
        return tuple(tops)[::-1]


@dataclass(frozen=True)
class Change:
    """A changed program, and its change in words.

    A change of one `spot` puts the node `after` there. Any other says in its `text` what changed,
    and may name the place of a line that shows it. Its sentence tells `pairs`, each an old part and
    the new one, or `words`, or else the text.
    """

    program: Program
    spot: Spot | None = None
    after: Node | None = None
    text: str = ""
    place: int | None = None
    words: str = ""
    pairs: tuple[tuple[str, str], ...] = ()


Rule = Callable[[Spot], Iterator[Node]]
Whole = Callable[[Program], Iterator[Change]]


@dataclass(frozen=True)
class Rules:
    """The rules of a kind: for one node of a program, or for a program as a whole.

    Rules that alter what comes in answer the same in every form of a formula. They are `once` made,
    in the first.
    """

    kind: Kind
    at_a_node: tuple[Rule, ...] = ()
    whole: tuple[Whole, ...] = ()
    once: bool = False


@dataclass(frozen=True)
class Segment:
    """A piece of a sentence; the edited ones are marked."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Edit:
    """An edited formula of an operation. `form` counts the forms of the formula from 0."""

    operation: str
    form: int
    kind: Kind
    line: str
    change: str
    program: Program
    shown: tuple[Segment, ...] = field(compare=False)
    distance: int = 0

    @property
    def name(self) -> str:
        """The stable name of the edit."""
        return f"{self.operation}: {self.change}"

    @property
    def sentence(self) -> str:
        """The edit in words of the formula."""
        return "".join(each.text for each in self.shown)

    @property
    def order(self) -> tuple[int, int, int, int, str]:
        """A key that sorts the simplest edit first."""
        return self.kind.rank, self.form, self.distance, len(self.sentence), self.change
