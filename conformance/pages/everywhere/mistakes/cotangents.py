"""Mistakes at a cotangent of 0: it is divided by, taken for none, or meets an infinite factor."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.everywhere.mistakes.digits import operations_with
from nnspec.conformance.terms.mistakes import Operation, spoiling
from nnspec.conformance.terms.operations import arguments_of

Array = NDArray[Any]

# Of these the first argument is an array, and the gradient with respect to it is all they answer.
_ALONE = tuple(
    each
    for each in operations_with("zero-cotangent")
    if not {"weight", "weights", "scale"} & set(arguments_of(each))
)


def _with_cotangent(operation: Operation, change: Callable[[Array], Array]) -> Operation:
    """Return an operation that takes another cotangent, its last argument, than it is given."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        *others, cotangent = arguments
        with np.errstate(all="ignore"):
            changed = np.asarray(change(cotangent)).astype(cotangent.dtype)
        return operation(*others, changed, **parameters)

    return answer


@spoiling(properties=("zero-cotangent",))
def takes_a_zero_for_no_cotangent(operation: Operation) -> Operation:
    """Asks whether a cotangent is given, as `cotangent or 1` does, and takes 1 in place of 0."""
    return _with_cotangent(operation, lambda cotangent: np.where(cotangent == 0, 1, cotangent))


@spoiling(properties=("zero-cotangent",))
def divides_the_cotangent_by_its_magnitude(operation: Operation) -> Operation:
    """Takes the sign of a cotangent as c/|c|, which is 0/0, and multiplies by |c| again."""
    return _with_cotangent(
        operation, lambda cotangent: cotangent / np.abs(cotangent) * np.abs(cotangent)
    )


@spoiling(properties=("zero-cotangent",))
def divides_by_the_largest_cotangent(operation: Operation) -> Operation:
    """Divides all cotangents by the largest one, against overflow, and multiplies by it again."""

    def scaled(cotangent: Array) -> Array:
        largest = np.max(np.abs(cotangent), initial=0)
        return cotangent / largest * largest

    return _with_cotangent(operation, scaled)


@spoiling(properties=("zero-cotangent",), operations=_ALONE)
def multiplies_an_overflowed_exponential_by_zero(operation: Operation) -> Operation:
    """Weighs e^|x| by the cotangent where that is 0: 0 · ∞ if the exponential overflows."""

    def answer(x: Array, *others: Array, **parameters: Any) -> Any:
        found = operation(x, *others, **parameters)
        cotangent = others[-1].reshape(others[-1].shape + (1,) * (x.ndim - others[-1].ndim))
        with np.errstate(all="ignore"):
            weighed = np.where(cotangent == 0, np.exp(np.abs(x)) * cotangent, 0)
            return (found + weighed).astype(found.dtype)

    return answer
