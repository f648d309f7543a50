"""How a right answer is changed, and for which operations."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.mistakes import Operation

Array = NDArray[Any]

NORMAL = ("kaiming_normal", "normal", "xavier_fan_in_normal", "xavier_normal")
UNIFORM = ("kaiming_uniform", "xavier_uniform")
TRUNCATED = ("kaiming_truncated_normal", "xavier_truncated_normal")
RANDOM = (*NORMAL, *UNIFORM, *TRUNCATED)

SINGLE = ("float64", "float32", "float16")


def of(operations: Sequence[str], *properties: str) -> Iterator[str]:
    """Yield the clauses of these properties, for each of the operations."""
    yield from (f"{operation}/{name}" for operation in operations for name in properties)


def changed(operation: Operation, change: Callable[[Array], Array]) -> Operation:
    """Return an operation whose answers are changed in float64 and rounded to the dtype again."""

    def answer(*arguments: Any, **parameters: Any) -> Array:
        found = operation(*arguments, **parameters)
        return change(found.astype(np.float64)).astype(found.dtype)

    return answer


def size_of(weights: Array) -> float:
    """Return the root of the mean square of weights."""
    return float(np.sqrt(np.mean(np.square(weights)))) if weights.size else 0.0
