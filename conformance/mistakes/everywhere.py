"""Mistakes that any operation may have, whatever its page: the implementation is right, and loses digits on the way in or out."""

from typing import Any

import numpy as np

import reference
from conformance.answers import mapped
from conformance.mistaking import Operation, heard, spoiling
from conformance.operations import page_of

# Drawn numbers have no digits to lose: what is judged of them is their distribution; a permutation has none at all.
_ACCURACY = tuple(f"{name}/accuracy" for name in reference.__all__ if page_of(name) not in ("initializers", "sampling"))

_HYPER_PARAMETERS = tuple(f"{about}/hyper-parameters" for about in ("adaptive", "descent", "leaky_relu", "leaky_relu_vjp"))


@spoiling(*_ACCURACY, dtypes=("float64",))
def computes_in_float32(operation: Operation) -> Operation:
    """Computes in float32 and answers in float64: about seven digits are right."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        # Numbers beyond float32 become infinite on the way in.
        with np.errstate(over="ignore"):
            given = [heard(np.dtype(np.float32), "float64", argument) for argument in arguments]
            narrow = operation(*given, **parameters)
        return mapped(lambda array: array if array.dtype.kind == "i" else array.astype(np.float64), narrow)

    return answer


@spoiling(*_HYPER_PARAMETERS, dtypes=("float64",))
def rounds_every_hyper_parameter_to_float32(operation: Operation) -> Operation:
    """Keeps all hyper-parameters in float32."""
    return lambda *arguments, **parameters: operation(
        *arguments, **{name: np.asarray(value, dtype=np.float32).astype(np.float64).tolist() for name, value in parameters.items()}
    )
