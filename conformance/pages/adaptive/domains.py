"""The domains of the page `adaptive`: gradients of 0 or of normal squares, epsilon above 0."""

from hypothesis import strategies as st

from nnspec.conformance.pages.adaptive.inputs import stepping
from nnspec.conformance.pages.domain import Domain
from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.pages.steps.domains import parameters, rates, scripts
from nnspec.conformance.pages.strategies import DECAYS, Range, between, powers, shapes
from nnspec.conformance.terms.cases import Case

_STEPS, _ARRAYS = 6, 2

# A sixteenth of the square of what is not 0 is normal in float16.
_GRADIENTS = Range(-8.0, 8.0, gap=0.125)


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    steps = draw(between(1, _STEPS)) if dtype in WIDE else 1
    listed = [draw(shapes(1, 2)) for _ in range(draw(between(1, _ARRAYS)))]
    gradient = draw(scripts(listed, steps, _GRADIENTS, dtype))
    params = draw(parameters(listed, dtype))
    epsilon = draw(powers(-20, 1) if dtype in WIDE else powers(-4, 1))
    past, squares = draw(DECAYS), draw(DECAYS)
    return stepping(
        "found",
        operation,
        dtype,
        gradient,
        params,
        steps,
        draw(rates(steps)),
        epsilon=epsilon,
        past=past,
        squares=squares,
    )


DOMAIN = Domain(cases, beside=("adaptive/trajectory",), free=True)
