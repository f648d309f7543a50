"""The domains of the page `clipping`: arrays whose squares are normal, and limits above zero."""

from hypothesis import strategies as st

from nnspec.conformance.pages.clipping.inputs import clipping
from nnspec.conformance.pages.domain import Domain, Numbers
from nnspec.conformance.pages.strategies import Range, arrays, between, powers, shapes
from nnspec.conformance.terms.cases import Case

# The square of what is nearer to 0 is subnormal in float16.
_NUMBERS = Range(-8.0, 8.0, gap=2.0**-6)

_LIMITS = st.one_of(st.integers(1, 16).map(float), powers(-4, 4))

_ARRAYS = 3


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    listed = [draw(shapes(1, 2)) for _ in range(draw(between(1, _ARRAYS)))]
    gradients = [draw(arrays(shape, _NUMBERS, dtype)) for shape in listed]
    limit = draw(_LIMITS)
    return clipping("found", operation, dtype, gradients, limit, epsilon=draw(powers(-6, 0)))


def _line_of(case: Case, numbers: Numbers) -> str:
    """Return the call of `clipping` that makes a case."""
    gradients = ", ".join(map(numbers, case.arguments[0]))
    limit, *epsilon = case.parameters.values()
    others = "".join(f", epsilon={each!r}" for each in epsilon)
    return f'clipping("{case.name}", operation, dtype, [{gradients}], {limit!r}{others})'


DOMAIN = Domain(cases, line=_line_of)
