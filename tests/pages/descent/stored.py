"""The stored calls of the page `descent`: a few steps of small numbers, most of them held by every
format, and one call of every size."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnspec.conformance.terms.callbacks import scripted

Call = tuple[str, list[Any], dict[str, Any]]

_SLOPES = [
    [np.array([1.0, -2.0, 0.5]), np.array([[0.25], [-3.0]])],
    [np.array([0.5, 0.5, -1.5]), np.array([[2.0], [0.0]])],
    [np.array([-1.0, 4.0, 0.0]), np.array([[-0.75], [1.0]])],
]


def vectors(operation: str) -> Iterator[Call]:
    """Yield the name, the arguments and the parameters of every stored call of an operation."""
    if operation == "newton":
        yield from _systems()
        return
    momentum = {} if operation == "gradient_descent" else {"momentum": 0.75}
    params = [np.array([2.0, -1.0, 3.0]), np.array([[0.5], [1.5]])]
    given = scripted(_SLOPES, "float64")
    yield "three-steps", [given, params, 3], {"learning_rate": 0.125, **momentum}
    yield "changing-rates", [given, params, 3], {"learning_rate": (0.5, 0.25, 1.0), **momentum}
    thirds = [[np.array([1.0, -2.0, 5.0]) / 3.0] for _ in range(5)]
    start = [np.array([0.1, 0.2, -0.3])]
    yield (
        "thirds",
        [scripted(thirds, "float64"), start, 5],
        {"learning_rate": 0.125, **dict.fromkeys(momentum, 0.875)},
    )
    sizes = np.array([2.0**-900, 2.0**-30, 1.0, 2.0**30, 2.0**900])
    yield (
        "sizes",
        [scripted([[sizes]], "float64"), [3.0 * sizes], 3],
        {"learning_rate": 0.25, **momentum},
    )
    yield (
        "special-infinite",
        [scripted([[np.array([np.inf, 1.0])]], "float64"), [np.zeros(2)], 1],
        {"learning_rate": 0.5, **momentum},
    )


def _systems() -> Iterator[Call]:
    first, second = np.array([[4.0, 1.0], [1.0, 2.0]]), np.array([[2.0, -1.0], [-1.0, 4.0]])
    given = scripted([[np.array([1.0, -3.0])], [np.array([0.5, 2.0])]], "float64")
    start = [np.array([4.0, -5.0])]
    yield (
        "two-steps",
        [given, scripted([first, second], "float64"), start, 2],
        {"learning_rate": 1.0},
    )
    yield (
        "changing-rates",
        [given, scripted([first, second], "float64"), start, 2],
        {"learning_rate": (0.5, 0.125)},
    )
    banded = np.array([[3.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 3.0]])
    slope = scripted([[np.array([1.0, 2.0, -4.0])]], "float64")
    yield (
        "three-unknowns",
        [slope, scripted([banded], "float64"), [np.array([6.0, -7.0, 8.0])], 3],
        {"learning_rate": 0.5},
    )
