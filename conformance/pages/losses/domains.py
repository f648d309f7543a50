"""The domains of the page `losses`: logits without overflow, distributions, labels in range."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from nnspec.conformance.pages.domain import Domain
from nnspec.conformance.pages.information.domains import weights
from nnspec.conformance.pages.strategies import Range, arrays, between, powers, shapes
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import arguments_of, parameters_of

_OUTPUTS = Range(-8.0, 8.0)
_LOGITS = Range(-30.0, 30.0)
_PROBABILITIES = Range(2.0**-6, 1.0)
_SHARES = Range(0.0, 1.0)
_COTANGENTS = Range(-4.0, 4.0)


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    free = operation.startswith(("sum", "sigmoid"))
    shape = draw(shapes()) if free else draw(shapes(2, 2))
    numbers = (
        _OUTPUTS
        if operation.startswith("sum")
        else _PROBABILITIES
        if operation.startswith("one_hot")
        else _LOGITS
    )
    arguments: list[Any] = [draw(arrays(shape, numbers, dtype, ties=numbers is not _PROBABILITIES))]
    for name in arguments_of(operation)[1:]:
        if name == "labels":
            labels = [draw(between(0, shape[1] - 1)) for _ in range(shape[0])]
            arguments.append(np.array(labels, dtype=np.int64))
        elif name == "cotangent":
            like = () if operation.startswith("sum") else shape if free else shape[:1]
            arguments.append(draw(arrays(like, _COTANGENTS, dtype)))
        elif free:
            arguments.append(draw(arrays(shape, _OUTPUTS if name == "target" else _SHARES, dtype)))
        else:
            arguments.append(draw(weights(shape, -1, dtype, whole=True)))
    clipping = {"epsilon": draw(powers(-7, -1))} if "epsilon" in parameters_of(operation) else {}
    return Case("found", operation, tuple(arguments), clipping)


DOMAIN = Domain(cases)
