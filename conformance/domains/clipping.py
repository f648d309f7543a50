"""The domains of the page `clipping`: lists of arrays whose squares every format holds in its normal range, and limits above zero."""

import numpy as np
from numpy.typing import NDArray

from conformance.checking import Case
from conformance.domains.numbers import Range, arrays, powers, shapes
from conformance.formats import cast
from conformance.inputs.clipping import clipping
from hypothesis import strategies as st

_NUMBERS = Range(-8.0, 8.0)

# The square of what is nearer to 0 is subnormal in float16.
_LEAST = 2.0**-6

_ARRAYS = 3


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    listed = draw(st.lists(shapes(1, 2), min_size=1, max_size=_ARRAYS))
    gradients = [_normal(draw(arrays(shape, _NUMBERS, dtype)).astype(np.float64), dtype) for shape in listed]
    limit = draw(st.one_of(st.integers(1, 16).map(float), powers(-4, 4)))
    return clipping("found", operation, dtype, gradients, limit, epsilon=draw(powers(-6, 0)))


def _normal(values: NDArray[np.float64], dtype: str) -> NDArray[np.float64]:
    return cast(np.where(abs(values) < _LEAST, 0.0, values), dtype).astype(np.float64)
