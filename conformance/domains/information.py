"""The domains of the page `information`: distributions, and weights that sum to something else, with zeros in p wherever q has any."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.checking import Case
from conformance.domains.numbers import Range, arrays, shapes
from conformance.formats import cast
from conformance.inputs.information import filled
from hypothesis import strategies as st

# Products with logarithms stay normal in every format.
_WEIGHTS = Range(2.0**-6, 1.0)

_PARTS = 64


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    shape = draw(shapes())
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    p, q = (draw(weights(shape, axis, dtype)) for _ in range(2))
    # What is held impossible and happens costs infinity: another clause's affair.
    return filled(operation, "found", np.where(q == 0, 0, p), q, dtype, axis=axis)


@st.composite
def weights(draw: st.DrawFn, shape: tuple[int, ...], axis: int, dtype: str, *, whole: bool = False) -> NDArray[Any]:
    """Return a strategy for distributions along an axis in parts of 64, or for positive weights unless they have to be `whole`."""
    if not whole and draw(st.booleans()):
        return draw(arrays(shape, _WEIGHTS, dtype))
    length = shape[axis]
    rows = [_parted(draw, length) for _ in range(math.prod(shape) // length)]
    others = [each for place, each in enumerate(shape) if place != axis % len(shape)]
    return cast(np.moveaxis(np.array(rows).reshape(*others, length), -1, axis), dtype)


def _parted(draw: st.DrawFn, length: int) -> list[float]:
    """Return 64 parts in so many shares, some of which may be empty."""
    cuts = sorted(draw(st.lists(st.integers(0, _PARTS), min_size=length - 1, max_size=length - 1)))
    return list(np.diff([0, *cuts, _PARTS]) / _PARTS)
