"""The page `clipping`: lists of arrays of any sizes, and limits on the norm itself, beside it and
far from it."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.truth.drawn.digests import LEAST, MOST, TINY, Array, chosen, full, one, positive

Call = tuple[list[Any], dict[str, Any]]

_LENGTHS = (1, 2, 3, 4, 6, 7, 9, 13, 33, 66, 129)

# Lengths of sides whose norm is a whole number, to the last bit at any power of two.
_WHOLE = ((3, 4), (1, 2, 2), (2, 3, 6), (1, 4, 8), (4, 4, 7), (5, 12), (2, 4, 5, 6))


def calls(operation: str, turn: int) -> Iterator[Call]:
    """Yield the calls of a turn: one list of each kind of sizes."""
    name, length = f"{operation} {turn}", _LENGTHS[turn % len(_LENGTHS)]
    center = one(f"{name} center", LEAST + 3, MOST - 6)
    exponent = one(f"{name} exponent", -1000, 1000)
    lists = (
        full(f"{name} ordinary", (length,), -9, 9),
        full(f"{name} any", (length,), LEAST, MOST - 6),
        full(f"{name} one size", (length,), center, center + 2),
        np.ldexp(np.array(_WHOLE[turn % len(_WHOLE)], dtype=np.float64), exponent),
        full(f"{name} low", (length,), LEAST, -1010),
    )
    for number, values in enumerate(lists):
        yield [_cut(f"{name} {number}", values)], _limits(f"{name} {number}", operation, values)


def _cut(name: str, values: Array) -> list[Array]:
    """Return numbers as a list of arrays, one of which may be empty, and one a matrix."""
    first, second = sorted(one(f"{name} {each}", 0, len(values) + 1) for each in "ab")
    return [values[:first], values[first:second].reshape(-1, 1), values[second:]]


def _limits(name: str, operation: str, values: Array) -> dict[str, Any]:
    norm = max(math.hypot(*values.tolist()), TINY)
    near = min(norm, float(np.finfo(np.float64).max)) * float(
        chosen(f"{name} near", (), [1.0, 1.0, 1 - 2.0**-53, 1 - 2.0**-50, 1 + 2.0**-52, 0.875])
    )
    far = float(positive(f"{name} far", (), LEAST, MOST))
    below = norm * float(positive(f"{name} below", (), -60, 0))
    limit = (near, below, far, near)[one(f"{name} kind", 0, 4)]
    limit = min(limit, float(np.finfo(np.float64).max))
    if operation == "clip_by_value":
        return {"limit": limit}
    epsilon = (0.0, limit * 2.0**-53, limit * 0.25, far, norm)[one(f"{name} epsilon", 0, 5)]
    return {
        "max_norm": limit,
        **({"epsilon": min(epsilon, 1e300)} if operation.endswith("epsilon") else {}),
    }
