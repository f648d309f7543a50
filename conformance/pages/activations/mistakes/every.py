"""Mistakes that any activation may have, with memory and lengths."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.everywhere.mistakes.memory import owner_of
from nnspec.conformance.terms.mistakes import Operation, spoiling

Array = NDArray[Any]


@spoiling("activations/purity", remembers=True)
def answers_for_the_last_call(operation: Operation) -> Operation:
    """Adds to its earlier answer instead of overwriting it."""
    kept: dict[tuple[int, ...], Array] = {}

    def answer(*arrays: Array, **parameters: Any) -> Array:
        found = operation(*arrays, **parameters)
        with np.errstate(over="ignore", invalid="ignore"):
            # A sum of zeros would hide the mistake; the memory held something else to begin with.
            kept[found.shape] = kept.get(found.shape, np.ones_like(found)) + found
        return kept[found.shape]

    return answer


@spoiling("activations/lengths")
def stops_after_a_thousand(operation: Operation) -> Operation:
    """Answers the first thousand elements, as many as its scratch memory holds."""

    def answer(*arrays: Array, **parameters: Any) -> Array:
        found = operation(*arrays, **parameters)
        found.reshape(-1)[1000:] = np.nan
        return found

    return answer


@spoiling("activations/layouts")
def forgets_where_a_view_begins(operation: Operation) -> Operation:
    """Follows the strides of a view, but from the beginning of the memory that it is a view of."""

    def from_the_start(x: Array) -> Array:
        owner = owner_of(x)
        if min(x.strides, default=0) < 0 or owner.size <= x.size:
            return x
        return np.lib.stride_tricks.as_strided(owner.reshape(-1), x.shape, x.strides)

    return lambda *arrays, **parameters: operation(*map(from_the_start, arrays), **parameters)


@spoiling(
    "activations/layouts",
    operations=("identity_vjp", "leaky_relu_vjp", "relu_vjp", "sigmoid_vjp", "tanh_vjp"),
)
def pairs_arguments_in_memory_order(operation: Operation) -> Operation:
    """Walks through each argument in the order of its memory, and lays the answer out like x."""

    def answer(x: Array, cotangent: Array, **parameters: Any) -> Array:
        order = "F" if x.flags.f_contiguous and not x.flags.c_contiguous else "C"
        found = operation(x.ravel(order="K"), cotangent.ravel(order="K"), **parameters)
        return found.reshape(x.shape, order=order)

    return answer
