"""The domains of the page `adaptive`: gradients that are zero or whose squares are normal, and an epsilon above zero."""

from dataclasses import dataclass

import numpy as np

from conformance.answers import Array
from conformance.checking import Case
from conformance.domains.descent import rates, scripts
from conformance.domains.numbers import Range, arrays, fractions, powers, shapes
from conformance.inputs.adaptive import WIDE, stepping
from hypothesis import strategies as st

_NUMBERS = Range(-4.0, 4.0)

_STEPS, _ARRAYS = 6, 2

# A sixteenth of its square is normal in float16.
_LEAST = 0.125


@dataclass(frozen=True)
class _Apart(Range):
    """The numbers of a range, those near 0 replaced by 0."""

    def one(self) -> st.SearchStrategy[float]:
        return super().one().map(lambda value: value if abs(value) >= _LEAST else 0.0)

    def many(self, count: int, offset: int) -> Array:
        values = super().many(count, offset)
        return np.where(abs(values) >= _LEAST, values, 0.0)


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    steps = draw(st.integers(1, _STEPS)) if dtype in WIDE else 1
    listed = draw(st.lists(shapes(1, 2), min_size=1, max_size=_ARRAYS))
    gradient = draw(scripts(listed, steps, _Apart(-8.0, 8.0), dtype))
    params = [draw(arrays(shape, _NUMBERS, dtype)) for shape in listed]
    epsilon = draw(powers(-20, 1) if dtype in WIDE else powers(-4, 1))
    past, squares = draw(fractions()), draw(fractions())
    return stepping("found", operation, dtype, gradient, params, steps, draw(rates(steps)), epsilon=epsilon, past=past, squares=squares)
