"""The stored calls of the page `initializers`: shapes, and values that every format holds; random
weights have a law and no truth."""

from collections.abc import Iterator
from typing import Any

Call = tuple[str, list[Any], dict[str, Any]]

_SHAPES = {"vector": (5,), "matrix": (2, 3), "images": (2, 1, 2, 2)}
_VALUES = {"vector": -0.5, "matrix": 1.0, "images": 192.0}


def vectors(operation: str) -> Iterator[Call]:
    """Yield the name, the arguments and the parameters of every stored call of an operation."""
    for name, shape in _SHAPES.items():
        value = {"value": _VALUES[name]} if operation == "constant" else {}
        yield name, [shape], {**value, "dtype": "float64"}
