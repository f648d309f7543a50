"""The right parts of wrong implementations."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference

Array = NDArray[Any]
Arrays = Sequence[Array]
Names = Sequence[str]

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


def unshifted(sums: Array) -> Array:
    """Return softmax without a shift."""
    e = np.exp(sums)
    return e / e.sum(axis=-1, keepdims=True)
