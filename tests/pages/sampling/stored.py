"""The stored calls of the page `sampling`: gradients answered one after the other, in batches that
are full, short and single."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnspec.conformance.terms.callbacks import scripted

Call = tuple[str, list[Any], dict[str, Any]]

_BATCHES = {
    "full": [[2, 0], [1, 3]],
    "short": [[4, 1, 0], [3, 2]],
    "single": [[1], [0], [2]],
    "everything": [[0, 1, 2, 3, 4, 5]],
}


def vectors(operation: str) -> Iterator[Call]:
    """Yield the name, the arguments and the parameters of every stored call of an operation."""
    for name, batches in _BATCHES.items():
        k = np.arange(3 * sum(map(len, batches)))
        numbers = ((k * 181 + 7) % 257 / 32.0 - 4.0).reshape(-1, 3)
        gradient = scripted([[row[:2], row[2:].reshape(1, 1)] for row in numbers], "float64")
        params = [np.array([1.0, -2.5]), np.array([[0.375]])]
        yield (
            name,
            [gradient, params, [np.array(batch, dtype=np.int64) for batch in batches]],
            {"learning_rate": 0.125},
        )
