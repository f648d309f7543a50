"""Mistakes of narrow formats: a small factor, and digits that are cut off instead of rounded."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.formats import NARROW, cast, dtype_of
from nnspec.conformance.terms.mistakes import Operation, heard, spoiling
from nnspec.conformance.terms.nested import leaves, mapped
from nnspec.spec import clauses

Array = NDArray[Any]


# 2.6 roundings of bfloat16, and 6.1 of float16.
FACTORS = {"bfloat16": 1.01, "float16": 1.003}

# The clauses whose bound is that of float32, rounded once to the format.
_ONCE = tuple(each.id for each in clauses().values() if each.bound and each.bound.once)


@spoiling(properties=("bias",), dtypes=NARROW)
def multiplies_by_a_little_more_than_one(operation: Operation) -> Operation:
    """Multiplies its answers by 1.01 in bfloat16, by 1.003 in float16: a constant is a little off.

    No answer is off by more than a few roundings, and all are off in one direction.
    """
    return finished(operation, lambda array, name: cast(array * FACTORS[name], name))


@spoiling(*_ONCE, dtypes=NARROW)
def cuts_digits_off(operation: Operation) -> Operation:
    """Computes in float32 and cuts off the digits that the format does not hold."""
    return finished(operation, _toward_zero)


def _toward_zero(array: Array, name: str) -> Array:
    nearest = cast(array, name)
    beyond = np.abs(nearest.astype(np.float64)) > np.abs(array)
    return np.where(beyond, np.nextafter(nearest, np.zeros((), dtype_of(name))), nearest)


def finished(operation: Operation, finish: Callable[[Array, str], Array]) -> Operation:
    """Return an operation that computes in float32 and turns its answers into the format so."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        name = next(each.dtype.name for each in leaves(arguments) if each.dtype.kind != "i")
        if name not in NARROW:
            return operation(*arguments, **parameters)
        given = [heard(np.dtype(np.float32), name, argument) for argument in arguments]
        return mapped(
            lambda array: array if array.dtype.kind == "i" else finish(array.astype(float), name),
            operation(*given, **parameters),
        )

    return answer
