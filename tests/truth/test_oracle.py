"""The oracle against what is known without it: exact values, limits, decimal arithmetic of
Python's own, and rounding by fractions."""

import math
import re
import sys
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from flint import arb

from nnspec.conformance.pages.activations.inputs import PARAMETERS
from nnspec.conformance.terms.operations import arguments_of, operations_on, parameters_of
from tests.pages.activations.decimals import decimally
from tests.truth.balls import rounded
from tests.truth.measure import ROWS, TRANSCENDENTAL
from tests.truth.oracle import truth

# Activations of one element at a time.
ELEMENTWISE = [
    each
    for each in operations_on("activations")
    if each not in ROWS and arguments_of(each) == ("x",)
]

BITS = np.random.PCG64(7)
INF, NAN = math.inf, math.nan
TINY, ETA, HUGE = 2.0**-1022, 2.0**-1074, np.finfo(np.float64).max

# Points over the whole range in which the answers are numbers other than 0 and 1, and near 0.
POINTS = [
    *((BITS.random_raw(120) >> np.uint64(11)).astype(np.float64) * 2.0**-53 * 1490 - 745),
    *(np.ldexp(1.375, np.arange(-60, 9)) * (-1.0) ** np.arange(69)),
]


def nearest(value: Decimal | Fraction) -> float:
    """Round to float64, to nearest even, in integers alone; |value| is below the largest number."""
    exact = Fraction(value)
    exponent = max(math.frexp(float(exact))[1] - 53, -1074) if exact else 0
    return math.ldexp(round(exact / Fraction(2) ** exponent), exponent)


def pair(value: Decimal | Fraction) -> tuple[float, float]:
    high = nearest(value)
    return high, nearest(Fraction(value) - Fraction(high))


@pytest.mark.parametrize(
    ("operation", "x", "answer"),
    [
        ("sigmoid", [0.0, -0.0, INF, -INF], [0.5, 0.5, 1.0, 0.0]),
        ("tanh", [0.0, ETA, INF, -INF], [0.0, ETA, 1.0, -1.0]),
        ("step", [0.0, -0.0, ETA, -ETA, INF, -INF], [0.0, 0.0, 1.0, 0.0, 1.0, 0.0]),
        ("relu", [0.0, ETA, -ETA, INF, -INF], [0.0, ETA, 0.0, INF, 0.0]),
        ("identity", [0.0, ETA, -HUGE, INF, -INF], [0.0, ETA, -HUGE, INF, -INF]),
    ],
)
def test_values_that_need_no_arithmetic_are_exact(
    operation: str, x: list[float], answer: list[float]
) -> None:
    hi, lo = truth(operation, [x], {})
    assert hi.tolist() == answer
    assert not lo.any()


@pytest.mark.parametrize("operation", ELEMENTWISE)
def test_nan_stays_nan_and_leaves_its_neighbors_alone(operation: str) -> None:
    parameters = {name: PARAMETERS[name] for name in parameters_of(operation)}
    hi, lo = truth(operation, [[NAN, 0.0]], parameters)
    assert np.isnan(hi).tolist() == [True, False]
    assert not lo.any()


def test_derivatives_at_zero_and_at_infinity_are_exact() -> None:
    x, c = [0.0, INF, -INF], [3.0, 3.0, -3.0]
    assert truth("sigmoid_vjp", [x, c], {})[0].tolist() == [0.75, 0.0, 0.0]
    assert truth("tanh_vjp", [x, c], {})[0].tolist() == [3.0, 0.0, 0.0]
    assert truth("identity_vjp", [x, c], {})[0].tolist() == c


def test_an_infinite_cotangent_meets_a_positive_derivative_or_zero() -> None:
    for operation in ("sigmoid_vjp", "tanh_vjp"):
        hi, _ = truth(operation, [[2000.0, INF, NAN], [-INF, INF, 1.0]], {})
        assert hi[0] == -INF
        assert np.isnan(hi[1:]).all()


def test_zeros_keep_the_sign_that_an_odd_function_gives_them() -> None:
    assert math.copysign(1, truth("tanh", [[-0.0]], {})[0][0]) == -1
    assert math.copysign(1, truth("leaky_relu", [[-0.0]], {"negative_slope": 0.5})[0][0]) == -1
    assert math.copysign(1, truth("tanh_vjp", [[800.0], [-1.0]], {})[0][0]) == -1
    assert math.copysign(1, truth("relu", [[-0.0]], {})[0][0]) == 1


def test_the_knee_belongs_to_the_negative_side() -> None:
    assert truth("relu_vjp", [[0.0, -1.0, ETA], [3.0, 3.0, 3.0]], {})[0].tolist() == [0.0, 0.0, 3.0]
    assert truth("leaky_relu_vjp", [[0.0, -1.0, ETA], [3.0, 3.0, 3.0]], {"negative_slope": 0.5})[
        0
    ].tolist() == [1.5, 1.5, 3.0]


@pytest.mark.parametrize("slope", [0.1, -1.5, 2.0**-1040, 3.0, 0.0])
def test_a_slope_multiplies_exactly(slope: float) -> None:
    x = [-0.3, -1e300, -(2.0**-1060), -(2.0**-30) - 2.0**-80, 0.7]
    hi, lo = truth("leaky_relu", [x], {"negative_slope": slope})
    cotangent_hi, cotangent_lo = truth("leaky_relu_vjp", [[-1.0] * 5, x], {"negative_slope": slope})
    for place, value in enumerate(x):
        product = Fraction(slope) * Fraction(value)
        assert (hi[place], lo[place]) == (pair(product) if value < 0 else (value, 0.0))
        assert (cotangent_hi[place], cotangent_lo[place]) == pair(product)


def test_a_slope_can_overflow_and_meet_infinities() -> None:
    x = [-HUGE, -INF, INF, NAN]
    assert truth("leaky_relu", [x], {"negative_slope": 2.0})[0].tolist()[:3] == [-INF, -INF, INF]
    assert np.isnan(truth("leaky_relu", [x], {"negative_slope": 0.0})[0]).tolist() == [
        False,
        True,
        False,
        True,
    ]
    assert not truth("leaky_relu", [x], {"negative_slope": 2.0})[1].any()


@pytest.mark.parametrize("operation", TRANSCENDENTAL)
def test_decimal_arithmetic_rounds_to_the_same_pairs(operation: str) -> None:
    cotangents = np.resize([1.0, -0.3, 1e-200, 7e250], len(POINTS))
    arguments = [np.array(POINTS), cotangents][: 1 + operation.endswith("vjp")]
    hi, lo = truth(operation, arguments, {})
    wrong = [
        (given, found)
        for *given, found in zip(
            *(argument.tolist() for argument in arguments),
            zip(hi.tolist(), lo.tolist(), strict=True),
            strict=True,
        )
        if found != pair(decimally(operation, *given))
    ]
    assert not wrong


def test_decimal_arithmetic_rounds_rows_to_the_same_pairs() -> None:
    x, c = [0.5, -1.25, 3.0, -44.0, 3.0], [1.0, -2.0, 0.3, 1e10, -0.7]
    with localcontext() as context:
        context.prec = 120
        e = [(Decimal(value) - 3).exp() for value in x]
        s = [value / sum(e) for value in e]
        mean = sum(p * Decimal(value) for p, value in zip(s, c, strict=True))
        expected = {
            "softmax": s,
            "log_softmax": [p.ln() for p in s],
            "softmax_vjp": [p * (Decimal(value) - mean) for p, value in zip(s, c, strict=True)],
            "log_softmax_vjp": [
                Decimal(value) - p * sum(map(Decimal, c)) for p, value in zip(s, c, strict=True)
            ],
        }
    for operation, values in expected.items():
        hi, lo = truth(operation, [x, c] if operation.endswith("vjp") else [x], {"axis": 0})
        assert list(zip(hi, lo, strict=True)) == [pair(value) for value in values]


def test_subnormal_answers_are_rounded_once() -> None:
    x = -708.0 - np.arange(100) * 0.38
    hi, lo = truth("sigmoid", [x], {})
    assert np.count_nonzero((hi > 0) & (hi < TINY)) > 90
    assert [(high, low) for high, low in zip(hi, lo, strict=True)] == [
        pair(decimally("sigmoid", value)) for value in x.tolist()
    ]


def test_a_quotient_between_two_subnormal_numbers_goes_to_the_nearer_one() -> None:
    # (1.5 - 2^-80) · 2^-1074 is nearer to 2^-1074; a first rounding to 53 bits makes a tie of it
    # that goes the other way.
    hi, _ = truth("leaky_relu", [[-(1.5 - 2.0**-52) * 2.0**-1000]], {"negative_slope": -(2.0**-74)})
    assert hi.tolist() == [ETA]


@pytest.mark.parametrize(
    ("row", "softmax", "log_softmax"),
    [
        ([0.0, 0.0, -INF, 0.0, 0.0], [0.25, 0.25, 0.0, 0.25, 0.25], None),
        ([-HUGE], [1.0], [0.0]),
        ([HUGE, -HUGE], [1.0, 0.0], [0.0, -INF]),
        ([1e300, 0.0], [1.0, 0.0], [0.0, -1e300]),
        ([INF, 0.0, -INF], [NAN, NAN, NAN], [NAN, NAN, NAN]),
        ([-INF, -INF], [NAN, NAN], [NAN, NAN]),
        ([NAN, -INF, INF], [NAN, NAN, NAN], [NAN, NAN, NAN]),
        ([], [], []),
    ],
)
def test_rows_at_the_edges(
    row: list[float], softmax: list[float], log_softmax: list[float] | None
) -> None:
    for operation, expected in (("softmax", softmax), ("log_softmax", log_softmax)):
        if expected is not None:
            hi, lo = truth(operation, [row], {"axis": 0})
            np.testing.assert_array_equal(hi, expected)
            assert not lo.any()


def test_a_winner_is_short_of_one_by_its_rivals() -> None:
    hi, lo = truth("softmax", [[0.0, -40.0]], {"axis": 0})
    assert (hi[0], lo[0]) == (1.0, -nearest(decimally("sigmoid", -40.0)))
    assert truth("log_softmax", [[0.0, -40.0]], {"axis": 0})[0][0] == -4.248354255291589e-18


def test_a_constant_cotangent_of_softmax_gives_exactly_nothing() -> None:
    hi, lo = truth("softmax_vjp", [[0.1, 2.7, -30.0], [1e300] * 3], {"axis": 0})
    assert not hi.any()
    assert not lo.any()


def test_a_tie_that_only_a_vanishing_term_breaks_still_adds_up() -> None:
    hi, lo = truth("log_softmax", [[-(2.0**53), 1.0]], {"axis": 0})
    assert Fraction(hi[0]) + Fraction(lo[0]) == -(2**53) - 1


def test_every_axis_is_the_one_asked_for() -> None:
    x = np.arange(24.0).reshape(2, 3, 4) * 0.375 % 2.0
    for axis in (0, 1, 2, -1, -2, -3):
        hi, lo = truth("softmax", [x], {"axis": axis})
        np.testing.assert_allclose(np.sum(hi, axis=axis), 1.0, rtol=1e-15)
        alone = truth("softmax", [np.moveaxis(x, axis, 0)[:, 0, 0]], {"axis": 0})
        assert np.moveaxis(hi, axis, 0)[:, 0, 0].tolist() == alone[0].tolist()
        assert np.moveaxis(lo, axis, 0)[:, 0, 0].tolist() == alone[1].tolist()


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3)])
def test_scalars_and_empty_arrays_keep_their_shape(shape: tuple[int, ...]) -> None:
    for operation, parameters in (
        ("tanh", {}),
        ("relu", {}),
        ("leaky_relu", {"negative_slope": 0.5}),
        ("softmax", {"axis": -1}),
    ):
        if shape or operation != "softmax":
            assert [part.shape for part in truth(operation, [np.ones(shape)], parameters)] == [
                shape,
                shape,
            ]


def test_what_has_no_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="must be finite"):
        truth("softmax_vjp", [[0.0, 1.0], [INF, 0.0]], {"axis": 0})
    with pytest.raises(ValueError, match="one shape"):
        truth("relu_vjp", [[0.0, 1.0], [1.0]], {})
    with pytest.raises(ValueError, match="'gelu'"):
        truth("gelu", [[0.0]], {})


def test_a_ball_without_limits_is_refused_and_not_rounded() -> None:
    with pytest.raises(ArithmeticError, match="no finite enclosure"):
        rounded(1, lambda _: [arb(1e308).exp()])


def test_the_oracle_shares_no_code_with_what_it_judges() -> None:
    tests = Path(__file__).parents[1]
    for path in (tests / "truth" / "balls.py", *tests.glob("pages/*/oracle.py")):
        found = re.findall(
            r"^(?:from|import) ([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        foreign = {
            name
            for name in found
            if name.partition(".")[0] not in sys.stdlib_module_names | {"numpy", "flint"}
        }
        own = re.compile(r"tests\.(?:truth\.balls|pages\.\w+\.oracle)")
        assert {name for name in foreign if not own.fullmatch(name)} == set(), path
