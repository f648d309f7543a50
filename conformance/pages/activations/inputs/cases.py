"""How an operation's arguments are filled: its signature says it."""

from typing import Any

import numpy as np

from nnspec.conformance.pages.layouts import held
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.operations import arguments_of, parameters_of

# Where an operation has the parameter, it has this value unless a set of inputs says otherwise; 0.125 is a number in every format.
PARAMETERS: dict[str, Any] = {"axis": -1, "negative_slope": 0.125}

# None so large or so small that a product with a derivative of normal size would leave the range of a 16-bit format.
_COTANGENTS = (1.0, -1.0, 0.5, 3.0, -0.25, 2.0, 1.5)


def filled(
    operation: str, name: str, x: Any, dtype: str, cotangent: Any = None, **parameters: Any
) -> Case:
    """Return the case of an operation on x, with a cotangent of mixed signs and sizes where it takes one."""
    x = held(x, dtype)
    arrays = [x]
    if "cotangent" in arguments_of(operation):
        if cotangent is None:
            cotangent = np.resize(_COTANGENTS, x.size).reshape(x.shape)
        arrays.append(cast(np.broadcast_to(cotangent, x.shape), dtype))
    given = {name: PARAMETERS[name] for name in parameters_of(operation)} | parameters
    return Case(name, operation, tuple(arrays), given)
