"""Programs of networks: the formula is that of one layer, and layers are run one after the other.

`z` is the array that a layer gets, and the answer goes on to the next layer. A gradient runs from
the last layer to the first. There the lines up to the one of `a`, the sums of the layer, have been
run from the first to the last before. `g` is the gradient that a layer gets: the cotangent, then
the first answer of the layer behind it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.bounds.networks import SLOPE
from nnspec.conformance.programs.lines import CannotRunError, followed
from nnspec.conformance.programs.program import GRADIENT, Program
from nnspec.conformance.terms.nested import Array
from nnspec.conformance.terms.operations import parameters_of

INPUT, SUMS, ACTIVATION = "z", "a", "activation"


@dataclass(frozen=True, eq=False)
class Network:
    """The call of a network: its input, its layers, and the cotangent of its answer, if any."""

    x: Array
    weights: Sequence[Array]
    biases: Sequence[Array]
    activations: Sequence[str]
    cotangent: Array | None = None
    words: dict[str, Any] = field(default_factory=dict)


def followed_through(program: Program, network: Network) -> list[Array]:
    """Return the answer of a network, or all its gradients: of x, of the weights, of the biases.

    Raises CannotRunError if a line has no value.
    """
    if network.cotangent is None:
        return [_answer(program, network)]
    gradient, of_weights, of_biases = network.cotangent, list[Array](), list[Array]()
    place = program.defined.index(SUMS) + 1
    for names, words in reversed(list(_sums(program, network))):
        names[GRADIENT] = gradient
        followed(program.lines[place:], names, words)
        gradient, of_weight, of_bias = (_array(names[answer]) for answer in program.answers)
        of_weights.insert(0, of_weight)
        of_biases.insert(0, of_bias)
    return [gradient, *of_weights, *of_biases]


def _answer(program: Program, network: Network) -> Array:
    """Return the answer of the last layer."""
    z = network.x
    for place in range(len(network.weights)):
        names, words = _layer(network, place, z)
        followed(program.lines, names, words)
        z = _array(names[program.answers[0]])
    return z


def _sums(program: Program, network: Network) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the names and words of each layer, the sums of the layer among the names."""
    z = network.x
    for place in range(len(network.weights)):
        names, words = _layer(network, place, z)
        followed(program.lines[: program.defined.index(SUMS) + 1], names, words)
        yield names, words
        z = _array(words[ACTIVATION](_array(names[SUMS])))


def _layer(network: Network, place: int, z: Array) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the names of a layer that gets z, and the words with those of its activation."""
    rows, columns = np.float64(len(z)), np.float64(z.shape[-1])
    counts = {"n": columns, "rows": rows, "columns": columns, "size": rows * columns}
    names = {INPUT: z, "weight": network.weights[place], "bias": network.biases[place], **counts}
    activation = network.activations[place]
    words = {**network.words, ACTIVATION: _function(activation)}
    if network.cotangent is not None:
        words[f"{ACTIVATION}_vjp"] = _function(f"{activation}_vjp")
    return names, words


def _function(operation: str) -> Callable[..., Any]:
    """Return an activation of the last axis, or its gradient, with the parameters of networks."""
    known = {"axis": -1, "negative_slope": SLOPE}
    taken = {each: known[each] for each in parameters_of(operation)}
    return partial(getattr(reference, operation), **taken)


def _array(value: Any) -> Array:
    """Return a value as a matrix or vector; raises CannotRunError if it is neither."""
    found = np.asarray(value, dtype=np.float64)
    if found.ndim not in (1, 2):
        raise CannotRunError(f"a layer cannot answer with the shape {found.shape}")
    return found
