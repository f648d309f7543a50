"""The stored calls of the page `information`: small distributions, with zeros, one-hot,
unnormalized, and pairs that nearly agree."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnspec.conformance.terms.operations import arguments_of, parameters_of

Call = tuple[str, list[Any], dict[str, Any]]

_COUNTS = (
    np.array(
        [
            [1.0, 2.0, 4.0, 8.0, 16.0, 33.0],
            [33.0, 16.0, 8.0, 4.0, 2.0, 1.0],
            [11.0, 10.0, 11.0, 11.0, 10.0, 11.0],
        ]
    )
    / 64
)
_OTHER = (
    np.array(
        [
            [8.0, 8.0, 16.0, 16.0, 8.0, 8.0],
            [1.0, 1.0, 2.0, 4.0, 8.0, 48.0],
            [11.0, 11.0, 10.0, 10.0, 11.0, 11.0],
        ]
    )
    / 64
)


def vectors(operation: str) -> Iterator[Call]:
    """Yield the name, the arguments and the parameters of every stored call of an operation."""
    count = len(arguments_of(operation))
    zeros = np.where(np.arange(6) % 2 == 0, _COUNTS, 0.0)
    hot = np.eye(6)[[0, 3, 5]]
    steps = np.ldexp([1.0, -1.0, 2.0, -2.0], -8)
    close = 0.25 + np.stack(
        [steps, np.ldexp(steps, -3), np.ldexp(steps, -16), np.ldexp(steps, -44)]
    )
    for name, p, q in (
        ("everyday", _COUNTS, _OTHER),
        ("zeros", zeros, _OTHER),
        ("one-hot", hot, _OTHER),
        ("unnormalized", 8 * _COUNTS, 2 * _OTHER),
        ("close", close, np.full((4, 4), 0.25)),
        ("swapped", np.full((4, 4), 0.25), close),
        ("special-impossible", _COUNTS, zeros),
    ):
        clipping = {"epsilon": 2.0**-7} if "epsilon" in parameters_of(operation) else {}
        yield name, [p, q][:count], {"axis": -1, **clipping}
