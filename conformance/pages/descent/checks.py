"""Checks of the page `descent`: quadratics by closed forms, and methods by one another."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nnspec.conformance.bounds import language, steps
from nnspec.conformance.judge import allowances
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.pages.descent.inputs import BASIS, MINIMUM, SPECTRA, START
from nnspec.conformance.pages.steps.checks import (
    before,
    descends,
    is_like,
    is_pure,
    keeps_sizes,
    stays,
    true_steps,
)
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, table
from nnspec.conformance.terms.operations import clause_of
from nnspec.conformance.terms.outcomes import Malformed, Raised

# --- every operation of the page ---

purity = check("descent/purity")(is_pure)
zero_gradient = check("descent/zero-gradient")(stays)


@check(
    "descent/form",
    "descent/significands",
    "descent/sizes",
    "descent/late-elements",
    "descent/fresh",
    "descent/neighbors",
    "descent/aliasing",
    "descent/layouts",
    "descent/asking",
    "descent/rates",
    "descent/zero-rate",
    "descent/negative-rate",
    "newton/accuracy",
)
def steps_rightly(trial: Trial) -> Any:
    """Expect each step of a method by its formula, and the method to ask where it should.

    The steps of Newton's method are expected from the first parameters on.
    """
    if trial.case.operation != "newton":
        return trial.steps()
    answered = trial.answer()
    points = table([steps.parameters(trial.case), *answered[:-1]])
    for name in ("gradient", "hessian"):
        asked = [asking for asking in trial.implementation.asked if asking.name == name]
        if len(asked) != len(answered):
            counted = f"{len(asked)} times in {len(answered)} steps; once a step was needed"
            raise Malformed(f"newton asked for the {name} {counted}")
        where = table([asking.arguments[0] for asking in asked])
        trial.near(where, points, 0, f"the point where the {name} was asked")
    return answered


@check("descent/empty")
def answers_hollow_arrays(trial: Trial) -> None:
    """Expect right steps, with as many elements as the parameters."""
    keeps_sizes(trial, steps_rightly.check(trial))


@check("descent/finiteness")
def descends_a_valley(trial: Trial) -> None:
    """Expect finite steps that come nearer to the minimum by a factor of 16."""
    descends(trial, 16)


# --- quadratics ---


@check("gradient_descent/eigenbasis")
def multiplies_by_its_factors(trial: Trial) -> None:
    """Expect every error along an eigenvector to be multiplied by 1 - aλ in each step."""
    _has_closed_form(trial, lambda case, count: _powers(_factors(case), count) * START)


@check("gradient_descent/stability")
def is_stable_below_its_limit(trial: Trial) -> None:
    """Expect the error along the largest eigenvalue to be as large as its factor makes it.

    It shrinks below a rate of 2/λ, stands still at it, and grows above it.
    """
    errors, allowed = _seen(trial), 2 * _allowed(trial)
    sizes = _powers(abs(_factors(trial.case)), len(errors))[:, -1] * abs(START[-1])
    what = "size of the error along the largest eigenvalue"
    trial.near(abs(errors[:, -1]), sizes, allowed, what)


@check("gradient_descent/oscillation")
def oscillates_above_one(trial: Trial) -> None:
    """Expect an error to change its sign in each step where aλ > 1, and to keep it where aλ < 1."""
    predicted = _powers(_factors(trial.case), int(trial.case.arguments[-1])) * START
    _swings(trial, predicted, "gradient_descent/eigenbasis")


@check("gradient_descent/best-rate")
def falls_by_the_best_factor(trial: Trial) -> None:
    """Expect the largest error to fall by the factor that the extreme eigenvalues give."""
    errors, allowed = _seen(trial), 2 * _allowed(trial)
    predicted = np.max(abs(_powers(_factors(trial.case), len(errors)) * START), axis=1)
    largest = np.max(abs(errors), axis=1)
    trial.near(largest, predicted, allowed, "largest error along an eigenvector")


@check("gradient_descent/stops")
def stops_at_the_bottom(trial: Trial) -> None:
    """Expect the parameters to stay, to the last bit, once the gradient is zero."""
    answered = trial.shape()
    rows, gradients = table(answered), steps.script(trial.case)
    moving = len(gradients[np.any(gradients != 0, axis=1)])
    still = np.tile(rows[moving - 1], (len(rows) - moving, 1))
    trial.judge(answered, np.concatenate([rows[:moving], still]), np.zeros(1))


@check("momentum/companion")
def follows_powers_of_its_matrix(trial: Trial) -> None:
    """Expect the errors along the eigenvectors that powers of momentum's matrix give."""
    _has_closed_form(trial, _companion)


@check("momentum/oscillation")
def swings_with_complex_eigenvalues(trial: Trial) -> None:
    """Expect the signs of the errors where the eigenvalues of momentum's matrix are complex."""
    spectrum, rate, mu = SPECTRA[trial.case.name]
    turning = (1 + mu - rate * np.array(spectrum)) ** 2 < 4 * mu
    predicted = np.where(turning, _companion(trial.case, int(trial.case.arguments[-1])), 0.0)
    _swings(trial, predicted, "momentum/companion")


# --- gradients that do not change ---


@check("momentum/accumulation")
def accumulates(trial: Trial) -> None:
    """Expect steps under a constant gradient that grow towards a g/(1 - μ)."""
    case, answered = trial.case, trial.shape()
    mu, rate = case.parameters["momentum"], case.parameters["learning_rate"]
    sums = np.cumsum((1 - mu ** np.arange(1, len(answered) + 1)) / (1 - mu))
    value = flat(steps.parameters(case)) - rate * sums[:, None] * steps.script(case)
    trial.judge(answered, value, trial.bound().reshape(value.shape))


@check("momentum_unbiased/constant-gradient")
def is_descent_under_one_gradient(trial: Trial) -> None:
    """Expect the steps of gradient descent under a constant gradient."""
    case = trial.case
    t = np.arange(1, int(case.arguments[-1]) + 1)[:, None]
    moved = t * case.parameters["learning_rate"] * steps.script(case)
    is_like(trial, flat(steps.parameters(case)) - moved)


# --- relations ---


@check("momentum_average/average")
def stays_within_the_gradients(trial: Trial) -> None:
    """Expect no step longer than the learning rate times the extreme gradients so far."""
    answered, gradients = table(trial.shape()), steps.script(trial.case)
    rate = trial.case.parameters["learning_rate"]
    low = np.minimum(np.minimum.accumulate(gradients), 0.0)
    high = np.maximum(np.maximum.accumulate(gradients), 0.0)
    room = 2 * (trial.bound().reshape(answered.shape) + 2.0**-50 * abs(answered))
    moved = before(trial.case, answered) - answered
    trial.between(moved, rate * low - room, rate * high + room, "step")


@check("momentum_average/rescaling")
def is_momentum_of_a_smaller_rate(trial: Trial) -> None:
    """Expect the steps of momentum with the rate a(1 - μ), where the rate is constant."""
    rate = trial.case.parameters["learning_rate"] * (1 - trial.case.parameters["momentum"])
    is_like(trial, true_steps(trial.case, "momentum", learning_rate=rate))


@check("momentum_scaled/rescaling")
def is_momentum(trial: Trial) -> None:
    """Expect the steps of momentum, where the rate is constant."""
    is_like(trial, true_steps(trial.case, "momentum"))


@check("nesterov_reformulated/look-ahead", "nesterov_reformulated_scaled/look-ahead")
def walks_the_points_looked_at(trial: Trial) -> None:
    """Expect the points θ + μv at which Sutskever's form asks, under the gradients of the case."""
    gradients, mu = steps.script(trial.case), trial.case.parameters["momentum"]
    rates = np.broadcast_to(trial.case.parameters["learning_rate"], len(gradients))
    theta, v, points = flat(steps.parameters(trial.case)), np.zeros(gradients.shape[1]), []
    for rate, g in zip(rates, gradients, strict=True):
        v = mu * v - rate * g
        theta = theta + v
        points.append(theta + mu * v)
    is_like(trial, np.stack(points))


# --- Newton's method ---


@check("newton/quadratic", "newton/saddle")
def solves_a_quadratic(trial: Trial) -> None:
    """Expect a full step to lead to the point of a quadratic where it has no slope."""
    _has_closed_form(trial, lambda _, count: np.zeros((count, START.size)))


@check("newton/damped")
def shrinks_by_its_rate(trial: Trial) -> None:
    """Expect every error to be multiplied by 1 - a in each step."""
    factors = np.full(START.size, 1 - trial.case.parameters["learning_rate"])
    _has_closed_form(trial, lambda _, count: _powers(factors, count) * START)


@check("newton/singular")
def answers_nothing_finite(trial: Trial) -> None:
    """Expect an exception, or no finite answer, for a singular Hessian."""
    try:
        answered = trial.call()
    except Raised:
        # Raising is right; the comparison counts that there was no answer.
        trial.near(np.zeros(1), 0.0, 0, "finite answers")
        return
    finite = [float(np.all(np.isfinite(flat(step)))) for step in answered]
    trial.near(np.array([float(np.sum(finite))]), 0.0, 0, "finite answers")


# --- what the checks of quadratics share ---


def _seen(trial: Trial) -> Array:
    """Return the errors after each step along the eigenvectors, seen from the minimum."""
    return np.asarray((table(trial.shape()) - MINIMUM) @ BASIS)


def _allowed(trial: Trial, clause: str = "") -> Array:
    """Return the bound of the clause, or of another one, in a parameter.

    Along an eigenvector of four halves it is at most twice that.
    """
    case = trial.case
    stated = allowances.formula(clause_of(clause) if clause else trial.clause, case.operation)
    params = [array.astype(np.float64) for array in steps.parameters(case)]
    quantities = {"params": params, "steps": int(case.arguments[-1]), "n": params[0].size}
    settings: dict[str, Any] = {
        "dtype": trial.format.name,
        "accumulates_in": trial.implementation.accumulates_in,
        "axes": None,
    }
    return np.asarray(language.evaluate(stated, {**quantities, **case.parameters}, **settings))


def _factors(case: Case) -> Array:
    """Return 1 - aλ for every eigenvector."""
    spectrum, rate, _ = SPECTRA[case.name]
    return np.asarray(1.0 - rate * np.array(spectrum))


def _powers(factors: Array, count: int) -> Array:
    """Return the first powers of factors, a row each."""
    return np.asarray(factors ** np.arange(1, count + 1)[:, None])


def _companion(case: Case, count: int) -> Array:
    """Return the error along every eigenvector after each step of momentum."""
    spectrum, rate, mu = SPECTRA[case.name]
    matrices = [
        np.array([[mu, curvature], [-rate * mu, 1.0 - rate * curvature]]) for curvature in spectrum
    ]
    powers = [
        [np.linalg.matrix_power(each, t)[1, 1] for each in matrices] for t in range(1, count + 1)
    ]
    return np.asarray(np.array(powers) * START)


def _has_closed_form(trial: Trial, form: Callable[[Case, int], Array]) -> None:
    """Expect the trajectory whose errors along the eigenvectors a closed form gives."""
    answered = trial.shape()
    value = MINIMUM + form(trial.case, len(answered)) @ BASIS.T
    trial.judge(answered, value, _allowed(trial))


def _swings(trial: Trial, predicted: Array, clause: str) -> None:
    """Expect the predicted signs of the errors, where rounding could not make them others."""
    errors = _seen(trial)
    large = abs(predicted) > 2 * _allowed(trial, clause)
    signs = np.where(large, np.sign(errors), 0.0)
    what = "sign of the error along an eigenvector"
    trial.near(signs, np.where(large, np.sign(predicted), 0.0), 0, what)
