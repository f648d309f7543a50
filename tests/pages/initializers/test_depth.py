"""Depth is tested: a wrong activation or a wrong variance fails the clauses on signal and gradient,
and the limits follow from the law that they state."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chi2, kstest, norm

from nnspec import spec
from nnspec.conformance.adapters import loopback
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.pages.initializers import depth, laws, signals
from nnspec.conformance.pages.initializers.signals import RELU, Weights
from nnspec.conformance.run import plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.outcomes import ABSENT, BREAKS, CONFORMS

KAIMING = ("kaiming_normal", "kaiming_truncated_normal", "kaiming_uniform")
XAVIER = ("xavier_normal", "xavier_truncated_normal", "xavier_uniform")
NETWORKS = [
    f"{operation}/{name}"
    for operation in (*KAIMING, *XAVIER, "xavier_fan_in_normal")
    for name in ("signal", "gradient")
] + ["normal/signal"]


def adapter(**changed) -> SimpleNamespace:
    """Return the loopback in float32 with some operations changed, or left out."""
    offered = {name: getattr(loopback, name) for name in laws.RANDOM}
    for name in ("linear", "tanh", "relu", "leaky_relu", "identity"):
        for operation in (name, f"{name}_vjp"):
            offered[operation] = getattr(loopback, operation)
    kept = {name: value for name, value in {**offered, **changed}.items() if value is not None}
    return SimpleNamespace(name="changed", dtypes=("float32",), **kept)


def outcomes(answers: SimpleNamespace, *clauses: str) -> dict[str, set[str]]:
    source = InProcess(answers)
    ended: dict[str, set[str]] = {}
    for each in plan.plan(plan.EVERYTHING, dtypes=("float32",), only=clauses):
        ended.setdefault(each.clause.id, set()).add(attempt(each, source).outcome)
    return ended


def times(factor, operation):
    return lambda *arguments, **parameters: operation(*arguments, **parameters) * np.float32(factor)


def squares(x):
    return np.float32(1e4) * x * x


@pytest.mark.parametrize(
    ("changed", "failing"),
    [
        ({}, []),
        (
            {"relu": times(1e-3, loopback.relu)},
            [f"{each}/{name}" for each in KAIMING for name in ("signal", "gradient")],
        ),
        (
            {
                "relu": times(1e-3, loopback.relu),
                "relu_vjp": times(1e-3, loopback.relu_vjp),
            },
            [f"{each}/{name}" for each in KAIMING for name in ("signal", "gradient")],
        ),
        ({"tanh": lambda x: np.cos(x) ** 2}, ["normal/signal", "xavier_fan_in_normal/signal"]),
        (
            {"identity": squares},
            [
                f"{each}/{name}"
                for each in (*XAVIER, "xavier_fan_in_normal")
                for name in ("signal", "gradient")
            ],
        ),
    ],
)
def test_a_wrong_activation_fails_every_clause_on_its_networks(changed, failing) -> None:
    with np.errstate(all="ignore"):
        ended = outcomes(adapter(**changed), *NETWORKS)
    assert {name for name, found in ended.items() if BREAKS in found} == set(failing)
    assert all(found <= {CONFORMS, BREAKS} for found in ended.values())


@pytest.mark.parametrize("operation", KAIMING)
def test_the_variance_of_xavier_fails_in_networks_of_rectifiers(operation: str) -> None:
    twin = getattr(loopback, operation.replace("kaiming", "xavier"))

    def xavier(fan_in, fan_out, *, negative_slope, seed, dtype):
        return twin(fan_in, fan_out, seed=seed, dtype=dtype)

    ended = outcomes(adapter(**{operation: xavier}), f"{operation}/signal", f"{operation}/gradient")
    assert list(ended.values()) == [{BREAKS}, {BREAKS}]


def test_a_network_whose_activation_is_missing_is_absent() -> None:
    lacking = adapter(relu=None, leaky_relu=None, identity_vjp=None)
    ended = outcomes(
        lacking, "kaiming_normal/signal", "xavier_normal/signal", "xavier_normal/gradient"
    )
    assert list(ended.values()) == [{ABSENT}, {CONFORMS}, {ABSENT}]


@pytest.mark.parametrize("spoil", [np.zeros_like, lambda weights: weights * np.float32(np.nan)])
def test_weights_without_information_break_and_raise_nothing(spoil) -> None:
    spoiled = {
        name: lambda *arguments, name=name, **parameters: spoil(
            getattr(loopback, name)(*arguments, **parameters)
        )
        for name in laws.RANDOM
    }
    ended = outcomes(adapter(**spoiled), *NETWORKS)
    assert all(found == {BREAKS} for found in ended.values())


# --- the proof of the limits ---


def standardized_moments(operation: str) -> list[float]:
    """Return the even moments of the law, from the second to the thirtieth."""
    if operation in laws.UNIFORM:
        return [3.0**k / (2 * k + 1) for k in range(1, 16)]
    if operation not in laws.TRUNCATED:
        return [float(np.prod(np.arange(1, 2 * k, 2.0))) for k in range(1, 16)]
    whole = math.erf(math.sqrt(2))
    cut = [quad(lambda z, k=k: z ** (2 * k) * norm.pdf(z), -2, 2)[0] / whole for k in range(1, 16)]
    return [moment / cut[0] ** (k + 1) for k, moment in enumerate(cut)]


@pytest.mark.parametrize("operation", laws.RANDOM)
def test_no_even_moment_exceeds_that_of_a_normal_law(operation: str) -> None:
    normal = standardized_moments("normal")
    found = standardized_moments(operation)
    assert found[0] == pytest.approx(1)
    assert np.all(np.array(found) <= np.array(normal) * (1 + 1e-9))


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.125, 0.5, 1.0, 2.0, 30.0])
def test_moments_after_rectifiers_are_at_most_those_of_a_gamma_law(slope: float) -> None:
    c = 6 * max(1, slope**2) / (1 + slope**2) - 1
    for k, normal in enumerate(standardized_moments("normal"), 1):
        moment = normal * 2.0 ** (k - 1) * (1 + slope ** (2 * k)) / (1 + slope**2) ** k
        assert moment <= math.prod(1 + c * i for i in range(k)) * (1 + 1e-12)
        assert normal == math.prod(1 + 2 * i for i in range(k))


def test_the_reserve_of_a_limit_is_that_of_its_clause() -> None:
    # For relu and normal weights, the exact law of a growth is known: a mixture of chi-squares.
    n, terms = 64, np.arange(65)
    share = np.exp([math.lgamma(65) - math.lgamma(k + 1) - math.lgamma(65 - k) for k in terms])
    share /= 2.0**n
    for t in (2.0, 5.0, 10.0, 20.0):
        above = 1 + math.sqrt(10 * t / n) + 5 * t / n
        below = 1 - math.sqrt(10 * t / n) - t / (3 * n)
        assert np.sum(share[1:] * chi2.sf(above * n / 2, terms[1:])) <= math.exp(-t)
        assert np.sum(share[1:] * chi2.cdf(below * n / 2, terms[1:])) <= math.exp(-t)


def trial_of(clause: str, case: str = "relu") -> Trial:
    (planned,) = [
        each
        for each in plan.plan(plan.EVERYTHING, dtypes=("float64",), only=[clause])
        if each.case.name == case
    ]
    implementation = Implementation(InProcess(loopback), "float64")
    return Trial(implementation, planned.case, planned.clause)


def test_growths_of_a_small_network_have_the_law_that_the_page_states() -> None:
    trial, generator = trial_of("kaiming_normal/gradient"), np.random.default_rng(5)
    forward, backward = [], []
    for _ in range(400):
        drawn = [generator.standard_normal((8, 8)) / 2 for _ in range(3)]
        weights = [Weights(each, 1 / 4) for each in drawn]
        layers = signals.up(trial, weights, RELU, signals.start(trial, 8))
        if not all(np.any(each.output) for each in layers):
            continue
        forward.append(8 * signals.of_signal(layers[2], RELU).factor / 2)
        turns = signals.down(trial, layers, RELU)
        active = np.count_nonzero(layers[1].output)
        found = 8 * signals.of_gradient(turns[0], turns[1], RELU, fixed=False).factor / 2
        backward.append((active, found))

    def mixture(x: np.ndarray, lost: int = 0) -> np.ndarray:
        share = [math.comb(8, k) / 255 for k in range(1, 9)]
        return sum(
            part * (chi2.cdf(x, k - lost) if k > lost else x >= 0)
            for k, part in enumerate(share, 1)
        )

    assert kstest(forward, mixture).pvalue > 1e-3
    several = [(chi2.cdf(found, k - 1), k) for k, found in backward if k > 1]
    assert kstest([each for each, _ in several], "uniform").pvalue > 1e-3
    # With one active unit the gradient lies along the signal: nothing of it is random.
    assert all(found < 1e-20 for k, found in backward if k == 1)


def test_fixed_responses_are_positive_in_two_of_five_units_at_least() -> None:
    trial = trial_of("kaiming_uniform/gradient")
    weights = [Weights(np.zeros((64, 128)[:: 1 - 2 * (each % 2)]), 1.0) for each in range(24)]
    for layer in signals.beside(trial, weights, RELU):
        assert 0.4 <= np.mean(layer.response > 0) <= 0.6


# --- the numbers that the clauses print ---


def text_of(clause: str) -> str:
    return re.sub(r"\s+", " ", spec.clauses()[clause].text)


@pytest.mark.parametrize(
    ("clause", "scale", "digits", "printed"),
    [
        ("xavier_fan_in_normal/signal", 1.0, 2, "0.63, 0.49, 0.41, 0.36, 0.32, 0.29"),
        ("normal/signal", 1 / 8, 3, "0.319, 0.111, 0.039, 0.014, 0.005, 0.002"),
    ],
)
def test_the_sizes_that_are_compared_are_those_that_a_clause_prints(
    clause: str, scale: float, digits: int, printed: str
) -> None:
    assert printed in text_of(clause)
    square, sizes = 1.0, []
    for _ in range(6):
        expected = quad(
            lambda z, q=square * scale: np.tanh(math.sqrt(q) * z) ** 2 * norm.pdf(z), -12, 12
        )[0]
        square, _ = depth.moments_of_tanh(square * scale)
        assert square == pytest.approx(expected, rel=1e-9)
        sizes.append(round(math.sqrt(square), digits))
    assert ", ".join(f"{each:.{digits}f}" for each in sizes) == printed


def test_saturated_layers_have_the_size_that_the_clause_prints() -> None:
    assert "the size is 0.96 after every layer" in text_of("normal/signal")
    square = 1.0
    for _ in range(6):
        square, _ = depth.moments_of_tanh(square * 512 / 4)
        assert round(math.sqrt(square), 2) == 0.96


def test_the_counts_of_layers_and_units_are_those_that_are_built() -> None:
    page = re.sub(r"\s+", " ", (spec.FOLDER / "initializers.md").read_text(encoding="utf-8"))
    assert "A network of 24 layers is built, of 64 and 128 units in turn" in page
    assert depth._DEPTH == 24
    assert trial_of("kaiming_normal/signal").case.arguments == (64, 128)
    assert "six tanh layers of 512 units" in page
    assert (depth._OF_TANH, depth._WIDE) == (6, 512)
