"""Mistakes with repeated calls: the first one, one of many, or all after a thousand are wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.mistakes import Operation, spoiling
from nnspec.conformance.terms.nested import mapped

Array = NDArray[Any]

# Calls after which an implementation has worn out.
_WORN = 1000

# One call of so many has another answer.
_SELDOM = 50

# A thousand calls are asked in one format: they are counted, whatever their format.
_ONE = ("float32",)


@spoiling(properties=("repeated-calls",), remembers=True)
def is_wrong_in_its_first_call(operation: Operation) -> Operation:
    """Answers its first call from memory that nothing has filled yet."""
    return _spoiled(operation, _larger, lambda number: number == 0)


@spoiling(properties=("repeated-calls",), dtypes=_ONE, remembers=True)
def wears_out(operation: Operation) -> Operation:
    """Answers a thousand calls, and then from a buffer that is used up."""
    return _spoiled(operation, _larger, lambda number: number >= _WORN)


@spoiling(properties=("repeated-calls",), dtypes=_ONE, remembers=True)
def is_wrong_once_in_fifty_calls(operation: Operation) -> Operation:
    """Reads a partial result before it is there, once in fifty calls."""
    return _spoiled(operation, _smaller, _seldom)


@spoiling(properties=("determinism",), dtypes=_ONE, remembers=True)
def rounds_otherwise_once_in_fifty_calls(operation: Operation) -> Operation:
    """Adds its partial sums in the order in which they are there: the last bit differs seldom."""
    return _spoiled(operation, _neighbor, _seldom)


@spoiling(properties=("determinism",), remembers=True)
def rounds_every_second_call_otherwise(operation: Operation) -> Operation:
    """Adds its partial sums forward and backward in turns, and the last bit differs."""
    return _spoiled(operation, _neighbor, lambda number: bool(number % 2))


def _spoiled(
    operation: Operation, spoil: Callable[[Array], Array], when: Callable[[int], bool]
) -> Operation:
    """Return the operation with the answers to some of its calls spoiled, by their numbers."""
    number = -1

    def answer(*arguments: Any, **parameters: Any) -> Any:
        nonlocal number
        number += 1
        found = operation(*arguments, **parameters)
        return mapped(spoil, found) if when(number) else found

    return answer


def _seldom(number: int) -> bool:
    return number % _SELDOM == _SELDOM - 1


def _larger(array: Array) -> Array:
    """Return other numbers; indices that are one too large are another mistake."""
    one = array.dtype.type(1)
    return np.asarray(array + array + one if array.dtype.kind in "iu" else array + one)


def _smaller(array: Array) -> Array:
    """Return other numbers; indices that are one too small are another mistake."""
    return np.asarray(array // 2 if array.dtype.kind in "iu" else array - array.dtype.type(1))


def _neighbor(array: Array) -> Array:
    """Return the numbers whose bits differ in the last place."""
    return (np.ascontiguousarray(array).view(f"u{array.itemsize}") ^ 1).view(array.dtype)
