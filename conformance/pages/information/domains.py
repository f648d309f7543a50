"""The domains of the page `information`: distributions and weights, zeros in p where q has any."""

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from nnspec.conformance.pages.domain import Domain
from nnspec.conformance.pages.information.inputs import filled
from nnspec.conformance.pages.strategies import Range, arrays, powers, rows
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.operations import parameters_of

# Products with logarithms stay normal in every format.
_WEIGHTS = Range(2.0**-6, 1.0)

_PARTS = 64
_CUTS = st.integers(0, _PARTS)
_DRAWN = 6


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    shape, axis = draw(rows())
    p, q = (draw(weights(shape, axis, dtype)) for _ in range(2))
    epsilon = draw(powers(-7, -1)) if "epsilon" in parameters_of(operation) else None
    # What is held impossible and happens costs infinity: another clause's affair.
    p = np.where(q == 0, 0, p)
    return filled(operation, "found", p, q, dtype, axis=axis, epsilon=epsilon)


@st.composite
def weights(
    draw: st.DrawFn, shape: tuple[int, ...], axis: int, dtype: str, *, whole: bool = False
) -> NDArray[Any]:
    """Return a strategy for distributions in 64ths, or for positive weights unless `whole`."""
    if not whole and draw(st.booleans()):
        return draw(arrays(shape, _WEIGHTS, dtype))
    length = shape[axis]
    rows = [_parted(draw, length) for _ in range(math.prod(shape) // length)]
    others = [each for place, each in enumerate(shape) if place != axis % len(shape)]
    return cast(np.moveaxis(np.array(rows).reshape(*others, length), -1, axis), dtype)


def _parted(draw: st.DrawFn, length: int) -> list[float]:
    """Return 64 parts in so many shares, some of which may be empty."""
    # A few cuts are drawn, the others fall where the first share begins.
    cuts = [draw(_CUTS) for _ in range(min(length - 1, _DRAWN))]
    return list(np.diff([0, *sorted([0] * (length - 1 - len(cuts)) + cuts), _PARTS]) / _PARTS)


DOMAIN = Domain(cases)
