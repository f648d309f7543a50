"""A program: the formula of an operation as lines that are run in their order.

    program_of("adam").lines    the definitions in their order, then the answers
    programs_of("adam")         all forms of the formula, the textbook's first
    text_of(program)            the canonical text: equal if sums and products are written otherwise

A line gives a value to a name. The last lines are the answers: `theta` of an operation that takes
steps, else `answer`, or `answer0`, `answer1` … if the formula lists several. A name that is used
before a line gives it a value is state: it has the value of the step before, and 0 in the first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from nnspec.conformance.bounds.steps import POINT, takes_steps
from nnspec.conformance.programs.canonical import canonical
from nnspec.conformance.programs.tree import Node, names_in, parsed, source
from nnspec.conformance.terms.operations import clause_of
from nnspec.spec import Formula

ANSWER, THETA, GRADIENT = "answer", "theta", "g"

# The parameters before a step, which an edited program may answer.
BEFORE = "before"


class NoProgramError(Exception):
    """The clauses state no formula of an operation in the language."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a program: a name, and the expression of its value."""

    name: str
    expression: Node

    def __str__(self) -> str:
        return f"{self.name} = {source(self.expression)}"


@dataclass(frozen=True, slots=True)
class Program:
    """The lines of an operation's formula, and the names of those that are its answers.

    Sums run along the operation's axes, unless `along` names other ones (`words.AXES`).
    """

    operation: str
    lines: tuple[Line, ...]
    answers: tuple[str, ...]
    along: str = ""
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Hash the program once: the telling of each edit looks it up several times."""
        stands = self.operation, self.lines, self.answers, self.along
        object.__setattr__(self, "_hash", hash(stands))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return "; ".join(map(str, self.lines))

    @property
    def takes_steps(self) -> bool:
        """Whether the lines are run once for each step."""
        return takes_steps(self.operation)

    @property
    def defined(self) -> tuple[str, ...]:
        """The names that lines give a value to, answers too."""
        return tuple(line.name for line in self.lines)

    def line(self, name: str) -> Line:
        """Return the line of a name."""
        return next(line for line in self.lines if line.name == name)

    def changed(self, place: int, expression: Node) -> "Program":
        """Return the program with another expression in one line."""
        line = replace(self.lines[place], expression=expression)
        return replace(self, lines=(*self.lines[:place], line, *self.lines[place + 1 :]))


def stated(program: Program) -> Formula:
    """Return a program as a formula, whose definitions come before its answers.

    Raises ValueError if an answer stands before a definition.
    """
    count = len(program.lines) - len(program.answers)
    if program.defined[count:] != program.answers or program.along:
        raise ValueError(f"{program} is no formula with its definitions first")
    expressions = [source(line.expression) for line in program.lines]
    definitions = tuple(zip(program.defined[:count], expressions[:count], strict=True))
    return Formula(", ".join(expressions[count:]), definitions)


# The telling of every edit asks for those of its formula.
@lru_cache(maxsize=2**10)
def states(program: Program) -> tuple[str, ...]:
    """Return the names that a line uses before, or while, the first line gives them a value."""
    found: list[str] = []
    known = {THETA, BEFORE, POINT} if program.takes_steps else set()
    for line in program.lines:
        early = names_in(line.expression) - known & set(program.defined)
        found += [name for name in program.defined if name in early and name not in found]
        known.add(line.name)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=None)
def programs_of(operation: str) -> tuple[Program, ...]:
    """Return the forms of an operation's formula, the textbook's first.

    Raises NoProgramError if the clause on accuracy states no formula.
    """
    stated = clause_of(f"{operation}/accuracy").formulas
    if not stated:
        raise NoProgramError(f"{operation}/accuracy states no formula in the language")
    return tuple(_program(operation, each) for each in stated)


def program_of(operation: str) -> Program:
    """Return the textbook's formula of an operation as a program."""
    return programs_of(operation)[0]


def _program(operation: str, stated: Formula) -> Program:
    answers = parsed(stated.expression)
    names = (
        (THETA,)
        if takes_steps(operation)
        else (ANSWER,)
        if len(answers) == 1
        else tuple(f"{ANSWER}{place}" for place in range(len(answers)))
    )
    lines = [Line(name, *parsed(expression)) for name, expression in stated.definitions]
    lines += [Line(*pair) for pair in zip(names, answers, strict=True)]
    return Program(operation, tuple(lines), names)


@lru_cache(maxsize=2**15)
def text_of(program: Program) -> str:
    """Return the canonical text of a program; terms and factors stand there in one order."""
    lines = [f"{line.name} = {canonical(line.expression)}" for line in program.lines]
    return "; ".join([*lines, *program.answers, program.along])


def uses(program: Program, name: str) -> Iterator[int]:
    """Yield the places of the lines that use a name."""
    for place, line in enumerate(program.lines):
        if name in names_in(line.expression):
            yield place
