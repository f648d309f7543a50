"""The stored calls of the page `clipping`: lists on both sides of the limit and at it, and,
special, where squares leave the range."""

from collections.abc import Iterator
from typing import Any

import numpy as np

Call = tuple[str, list[Any], dict[str, Any]]

_EVERYDAY = ([3.0, -1.5, 0.25], [[2.0, -0.5], [1.0, 0.0]], [-0.75])
_LISTS = {
    "everyday": (_EVERYDAY, 1.5),
    "within": (_EVERYDAY, 8.0),
    "threshold": (([3.0, -4.0],), 5.0),
    "zeros": (([0.0, 0.0], [[0.0]]), 1.0),
    "unequal": (([0.375, -0.5], [30.0, -40.0]), 5.0),
    "large": (([3e100, -4e100], [1.2e101]), 1e100),
    "small": (([3e-100, -4e-100], [1.2e-99]), 1e-100),
    "special-large": (([3e300, -4e300], [1.2e301]), 1e301),
    "special-closed": (([3.0, -4.0], [0.0]), 0.0),
    "special-subnormal": (([5e-324, 1.5e-323], [3.0]), 1e-310),
}


def vectors(operation: str) -> Iterator[Call]:
    """Yield the name, the arguments and the parameters of every stored call of an operation."""
    for name, (gradients, limit) in _LISTS.items():
        parameters = {"limit" if operation == "clip_by_value" else "max_norm": limit}
        if operation == "clip_by_global_norm_epsilon":
            parameters["epsilon"] = {"large": 1e97, "small": 1e-101}.get(name, 2.0**-10)
        yield name, [[np.array(g) for g in gradients]], parameters
