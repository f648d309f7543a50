"""The right parts of wrong implementations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference

Array = NDArray[Any]
Arrays = Sequence[Array]
Names = Sequence[str]
Gradients = tuple[Array, list[Array], list[Array]]

PARAMETERS: dict[str, dict[str, Any]] = {
    "leaky_relu": {"negative_slope": 0.125},
    "softmax": {"axis": -1},
    "log_softmax": {"axis": -1},
}


def activated(name: str, sums: Array, axis: int = -1) -> Array:
    """Return an activation's answer by its name."""
    parameters = PARAMETERS.get(name, {})
    return getattr(reference, name)(
        sums, **({"axis": axis} if "axis" in parameters else parameters)
    )


def layers_of(
    x: Array,
    weights: Arrays,
    biases: Arrays,
    activations: Names,
    own: dict[str, Callable[[Array], Array]] | None = None,
) -> tuple[list[Array], list[Array]]:
    """Return the sums of each layer, and x with the outputs of each activation."""
    sums, outputs = [], [x]
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        sums.append(outputs[-1] @ weight + bias)
        outputs.append((own or {}).get(name, lambda a, name=name: activated(name, a))(sums[-1]))
    return sums, outputs


@dataclass(frozen=True)
class Layer:
    """A layer on the way back: its number from 0, its activation, and what it has computed."""

    number: int
    name: str
    weight: Array
    sums: Array
    output: Array

    def vjp(self, back: Array, sums: Array | None = None) -> Array:
        """Return the cotangent of the sums, or the derivative at other sums."""
        return vjp(self.name, self.sums if sums is None else sums, back)


def vjp(name: str, sums: Array, back: Array) -> Array:
    """Return the cotangent of an activation's input."""
    return getattr(reference, f"{name}_vjp")(sums, back, **PARAMETERS.get(name, {}))


def backward(
    x: Array,
    weights: Arrays,
    biases: Arrays,
    cotangent: Array,
    activations: Names,
    *,
    derivative: Callable[[Layer, Array], Array] = Layer.vjp,
    through: Callable[[Layer, Array], Array] = lambda layer, _: layer.weight,
    between: Callable[[Array], Array] = lambda back: back,
) -> Gradients:
    """Propagate back, with derivatives, weights or signals of the mistake's own.

    `through` takes a layer and the gradient of its weight.
    """
    sums, outputs = layers_of(x, weights, biases, activations)
    back, of_weights, of_biases = cotangent, [], []
    for i in reversed(range(len(weights))):
        layer = Layer(i, activations[i], weights[i], sums[i], outputs[i + 1])
        delta = derivative(layer, back)
        of_weights.append(outputs[i].T @ delta)
        of_biases.append(delta.sum(axis=0))
        back = between(delta @ through(layer, of_weights[-1]).T)
    return back, of_weights[::-1], of_biases[::-1]


def unshifted(sums: Array) -> Array:
    """Return softmax without a shift."""
    e = np.exp(sums)
    return e / e.sum(axis=-1, keepdims=True)
