"""An answer is lost or exchanged with another one, or several are divided by one number."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.edit import Change, Kind, Rules
from nnspec.conformance.programs.edits.put_in import scalars
from nnspec.conformance.programs.program import Program
from nnspec.conformance.programs.tree import (
    NAME,
    PRODUCT,
    SUM,
    ZERO,
    Node,
    divided,
    multiplied,
    substituted,
)
from nnspec.conformance.programs.typeset import letter, typeset


def lost(program: Program) -> Iterator[Change]:
    """Answer zeros in the place of one of several answers."""
    if len(program.answers) > 1:
        for answer in program.answers:
            place = program.defined.index(answer)
            zeros = Node(PRODUCT, (ZERO, program.lines[place].expression))
            text = f"{letter(answer, program)} → 0"
            words = f"0 for {letter(answer, program)}"
            yield Change(program.changed(place, zeros), text=text, words=words)


def exchanged(program: Program) -> Iterator[Change]:
    """Exchange two answers."""
    places = [program.defined.index(answer) for answer in program.answers]
    for one in places:
        for other in places:
            if one < other:
                first, second = (program.lines[place] for place in (one, other))
                changed = program.changed(one, second.expression)
                pair = letter(first.name, program), letter(second.name, program)
                words = f"{' and '.join(pair)} exchanged"
                changed = changed.changed(other, first.expression)
                yield Change(changed, text=" ↔ ".join(pair), words=words)


def divided_alike(program: Program) -> Iterator[Change]:
    """Divide or multiply several answers by one number: all of them, or all but the first."""
    for first in (0, 1):
        answers = program.answers[first:]
        for scalar in scalars(program) if len(answers) > 1 else ():
            for made, done in ((divided, "divided by"), (multiplied, "multiplied by")):
                changed = program
                for answer in answers:
                    place = program.defined.index(answer)
                    changed = changed.changed(place, made(changed.lines[place].expression, scalar))
                names = ", ".join(letter(answer, program) for answer in answers)
                yield Change(changed, text=f"{names} {done} {typeset(scalar, program)}")


def updated_too_early(program: Program) -> Iterator[Change]:
    """Use an argument that an answer has already updated in the place of the old one."""
    for answer in program.answers if len(program.answers) > 1 else ():
        own = program.lines[program.defined.index(answer)]
        terms = own.expression.parts if own.expression.head == SUM else ()
        for old in (term for term in terms if term.head == NAME):
            changed = program
            for place, line in enumerate(program.lines):
                if line.name != answer and line.name in program.answers:
                    new = substituted(line.expression, old, own.expression)
                    changed = changed.changed(place, new)
            text = f"{letter(old.text, program)} used after its update"
            yield Change(changed, text=text)


RULES = (
    Rules(Kind("lost", 0), whole=(lost,)),
    Rules(Kind("answer", 5), whole=(exchanged, updated_too_early)),
    Rules(Kind("put in", 9), whole=(divided_alike,)),
)
