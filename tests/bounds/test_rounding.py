"""Running errors hold: numbers that float32 computes lie within them, and they are not idle."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnspec.conformance.bounds import language
from nnspec.conformance.bounds.rounding import Arithmetic, Rounded, exact
from nnspec.conformance.bounds.words import vocabulary
from nnspec.conformance.terms.formats import FORMATS
from nnspec.spec import Formula

SINGLE = Arithmetic(FORMATS["float32"], FORMATS["float32"])
DOUBLE = Arithmetic(FORMATS["float64"], FORMATS["float64"])
MIXED = Arithmetic(FORMATS["float16"], FORMATS["float32"])
numbers = st.floats(min_value=-1e4, max_value=1e4, width=32).filter(
    lambda value: value == 0 or abs(value) > 1e-4
)
positive = st.floats(min_value=1e-4, max_value=1e4, width=32)

FORMULAS = {
    "a + b*c": lambda a, b, c: a + b * c,
    "(a - b)*(a + c)": lambda a, b, c: (a - b) * (a + c),
    "a/sqrt(abs(b) + 1) - c": lambda a, b, c: a / np.sqrt(abs(b) + np.float32(1)) - c,
    "a**2 - b/(abs(c) + 2)": lambda a, b, c: a * a - b * (np.float32(1) / (abs(c) + np.float32(2))),
    "exp(-abs(a)/64)*b": lambda a, b, c: np.exp(-abs(a) / np.float32(64)) * b,
    "log(abs(a) + 1)*c": lambda a, b, c: np.log(abs(a) + np.float32(1)) * c,
    "where(a < b, max(a, c), min(b, c))": lambda a, b, c: max(a, c) if a < b else min(b, c),
}


def carried(expression: str, arithmetic: Arithmetic = SINGLE, **quantities) -> Rounded:
    return language.carried(Formula(expression, running=True), quantities, arithmetic)


@pytest.mark.parametrize("expression", FORMULAS)
@given(a=numbers, b=numbers, c=numbers)
@settings(max_examples=60, deadline=None)
def test_what_float32_computes_is_within_the_running_error(
    expression: str, a: float, b: float, c: float
) -> None:
    found, ours = (carried(expression, each, a=a, b=b, c=c) for each in (SINGLE, DOUBLE))
    with np.errstate(over="ignore", under="ignore"):
        computed = FORMULAS[expression](np.float32(a), np.float32(b), np.float32(c))
    assert abs(float(computed) - found.value) <= found.error + ours.error


def test_a_root_carries_an_error_smaller_than_the_spacing_of_numbers() -> None:
    value, error = np.array([0.7, 3.0, 1e300]), np.spacing(np.array([0.7, 3.0, 1e300])) / 4
    found = vocabulary(DOUBLE, running=True)["sqrt"](Rounded(value, error, DOUBLE))
    own = 2 * DOUBLE.u * np.sqrt(value)
    assert found.error == pytest.approx(own + error / (2 * np.sqrt(value)), rel=1e-9)


def test_a_root_of_what_may_be_zero_is_as_wrong_as_it_can_be() -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = vocabulary(DOUBLE, running=True)["sqrt"](
            Rounded(np.array([0.0, 0.25]), np.array([0.25, 0.25]), DOUBLE)
        )
    assert found.error == pytest.approx([0.5, 0.5])


@given(terms=st.lists(numbers, min_size=1, max_size=60), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_sum_in_any_order_is_within_gamma(terms: list[float], seed: int) -> None:
    found = carried("sum(x)", x=np.array(terms))
    total = np.float32(0)
    for term in np.random.default_rng(seed).permutation(np.array(terms, dtype=np.float32)):
        total += term
    true = sum(map(Fraction, terms), Fraction(0))
    assert abs(Fraction(float(total)) - true) <= Fraction(float(found.error[0])) * (
        1 + Fraction(1, 2**40)
    )


@given(rows=st.integers(1, 5), inner=st.integers(1, 30), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_a_product_of_matrices_is_within_its_running_error(
    rows: int, inner: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    x, w = (
        generator.normal(size=shape).astype(np.float32).astype(np.float64)
        for shape in ((rows, inner), (inner, 3))
    )
    found = carried("x @ w", x=x, w=w)
    assert np.all(
        np.abs((x.astype(np.float32) @ w.astype(np.float32)) - found.value) <= found.error
    )


def test_errors_are_not_idle() -> None:
    assert carried("a + b", a=1.0, b=2.0).error == pytest.approx(3 * 2.0**-24)
    assert carried("a*b/c", a=3.0, b=5.0, c=7.0).error < 8 * 2.0**-24 * 15 / 7
    assert carried("sqrt(a)", a=4.0).error == pytest.approx(4 * 2.0**-24)
    assert carried("(a + b) - a", a=1e4, b=1.0).error > 1e-4


def test_sums_of_16_bits_are_formed_in_the_accumulator() -> None:
    x = np.full(4096, 8.0)
    assert carried("sum(x)", MIXED, x=x).error[0] <= (2.0**-11 + 4098 * 2.0**-24) * 32768 * 1.001
    assert (
        carried("sum(x)", Arithmetic(FORMATS["float16"], FORMATS["float16"]), x=x).error[0]
        == np.inf
    )


def test_what_may_be_flushed_brings_the_smallest_normal_number() -> None:
    tiny = FORMATS["float32"].tiny
    assert tiny <= carried("a*b", a=tiny, b=0.5).error < tiny * 1.001
    assert carried("a*b", a=0.0, b=0.5).error == 0
    assert carried("a*b", a=tiny, b=2.0).error < tiny * 1e-6


def test_a_divisor_that_may_be_zero_leaves_no_bound() -> None:
    assert carried("a/((b + c) - b)", a=1.0, b=1e8, c=1.0).error == np.inf


def test_a_root_has_an_error_at_zero_too() -> None:
    found = carried("sqrt((a + b) - a)", a=1.0, b=0.0)
    assert 0 < found.error <= np.sqrt(3 * 2.0**-24)


def test_lists_have_one_norm_and_labels_one_place() -> None:
    words = vocabulary(SINGLE, running=True)
    assert words["norm"](exact([np.array([3.0]), np.array([[4.0]])], SINGLE)).value == 5.0
    assert words["one_hot"](
        exact(np.array([1, 0]), SINGLE), exact(np.zeros((2, 3)), SINGLE)
    ).value.tolist() == [[0, 1, 0], [1, 0, 0]]
    assert words["T"](exact(np.ones((2, 3)), SINGLE)).value.shape == (3, 2)


@pytest.mark.parametrize("axes", [(0,), (-1,), None])
def test_a_mean_is_a_sum_divided_by_its_terms(axes: tuple[int, ...] | None) -> None:
    x = np.arange(6.0).reshape(2, 3)
    found = carried("mean(x)", Arithmetic(FORMATS["float64"], FORMATS["float64"], axes), x=x)
    assert np.array_equal(found.value, x.mean(axis=axes, keepdims=True))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "identity", "step"])
@given(a=numbers, b=numbers)
@settings(max_examples=30, deadline=None)
def test_activations_pass_errors_on_by_their_slope(name: str, a: float, b: float) -> None:
    found = carried(f"{name}(a + b)", a=a / 1e4, b=b / 1e4)
    apart = carried(f"{name}(c)", c=float(np.float32(a / 1e4 + b / 1e4)))
    assert abs(apart.value - found.value) <= found.error


@pytest.mark.parametrize(("name", "far"), [("sigmoid", 8.0), ("tanh", 6.0), ("relu", -1.0)])
def test_an_activation_far_from_its_steepest_point_passes_little_on(name: str, far: float) -> None:
    near = vocabulary(SINGLE, running=True)[name](Rounded(np.zeros(1), np.full(1, 1e-3), SINGLE))
    away = vocabulary(SINGLE, running=True)[name](
        Rounded(np.full(1, far), np.full(1, 1e-3), SINGLE)
    )
    assert away.error < near.error / 100
