"""A state begins otherwise, or takes in something else than it should."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.counts import everywhere
from nnspec.conformance.programs.edits.edit import Change, Kind, Rules, Spot
from nnspec.conformance.programs.edits.everywhere import pattern
from nnspec.conformance.programs.program import GRADIENT, THETA, Line, Program, states
from nnspec.conformance.programs.tree import (
    NEGATIVE,
    ONE,
    PRODUCT,
    QUOTIENT,
    SUM,
    Node,
    added,
    call,
    divided,
    factors_of,
    multiplied,
    name,
    names_in,
    number,
    places,
    replaced,
    squared,
    substituted,
)
from nnspec.conformance.programs.typeset import letter, typeset

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
            begun = "its first new value, taken whole" if value == bare else "its first new value"
            text = f"{letter(state, program)} begins with {begun}"
            words = f"{letter(state, program)} begun with {begun}"
            changed = program.changed(place, expression)
            yield Change(changed, text=text, place=place, words=words)


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
        changed = everywhere(changed, _T, ONE)
        words = "every step begun anew, as if it were the first"
        yield Change(changed, text="every step begins anew", words=words)


def stored(program: Program) -> Iterator[Change]:
    """Write over a state what a later line makes of it, one state or all alike."""
    if not program.takes_steps:
        return
    alike: dict[Node, dict[str, Change]] = {}
    for state in states(program):
        for place, line in enumerate(program.lines):
            for path, node in places(line.expression) if line.name != state else ():
                for made, rest in _made_of(node, name(state)):
                    expression = replaced(line.expression, path, rest)
                    changed = _storing(program.changed(place, expression), state, made)
                    text = f"{letter(state, program)} ← {typeset(made, program)} stored"
                    yield Change(changed, text=text)
                    known = alike.setdefault(pattern(made, program), {})
                    known[state] = Change(program, Spot(program, place, path, node), made, text)
    yield from (_all_stored(program, each) for each in alike.values() if len(each) > 1)


def _made_of(node: Node, state: Node) -> Iterator[tuple[Node, Node]]:
    """Yield what a node makes of a state, and what the node is once that is stored."""
    if THETA in names_in(node) or node.head == NEGATIVE:
        return
    whole = state in node.parts and node.head not in (PRODUCT, QUOTIENT)
    if whole or (node.head == SUM and state.text in names_in(node)):
        yield node, state
    above, below = factors_of(node)
    if state in above and len(above) + len(below) > 1:
        others = [each for each in above if each != state]
        for k, each in enumerate(others):
            rest = [*others[:k], *others[k + 1 :]]
            yield multiplied(state, each), divided(multiplied(*rest, state), multiplied(*below))
        for k, each in enumerate(below):
            rest = [*below[:k], *below[k + 1 :]]
            yield divided(state, each), divided(multiplied(*others, state), multiplied(*rest))


def _storing(program: Program, state: str, made: Node) -> Program:
    """Return a program with a second line for a state, after the first."""
    place = program.defined.index(state) + 1
    lines = (*program.lines[:place], Line(state, made), *program.lines[place:])
    return Program(program.operation, lines, program.answers)


def _all_stored(program: Program, changes: dict[str, Change]) -> Change:
    """Return the change that stores what is made of several states alike."""
    changed = program
    for state, change in changes.items():
        made = change.after
        if made is not None:
            lines = [
                Line(line.name, _without(line, state, made)) if line.name != state else line
                for line in changed.lines
            ]
            changed = _storing(
                Program(program.operation, tuple(lines), program.answers), state, made
            )
    return Change(changed, text=", ".join(change.text for change in changes.values()))


def _without(line: Line, state: str, made: Node) -> Node:
    """Return the expression of a line in which what is stored is the state itself."""
    for path, node in places(line.expression):
        for each, rest in _made_of(node, name(state)):
            if each == made:
                return replaced(line.expression, path, rest)
    return line.expression


def applied_again(program: Program) -> Iterator[Change]:
    """Take for a state what its line makes of it once more."""
    for place, state, _ in _updates(program):
        again = program.lines[place].expression
        changed = program
        for other, line in enumerate(program.lines):
            if other > place:
                new = substituted(line.expression, name(state), again)
                changed = changed.changed(other, new)
        pair = letter(state, program), typeset(again, program)
        words = f"{pair[1]} instead of {pair[0]} after its update"
        yield Change(changed, text=f"{' → '.join(pair)} after its update", words=words)


def squared_late(program: Program) -> Iterator[Change]:
    """Square a state where it is used, in the place of what it takes in."""
    for place, state, _ in _updates(program):
        bare = substituted(program.lines[place].expression, squared(_G), _G)
        if bare != program.lines[place].expression:
            changed = program.changed(place, bare)
            for other, line in enumerate(program.lines):
                if other > place:
                    new = substituted(line.expression, name(state), squared(name(state)))
                    changed = changed.changed(other, new)
            letters = letter(state, program)
            words = f"g in {letters}, and {letters} squared where it is used, instead of g²"
            yield Change(changed, text=f"g² → g, {letters} → {letters}²", words=words)


def begun_otherwise(program: Program) -> Iterator[Change]:
    """Begin a state with another number than 0."""
    for place, state, _ in _updates(program):
        for value in (*_BEGINNINGS, _G):
            before = call("where", _FIRST, value, name(state))
            expression = substituted(program.lines[place].expression, name(state), before)
            start = "g" if value == _G else value.text
            text = f"{letter(state, program)} begins with {start} instead of 0"
            words = f"{letter(state, program)} begun with {start} instead of 0"
            changed = program.changed(place, expression)
            yield Change(changed, text=text, place=place, words=words)


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
        words = "the sum of all gradients so far instead of g"
        yield Change(changed, text="g → Σ of all g so far throughout", words=words)


def _updates(program: Program) -> Iterator[tuple[int, str, tuple[Node, ...]]]:
    """Yield the line of each state that is a sum of its past and something new."""
    if program.takes_steps:
        for place, line in enumerate(program.lines):
            if line.name in states(program) and line.expression.head == SUM:
                yield place, line.name, line.expression.parts


def _factors(node: Node) -> tuple[Node, ...]:
    return node.parts if node.head == PRODUCT else (node,)


_WHOLE = (
    whole_at_first,
    none_kept,
    begun_otherwise,
    never_cleared,
    stored,
    applied_again,
    squared_late,
)

RULES = (Rules(Kind("state", 3), whole=_WHOLE),)
