"""The domains of the page `descent`: a few steps under given gradients, one in 16 bits, and Hessians that are far from singular."""

from typing import Any

import numpy as np

from conformance.callbacks import Callback, scripted
from conformance.checking import Case
from conformance.domains.numbers import Range, arrays, fractions, powers, shapes
from conformance.inputs.descent import WIDE, descending, newtonian
from hypothesis import strategies as st

_NUMBERS = Range(-4.0, 4.0)

_STEPS, _ARRAYS, _SIZE = 6, 2, 3


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    steps = draw(st.integers(1, _STEPS)) if dtype in WIDE else 1
    rate = draw(rates(steps))
    if operation == "newton":
        size = draw(st.integers(1, _SIZE))
        gradient = draw(scripts([(size,)], steps, _NUMBERS, dtype))
        hessian = scripted([draw(_hessians(size)) for _ in range(steps)], dtype, "given Hessians")
        return newtonian("found", dtype, gradient, hessian, draw(arrays((size,), _NUMBERS, dtype)), steps, rate)
    listed = draw(st.lists(shapes(1, 2), min_size=1, max_size=_ARRAYS))
    gradient = draw(scripts(listed, steps, _NUMBERS, dtype))
    params = [draw(arrays(shape, _NUMBERS, dtype)) for shape in listed]
    return descending("found", operation, dtype, gradient, params, steps, rate, draw(fractions()))


def rates(steps: int) -> st.SearchStrategy[Any]:
    """Return a strategy for a learning rate, or for one a step."""
    return st.one_of(powers(-5, 1), st.lists(powers(-5, 1), min_size=steps, max_size=steps).map(tuple))


@st.composite
def scripts(draw: st.DrawFn, listed: list[tuple[int, ...]], steps: int, numbers: Any, dtype: str) -> Callback:
    """Return a strategy for gradients given step by step."""
    given = [[draw(arrays(shape, numbers, dtype)).astype(np.float64) for shape in listed] for _ in range(steps)]
    return scripted(given, dtype, "given gradients")


@st.composite
def _hessians(draw: st.DrawFn, size: int) -> Any:
    """Return a strategy for symmetric matrices whose diagonal outweighs the rest of each row by a factor of 2."""
    quarters = draw(st.lists(st.integers(-4, 4), min_size=size * size, max_size=size * size))
    upper = np.triu(np.array(quarters, dtype=np.float64).reshape(size, size) / 4.0, 1)
    return upper + upper.T + np.diag([float(each) for each in draw(st.lists(st.integers(4, 8), min_size=size, max_size=size))])
