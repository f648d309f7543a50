"""A line is applied twice: a value that a later line computes is taken for one that it needs."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Change, Kind, Rules
from nnspec.conformance.programs.program import Program, states
from nnspec.conformance.programs.tree import ONE, divided, name, names_in, substituted
from nnspec.conformance.programs.typeset import letter, typeset


def taken_for_its_result(program: Program) -> Iterator[Change]:
    """Put the value of a line, or its reciprocal, in the place of a value that the line needs."""
    for place, line in enumerate(program.lines):
        if line.name in (*states(program), *program.answers):
            continue
        for each in sorted(names_in(line.expression) & set(program.defined)):
            for value in (line.expression, divided(ONE, line.expression)):
                new = substituted(line.expression, name(each), value)
                pair = letter(each, program), typeset(value, program)
                changed = program.changed(place, new)
                yield Change(changed, text=" → ".join(pair), place=place, pairs=(pair,))


RULES = (Rules(Kind("repeated", 9), whole=(taken_for_its_result,)),)
