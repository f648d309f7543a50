"""The inputs of the page `dynamics`: networks of small integers, exact in every format."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.layouts import dyadic, named
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast

Array = NDArray[np.float64]

# Depths at which a gradient of a quarter a layer stays normal, and one of a half or twice is exact.
_SIGMOID_DEPTHS = {
    "float16": (1, 3, 5),
    "bfloat16": (1, 5, 20),
    "float32": (1, 5, 20, 50),
    "float64": (1, 5, 20, 50),
}
_EXACT_DEPTHS = {
    "float16": (1, 4, 10),
    "bfloat16": (1, 4, 10, 50),
    "float32": (1, 4, 10, 50),
    "float64": (1, 4, 10, 50),
}


def network(
    name: str,
    operation: str,
    dtype: str,
    x: Any,
    weights: Sequence[Any],
    biases: Sequence[Any],
    activations: Sequence[str],
    cotangent: Any = None,
) -> Case:
    """Return the case of a network, with a cotangent where the operation takes one."""
    arguments = [
        cast(x, dtype),
        [cast(weight, dtype) for weight in weights],
        [cast(bias, dtype) for bias in biases],
    ]
    if cotangent is not None:
        arguments.append(cast(cotangent, dtype))
    return Case(name, operation, tuple(arguments), {"activations": tuple(activations)})


def integers(shape: Sequence[int], offset: int, largest: int) -> Array:
    """Return integers of [-largest, largest] in an order without pattern."""
    return np.round(dyadic(shape, offset) * (largest / 4.0))


@named
def linear_stacks(operation: str, dtype: str) -> Iterator[Case]:
    """Two, three and four linear layers of different widths, small integers throughout."""
    for widths in ((4, 3, 5), (4, 3, 5, 2), (2, 3, 2, 4, 3)):
        pairs = list(itertools.pairwise(widths))
        weights = [integers(pair, 17 * place, 1) for place, pair in enumerate(pairs)]
        biases = [integers((pair[1],), 5 + 29 * place, 2) for place, pair in enumerate(pairs)]
        activations = ("identity",) * len(pairs)
        yield network(
            f"layers-{len(pairs)}",
            operation,
            dtype,
            integers((3, widths[0]), 3, 2),
            weights,
            biases,
            activations,
        )


@named
def orthogonal_stacks(operation: str, dtype: str) -> Iterator[Case]:
    """Permutations with signs times 1/2, 1 and 2, up to 50 layers deep."""
    for factor in (0.5, 1.0, 2.0):
        for depth in _EXACT_DEPTHS[dtype]:
            weights = [factor * _rotation(layer) for layer in range(depth)]
            x, cotangent = np.zeros((2, 3)), [[1.0, -2.0, 0.5], [4.0, 0.25, -1.0]]
            yield network(
                f"{factor:g}-deep-{depth}",
                operation,
                dtype,
                x,
                weights,
                [np.zeros(3)] * depth,
                ("identity",) * depth,
                cotangent,
            )


@named
def sigmoid_stacks(operation: str, dtype: str) -> Iterator[Case]:
    """Sigmoid layers with permutations as weights, as deep as the format's range allows."""
    for depth in _SIGMOID_DEPTHS[dtype]:
        weights, biases = (
            [_rotation(layer) for layer in range(depth)],
            [dyadic((3,), layer) / 8 for layer in range(depth)],
        )
        x, cotangent = [[0.5, -0.25, 1.0]], [[2.0, -2.0, 1.0]]
        yield network(
            f"deep-{depth}", operation, dtype, x, weights, biases, ("sigmoid",) * depth, cotangent
        )


@named
def single_samples(operation: str, dtype: str) -> Iterator[Case]:
    """One sample through a hidden layer of six units, behind sigmoid, relu and tanh."""
    first, second = dyadic((4, 6), 7) / 4, dyadic((6, 5), 40) / 4
    for hidden in ("sigmoid", "relu", "tanh"):
        x, biases, cotangent = (
            [[0.5, -1.0, 0.75, 1.25]],
            [dyadic((6,), 3) / 8, dyadic((5,), 9) / 8],
            [[1.0, -2.0, 0.5, -0.25, 3.0]],
        )
        yield network(
            hidden, operation, dtype, x, [first, second], biases, (hidden, "identity"), cotangent
        )


@named
def dead_units(operation: str, dtype: str) -> Iterator[Case]:
    """A hidden layer of rectifiers of which one, and then all, are negative for every sample."""
    x = np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 1.0]])
    first, second = (
        np.array([[1.0, -1.0, 2.0], [1.0, -2.0, -1.0]]),
        np.array([[1.0, 2.0], [2.0, -1.0], [-1.0, 1.0]]),
    )
    cotangent = [[1.0, -1.0], [2.0, 1.0], [-1.0, 2.0]]
    for name, bias in (("one", [1.0, -1.0, 4.0]), ("all", [-16.0, -16.0, -16.0])):
        yield network(
            name,
            operation,
            dtype,
            x,
            [first, second],
            [bias, [1.0, 0.0]],
            ("relu", "identity"),
            cotangent,
        )


@named
def twins(operation: str, dtype: str) -> Iterator[Case]:
    """Four hidden units, of which the second and the fourth are twins; and a layer of twins."""
    x, cotangent = [[1.0, -2.0], [2.0, 1.0], [1.0, 1.0]], [[1.0, -1.0], [1.0, 1.0], [-1.0, 2.0]]
    first, second = (
        np.array([[1.0, 2.0, -1.0, 2.0], [2.0, -1.0, 1.0, -1.0]]),
        np.array([[1.0, 1.0], [-1.0, 2.0], [2.0, 1.0], [-1.0, 2.0]]),
    )
    yield network(
        "two",
        operation,
        dtype,
        x,
        [first, second],
        [[5.0, 1.0, 5.0, 1.0], [0.0, 1.0]],
        ("relu", "identity"),
        cotangent,
    )
    weights, biases = [np.ones((2, 4)), np.ones((4, 2))], [np.full(4, 2.0), np.zeros(2)]
    yield network("all", operation, dtype, x, weights, biases, ("relu", "identity"), cotangent)


@named
def one_sided(operation: str, dtype: str) -> Iterator[Case]:
    """Positive activations of three channels, as of rectifiers, in two and four dimensions."""
    for name, shape in (("columns", (8, 3)), ("images", (4, 3, 2, 2))):
        x = np.abs(dyadic(shape, 11)) + 0.5
        statistics = [cast(np.full(3, each), dtype) for each in (1.0, 0.0, 0.0, 1.0)]
        parameters = {"momentum": 0.125, "epsilon": 2.0**-10}
        yield Case(name, operation, (cast(x, dtype), *statistics), parameters)


def _rotation(layer: int) -> Array:
    """Return a cyclic permutation of three with one sign, another one in every layer."""
    signs = np.ones(3)
    signs[layer % 3] = -1.0
    return np.roll(np.eye(3), 1 + layer % 2, axis=0) * signs
