"""The domains of the page `descent`: a few steps, one in 16 bits, and well-conditioned Hessians."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from nnspec.conformance.pages.descent.inputs import descending, newtonian
from nnspec.conformance.pages.domain import Domain
from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.pages.steps.domains import NUMBERS, parameters, rates, scripts
from nnspec.conformance.pages.strategies import DECAYS, Range, arrays, between, powers, shapes
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case

# Beside the diagonal of a Hessian. With gradients of NUMBERS and rates up to 1/2 a step moves no
# parameter further than 1. All stay below twice the first, as the clause on Newton's method asks.
_BESIDE = Range(-1.0, 1.0)
_START = Range(8.0, 16.0)

_STEPS, _ARRAYS, _SIZE = 6, 2, 3


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    steps = draw(between(1, _STEPS)) if dtype in WIDE else 1
    rate = draw(rates(steps))
    if operation == "newton":
        size = draw(between(1, _SIZE))
        gradient = draw(scripts([(size,)], steps, NUMBERS, dtype))
        hessian = scripted([draw(_hessians(size)) for _ in range(steps)], dtype, "given Hessians")
        return newtonian(
            "found",
            dtype,
            gradient,
            hessian,
            draw(arrays((size,), _START, dtype)),
            steps,
            draw(powers(-3, -1)),
        )
    listed = [draw(shapes(1, 2)) for _ in range(draw(between(1, _ARRAYS)))]
    gradient = draw(scripts(listed, steps, NUMBERS, dtype))
    params = draw(parameters(listed, dtype))
    return descending("found", operation, dtype, gradient, params, steps, rate, draw(DECAYS))


@st.composite
def _hessians(draw: st.DrawFn, size: int) -> Any:
    """Return a strategy for symmetric matrices whose diagonal outweighs each row's rest twice."""
    upper = np.triu(draw(arrays((size, size), _BESIDE, "float64")), 1)
    return np.round(4 * (upper + upper.T)) / 4 + np.diag(
        [float(draw(between(4, 8))) for _ in range(size)]
    )


DOMAIN = Domain(cases, beside=("descent/trajectory",), free=True)
