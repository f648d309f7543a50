"""The domains of the page `normalization`: two values a channel or more, variances above zero."""

from typing import Any

from hypothesis import strategies as st

from nnspec.conformance.pages.domain import Domain
from nnspec.conformance.pages.strategies import Range, arrays, between, powers
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import arguments_of, parameters_of

_NUMBERS = Range(-4.0, 4.0)
_SCALES = Range(-2.0, 2.0)
_VARIANCES = Range(0.125, 4.0)

_SIDE = 3
_MOST = st.sampled_from((6, 40))


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    least = 1 if operation == "batch_norm_eval" else 2
    samples = draw(between(least, draw(_MOST)))
    image = draw(st.booleans())
    sides = tuple(draw(between(1, _SIDE)) for _ in range(2)) if image else ()
    shape = (samples, draw(between(1, _SIDE)), *sides)
    arguments: list[Any] = [draw(arrays(shape, _NUMBERS, dtype))]
    for name in arguments_of(operation)[1:]:
        numbers = _VARIANCES if "variance" in name else _SCALES if name == "scale" else _NUMBERS
        arguments.append(draw(arrays(shape if name == "cotangent" else shape[1:2], numbers, dtype)))
    chosen = {"momentum": draw(between(0, 8)) / 8, "epsilon": draw(powers(-12, 0))}
    return Case(
        "found",
        operation,
        tuple(arguments),
        {name: chosen[name] for name in parameters_of(operation)},
    )


DOMAIN = Domain(cases)
