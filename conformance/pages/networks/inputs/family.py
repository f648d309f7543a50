"""The family of the page `networks`: layers of any size, whose sums all have two large terms."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnspec.conformance.pages.families import GREAT, Dimension, Family, Sizes, heavy
from nnspec.conformance.pages.layouts import scattered
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import Array

# In a chain of layers these take turns; all are differentiable where sums are positive.
_CHAIN = ("tanh", "leaky_relu", "identity")

# The width of the layers inside a network.
_HIDDEN = 4

_DEPTH = Dimension(
    2, largest=9, reason="every layer adds its errors, and in 16 bits they reach the signal"
)


def _dimensions(operation: str) -> Mapping[str, Dimension]:
    """Return the dimensions of a layer, of a network, or of a training step of one sample."""
    if operation == "perceptron_step":
        return {"inputs": Dimension(5), "hidden": Dimension(4), "outputs": Dimension(3)}
    if operation.startswith("mlp"):
        sides = {"samples": Dimension(4), "inputs": Dimension(5), "outputs": Dimension(3)}
        return sides | {"layers": _DEPTH}
    return {
        "samples": Dimension(4, largest=GREAT[1]),
        "inputs": Dimension(5),
        "outputs": Dimension(3),
    }


def _made(operation: str, dtype: str, sizes: Sizes, key: str) -> Case:
    """Return a case of positive numbers, so that no sum cancels and no sum is near a kink.

    The last two samples, inputs and outputs are unlike.
    """
    if operation == "perceptron_step":
        return _step(dtype, sizes, key)
    backward = operation.endswith("_vjp")
    depth = sizes.get("layers", 1)
    widths = [sizes["inputs"], *[_HIDDEN] * (depth - 1), sizes["outputs"]]
    # The gradient of x sums over outputs, the answer over inputs.
    weights = [
        _weighing(f"{key} weight {place}", pair, axis=1 if backward else 0) * _raised(pair, 1)
        for place, pair in enumerate(itertools.pairwise(widths))
    ]
    biases = [
        scattered(f"{key} bias {place}", (width,), 0.125, 0.25)
        for place, width in enumerate(widths[1:])
    ]
    given = sizes["samples"], widths[0]
    x = scattered(f"{key} x", given, 0.5, 1.0) * _raised(given, 0) * _raised(given, 1)
    if backward and operation.startswith("mlp"):
        # The sums before the first activation leave it its slope, and no product is subnormal.
        ahead = np.where(heavy(f"{key} x", given), 2.0, max(0.5 / widths[0], 2.0**-9))
        x = ahead * scattered(f"{key} x", given, 0.5, 1.0) * _raised(given, 0)
    arguments: list[Any] = (
        [x, weights, biases] if operation.startswith("mlp") else [x, weights[0], biases[0]]
    )
    if backward:
        # The gradients of weights and biases sum over samples.
        shape = sizes["samples"], widths[-1]
        arguments.append(8 * _weighing(f"{key} cotangent", shape, axis=0) * _raised(shape, 1))
    chain = tuple(itertools.islice(itertools.cycle(_CHAIN), depth))
    parameters = {"activations": chain} if operation.startswith("mlp") else {}
    return _cased(operation, dtype, arguments, parameters)


def _step(dtype: str, sizes: Sizes, key: str) -> Case:
    """Return a training step whose error is large, so that the step is as large as the weights."""
    inputs, hidden, outputs = sizes["inputs"], sizes["hidden"], sizes["outputs"]
    far = np.where(heavy(f"{key} target", (outputs,)), float(outputs), 1.0)
    arguments = [
        scattered(f"{key} inputs", (inputs,), 0.5, 1.0),
        -far * scattered(f"{key} target", (outputs,), 2.0, 4.0),
        # At sums near -2, the slope of the logistic function changes most, and keeps its digits.
        -2 * _weighing(f"{key} to hidden", (inputs, hidden), axis=0),
        -16 * _weighing(f"{key} to output", (hidden, outputs), axis=0),
    ]
    return _cased("perceptron_step", dtype, arguments, {"learning_rate": 4.0})


def _weighing(key: str, shape: Sequence[int], axis: int) -> Array:
    """Return positive numbers, two of which are half or more of every sum along an axis.

    The sum is near 1 up to a length of 2,048. A longer one grows, for float16 holds no smaller
    normal numbers; each of the two is more than a sixtieth of 65,537 terms.
    """
    size = np.where(heavy(key, shape, axis), 0.5, max(0.5 / shape[axis], 2.0**-12))
    return np.asarray(size * scattered(key, shape, 0.5, 1.0))


def _raised(shape: Sequence[int], axis: int) -> Array:
    """Return ones, and 2 for the last along an axis: it is unlike its neighbor.

    No number becomes smaller: in float16, products of the smallest ones are just normal.
    """
    ends = np.arange(shape[axis]) == shape[axis] - 1
    factors = np.where(ends, 2.0, 1.0)
    return np.asarray(np.broadcast_to(factors[:, None] if axis == 0 else factors, shape))


def _cased(
    operation: str, dtype: str, arguments: Sequence[Any], parameters: Mapping[str, Any]
) -> Case:
    given = tuple(
        [cast(each, dtype) for each in value] if isinstance(value, list) else cast(value, dtype)
        for value in arguments
    )
    return Case("", operation, given, dict(parameters))


FAMILY = Family(_dimensions, _made)
