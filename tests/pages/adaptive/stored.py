"""The stored calls of the page `adaptive`: a few steps of small numbers, and one call of every
size; one step only for 16 bits."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnspec.conformance.pages.adaptive.inputs import decays
from nnspec.conformance.terms.callbacks import scripted

Call = tuple[str, list[Any], dict[str, Any]]

_SLOPES = [
    [np.array([1.0, -2.0, 0.5]), np.array([[0.25], [-3.0]])],
    [np.array([0.5, 0.5, -1.5]), np.array([[2.0], [0.0]])],
    [np.array([-1.0, 4.0, 0.0]), np.array([[-0.75], [1.0]])],
]


def vectors(operation: str) -> Iterator[Call]:
    """Yield the name, the arguments and the parameters of every stored call of an operation."""
    params = [np.array([2.0, -1.0, 3.0]), np.array([[0.5], [1.5]])]
    # Two to the -12 keeps longer calls out of the formats of 16 bits, in which one step is judged.
    finer = [each + 2.0**-12 for each in params]
    given = scripted(_SLOPES, "float64")
    yield (
        "one-step",
        [given, params, 1],
        {"learning_rate": 0.125, **decays(operation), "epsilon": 0.25},
    )
    yield (
        "three-steps",
        [given, finer, 3],
        {"learning_rate": 0.125, **decays(operation), "epsilon": 0.25},
    )
    yield (
        "changing-rates",
        [given, finer, 3],
        {"learning_rate": (0.5, 0.25, 1.0), **decays(operation), "epsilon": 2.0**-20},
    )
    thirds = scripted([[np.array([1.0, -2.0, 5.0]) / (3.0 + step)] for step in range(5)], "float64")
    start = [np.array([0.1, 0.2, -0.3])]
    yield (
        "thirds",
        [thirds, start, 5],
        {"learning_rate": 0.0625, **decays(operation, 0.875, 0.9990234375), "epsilon": 2.0**-27},
    )
    little = {**decays(operation), "epsilon": 2.0**-30}
    sizes = np.array([2.0**-500, 2.0**-30, 1.0, 2.0**30, 2.0**500])
    # Two to the -40 keeps gradients of such sizes out of every format but float64.
    yield (
        "sizes",
        [scripted([[sizes]], "float64"), [np.ones(5) + 2.0**-40], 3],
        {"learning_rate": 0.25, **little},
    )
