"""In 16 bits bounds have constants of their own, and one may be that of float32, rounded once."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnspec.conformance.bounds import language
from nnspec.conformance.bounds.rounding import Arithmetic
from nnspec.conformance.bounds.truth import evaluated
from nnspec.conformance.pages.activations.inputs import filled
from nnspec.conformance.pages.layouts import every
from nnspec.conformance.terms.formats import FORMATS, NAMES, cast
from nnspec.conformance.terms.operations import bound_of, clause_of
from nnspec.spec import Formula, formula

NARROW = ("float16", "bfloat16")
every_format = pytest.mark.parametrize("dtype", NARROW)

Number = Any

# Each formula beside its computation, which rounds every step to the format of its numbers.
FORMULAS: dict[str, Callable[[Number, Number], Number]] = {
    "exp(-abs(a)/4)*b": lambda a, b: np.exp(-abs(a) / type(a)(4)) * b,
    "log(abs(a) + 1)/(abs(b) + 1)": lambda a, b: (
        np.log(abs(a) + type(a)(1)) / (abs(b) + type(a)(1))
    ),
    "sqrt(abs(a*b)) - a": lambda a, b: np.sqrt(abs(a * b)) - a,
    "tanh(a) - tanh(b)": lambda a, b: np.tanh(a) - np.tanh(b),
    "wide(a + b, a - b)": lambda a, b: a - b,
}
numbers = st.floats(min_value=0.0625, max_value=4.0, width=16)


@every_format
@pytest.mark.parametrize("expression", FORMULAS)
@given(a=numbers, b=numbers)
@settings(max_examples=60, deadline=None)
def test_what_is_rounded_at_every_step_is_within_the_running_error(
    expression: str, dtype: str, a: float, b: float
) -> None:
    one, two = (cast(each, dtype)[()] for each in (a, b))
    found = language.carried(
        Formula(expression, running=True),
        {"a": float(one), "b": float(two)},
        Arithmetic(FORMATS[dtype], FORMATS["float32"]),
    )
    assert abs(float(FORMULAS[expression](one, two)) - found.value) <= found.error


@pytest.mark.parametrize("name", NAMES)
def test_a_function_costs_one_rounding_in_sixteen_bits_and_several_elsewhere(name: str) -> None:
    fmt = FORMATS[name]
    units = Arithmetic(fmt, FORMATS["float32"]).units
    narrow = name in NARROW
    assert fmt.narrow is narrow
    # What float32 adds to one rounding: 4 of its roundoffs.
    float32 = 4 * 2.0**-24 / fmt.u
    assert (units.elementary >= 1 + float32) if narrow else (units.elementary == 4)
    assert (units.elementary <= 1 + 2.0**-11) is narrow


@pytest.mark.parametrize("name", NAMES)
def test_a_word_chooses_by_the_width_of_the_format(name: str) -> None:
    settings = {"dtype": name, "accumulates_in": name, "axes": None}
    assert language.evaluate(Formula("wide(8, 3)"), {}, **settings) == (3 if name in NARROW else 8)


def test_a_bound_says_that_it_is_rounded_once_and_keeps_what_it_refers_to() -> None:
    stated = formula("Rounded once: that of `operation/accuracy` in float32.")
    assert stated == Formula("operation/accuracy", once=True)
    inner = bound_of(clause_of("softmax/accuracy"), "softmax")
    once = bound_of(clause_of("activations/precision"), "softmax")
    assert (once.once, inner.once) == (True, False)
    assert (once.expression, once.definitions) == (inner.expression, inner.definitions)


@every_format
def test_an_exact_value_that_is_rounded_once_is_half_an_ulp_off_or_flushed(dtype: str) -> None:
    fmt, x = FORMATS[dtype], every(dtype, "normal")
    y = x.astype(np.float64)
    found = evaluated(
        Formula("0", once=True), filled("identity", "", x, dtype), y, dtype, "float32"
    )
    flushed = np.abs(y) - fmt.ulp(y) / 2 < fmt.tiny
    assert np.array_equal(found, fmt.ulp(y) / 2 + np.where(flushed, fmt.tiny, 0.0))
    assert 0 < np.count_nonzero(flushed) <= 2


@every_format
@given(y=st.floats(min_value=2.0**-10, max_value=2.0**10), share=st.floats(-1, 1))
@settings(max_examples=200, deadline=None)
def test_whatever_float32_holds_within_its_bound_is_within_the_bound_once_it_is_rounded(
    dtype: str, y: float, share: float
) -> None:
    stated = Formula("1000*u*abs(y)", once=True)
    case = filled("identity", "", [1.0], dtype)
    (allowed,) = evaluated(stated, case, np.array([y]), dtype, "float32")
    rounded = float(cast(y * (1 + share * 1000 * 2.0**-24), dtype))
    assert abs(rounded - y) <= allowed * (1 + 2.0**-50)
    assert allowed <= 1000 * 2.0**-24 * y + float(FORMATS[dtype].ulp(y))
