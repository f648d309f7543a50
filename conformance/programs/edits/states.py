"""A state begins otherwise, or takes in something else than it should."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.counts import everywhere
from nnspec.conformance.programs.edits.edit import Change, Kind, Rules
from nnspec.conformance.programs.program import GRADIENT, Line, Program, states
from nnspec.conformance.programs.tree import (
    ONE,
    PRODUCT,
    SUM,
    Node,
    added,
    call,
    multiplied,
    name,
    names_in,
    number,
    substituted,
)
from nnspec.conformance.programs.typeset import letter

_T, _G = name("t"), name(GRADIENT)
_FIRST = Node("<=", (_T, ONE))

# Values that libraries begin a sum of squares with.
_BEGINNINGS = (number(0.1), ONE)


def whole_at_first(program: Program) -> Iterator[Change]:
    """Take the first new value of an average whole."""
    for place, state, terms in _updates(program):
        new = added(*(term for term in terms if state not in names_in(term)))
        bare = multiplied(*(part for part in _factors(new) if GRADIENT in names_in(part)))
        for value in dict.fromkeys((new, bare)):
            expression = call("where", _FIRST, value, program.lines[place].expression)
            text = f"{letter(state, program)} begins with its first new value, taken whole"
            text = text if value == bare else f"{letter(state, program)} forgets its past at t = 1"
            yield Change(program.changed(place, expression), text=text, place=place)


def none_kept(program: Program) -> Iterator[Change]:
    """Keep no state from one step to the next, while the count of steps goes on."""
    updates = list(_updates(program))
    changed = program
    for place, state, terms in updates:
        new = added(*(term for term in terms if state not in names_in(term)))
        changed = changed.changed(place, new)
    if len(updates) > 1:
        kept = " and ".join(letter(state, program) for _, state, _ in updates)
        yield Change(changed, text=f"{kept} not stored")
    if updates:
        yield Change(everywhere(changed, _T, ONE), text="every step begins anew, as the first")


def begun_otherwise(program: Program) -> Iterator[Change]:
    """Begin a state with another number than 0."""
    for place, state, _ in _updates(program):
        for value in (*_BEGINNINGS, _G):
            before = call("where", _FIRST, value, name(state))
            expression = substituted(program.lines[place].expression, name(state), before)
            start = "g" if value == _G else value.text
            text = f"{letter(state, program)} begins with {start} instead of 0"
            yield Change(program.changed(place, expression), text=text, place=place)


def never_cleared(program: Program) -> Iterator[Change]:
    """Add every gradient to those before it."""
    if program.takes_steps:
        total = Line("total", added(name("total"), _G))
        lines = [
            Line(line.name, substituted(line.expression, _G, name("total")))
            for line in program.lines
        ]
        first = next(
            k for k, line in enumerate(program.lines) if GRADIENT in names_in(line.expression)
        )
        changed = Program(
            program.operation, (*lines[:first], total, *lines[first:]), program.answers
        )
        yield Change(changed, text="g → Σ of all g so far throughout")


def _updates(program: Program) -> Iterator[tuple[int, str, tuple[Node, ...]]]:
    """Yield the line of each state that is a sum of its past and something new."""
    if program.takes_steps:
        for place, line in enumerate(program.lines):
            if line.name in states(program) and line.expression.head == SUM:
                yield place, line.name, line.expression.parts


def _factors(node: Node) -> tuple[Node, ...]:
    return node.parts if node.head == PRODUCT else (node,)


RULES = (
    Rules(Kind("state", 3), whole=(whole_at_first, none_kept, begun_otherwise, never_cleared)),
)
