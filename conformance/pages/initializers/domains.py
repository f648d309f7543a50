"""The domains of the page `initializers`: shapes, fans, seeds, and constants of the format."""

from typing import Any

from hypothesis import strategies as st

from nnspec.conformance.pages.domain import Domain
from nnspec.conformance.pages.strategies import LENGTHS, Range, between, held, one, powers, shapes
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import arguments_of, parameters_of

_VALUES = Range(-192.0, 192.0)

# The check asks for the next seed too.
_SEEDS = 2**32 - 2


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    arguments: tuple[Any, ...] = (
        (draw(shapes(1, 4)),)
        if "shape" in arguments_of(operation)
        else (draw(LENGTHS), draw(LENGTHS))
    )
    chosen: dict[str, Any] = {
        "value": float(held(draw(one(_VALUES)), dtype)),
        "std": draw(powers(-4, 2)),
        "negative_slope": draw(between(0, 16)) / 8,
        "seed": draw(between(0, _SEEDS)),
        "dtype": dtype,
    }
    return Case(
        "found", operation, arguments, {name: chosen[name] for name in parameters_of(operation)}
    )


DOMAIN = Domain(cases, beside=("initializers/form", "initializers/repeatability"))
