"""Steps follow their formula as it is written: its states, its constants, its samples."""

from dataclasses import replace

import numpy as np
import pytest
from flint import arb, ctx

from nnspec.conformance.bounds import steps
from nnspec.conformance.bounds.language import BoundError
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS
from nnspec.spec import Formula

# A constant, a part without state, a state, what is made of it, and a state of that.
FORMULA = Formula(
    "theta - rate*h - w",
    (
        ("k", "1 - momentum"),
        ("s", "k*g*g"),
        ("m", "momentum*m + s*(1 + 1/t)"),
        ("h", "m/(1 - momentum**t)"),
        ("w", "w/2 + abs(h - k)"),
    ),
    running=True,
)
GRADIENTS = [[np.array([0.5, -1.0, 2.0]) * (1 + step)] for step in range(6)]
START = np.array([1.0, -2.0, 0.25])
RATES = (0.5, 0.25, 0.25, 0.125, 1.0, 0.5)
CASE = Case(
    "written-out",
    "momentum",
    (scripted(GRADIENTS, "float32"), [START.astype(np.float32)], 6),
    {"learning_rate": RATES, "momentum": 0.75},
)


def written_out(number: type) -> np.ndarray:
    """Take the steps in the arithmetic of a type."""
    theta, momentum = START.astype(number), number(0.75)
    m, w, found = number(0) * theta, number(0) * theta, []
    for step, (gradient,) in enumerate(GRADIENTS):
        g, t, k = gradient.astype(number), number(step + 1), number(1) - momentum
        m = momentum * m + k * g * g * (number(1) + number(1) / t)
        h = m / (number(1) - momentum**t)
        w = w / number(2) + abs(h - k)
        theta = theta - number(RATES[step]) * h - w
        found.append(theta)
    return np.array(found)


def test_a_trajectory_is_that_of_the_formula_and_float32_within_its_errors() -> None:
    found = steps.carry(FORMULA, CASE, steps.script(CASE), "float32", "float32")
    assert found.value == pytest.approx(written_out(np.float64), rel=1e-13)
    assert np.all(abs(written_out(np.float32) - found.value) <= found.error)
    assert np.all(found.error < 100 * FORMATS["float32"].u * (1 + abs(found.value)))


def test_steps_from_what_was_yielded_are_those_of_the_trajectory_but_for_its_rounding() -> None:
    gradients, true = steps.script(CASE), written_out(np.float64)
    before = np.concatenate([START[None, :], true[:-1]])
    found = steps.follow(FORMULA, CASE, gradients, before, "float32", "float32").theta
    assert found.value == pytest.approx(true, rel=1e-13)
    assert np.all(
        found.error
        <= steps.carry(FORMULA, CASE, gradients, "float32", "float32").error * (1 + 1e-8)
    )


def test_the_trajectory_of_no_steps_is_empty() -> None:
    case = replace(CASE, arguments=(*CASE.arguments[:2], 0))
    assert steps.carry(FORMULA, case, np.zeros((0, 3)), "float32", "float32").value.size == 0


def test_a_state_that_depends_on_the_parameters_is_an_error() -> None:
    formula = Formula("theta - m", (("m", "m + theta*g"),), running=True)
    with pytest.raises(BoundError, match="the state m depends on the parameters"):
        steps.carry(formula, CASE, steps.script(CASE), "float32", "float32")


SAMPLES = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5], [-3.0, 1.0, 0.125], [2.0, 2.0, -1.0]])
BATCHES = Case(
    "by-batches",
    "minibatch_descent",
    (
        scripted([[sample] for sample in SAMPLES], "float32"),
        [START.astype(np.float32)],
        [np.array([0, 1, 2]), np.array([3])],
    ),
    {"learning_rate": 0.25},
)
MEAN = Formula("theta - rate*mean(g)", running=True)


def test_a_minibatch_is_a_step_with_a_row_of_gradients_for_each_sample() -> None:
    assert (steps.count(CASE), steps.count(BATCHES)) == (6, 2)
    assert steps.script(BATCHES).tolist() == SAMPLES.tolist()
    first = START - 0.25 * SAMPLES[:3].mean(axis=0)
    true = np.array([first, first - 0.25 * SAMPLES[3]])
    found = steps.carry(MEAN, BATCHES, steps.script(BATCHES), "float32", "float32")
    assert found.value == pytest.approx(true, rel=1e-13)
    mean = SAMPLES[:3].astype(np.float32).mean(axis=0)
    theta = START.astype(np.float32) - np.float32(0.25) * mean
    assert np.all(abs(theta - found.value[0]) <= found.error[0])


def test_a_batch_is_followed_from_the_parameters_that_were_yielded_before_it() -> None:
    before = np.array([START, [10.0, 20.0, 30.0]])
    found = steps.follow(MEAN, BATCHES, SAMPLES, before, "float32", "float32")
    assert found.theta.value[1] == pytest.approx(before[1] - 0.25 * SAMPLES[3], rel=1e-13)
    assert np.all(found.point.value == before)
    assert found.point.error[0].max() == 0 < found.point.error[1].min()


def test_a_step_in_float64_is_known_to_a_hundred_bits() -> None:
    formula = Formula("theta - rate*m/(1 - momentum**t)", (("m", "momentum*m + g"),), running=True)
    case = replace(CASE, parameters={"learning_rate": 1 / 3, "momentum": 0.9999})
    before = np.concatenate([START[None, :], written_out(np.float64)[:-1]])
    found = steps.follow(formula, case, steps.script(CASE), before, "float64", "float64").theta
    with ctx.workprec(300):
        m, momentum, rate = [arb(0)] * 3, arb(0.9999), arb(1 / 3)
        for step, (gradient,) in enumerate(GRADIENTS):
            m = [momentum * each + arb(g) for each, g in zip(m, gradient, strict=True)]
            for place, each in enumerate(m):
                true = arb(before[step, place]) - rate * each / (1 - momentum ** (step + 1))
                known = arb(found.value[step, place]) + arb(found.low[step, place])
                assert abs(known - true) < abs(true) * 2.0**-88
                assert found.error[step, place] > 2.0**-53 * abs(found.value[step, place])


def test_the_error_of_a_pair_is_its_own_and_doubled_where_the_pair_has_left_the_range() -> None:
    hi, value, error = np.array([1.0, np.inf]), np.array([9.0, 3.0]), np.array([0.5, 0.25])
    known = steps._known(hi, np.array([2.0**-60, np.nan]), value, error)
    assert known.value.tolist() == [1.0, 3.0]
    assert known.low.tolist() == [2.0**-60, 0.0]
    assert known.error[1] == 2 * 0.25
    assert 0.5 < known.error[0] < 0.5 * (1 + 1e-9)
