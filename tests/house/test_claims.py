"""What the pages say beyond their bounds is recomputed here, sentence by sentence."""

import math
import re
from itertools import islice

import numpy as np
import pytest
from scipy.stats import binom, chi2, norm, poisson

from nnspec import reference, spec
from nnspec.conformance.bounds import language
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.run import plan
from nnspec.conformance.run.cases import cases
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import FORMATS, NAMES
from nnspec.conformance.terms.operations import operations_on
from nnspec.conformance.terms.outcomes import BREAKS, CONFORMS

CLAUSES = spec.clauses()


def says(clause: str, sentence: str) -> None:
    """Expect a clause to hold the words that a test proves."""
    assert sentence in re.sub(r"\s+", " ", CLAUSES[clause].text)


# --- dynamics ---


def test_a_dead_unit_of_the_first_layer_stays_dead_and_one_above_may_come_alive() -> None:
    says("mlp_vjp/dead-units", "the unit may come alive again")
    x = np.array([[1.0], [2.0]])
    weights = [np.array([[1.0, -1.0]]), np.array([[-1.0, 1.0], [1.0, 1.0]]), np.ones((2, 1))]
    biases = [np.array([0.0, -4.0]), np.array([0.5, 0.0]), np.zeros(1)]
    kinds = ("relu", "relu", "identity")
    dead = weights[1][:, 0].copy(), biases[1][0], weights[0][:, 1].copy()
    alive = []
    for _ in range(3):
        hidden = reference.mlp(x, weights[:2], biases[:2], activations=kinds[:2])
        alive.append(bool(np.any(hidden[:, 0] > 0)))
        assert not np.any(reference.mlp(x, weights[:1], biases[:1], activations=kinds[:1])[:, 1])
        output = reference.mlp(x, weights, biases, activations=kinds)
        _, by_weight, by_bias = reference.mlp_vjp(x, weights, biases, output, activations=kinds)
        if not alive[-1]:
            assert np.array_equal(weights[1][:, 0], dead[0])
            assert biases[1][0] == dead[1]
        assert np.array_equal(weights[0][:, 1], dead[2])
        weights = [w - 0.25 * g for w, g in zip(weights, by_weight, strict=True)]
        biases = [b - 0.25 * g for b, g in zip(biases, by_bias, strict=True)]
    assert alive[0] is False
    assert alive[-1] is True


# --- initializers ---


def test_tanh_layers_shrink_a_signal_like_one_over_the_root_of_twice_the_depth() -> None:
    says("xavier_fan_in_normal/signal", "like one over the root of twice the depth")
    says("xavier_fan_in_normal/signal", "0.63, 0.49, 0.41, 0.36, 0.32, 0.29")
    z = np.linspace(-12.0, 12.0, 4801)
    density = norm.pdf(z) * (z[1] - z[0])
    size, sizes = 1.0, []
    for _ in range(960):
        size = math.sqrt(np.sum(np.tanh(size * z) ** 2 * density))
        sizes.append(size)
    assert [round(each, 2) for each in sizes[:6]] == [0.63, 0.49, 0.41, 0.36, 0.32, 0.29]
    assert sizes[959] * math.sqrt(2 * 960) == pytest.approx(1, abs=0.005)
    # Four times the depth halves the signal: a fall like one over the root.
    assert sizes[239] / sizes[959] == pytest.approx(2, abs=0.02)


WIDE = {"fan_in": 150.0, "fan_out": 50.0}
DEEP = {"fan_in": 200.0, "fan_out": 50.0, "negative_slope": 0.0}
SLOPED = {**DEEP, "negative_slope": 0.5}


@pytest.mark.parametrize(
    ("operation", "quantities", "variance"),
    [
        ("normal", {"std": 0.25}, 0.0625),
        ("xavier_fan_in_normal", {"fan_in": 400.0, "fan_out": 100.0}, 0.0025),
        ("xavier_normal", WIDE, 0.01),
        ("xavier_uniform", WIDE, 0.01),
        ("kaiming_normal", DEEP, 0.01),
        ("kaiming_normal", SLOPED, 0.008),
        ("kaiming_uniform", DEEP, 0.01),
        ("kaiming_uniform", SLOPED, 0.008),
        ("xavier_truncated_normal", WIDE, 0.01),
        ("kaiming_truncated_normal", DEEP, 0.01),
    ],
)
def test_the_example_of_a_law_is_its_formula(
    operation: str, quantities: dict[str, float], variance: float
) -> None:
    clause = CLAUSES[f"{operation}/accuracy"]
    (stated,) = (value for name, value in clause.bound.definitions if name == "v")
    formula = spec.Formula(stated)
    found = language.evaluate(
        formula, {**quantities}, dtype="float64", accumulates_in="float64", axes=None
    )
    assert float(found) == pytest.approx(variance, rel=1e-15)
    says(clause.id, f"{variance:g}")
    if "uniform" in operation:
        says(clause.id, f"limit is {math.sqrt(3 * variance):.6f}")
    if "truncated" in operation:
        left = 1 - 4 * norm.pdf(2) / math.erf(math.sqrt(2))
        says(clause.id, f"s = {math.sqrt(variance / left):.6f}")
        says(clause.id, f"limit is {2 * math.sqrt(variance / left):.6f}")


# --- descent ---


def saddle(params: list[np.ndarray]) -> list[np.ndarray]:
    """Return the gradient of (x² - y²)/2."""
    return [params[0] * np.array([1.0, -1.0])]


def last(steps) -> np.ndarray:
    return list(steps)[-1][0]


def test_a_method_at_rest_on_a_saddle_stays_and_gradient_descent_beside_it_leaves() -> None:
    says("momentum/carries-through", "starts at rest on a saddle has no velocity, and stays there")
    says("gradient_descent/stops", "it leaves from nearly every start")
    rest, beside = [np.zeros(2)], [np.array([1.0, 1e-8])]
    still = reference.momentum(saddle, rest, 50, learning_rate=0.2, momentum=0.9)
    assert not np.any(last(still))
    assert not np.any(last(reference.gradient_descent(saddle, rest, 50, learning_rate=0.2)))
    left = last(reference.gradient_descent(saddle, beside, 120, learning_rate=0.2))
    assert abs(left[1]) > 1
    assert abs(left[0]) < 1e-8


def asked_and_yielded(operation: str) -> tuple[list[str], list[str]]:
    """Return the points at which a method asks in its example, and those that it yields."""
    (example,) = CLAUSES[f"{operation}/accuracy"].examples
    assert example.arguments[0] == "theta"
    asked: list[np.ndarray] = []

    def gradient(params: list[np.ndarray]) -> list[np.ndarray]:
        asked.append(params[0].copy())
        return [params[0].copy()]

    start = [np.asarray(array) for array in example.arguments[1]]
    steps = getattr(reference, operation)(gradient, start, 3, **dict(example.parameters))
    yielded = [step[0] for step in islice(steps, 3)]
    first, second = ([f"({x:g}, {y:g})" for x, y in points] for points in (asked, yielded))
    return first, second


@pytest.mark.parametrize(
    ("operation", "twin"),
    [("nesterov", "momentum_average"), ("nesterov_sutskever", "momentum_scaled")],
)
def test_the_points_of_an_example_are_those_that_the_method_asks(operation: str, twin: str) -> None:
    for name in (operation, twin):
        first, second, third = asked_and_yielded(name)[0]
        says(f"{operation}/accuracy", f"{first}, {second} and {third}")
    assert asked_and_yielded(operation)[1] != asked_and_yielded(twin)[1]


def test_the_reformulated_method_yields_where_the_other_asks() -> None:
    says("nesterov_sutskever/accuracy", "yields the points that are asked here")
    ahead = asked_and_yielded("nesterov_sutskever")[0]
    assert asked_and_yielded("nesterov_reformulated_scaled")[1][:2] == ahead[1:]


def test_the_examples_of_the_methods_start_alike_and_differ() -> None:
    forms = [name for name in operations_on("descent") if name != "newton"]
    examples = [CLAUSES[f"{form}/accuracy"].examples[0] for form in forms]
    assert len({each.answer for each in examples}) == len(forms) == 9
    assert len({each.arguments for each in examples}) == 1
    assert len({dict(each.parameters)["learning_rate"] for each in examples}) == 1


# --- adaptive ---


@pytest.mark.parametrize("operation", [name for name in reference.__all__ if "ada" in name[:3]])
def test_the_valley_has_the_parameters_that_the_clause_states(operation: str) -> None:
    clause = CLAUSES["adaptive/finiteness"]
    says(clause.id, "The learning rate is 1 for both forms of AdaGrad and ⅛ for the others")
    says(clause.id, r"with $\beta_1$ = ½, $\rho$ = $\beta_2$ = ¾ and $\varepsilon$ = 1/16")
    (case,) = cases(clause, operation, "float32")
    stated = {"learning_rate": 1.0 if operation.startswith("adagrad") else 0.125}
    stated |= {"beta1": 0.5, "beta2": 0.75, "decay": 0.75, "epsilon": 0.0625}
    given = dict(case.parameters)
    assert {name: given[name] for name in stated if name in given} == {
        name: value for name, value in stated.items() if name in given
    }
    assert all(f"`{name}`" in clause.text for name in given.keys() - stated.keys())


# --- sampling ---


def test_the_limit_law_exceeds_its_limit_as_seldom_as_the_clause_says() -> None:
    t = math.log(2e9)
    limit = 2 * math.sqrt(225 * t) + 2 * t
    beyond = chi2.sf(225 + limit, 225) + chi2.cdf(225 - limit, 225)
    assert 0.9 * 1.4e-12 < beyond < 1.4e-12
    says("minibatches/positions", "1.4·10⁻¹²")
    says("minibatches/positions", "have this law in the limit only")


def of_deviations(cells: int, most: int) -> np.ndarray:
    """Return the probabilities of Σ(k - 20) and Σ(k - 20)² for Poisson counts k of mean 20.

    The first index counts from the smallest sum; sums of squares beyond `most` are left out.
    """
    half = math.isqrt(cells * most)
    table = np.zeros((2 * half + 1, most + 1))
    table[half, 0] = 1
    for _ in range(cells):
        longer = np.zeros_like(table)
        for k in range(20 + math.isqrt(most) + 1):
            moved, squared = k - 20, (k - 20) ** 2
            if squared <= most:
                kept = table[max(0, -moved) : len(table) - max(0, moved), : most + 1 - squared]
                place = slice(max(0, moved), len(table) - max(0, -moved))
                longer[place, squared:] += poisson.pmf(k, 20) * kept
        table = longer
    return table


def test_the_counts_of_orders_exceed_their_limit_as_seldom_as_the_clause_says() -> None:
    for level in (1e-1, 1e-3, 1e-9):
        t = math.log(1 / level)
        most = math.floor(20 * (23 + 2 * math.sqrt(23 * t) + 2 * t))
        # 24 Poisson counts that add up to 480 are multinomial: twice 12 of opposite deviations.
        half = of_deviations(12, most)
        others = np.cumsum(half[::-1], axis=1)[:, ::-1]
        beyond = 1 - np.sum(half * others) / poisson.pmf(480, 480)
        assert 0 < beyond < level
    assert beyond == pytest.approx(6.9e-12, rel=0.02)
    assert chi2.sf(most / 20, 23) == pytest.approx(5.4e-13, rel=0.02)
    says("minibatches/orders", "probability 6.9·10⁻¹², summed exactly over all counts")
    says("minibatches/orders", "of 23 degrees of freedom does with 5.4·10⁻¹³")


SEEDS, DRAWS = 48, 48 * 1024


def limit(clause: str) -> float:
    stated = CLAUSES[clause].bound
    settings = {"dtype": "float64", "accumulates_in": "float64", "axes": None}
    return float(language.evaluate(stated, {}, **settings))


def beyond(due: float, share: float, reserve: float, draws: int = DRAWS) -> float:
    """Return the exact probability that a number of draws is further from `due` than that."""
    above = binom.sf(math.floor(due + reserve), draws, share)
    return float(above + binom.cdf(math.ceil(due - reserve) - 1, draws, share))


@pytest.mark.parametrize(
    ("clause", "share", "numbers", "stated"),
    [
        ("draws/uniformity", 1 / 24, 24, 2.4e-11),
        ("draws/independence", 1 / 24, 72, 1e-9),
        ("draws/large-sets", 1 / 3, 4, 1e-9),
        ("draws/large-sets", 1 / 2, 4, 1e-9),
    ],
)
def test_independent_draws_leave_their_limits_with_a_probability_of_at_most_a_billionth(
    clause: str, share: float, numbers: int, stated: float
) -> None:
    assert numbers * beyond(DRAWS * share, share, limit(clause)) < stated


@pytest.mark.parametrize(
    ("clause", "share", "relative"),
    [
        ("draws/uniformity", 1 / 24, 0.23),
        ("draws/independence", 1 / 24, 0.24),
        ("draws/large-sets", 1 / 3, 0.07),
        ("draws/large-sets", 1 / 2, 0.048),
    ],
)
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_deviation_that_a_clause_nearly_always_detects_is_detected(
    clause: str, share: float, relative: float, sign: int
) -> None:
    assert beyond(DRAWS * share, share * (1 + sign * relative), limit(clause)) > 0.999
    says(clause, "nearly always detects")


def test_the_share_of_missed_samples_and_its_limit_are_those_of_the_clause() -> None:
    says("draws/replacement", "37 % of all")
    says("draws/replacement", "outside 36.8 % ± 2.2 %")
    samples = DRAWS // SEEDS
    share = (1 - 1 / samples) ** samples
    assert round(100 * share, 1) == 36.8
    # Three standard deviations of a sum of variances below those of independent misses.
    spread = 3 * math.sqrt(DRAWS * share * (1 - share))
    assert limit("draws/replacement") + spread < 0.022 * DRAWS
    missed = [
        samples - np.unique(np.concatenate(reference.draws(samples, 32, 32, seed=seed))).size
        for seed in range(SEEDS)
    ]
    assert abs(sum(missed) - share * DRAWS) < 500


# --- activations ---


def softmax_at_infinity(answer_of_two: tuple[float, float], answer_of_one: float):
    def softmax(x, *, axis):
        infinite = np.isposinf(x)
        count = infinite.sum(axis=axis, keepdims=True)
        with np.errstate(invalid="ignore"):
            right = reference.softmax(np.where(infinite, 0, x), axis=axis)
        at, beside = answer_of_two
        filled = np.where(infinite, np.where(count == 1, answer_of_one, at), beside)
        return np.where(count > 0, filled, right).astype(x.dtype)

    return softmax


@pytest.mark.parametrize(
    ("two", "one", "outcome"),
    [
        ((np.nan, 0.0), 1.0, CONFORMS),
        ((np.nan, np.nan), np.nan, CONFORMS),
        ((np.nan, 0.0), np.nan, CONFORMS),
        ((0.5, 0.0), 1.0, BREAKS),
        ((np.nan, 0.0), 0.5, BREAKS),
        ((np.nan, 0.25), 1.0, BREAKS),
    ],
)
def test_one_infinite_logit_has_a_limit_and_two_have_none(
    two: tuple[float, float], one: float, outcome: str
) -> None:
    says("softmax/positive-infinity", "softmax of (0, ∞) is (0, 1), as σ(∞) is 1")

    class Library:
        dtypes = NAMES
        softmax = staticmethod(softmax_at_infinity(two, one))

    source = InProcess(Library)
    planned = plan.plan(source.description, only=["softmax/positive-infinity"])
    assert {attempt(each, source).outcome for each in planned} == {outcome}


def test_the_slope_of_a_network_is_a_power_of_two() -> None:
    text = (spec.FOLDER / "networks.md").read_text(encoding="utf-8")
    assert "has the slope 0.125: a power of two near the customary 0.1" in re.sub(r"\s+", " ", text)
    x, one = np.array([[-1.0]]), np.ones((1, 1))
    answered = reference.mlp(x, [one], [np.zeros(1)], activations=("leaky_relu",))
    assert answered[0, 0] == -0.125


def test_the_logarithm_of_numpy_is_within_the_ulp_that_a_bound_names() -> None:
    says("one_hot_cross_entropy/accuracy", "3.84 ulp")
    x = np.linspace(0.25, 1.0, 2**20, dtype=np.float32)[:-1]
    x = np.append(x, np.float32(0.7828563))
    true = np.log(x.astype(np.float64))
    error = np.abs(np.log(x) - true) / FORMATS["float32"].ulp(true)
    assert 0.5 < error.max() <= 3.84
