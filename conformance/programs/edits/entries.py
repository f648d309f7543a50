"""An argument is altered at the entry, wherever the formula uses it."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.counts import everywhere
from nnspec.conformance.programs.edits.edit import Change, Kind, Rules
from nnspec.conformance.programs.kinds import ARRAY, COTANGENT, GRADIENT, LABELS, kind_of
from nnspec.conformance.programs.program import Program
from nnspec.conformance.programs.tree import (
    ONE,
    TWO,
    Node,
    added,
    call,
    divided,
    multiplied,
    name,
    names_in,
    negative,
    number,
    squared,
)
from nnspec.conformance.programs.typeset import letter, typeset

_FUNCTIONS = ("abs", "exp", "log", "sqrt", "sign", "sigmoid", "tanh", "relu", "softmax", "T")
_HALF = number(0.5)


def entry(program: Program) -> Iterator[Change]:
    """Alter an argument wherever the formula uses it."""
    for each in sorted({used for line in program.lines for used in names_in(line.expression)}):
        if each in program.defined:
            continue
        for new in _altered(name(each), kind_of(each, program)):
            changed = everywhere(program, name(each), new)
            text = f"{letter(each, program)} → {typeset(new, program)} throughout"
            yield Change(changed, text=text)


def _altered(node: Node, kind: str) -> Iterator[Node]:
    if kind == LABELS:
        yield from (added(node, number(step)) for step in (-1, 1))
    if kind in (ARRAY, COTANGENT, GRADIENT):
        yield from (call(word, node) for word in _FUNCTIONS)
        yield from (squared(node), negative(node), added(ONE, negative(node)))
        yield from (multiplied(TWO, node), multiplied(_HALF, node))
        yield from (added(node, negative(call("mean", node))), divided(node, call("sum", node)))


RULES = (Rules(Kind("altered argument", 9), whole=(entry,), once=True),)
