"""How an operation's arguments are filled: its signature says it."""

from typing import Any

import numpy as np

from nnspec.conformance.pages.layouts import held
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.operations import arguments_of, parameters_of

# The value of a parameter unless a set of inputs sets another; every format holds 0.125.
PARAMETERS: dict[str, Any] = {"axis": -1, "negative_slope": 0.125}

# A product of one of these with a derivative of normal size stays in the range of 16-bit formats.
_COTANGENTS = (1.0, -1.0, 0.5, 3.0, -0.25, 2.0, 1.5)


def filled(
    operation: str, name: str, x: Any, dtype: str, cotangent: Any = None, **parameters: Any
) -> Case:
    """Return the case of an operation on x, with a cotangent of mixed signs if it takes one."""
    x = held(x, dtype)
    arrays = [x]
    if "cotangent" in arguments_of(operation):
        if cotangent is None:
            cotangent = np.resize(_COTANGENTS, x.size).reshape(x.shape)
        arrays.append(cast(np.broadcast_to(cotangent, x.shape), dtype))
    given = {name: PARAMETERS[name] for name in parameters_of(operation)} | parameters
    return Case(name, operation, tuple(arrays), given)
