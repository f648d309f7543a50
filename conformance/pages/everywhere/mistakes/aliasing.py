"""Mistakes with shared memory: one array is given as two arguments, or views overlap."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.aliasing import spent
from nnspec.conformance.terms.mistakes import Operation, clauses_of, spoiling
from nnspec.conformance.terms.nested import leaves, mapped
from nnspec.conformance.terms.operations import OPERATIONS, clause_of, operations_of

Array = NDArray[Any]

_EVERY = tuple(
    dict.fromkeys(
        operation
        for clause in clauses_of(["aliasing"], {})
        for operation in operations_of(clause_of(clause))
    )
)

# Newton's method takes one array, which shares its memory with the gradient alone.
_OF_ARRAYS = tuple(each for each in _EVERY if each != "newton")
_ASKING = tuple(each for each in _EVERY if OPERATIONS[each].callbacks)


@spoiling(properties=("aliasing",), operations=_OF_ARRAYS)
def reuses_the_memory_of_arrays_it_has_read(operation: Operation) -> Operation:
    """Writes into each array as soon as it has read it, and restores all of them at the end.

    Nobody sees it unless an array that is read later shares the memory.
    """

    def answer(*arguments: Any, **parameters: Any) -> Any:
        written = [each for each in leaves(arguments) if each.flags.writeable]
        before = [each.copy() for each in written]

        def read(array: Array) -> Array:
            copy = array.copy()
            if array.flags.writeable:
                array[...] = spent(copy)
            return copy

        given = [each if callable(each) else mapped(read, each) for each in arguments]
        for array, copy in zip(written, before, strict=True):
            array[...] = copy
        return operation(*given, **parameters)

    return answer


@spoiling(properties=("aliasing",), operations=tuple(each for each in _ASKING if each != "newton"))
def steps_a_tied_array_twice(operation: Operation) -> Operation:
    """Steps a deep copy of the parameters in place: one array in two places takes both steps."""

    def answer(gradient: Any, params: list[Array], *others: Any, **parameters: Any) -> Any:
        trajectory = operation(gradient, params, *others, **parameters)
        return [[_together(params, step, array) for array in params] for step in trajectory]

    return answer


@spoiling(properties=("aliasing",), operations=_ASKING)
def clears_the_gradient_it_has_used(operation: Operation) -> Operation:
    """Fills the gradient's arrays with 0 before it steps the parameters, which may be the same."""

    def answer(gradient: Any, *others: Any, **parameters: Any) -> Any:
        same = False

        def asked(point: Any, *more: Any) -> Any:
            nonlocal same
            found = gradient(point, *more)
            same = same or found is point
            return found

        trajectory = operation(asked, *others, **parameters)
        start = next(each for each in others if isinstance(each, list))
        return [
            [after - before for before, after in zip(start, step, strict=True)] if same else step
            for step in trajectory
        ]

    return answer


def _together(params: list[Array], step: list[Array], array: Array) -> Array:
    """Return an array of the parameters after the steps of all that are the same array."""
    moved = [
        after.astype(np.float64) - each.astype(np.float64)
        for each, after in zip(params, step, strict=True)
        if each is array
    ]
    if len(moved) == 1:
        return next(after for each, after in zip(params, step, strict=True) if each is array)
    return np.asarray(array.astype(np.float64) + sum(moved)).astype(array.dtype)
