"""The page `initializers`: any value in any shape; random weights have a law and no truth."""

from collections.abc import Iterator
from typing import Any

from tests.truth.drawn.digests import LEAST, MOST, full, whole

Call = tuple[list[Any], dict[str, Any]]


def calls(operation: str, turn: int) -> Iterator[Call]:
    """Yield the call of a turn."""
    name = f"{operation} {turn}"
    shape = tuple(whole(f"{name} shape", (turn % 4,), 1, 6).tolist())
    value = {"value": float(full(name, (), LEAST, MOST))} if operation == "constant" else {}
    yield [shape], {**value, "dtype": "float64"}
