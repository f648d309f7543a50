"""The page `initializers`: large arrays of values at the ends of the range, of many digits,
subnormal and 0."""

from collections.abc import Iterator
from typing import Any

_VALUES = (
    0.0,
    0.1,
    -1 / 3,
    1.0 + 2.0**-52,
    -1.7976931348623157e308,
    2.2250738585072014e-308,
    5e-324,
)


def inputs(operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield the arguments and parameters of calls that hold at least 40,000 elements together."""
    for value in _VALUES if operation == "constant" else (0.0,):
        shape = (80, 80) if operation == "constant" else (200, 200)
        yield [shape], {**({"value": value} if operation == "constant" else {}), "dtype": "float64"}
