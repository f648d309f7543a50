"""All single edits of a formula: programs that differ from it in one place.

    edits_of("adam")    every edit of every form of Adam's formula, the simplest first

Each module knows one way to go wrong and states it as `RULES`: rules that change one node, and
rules that change a program as a whole. An edit whose canonical text is the formula's, or that of a
simpler edit, is left out. The same edit made in several places counts as one.

An edit has the rank of its kind, the likeliest first. An answer that is lost, and is 0, comes first
of all: terms that cancel are no simpler words for it.

    1   dropped                                     7   constant
    2   name, function, law, dropped from one term  8   operator
    3   axis, reduction, count, state               9   put in, altered argument, repeated
    4   sign, epsilon                               10  brackets
    5   throughout, sign of a part, answer          11  one use
    6   order, asking

Of equal ranks, the line nearest to the answer is told first, and then the shorter sentence.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from nnspec.conformance.programs.edits import (
    answers,
    asking,
    axes,
    brackets,
    constants,
    counts,
    dropped,
    entries,
    epsilons,
    laws,
    names,
    operators,
    order,
    put_in,
    reductions,
    repeated,
    signs,
    states,
    terms,
)
from nnspec.conformance.programs.edits.edit import Change, Edit, Kind, Rules, Spot
from nnspec.conformance.programs.edits.everywhere import in_every_place
from nnspec.conformance.programs.edits.one_use import KIND, in_one_use
from nnspec.conformance.programs.edits.telling import told
from nnspec.conformance.programs.program import Program, programs_of, text_of
from nnspec.conformance.programs.tree import Node, places, replaced
from nnspec.conformance.programs.typeset import letter

MODULES = (
    dropped,
    names,
    operators,
    laws,
    reductions,
    axes,
    counts,
    states,
    signs,
    epsilons,
    order,
    asking,
    answers,
    constants,
    put_in,
    terms,
    entries,
    repeated,
    brackets,
)

_RULES: tuple[Rules, ...] = tuple(rules for module in MODULES for rules in module.RULES)

# Edits in every place are as likely as a name that is exchanged throughout, or less.
_THROUGHOUT = 5

# An edit of one use has to be likelier than this, or the formula would have thousands.
_LIKELY = 4


@lru_cache(maxsize=128)
def edits_of(operation: str) -> tuple[Edit, ...]:
    """Return the edits of an operation's formula, the simplest first."""
    found: dict[str, Edit] = {}
    formulas = programs_of(operation)
    known = {text_of(program) for program in formulas}
    for form, program in enumerate(formulas):
        for kind, change in _changes(program, formulas[:form]):
            text = text_of(change.program)
            told_already = text in found and found[text].kind.rank < kind.rank
            if text not in known and not told_already:
                edit = told(change, kind, program, form)
                if text not in found or edit.order < found[text].order:
                    found[text] = edit
    return tuple(_apart(sorted(found.values(), key=lambda edit: edit.order)))


def _apart(edits: list[Edit]) -> Iterator[Edit]:
    """Yield edits with names of their own: a later one says its form, line or place."""
    taken: set[str] = set()
    for edit in edits:
        change, place = edit.change, 2
        if change in taken and edit.form:
            change = f"{edit.change}, form {edit.form + 1}"
        if change in taken and edit.line:
            change = f"{change}, in {letter(edit.line, edit.program)}"
        while change in taken:
            change = f"{edit.change}, place {place}"
            place += 1
        taken.add(change)
        yield edit if change == edit.change else replace(edit, change=change)


def _changes(program: Program, earlier: tuple[Program, ...]) -> Iterator[tuple[Kind, Change]]:
    """Yield every change of a form with its kind, but those that earlier forms have too."""
    known = {line for form in earlier for line in form.lines if line.name in form.answers}
    spots = [
        spot
        for place, line in enumerate(program.lines)
        if line not in known
        for spot in _spots(program, place)
    ]
    for rules in _RULES:
        for rule in rules.at_a_node:
            edited = [(spot, list(rule(spot))) for spot in spots]
            for spot, afters in edited:
                yield from ((rules.kind, _changed(spot, after)) for after in afters)
            kind = Kind(f"{rules.kind.name} throughout", max(rules.kind.rank, _THROUGHOUT))
            yield from ((kind, change) for change in in_every_place(program, edited))
        for whole in rules.whole if not (rules.once and earlier) else ():
            yield from ((rules.kind, change) for change in whole(program))
    yield from ((KIND, change) for change in in_one_use(program, _edited))


def _spots(program: Program, place: int) -> Iterator[Spot]:
    for path, node in places(program.lines[place].expression):
        spot = Spot(program, place, path, node)
        if not any(each.word == "one_hot" and path[depth] for depth, each in _holding(spot)):
            yield spot


def _holding(spot: Spot) -> Iterator[tuple[int, Node]]:
    """Yield the nodes above a spot from the top, with the number of those above them."""
    yield from enumerate(spot.above[::-1])


def _changed(spot: Spot, after: Node) -> Change:
    expression = replaced(spot.line.expression, spot.path, after)
    return Change(spot.program.changed(spot.place, expression), spot, after)


def _edited(program: Program, place: int) -> Iterator[Node]:
    """Yield the likely edits of a line's expression."""
    line = program.lines[place].expression
    for rules in _RULES:
        if rules.kind.rank <= _LIKELY:
            for spot in _spots(program, place):
                for rule in rules.at_a_node:
                    yield from (replaced(line, spot.path, after) for after in rule(spot))
