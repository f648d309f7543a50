"""A name is exchanged for another of its kind: in one place, throughout, or two with each other."""

from collections.abc import Iterator
from itertools import combinations

from nnspec.conformance.bounds.steps import POINT
from nnspec.conformance.programs.edits.edit import Change, Kind, Rules, Spot
from nnspec.conformance.programs.kinds import LABELS, MORE, alike, kind_of, kinds
from nnspec.conformance.programs.program import Line, Program
from nnspec.conformance.programs.tree import NAME, Node, name, names_in, substituted
from nnspec.conformance.programs.typeset import letter
from nnspec.conformance.terms.operations import arguments_of, parameters_of


def one(spot: Spot) -> Iterator[Node]:
    """Take another name of the same kind in one place."""
    if spot.node.head == NAME:
        for other in (*names_of(spot.program), *MORE):
            if other != spot.node.text and alike(spot.node.text, other, spot.program):
                yield name(other)


def throughout(program: Program) -> Iterator[Change]:
    """Take another name of the same kind in every place."""
    for each in names_of(program):
        for other in names_of(program):
            if other != each and alike(each, other, program) and each not in program.defined:
                changed = exchanged(program, {each: other})
                pair = letter(each, program), letter(other, program)
                yield Change(changed, text=f"{' → '.join(pair)} throughout", pairs=(pair,))


def swapped(program: Program) -> Iterator[Change]:
    """Take each of two names for the other."""
    free = [each for each in names_of(program) if each not in program.defined]
    for each, other in combinations(free, 2):
        if alike(each, other, program):
            changed = exchanged(program, {each: other, other: each})
            pair = letter(each, program), letter(other, program)
            words = f"{' and '.join(pair)} exchanged"
            yield Change(changed, text=" ↔ ".join(pair), words=words)


def names_of(program: Program) -> list[str]:
    """Return the names in a program that an edit may exchange, in the order of their use."""
    found: dict[str, None] = {}
    for line in program.lines:
        found.update(dict.fromkeys(sorted(names_in(line.expression))))
    found.update(dict.fromkeys(program.defined))
    if not program.takes_steps:
        found.update(dict.fromkeys(sorted(_taken(program.operation) & kinds().keys())))
    listed = [each for each in found if each not in (*program.answers, POINT) or each == "theta"]
    return [each for each in listed if each in program.defined or kinds().get(each) != LABELS]


def _taken(operation: str) -> set[str]:
    """Return the names of what an operation takes, whether its formula uses it or not."""
    return {*arguments_of(operation), *parameters_of(operation)}


def exchanged(program: Program, names: dict[str, str]) -> Program:
    """Return a program in which names stand for others, all at once."""
    aside = {each: f"{each} aside" for each in names}
    lines = []
    for line in program.lines:
        expression = line.expression
        for each, apart in aside.items():
            expression = substituted(expression, name(each), name(apart))
        for each, other in names.items():
            expression = substituted(expression, name(aside[each]), name(other))
        lines.append(Line(line.name, expression))
    return Program(program.operation, tuple(lines), program.answers)


def of_kind(program: Program, kind: str) -> list[str]:
    """Return the names of a kind that a program uses."""
    return [each for each in names_of(program) if kind_of(each, program) == kind]


RULES = (
    Rules(Kind("name", 2), (one,)),
    Rules(Kind("name throughout", 5), whole=(throughout, swapped), once=True),
)
