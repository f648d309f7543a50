"""The stored calls of the page `normalization`: matrices and images of four different lengths,
offsets, constants, one sample."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Call = tuple[str, list[Any], dict[str, Any]]

_SCALE = np.array([1.5, -0.75, 2.0, -1.0])
_SHIFT = np.array([0.5, -2.0, 0.0, 1.25])
_MEAN = np.array([0.25, -1.5, 3.0, 0.0])
_VARIANCE = np.array([0.5, 2.0, 1.25, 4.0])


def vectors(operation: str) -> Iterator[Call]:
    """Yield the name, the arguments and the parameters of every stored call of an operation."""
    for name, x, epsilon in _batches():
        # Of one value a channel some libraries refuse to take statistics.
        if operation != "batch_norm_eval" and x.size == x.shape[1]:
            continue
        vectors = [vector[: x.shape[1]] for vector in (_SCALE, _SHIFT, _MEAN, _VARIANCE)]
        if operation == "batch_norm_train_vjp":
            yield (
                name,
                [x, vectors[0], np.resize([1.0, -0.5, 2.0, 0.25, -3.0, 0.0, 1.5], x.shape)],
                {"epsilon": epsilon},
            )
        elif operation == "batch_norm_eval":
            yield name, [x, *vectors], {"epsilon": epsilon}
        else:
            yield name, [x, *vectors], {"momentum": 0.25, "epsilon": epsilon}
    if operation == "batch_norm_eval":
        yield (
            "zero-variance",
            [_numbers((4, 3)), *(vector[:3] for vector in (_SCALE, _SHIFT, _MEAN)), np.zeros(3)],
            {"epsilon": 2.0**-10},
        )


def _batches() -> Iterator[tuple[str, Array, float]]:
    yield "matrix", _numbers((5, 4)), 2.0**-10
    yield "image", _numbers((2, 3, 4, 1)), 2.0**-10
    yield "small-deviations", _numbers((6, 3)) / 32.0, 2.0**-8
    yield "far-from-zero", np.round(_numbers((7, 2))) + 64.0, 2.0**-10
    yield "farther-from-zero", _numbers((7, 2)) + np.array([2.0**14, -(2.0**30)]), 2.0**-17
    yield "constant", np.full((3, 4), [0.5, -100.0, 3.0, 0.0]), 2.0**-10
    yield "one-value", np.array([[0.5, -3.0, 100.0]]), 2.0**-10


def _numbers(shape: tuple[int, ...]) -> Array:
    """Return multiples of 1/16 in (-4, 4) in an order without pattern."""
    k = np.arange(int(np.prod(shape)))
    return ((k * 181 + shape[0] * 7) % 127 / 16.0 - 63 / 16.0).reshape(shape)
