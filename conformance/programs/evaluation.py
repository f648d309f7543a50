"""Runs a program in float64: lines in their order, each an expression of the language.

    call_of(operation, arguments, parameters)  what the names of a program stand for in a call
    run(program, call)                         its answers, one vector or array each
    implementation(program)                    the operation itself, where a mistake may stand

A call is prepared once and run with many programs. `implementation` has the signature of the
operation, computes in float64, and rounds once to the dtype of the arguments.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from nnspec.conformance.bounds.steps import takes_steps
from nnspec.conformance.programs.laws import drawn
from nnspec.conformance.programs.layers import Network, followed_through
from nnspec.conformance.programs.lines import followed
from nnspec.conformance.programs.program import GRADIENT, Program, program_of
from nnspec.conformance.programs.tree import NAME, Node
from nnspec.conformance.programs.walking import Walk, walked
from nnspec.conformance.programs.words import AXES, REDUCTIONS, vocabulary
from nnspec.conformance.terms.mistakes import computed
from nnspec.conformance.terms.nested import Array, flat, leaves, like, wide
from nnspec.conformance.terms.operations import OPERATIONS, arguments_of, axes_of, parameters_of

# A formula of this name is that of each array of the list in turn.
LISTED = "gradients"


@dataclass(frozen=True, eq=False)
class Call:
    """A call of an operation, as programs run it: names and words, or a walk, or a network.

    `each` holds the arrays of a list that the operation maps one by one. The answers have the
    `shape` of the first argument, or lose `lost` axes of it. A `seed` decides the numbers that the
    operation draws.
    """

    operation: str
    names: Mapping[str, Any]
    words: dict[str, Any]
    shape: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    each: tuple[Array, ...] = ()
    walk: Walk | None = None
    network: Network | None = None
    seed: int | None = None


def call_of(operation: str, arguments: Sequence[Any], parameters: Mapping[str, Any]) -> Call:
    """Return a call with its arguments in float64."""
    named = dict(zip(arguments_of(operation), wide(list(arguments)), strict=True))
    settings = {name: _number(value) for name, value in parameters.items()}
    if takes_steps(operation):
        return _walking(operation, named, settings)
    if set(OPERATIONS[operation].sizes) == set(named):
        return _filling(operation, named, settings)
    if "weights" in named:
        return Call(operation, {}, {}, network=_network(named, settings))
    axes = axes_of(operation, list(named.values()), parameters)
    first = next(leaves(list(named.values())))
    length = first.size if axes is None else math.prod(first.shape[axis] for axis in axes)
    counts = {
        "n": np.float64(length),
        "size": np.float64(first.size),
        "rows": np.float64(first.shape[0] if first.ndim else 1),
        "columns": np.float64(first.shape[-1] if first.ndim else 1),
    }
    names = {**counts, **named, **settings}
    each = tuple(named.get(LISTED, ()))
    if each:
        names[LISTED] = flat(list(each))
    words = vocabulary(axes, first.ndim)
    lost = _axes(first.ndim, axes) if _reduces(operation) else ()
    return Call(operation, names, words, first.shape, lost, each)


def _filling(operation: str, named: Mapping[str, Any], settings: Mapping[str, Any]) -> Call:
    """Return the call of an operation that fills a shape, or draws by a seed."""
    shape = named.get("shape", (named.get("fan_in"), named.get("fan_out")))
    names = {**{name: _number(value) for name, value in named.items()}, **settings}
    seed = int(settings["seed"]) if "seed" in settings else None
    return Call(operation, names, vocabulary(None, 2), tuple(shape), seed=seed)


def _network(named: Mapping[str, Any], settings: Mapping[str, Any]) -> Network:
    layers = named["weights"], named["biases"], settings["activations"]
    return Network(named["x"], *layers, named.get("cotangent"), vocabulary((-1,), 2))


def _walking(operation: str, named: Mapping[str, Any], settings: dict[str, Any]) -> Call:
    batches = named.get("batches")
    count = named["steps"] if batches is None else len(batches)
    words = vocabulary((0,), 2)
    walk = Walk(
        [np.asarray(array, dtype=np.float64) for array in named["params"]],
        settings,
        np.broadcast_to(np.asarray(settings["learning_rate"], dtype=np.float64), count),
        named["gradient"],
        named.get("hessian"),
        None if batches is None else [[int(index) for index in batch] for batch in batches],
        words,
    )
    return Call(operation, settings, words, walk=walk)


def run(program: Program, call: Call) -> list[Array]:
    """Return the answers of a program in a call, each in its shape.

    The parameters after the steps form one table, a row a step. Raises CannotRunError if the
    program has no answer.
    """
    with np.errstate(all="ignore"):
        if call.walk is not None:
            rows = list(walked(program, call.walk))
            return [np.stack(rows) if rows else np.zeros((0, 0))]
        if call.network is not None:
            return followed_through(program, call.network)
        if call.seed is not None:
            return drawn(program, call.names, call.shape, call.seed)
        if call.each:
            return [_answers(program, call, {**call.names, GRADIENT: g}, g)[0] for g in call.each]
        return _answers(program, call, dict(call.names))


def _answers(
    program: Program, call: Call, names: dict[str, Any], like_this: Array | None = None
) -> list[Array]:
    words = call.words
    if program.along:
        axes = AXES[program.along]
        words = vocabulary(axes, len(call.shape))
        held = call.shape if axes is None else [call.shape[axis] for axis in _held(axes, call)]
        names["n"] = np.float64(math.prod(held))
    followed(program.lines, names, words)
    shape = call.shape if like_this is None else like_this.shape
    return [fitted(names[answer], call, shape) for answer in program.answers]


def _held(axes: tuple[int, ...], call: Call) -> list[int]:
    return [axis for axis in axes if axis < len(call.shape)]


def fitted(value: Any, call: Call, shape: tuple[int, ...]) -> Array:
    """Return an answer without the axes that the operation sums over.

    An answer in which no array is left is the same number everywhere.
    """
    found = np.asarray(value, dtype=np.float64)
    if found.ndim == 0:
        return np.full([n for axis, n in enumerate(shape) if axis not in call.lost], found.item())
    if call.lost and found.ndim == len(shape):
        # A sum along other axes than the operation's loses those axes.
        ones = {axis for axis, n in enumerate(found.shape) if n == 1}
        lost = set(call.lost) if ones >= set(call.lost) else {k for k in ones if shape[k] > 1}
        return found.reshape([n for axis, n in enumerate(found.shape) if axis not in lost])
    return found


@lru_cache(maxsize=None)
def _reduces(operation: str) -> bool:
    """Say whether the answer loses the axes that sums run over: all its arrays stand in sums."""
    program = program_of(operation)
    constant = {*parameters_of(operation), "n"}
    for line in program.lines:
        if not _varies(line.expression, constant):
            constant.add(line.name)
    return program.answers[0] in constant


def _varies(node: Node, constant: set[str]) -> bool:
    """Say whether a value differs along the axes that sums run over."""
    if node.head in REDUCTIONS and len(node.parts) == 1:
        return False
    if node.head == NAME:
        return node.text not in constant
    return any(_varies(part, constant) for part in node.parts)


def _axes(dimensions: int, axes: tuple[int, ...] | None) -> tuple[int, ...]:
    if axes is None:
        return tuple(range(dimensions))
    return tuple(axis % dimensions for axis in axes)


def _number(value: Any) -> Any:
    """Return a number as float64, so that a division by 0 is no error; leave the rest alone."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        return value
    return np.float64(value)


def implementation(program: Program) -> Callable[..., Any]:
    """Return an operation that computes what a program says, in its arguments' dtype."""
    return computed(partial(_answered, program), wide=True)


def _answered(program: Program, *arguments: Any, **parameters: Any) -> Any:
    call = call_of(program.operation, arguments, parameters)
    if call.walk is not None:
        # One step after the other: a caller may look at some, and gradients may depend on them.
        return (like(theta, call.walk.start) for theta in walked(program, call.walk))
    found = run(program, call)
    if call.network is not None and call.network.cotangent is not None:
        of_x, *others = found
        layers = len(call.network.weights)
        return [of_x, others[:layers], others[layers:]]
    listed = call.each or OPERATIONS[program.operation].answers_indices
    return found[0] if len(found) == 1 and not listed else found
