"""The domains of the page `descent`: a few steps under given gradients, one in 16 bits, and Hessians that are far from singular."""

import math
from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from nnspec.conformance.pages.descent.inputs import WIDE, descending, newtonian
from nnspec.conformance.pages.domain import Domain
from nnspec.conformance.pages.strategies import DECAYS, Range, arrays, between, powers, shapes
from nnspec.conformance.terms.callbacks import Callback, scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import like

NUMBERS = Range(-4.0, 4.0)

# Beside the diagonal of a Hessian. With gradients of NUMBERS and rates up to 1/2 no step leads further than 1 in any parameter, so that
# all of them stay below twice the first, as the clause on Newton's method asks.
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


@lru_cache(maxsize=None)
def rates(steps: int) -> st.SearchStrategy[Any]:
    """Return a strategy for a learning rate, or for one a step."""
    return st.one_of(
        powers(-5, 1), st.lists(powers(-5, 1), min_size=steps, max_size=steps).map(tuple)
    )


@st.composite
def scripts(
    draw: st.DrawFn, listed: list[tuple[int, ...]], steps: int, numbers: Range, dtype: str
) -> Callback:
    """Return a strategy for gradients given step by step."""
    rows = draw(arrays((steps, sum(map(math.prod, listed))), numbers, dtype)).astype(np.float64)
    return scripted(
        [like(row, [np.zeros(shape) for shape in listed]) for row in rows], dtype, "given gradients"
    )


@st.composite
def parameters(draw: st.DrawFn, listed: list[tuple[int, ...]], dtype: str) -> list[NDArray[Any]]:
    """Return a strategy for what the steps begin with."""
    return list(
        like(
            draw(arrays((sum(map(math.prod, listed)),), NUMBERS, dtype)),
            [np.zeros(shape) for shape in listed],
        )
    )


@st.composite
def _hessians(draw: st.DrawFn, size: int) -> Any:
    """Return a strategy for symmetric matrices whose diagonal outweighs the rest of each row by a factor of 2."""
    upper = np.triu(draw(arrays((size, size), _BESIDE, "float64")), 1)
    return np.round(4 * (upper + upper.T)) / 4 + np.diag(
        [float(draw(between(4, 8))) for _ in range(size)]
    )


DOMAIN = Domain(cases, beside=("descent/trajectory",), free=True)
