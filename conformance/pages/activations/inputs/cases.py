"""How an operation's arguments are filled: its signature says it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnspec.conformance.pages.families import GREAT, Dimension, Family, Sizes, away, heavy
from nnspec.conformance.pages.layouts import held, scattered
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, cast
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


def _dimensions(operation: str) -> Mapping[str, Dimension]:
    """Return rows and classes of operations with an axis, elements of the others."""
    if "axis" in parameters_of(operation):
        return {"rows": Dimension(5, largest=GREAT[1]), "classes": Dimension(7, largest=GREAT[2])}
    return {"elements": Dimension(64, largest=GREAT[-1])}


def _made(operation: str, dtype: str, sizes: Sizes, key: str) -> Case:
    """Return a case of numbers from 1/16 to 4, of both signs; two classes of a row stand out.

    No cotangent is subnormal in the format. The last two elements, or the cotangents of the classes
    that stand out, have unlike signs.
    """
    least = 2.0 * FORMATS[dtype].tiny
    if "elements" in sizes:
        x = away(scattered(key, (sizes["elements"],), -4.0, 4.0))
        cotangent = away(scattered(f"{key} cotangent", x.shape, -2.0, 2.0))
        # Of size 1/2 to 1, where every function has a slope that shows.
        x[-2:] = [-1.0, 1.0][-x.size :] * scattered(f"{key} ends", x[-2:].shape, 0.5, 1.0)
        cotangent[-2:] = np.copysign(cotangent[-2:], x[-2:])
        return filled(operation, "", x, dtype, cotangent=cotangent)
    classes = sizes["classes"]
    shape = sizes["rows"], classes
    # The two together have half of the exponentials.
    x = away(scattered(key, shape, -1.0, 1.0))
    x = np.where(heavy(key, shape), np.abs(x) + classes.bit_length() * 0.75, x)
    size = np.where(heavy(key, shape), 2.0, max(0.5 / classes, least))
    cotangent = size * scattered(f"{key} cotangent", shape, 0.5, 1.0)
    cotangent[:, -1] *= -1.0
    return filled(operation, "", x, dtype, cotangent=cotangent)


FAMILY = Family(_dimensions, _made)
