"""The domains of the page `activations`: finite rows, and every normal number or zero elsewhere."""

import math
from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from nnspec.conformance.pages.activations.inputs import filled
from nnspec.conformance.pages.domain import Domain, Numbers
from nnspec.conformance.pages.strategies import (
    LENGTHS,
    OFFSETS,
    Range,
    arrays,
    between,
    held,
    moved,
    one,
    rows,
    spread,
)
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.operations import OPERATIONS, arguments_of, parameters_of

# What is answered at 0 is another clause's affair.
_NONZERO = ("step", "relu_vjp", "leaky_relu_vjp")

_EVERYDAY = Range(-8.0, 8.0)
_COTANGENTS = Range(-4.0, 4.0)

# Rows from narrow to as wide as those of the clauses on finiteness.
_WIDTHS = st.sampled_from((8.0, 64.0, 9984.0))

# So many points at once.
_COUNTS = st.one_of(LENGTHS, st.integers(1, 1024))

# Everyday intervals to fill: from near a point to where every format's exponential overflows.
_RADII = st.integers(-6, 10)


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    if "axis" in parameters_of(operation):
        shape, axis = draw(rows())
        width = draw(_WIDTHS)
        x = draw(arrays(shape, Range(-width, width), dtype, ties=True))
        parameters: dict[str, Any] = {"axis": axis}
    else:
        x = draw(_points(dtype))
        if operation in _NONZERO:
            x = np.where(x == 0, x.dtype.type(1), x)
        parameters = (
            {"negative_slope": draw(between(-16, 16)) / 8}
            if "negative_slope" in parameters_of(operation)
            else {}
        )
    cotangent = (
        draw(arrays(x.shape, _COTANGENTS, dtype))
        if "cotangent" in arguments_of(operation)
        else None
    )
    return filled(operation, "found", x, dtype, cotangent, **parameters)


@lru_cache(maxsize=None)
def _points(dtype: str) -> st.SearchStrategy[NDArray[Any]]:
    return st.one_of(_few(dtype), _line(dtype), _magnitudes(dtype))


def _few(dtype: str) -> st.SearchStrategy[NDArray[Any]]:
    fmt = FORMATS[dtype]
    sizes = st.builds(
        lambda significand, exponent, sign: sign * math.ldexp(significand, exponent),
        st.floats(1.0, 1.9375),
        st.integers(fmt.minimum_exponent, -fmt.minimum_exponent),
        st.sampled_from((1.0, -1.0)),
    )
    return st.lists(st.one_of(one(_EVERYDAY), _edges(dtype), sizes), min_size=1, max_size=8).map(
        lambda values: held(values, dtype)
    )


def _edges(dtype: str) -> st.SearchStrategy[float]:
    """Return a strategy for numbers near the ends of an exponential's range."""
    fmt = FORMATS[dtype]
    powers = (
        -fmt.minimum_exponent + 1,
        -fmt.minimum_exponent + fmt.precision,
        fmt.precision,
        fmt.precision // 2,
        1,
    )
    places = [
        0.5,
        1.0,
        *(
            sign * scale * k * math.log(2.0)
            for k in powers
            for scale in (0.5, 1.0)
            for sign in (1, -1)
        ),
    ]
    return st.builds(
        lambda place, steps: float(moved(held(place, dtype)[()], steps, dtype)),
        st.sampled_from(places),
        st.integers(-3, 3),
    )


@st.composite
def _line(draw: st.DrawFn, dtype: str) -> NDArray[Any]:
    """Return a strategy for points spread over an interval."""
    count, center = draw(_COUNTS), draw(one(_EVERYDAY))
    radius = 2.0 ** draw(_RADII)
    return held(center + radius * (2 * spread(count, draw(OFFSETS)) - 1), dtype)


@st.composite
def _magnitudes(draw: st.DrawFn, dtype: str) -> NDArray[Any]:
    """Return a strategy for numbers of both signs whose exponents are spread over the range."""
    fmt = FORMATS[dtype]
    count, exponents = draw(_COUNTS), between(fmt.minimum_exponent, -fmt.minimum_exponent)
    low, high = sorted((draw(exponents), draw(exponents)))
    places = low + (high - low) * spread(count, draw(OFFSETS))
    return held(np.exp2(places) * (-1.0) ** np.arange(count), dtype)


def _line_of(case: Case, numbers: Numbers) -> str:
    """Return the call of `filled` that makes a case of an elementwise operation."""
    if not OPERATIONS[case.operation].elementwise:
        return ""
    x, *cotangent = map(numbers, case.arguments)
    parameters = [f"{name}={value!r}" for name, value in case.parameters.items()]
    return f'filled(operation, "{case.name}", {", ".join([x, "dtype", *cotangent, *parameters])})'


DOMAIN = Domain(cases, free=True, line=_line_of)
