"""What a search draws for any method: learning rates, gradients given step by step, parameters."""

import math
from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from nnspec.conformance.pages.strategies import Range, arrays, powers
from nnspec.conformance.terms.callbacks import Callback, scripted
from nnspec.conformance.terms.nested import like

NUMBERS = Range(-4.0, 4.0)


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
    """Return a strategy for the parameters that steps begin with."""
    return list(
        like(
            draw(arrays((sum(map(math.prod, listed)),), NUMBERS, dtype)),
            [np.zeros(shape) for shape in listed],
        )
    )
