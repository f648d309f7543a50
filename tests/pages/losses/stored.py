"""The stored calls of the page `losses`: a few samples with everyday, large and close logits, soft
and one-hot targets, and labels. In the stored gradients, labels are also far ahead."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnspec.conformance.terms.operations import arguments_of, parameters_of

Call = tuple[str, list[Any], dict[str, Any]]

_EVERYDAY = np.array(
    [[2.0, -1.0, 0.5, 0.0, 3.0], [-3.5, 1.25, 1.0, -0.75, 0.25], [0.125, 0.0, -2.0, 4.0, -4.0]]
)
_LARGE = np.array(
    [
        [9984.0, -9984.0, 0.0, 16.0, 1.0],
        [-9984.0, -9984.0, -9984.0, -9984.0, -9984.0],
        [128.0, 96.0, -128.0, 64.0, 0.0],
    ]
)
_CLOSE = np.array(
    [[1.0, 1.0, 1.0, 1.0, 1.0], [64.0, 64.5, 64.0, 63.5, 64.0], [0.0, -20.0, -30.0, -16.0, -18.0]]
)
_TARGETS = np.array(
    [[0.5, 0.25, 0.125, 0.125, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0], [1.0, 0.5, 0.25, 0.25, 2.0]]
)


_AHEAD = np.array(
    [
        [-40.0, 0.0, -48.0, -64.0, -56.0],
        [8.0, -8.0, -4.0, -6.0, -2.0],
        [-20.0, -24.0, 0.0, -32, -28],
    ]
)


def vectors(operation: str) -> Iterator[Call]:
    """Yield the name, the arguments and the parameters of every stored call of an operation."""
    calls = [("everyday", _EVERYDAY, 0.25), ("large", _LARGE, 2.0**-7), ("close", _CLOSE, 0.5)]
    if operation.endswith("cross_entropy_vjp"):
        calls.append(("far-ahead", _AHEAD, 0.5))
    for name, logits, epsilon in calls:
        given = {
            "logits": logits,
            "y": logits,
            "q": np.array([[0.5, 0.25, 0.25], [0.875, 0.0625, 0.0625], [0.125, 0.375, 0.5]]),
            "labels": np.array([1, 0, 2]),
            "target": _TARGETS,
            "targets": np.eye(5)[[1, 0, 2]] if name == "far-ahead" else _TARGETS,
            "cotangent": np.asarray(1.5)
            if operation.startswith("sum")
            else np.array([2.0, -0.5, 3.0]),
        }
        if operation.startswith("sigmoid"):
            given["cotangent"] = np.resize([1.0, -0.5, 2.0, 3.0], logits.shape)
        clipping = {"epsilon": epsilon} if "epsilon" in parameters_of(operation) else {}
        yield name, [given[argument] for argument in arguments_of(operation)], clipping
