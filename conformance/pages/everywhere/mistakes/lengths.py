"""Mistakes of vectorized kernels: elements are lost in their loops."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nnspec.conformance.terms.mistakes import Operation, spoiling
from nnspec.conformance.terms.nested import leaves, mapped
from nnspec.conformance.terms.operations import OPERATIONS, arguments_of, operations_of
from nnspec.spec import clauses


def _numbers() -> dict[str, str]:
    """Return the clauses on sizes whose operations take numbers alone."""
    return {
        clause.id: "its arguments are numbers, which have no elements to lose"
        for clause in clauses().values()
        if clause.id.endswith("/sizes")
        and all(
            set(arguments_of(operation)) <= {*OPERATIONS[operation].sizes}
            for operation in operations_of(clause)
        )
    }


@spoiling(properties=("lengths", "sizes"), but=_numbers())
def stops_one_short(operation: Operation) -> Operation:
    """Leaves the last element as memory held it, or adds what memory held to its sum."""
    return _losing(operation, lambda length: slice(length - 1, length))


@spoiling("networks/sizes", properties=("lengths",))
def leaves_the_remainder_of_eight(operation: Operation) -> Operation:
    """Leaves the elements after the last full vector of eight as memory held them."""
    return _losing(operation, lambda length: slice(length // 8 * 8, length))


@spoiling(properties=("lengths",))
def misses_an_element_of_twenty_three(operation: Operation) -> Operation:
    """Has a kernel for each short length; that for 23 leaves its last element as memory held it."""
    return _losing(operation, lambda length: slice(length - (length == 23), length))


@spoiling(properties=("lengths",))
def forgets_a_block_of_an_unrolled_loop(operation: Operation) -> Operation:
    """Steps by four vectors of 16, then by one and by two of them, and never by a third."""
    return _losing(
        operation,
        lambda length: slice(
            length // 64 * 64 + 32, length // 64 * 64 + 32 + 16 * (length % 64 >= 48)
        ),
    )


# In a narrow format one term more or less in a sum of 129 is within the rounding of the terms, and
# float64 is asked for no length of so many.
@spoiling(properties=("lengths",), dtypes=("float32",))
def drops_the_last_of_more_than_a_hundred_and_twenty_eight(operation: Operation) -> Operation:
    """Has another kernel for lengths above 128, which takes the last element for 0."""

    def dropped(array: Any) -> Any:
        kept = array.copy()
        if max(array.shape, default=0) > 128:
            np.moveaxis(kept, int(np.argmax(array.shape)), 0)[-1] = 0
        return kept

    return lambda *arguments, **parameters: operation(
        *(mapped(dropped, each) for each in arguments), **parameters
    )


def _losing(operation: Operation, places: Callable[[int], slice]) -> Operation:
    """Return an operation that loses places of its longest axis."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        length = max(next(leaves(arguments)).shape, default=1)
        lost = places(length)

        def spoiled(found: Any) -> Any:
            spoilt = found.copy()
            if length in found.shape:
                np.moveaxis(spoilt, found.shape.index(length), 0)[lost] = np.nan
            elif lost.start < lost.stop:
                spoilt[...] = np.nan
            return spoilt

        return mapped(spoiled, operation(*arguments, **parameters))

    return answer
