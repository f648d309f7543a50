"""An argument is altered at the entry, or a parameter has a value of its own, in every use."""

from collections.abc import Iterator

from nnspec.conformance.programs.edits.counts import everywhere
from nnspec.conformance.programs.edits.edit import Change, Kind, Rules
from nnspec.conformance.programs.edits.put_in import scalars
from nnspec.conformance.programs.kinds import (
    ARRAY,
    COTANGENT,
    EPSILON,
    GRADIENT,
    LABELS,
    LIMIT,
    MORE,
    RATE,
    SLOPE,
    WEIGHT,
    kind_of,
)
from nnspec.conformance.programs.program import Program
from nnspec.conformance.programs.tree import (
    NUMBER,
    ONE,
    TWO,
    ZERO,
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

# The values that libraries give to a parameter when nobody gives one.
_USUAL = {
    WEIGHT: ("0", "1", "0.9", "0.95", "0.99", "0.999", "0.1"),
    EPSILON: ("1e-3", "1e-5", "1e-6", "1e-7", "1e-8", "1e-10", "1e-12"),
    SLOPE: ("0", "1", "0.01", "0.1", "0.2", "0.3"),
    RATE: ("0", "1", "0.1", "0.01", "0.001"),
    LIMIT: ("1", "5", "0.5"),
}


def argument(program: Program) -> Iterator[Change]:
    """Alter an argument wherever the formula uses it, or all arguments that are arrays."""
    used = _used(program)
    for each in used:
        for new in _altered(name(each), kind_of(each, program), program):
            yield _changed(program, (each,), (new,))
    arrays = [each for each in used if kind_of(each, program) == ARRAY]
    if len(arrays) > 1:
        altered = [list(_altered(name(each), ARRAY, program)) for each in arrays]
        for together in zip(*altered, strict=True):
            yield _changed(program, arrays, together)


def forgotten(program: Program) -> Iterator[Change]:
    """Forget an argument or a rate in every use: 0 for it in sums, 1 in products."""
    for each in _used(program):
        kind = kind_of(each, program)
        for value in (ZERO, ONE) if kind in (ARRAY, COTANGENT) else (ONE,) * (kind == RATE):
            yield _changed(program, (each,), (value,))


def parameter(program: Program) -> Iterator[Change]:
    """Give a parameter the value that libraries give it, or take what is left of 1."""
    for each in _used(program):
        kind = kind_of(each, program)
        for value in _USUAL.get(kind, ()):
            yield _changed(program, (each,), (Node(NUMBER, text=value),))
        if each == "t":
            yield from (_changed(program, (each,), (count,)) for count in (ONE, TWO))
        if kind == WEIGHT:
            yield _changed(program, (each,), (added(ONE, negative(name(each))),))
        for other, its_kind in MORE.items():
            if kind == its_kind == RATE and program.takes_steps:
                yield _changed(program, (each,), (name(other),))


def _used(program: Program) -> list[str]:
    found = {each for line in program.lines for each in names_in(line.expression)}
    return sorted(found - set(program.defined))


def _changed(program: Program, old: tuple[str, ...] | list[str], new: tuple[Node, ...]) -> Change:
    changed, pairs = program, []
    for each, node in zip(old, new, strict=True):
        changed = everywhere(changed, name(each), node)
        pairs.append((letter(each, program), typeset(node, program)))
    text = f"{', '.join(map(' → '.join, pairs))} throughout"
    return Change(changed, text=text, pairs=tuple(pairs))


def _altered(node: Node, kind: str, program: Program) -> Iterator[Node]:
    if kind == LABELS:
        yield from (added(node, number(step)) for step in (-1, 1))
    if kind in (ARRAY, COTANGENT, GRADIENT):
        yield from (call(word, node) for word in _FUNCTIONS)
        yield from (squared(node), negative(node), added(ONE, negative(node)))
        yield from (multiplied(TWO, node), multiplied(_HALF, node))
        yield from _normed(node)
        for scalar in scalars(program):
            yield from (multiplied(node, scalar), divided(node, scalar))


def _normed(node: Node) -> Iterator[Node]:
    """Yield an array that is centered, scaled to one size, or clipped."""
    yield added(node, negative(call("mean", node)))
    yield added(node, negative(call("max", node)))
    for size in (call("sum", node), call("max", call("abs", node)), call("norm", node)):
        yield divided(node, size)
    yield divided(node, call("sqrt", name("n")))
    yield call("max", call("min", node, ONE), negative(ONE))
    yield call("max", call("min", node, ONE), number(0))


RULES = (
    Rules(Kind("dropped throughout", 5), whole=(forgotten,), once=True),
    Rules(Kind("altered argument", 9), whole=(argument, parameter), once=True),
)
