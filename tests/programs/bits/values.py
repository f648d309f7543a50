"""Values of formulas in balls, each computed once.

A value is known by its operator and the numbers of its parts. An edit shares most values with its
formula, and only those above the edited node are computed.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnspec.conformance.programs.tree import (
    MATRIX,
    NAME,
    NEGATIVE,
    NUMBER,
    POWER,
    PRODUCT,
    QUOTIENT,
    SUM,
    Node,
)
from tests.programs.bits import words
from tests.truth.balls import Balls

_OPERATORS: Mapping[str, Callable[..., Balls]] = {
    SUM: operator.add,
    PRODUCT: operator.mul,
    QUOTIENT: words.quotient,
    POWER: words.power,
    MATRIX: words.product,
    NEGATIVE: lambda value: -value,
    **words.COMPARISONS,
}
_CHAINS = (SUM, PRODUCT)

Words = Mapping[str, Callable[..., Any]]


class Values:
    """All values that formulas had in a batch of calls; a number stands for each."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self.arrays: list[Balls] = []

    def given(self, key: Any, make: Callable[[], Balls]) -> int:
        """Return the number of the value that is known by a key, or is made now."""
        if key not in self._numbers:
            self.arrays.append(make())
            self._numbers[key] = len(self.arrays) - 1
        return self._numbers[key]

    def of(self, node: Node, names: Mapping[str, int], known: Words) -> int:
        """Return the number of a tree's value, where names and words stand for these."""
        if node.head == NAME:
            return names[node.text]
        if node.head == NUMBER:
            return self.given(float(node.text), lambda: words.ball(float(node.text)))
        first, *others = (self.of(part, names, known) for part in node.parts)
        function = _OPERATORS.get(node.head) or known[node.head]
        if node.head not in _CHAINS:
            return self._called(function, first, *others)
        for other in others:
            first = self._called(function, *sorted((first, other)))
        return first

    def _called(self, function: Callable[..., Balls], *parts: int) -> int:
        key = (function, *parts)
        return self.given(key, lambda: function(*(self.arrays[each] for each in parts)))

    def mark(self) -> int:
        """Return how many values there are."""
        return len(self.arrays)

    def forget(self, mark: int) -> None:
        """Forget all values but the first ones."""
        del self.arrays[mark:]
        for key in [key for key, number in reversed(self._numbers.items()) if number >= mark]:
            del self._numbers[key]


def shaped(array: Balls, like: Balls) -> Balls:
    """Return an answer in the shape of another one; raises ValueError if it does not fit."""
    return np.broadcast_to(array, like.shape)
