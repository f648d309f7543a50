"""Every sum, mean, extreme and softmax of a formula runs along other axes."""

from collections.abc import Iterator
from dataclasses import replace

from nnspec.conformance.programs.edits.edit import Change, Kind, Rules
from nnspec.conformance.programs.program import Program
from nnspec.conformance.programs.tree import places
from nnspec.conformance.programs.typeset import AXES_IN_WORDS
from nnspec.conformance.programs.words import AXES, REDUCTIONS
from nnspec.conformance.terms.operations import OPERATIONS, parameters_of


def along(program: Program) -> Iterator[Change]:
    """Run along other axes throughout."""
    if not program.takes_steps and any(
        node.word in REDUCTIONS or (node.word in OPERATIONS and "axis" in parameters_of(node.word))
        for line in program.lines
        for _, node in places(line.expression)
    ):
        for axes in AXES:
            text = f"axes → {AXES_IN_WORDS[axes]} throughout"
            yield Change(replace(program, along=axes), text=text)


RULES = (Rules(Kind("axis", 3), whole=(along,), once=True),)
