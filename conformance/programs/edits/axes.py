"""Every sum, mean, extreme and softmax of a formula runs along other axes."""

from collections.abc import Iterator
from dataclasses import replace

from nnspec.conformance.programs.edits.edit import Change, Kind, Rules
from nnspec.conformance.programs.program import Line, Program
from nnspec.conformance.programs.tree import NAME, Node, name, places
from nnspec.conformance.programs.typeset import AXES_IN_WORDS, letter
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
            words = f"every sum along {AXES_IN_WORDS[axes]}"
            yield Change(replace(program, along=axes), text=text, words=words)


def along_in_one_answer(program: Program) -> Iterator[Change]:
    """Run along other axes in what one of several answers is made of."""
    for answer in program.answers if len(program.answers) > 1 else ():
        for axes in AXES:
            lines = [
                Line(f"{line.name}_{axes}", _turned(line.expression, program, axes))
                for line in program.lines
                if line.name not in program.answers
            ]
            place = program.defined.index(answer)
            changed = program.changed(
                place, _turned(program.lines[place].expression, program, axes)
            )
            text = f"axes → {AXES_IN_WORDS[axes]}, in {letter(answer, program)} alone"
            words = f"every sum of {letter(answer, program)} along {AXES_IN_WORDS[axes]}"
            lines = [*lines, *changed.lines]
            yield Change(replace(changed, lines=tuple(lines)), text=text, words=words)


def _turned(node: Node, program: Program, axes: str) -> Node:
    """Return a tree with reductions along other axes, and parts that are made so."""
    if node.head == NAME:
        made = node.text in program.defined and node.text not in program.answers
        return name(f"{node.text}_{axes}") if made else node
    word = f"{node.head}_{axes}" if node.word in REDUCTIONS and len(node.parts) == 1 else node.head
    return Node(word, tuple(_turned(part, program, axes) for part in node.parts), node.text)


RULES = (Rules(Kind("axis", 3), whole=(along, along_in_one_answer), once=True),)
