"""Checks of the page `descent`: steps by their running errors, and quadratics by closed forms that no step was computed by."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from nnspec.conformance.bounds import language, truth
from nnspec.conformance.bounds import steps as stepping
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.pages.descent.inputs import BASIS, MINIMUM, SPECTRA, START
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, table
from nnspec.conformance.terms.operations import bound_of, clause_of
from nnspec.conformance.terms.outcomes import Malformed, Raised

# --- every operation of the page ---------------------------------------------------------------------------------------------------


def _steps(trial: Trial) -> Any:
    """Judge each step of a method; Newton's steps from the first parameters, and where it asked."""
    if trial.case.operation != "newton":
        return trial.steps()
    answered = trial.answer()
    before = table([stepping.parameters(trial.case), *answered[:-1]])
    for name in ("gradient", "hessian"):
        asked = [asking for asking in trial.implementation.asked if asking.name == name]
        if len(asked) != len(answered):
            message = f"newton asked for the {name} {len(asked)} times in {len(answered)} steps; once a step was needed"
            raise Malformed(message)
        points = table([asking.arguments[0] for asking in asked])
        trial.near(points, before, 0, f"the point where the {name} was asked")
    return answered


@check("descent/form")
def answers_in_another_form(trial: Trial) -> None:
    """A step does not answer every array of the parameters, in its shape and dtype, rightly."""
    _steps(trial)


@check("descent/layouts")
def heeds_the_memory(trial: Trial) -> None:
    """The steps depend on how the parameters lie in memory."""
    _steps(trial)


@check("descent/asking")
def asks_elsewhere(trial: Trial) -> None:
    """The gradient is asked for at another point than the formula's, or not once a step."""
    _steps(trial)


@check("descent/rates")
def takes_other_rates(trial: Trial) -> None:
    """A step does not take its own learning rate."""
    _steps(trial)


@check("descent/empty")
def fails_on_hollow_arrays(trial: Trial) -> None:
    """Arrays without dimensions or without elements are not answered by such arrays."""
    answered, params = _steps(trial), stepping.parameters(trial.case)
    sizes = np.array([[array.size for array in step] for step in answered])
    trial.near(sizes, [array.size for array in params], 0, "number of elements")


@check("newton/accuracy")
def newton_steps_elsewhere(trial: Trial) -> None:
    """A step is not the learning rate times the solution of H d = g, downhill."""
    _steps(trial)


@check("descent/purity")
def keeps_state(trial: Trial) -> None:
    """A call changes its arguments, an earlier step or answer, or the answer to a later call with the same arguments."""
    *callbacks, params, steps = trial.case.arguments
    other = dataclasses.replace(
        trial.case, arguments=(*callbacks, [array + array.dtype.type(1) for array in params], steps)
    )
    trial.repeated(other)


@check("descent/zero-gradient")
def moves_without_a_gradient(trial: Trial) -> None:
    """Parameters move although the gradient was zero in every step."""
    answered = trial.shape()
    start = flat(stepping.parameters(trial.case))
    _judged(
        trial, answered, np.tile(start, (len(answered), 1)), np.zeros((len(answered), start.size))
    )


@check("descent/finiteness")
def does_not_descend(trial: Trial) -> None:
    """A step of the descent of a gentle quadratic is not finite, or 64 of them come nowhere near the minimum."""
    steps = table(trial.shape())
    trial.between(steps, -trial.format.maximum, trial.format.maximum, "parameters, finite")
    start = abs(flat(stepping.parameters(trial.case)))
    trial.between(steps[-1], -start / 16, start / 16, "parameters after the last step")


# --- quadratics --------------------------------------------------------------------------------------------------------------------


def _judged(trial: Trial, answered: Any, value: Array, allowed: Array) -> None:
    trial.judge(answered, value.reshape(-1), np.broadcast_to(allowed, value.shape).reshape(-1))


def _seen(trial: Trial) -> Array:
    """Return the errors of every step along the eigenvectors of a quadratic, seen from its minimum."""
    return np.asarray((table(trial.shape()) - MINIMUM) @ BASIS)


def _allowed(trial: Trial, clause: str = "") -> Array:
    """Return the bound of the clause, or of another one, in a parameter; along an eigenvector of four halves it is at most twice that."""
    stated = bound_of(clause_of(clause), trial.case.operation) if clause else trial.stated()
    if stated is None:
        message = f"{clause} states no bound"
        raise language.BoundError(message)
    params = [array.astype(np.float64) for array in stepping.parameters(trial.case)]
    given = {
        "params": params,
        "steps": int(trial.case.arguments[-1]),
        "n": params[0].size,
        **trial.case.parameters,
    }
    settings: dict[str, Any] = {
        "dtype": trial.format.name,
        "accumulates_in": trial.implementation.accumulates_in,
        "axes": None,
    }
    return np.asarray(language.evaluate(stated, given, **settings))


def _factors(case: Case) -> Array:
    """Return 1 - aλ for every eigenvector."""
    spectrum, rate, _ = SPECTRA[case.name]
    return np.asarray(1.0 - rate * np.array(spectrum))


def _powers(factors: Array, steps: int) -> Array:
    return np.asarray(factors ** np.arange(1, steps + 1)[:, None])


def _companion(case: Case, steps: int) -> Array:
    """Return the error along every eigenvector after each step of momentum, by powers of its matrix."""
    spectrum, rate, mu = SPECTRA[case.name]
    matrices = [
        np.array([[mu, curvature], [-rate * mu, 1.0 - rate * curvature]]) for curvature in spectrum
    ]
    powers = [
        [np.linalg.matrix_power(each, t)[1, 1] for each in matrices] for t in range(1, steps + 1)
    ]
    return np.asarray(np.array(powers) * START)


def _closed(trial: Trial, form: Callable[[Case, int], Array]) -> None:
    """Judge a trajectory on a quadratic by the errors along the eigenvectors that a closed form gives."""
    answered = trial.shape()
    value = MINIMUM + form(trial.case, len(answered)) @ BASIS.T
    _judged(trial, answered, value, _allowed(trial))


def _swings(trial: Trial, predicted: Array, clause: str) -> None:
    """Judge the signs of the errors along the eigenvectors, where they are larger than rounding could make them."""
    errors = _seen(trial)
    large = abs(predicted) > 2 * _allowed(trial, clause)
    signs = np.where(large, np.sign(errors), 0.0)
    trial.near(
        signs, np.where(large, np.sign(predicted), 0.0), 0, "sign of the error along an eigenvector"
    )


@check("gradient_descent/eigenbasis")
def leaves_the_closed_form(trial: Trial) -> None:
    """An error along an eigenvector is not multiplied by 1 - aλ in every step."""
    _closed(trial, lambda case, steps: _powers(_factors(case), steps) * START)


@check("gradient_descent/stability")
def is_stable_elsewhere(trial: Trial) -> None:
    """The error along the largest eigenvalue does not shrink below a rate of 2/λ, stand at it, and grow beyond it."""
    errors, allowed = _seen(trial), 2 * _allowed(trial)
    sizes = _powers(abs(_factors(trial.case)), len(errors))[:, -1] * abs(START[-1])
    trial.near(abs(errors[:, -1]), sizes, allowed, "size of the error along the largest eigenvalue")


@check("gradient_descent/oscillation")
def oscillates_elsewhere(trial: Trial) -> None:
    """An error changes its sign where aλ is below 1, or keeps it where aλ is above."""
    steps = int(trial.case.arguments[-1])
    _swings(trial, _powers(_factors(trial.case), steps) * START, "gradient_descent/eigenbasis")


@check("gradient_descent/best-rate")
def is_fastest_elsewhere(trial: Trial) -> None:
    """The largest error does not fall by the factor that the extreme eigenvalues give."""
    errors, allowed = _seen(trial), 2 * _allowed(trial)
    predicted = np.max(abs(_powers(_factors(trial.case), len(errors)) * START), axis=1)
    trial.near(
        np.max(abs(errors), axis=1), predicted, allowed, "largest error along an eigenvector"
    )


@check("gradient_descent/stops")
def does_not_stop(trial: Trial) -> None:
    """The parameters move on where the gradient has become zero."""
    answered = trial.shape()
    steps = table(answered)
    moving = len(stepping.script(trial.case)[np.any(stepping.script(trial.case) != 0, axis=1)])
    value = np.concatenate([steps[:moving], np.tile(steps[moving - 1], (len(steps) - moving, 1))])
    _judged(trial, answered, value, np.zeros(value.shape))


@check("momentum/accumulation")
def reaches_another_velocity(trial: Trial) -> None:
    """Steps under a constant gradient do not grow towards a g/(1 - μ)."""
    answered = trial.shape()
    mu, rate = trial.case.parameters["momentum"], trial.case.parameters["learning_rate"]
    sums = np.cumsum((1 - mu ** np.arange(1, len(answered) + 1)) / (1 - mu))
    value = flat(stepping.parameters(trial.case)) - rate * sums[:, None] * stepping.script(
        trial.case
    )
    _judged(trial, answered, value, trial.bound().reshape(value.shape))


@check("momentum/companion")
def leaves_the_powers_of_its_matrix(trial: Trial) -> None:
    """Velocity and error along an eigenvector are not the powers of momentum's matrix."""
    _closed(trial, _companion)


@check("momentum/oscillation")
def swings_otherwise(trial: Trial) -> None:
    """An error does not change its sign where the eigenvalues of momentum's matrix are complex."""
    steps = int(trial.case.arguments[-1])
    spectrum, rate, mu = SPECTRA[trial.case.name]
    turning = (1 + mu - rate * np.array(spectrum)) ** 2 < 4 * mu
    _swings(trial, np.where(turning, _companion(trial.case, steps), 0.0), "momentum/companion")


# --- relations ---------------------------------------------------------------------------------------------------------------------


def _related(trial: Trial, value: Array) -> None:
    """Judge a trajectory by what another method answers, computed in float64 with an error like our own."""
    answered = trial.shape()
    _, _, own = truth.truth(trial.case)
    allowed = trial.bound() + 2 * own
    _judged(trial, answered, value, allowed.reshape(value.shape))


def _sibling(case: Case, operation: str, **parameters: Any) -> Array:
    other = dataclasses.replace(
        case, operation=operation, parameters={**case.parameters, **parameters}, truth=None
    )
    return table(truth.true_answer(other))


@check("momentum_average/average")
def leaves_the_range_of_the_gradients(trial: Trial) -> None:
    """A step is longer than the learning rate times any gradient so far."""
    steps = table(trial.shape())
    before = np.concatenate([flat(stepping.parameters(trial.case))[None, :], steps[:-1]])
    gradients, rate = stepping.script(trial.case), trial.case.parameters["learning_rate"]
    low = np.minimum(np.minimum.accumulate(gradients), 0.0)
    high = np.maximum(np.maximum.accumulate(gradients), 0.0)
    room = trial.bound().reshape(steps.shape) + 2.0**-50 * abs(steps)
    trial.between(before - steps, rate * low - 2 * room, rate * high + 2 * room, "step")


@check("momentum_average/rescaling")
def average_is_not_rescaled_momentum(trial: Trial) -> None:
    """Under a constant rate the steps are not those of momentum with the rate a(1 - μ)."""
    rate = trial.case.parameters["learning_rate"] * (1 - trial.case.parameters["momentum"])
    _related(trial, _sibling(trial.case, "momentum", learning_rate=rate))


@check("momentum_scaled/rescaling")
def scaled_is_not_momentum(trial: Trial) -> None:
    """Under a constant rate the steps are not those of momentum."""
    _related(trial, _sibling(trial.case, "momentum"))


@check("momentum_unbiased/constant-gradient")
def unbiased_is_not_a_mean(trial: Trial) -> None:
    """Under a constant gradient the steps are not those of gradient descent."""
    steps = np.arange(1, int(trial.case.arguments[-1]) + 1)[:, None]
    _related(
        trial,
        flat(stepping.parameters(trial.case))
        - steps * trial.case.parameters["learning_rate"] * stepping.script(trial.case),
    )


@check("nesterov_reformulated/look-ahead")
def reformulated_is_another_sequence(trial: Trial) -> None:
    """The steps are not the points at which Sutskever's form asks for its gradients."""
    _related(trial, _looked_at(trial.case))


@check("nesterov_reformulated_scaled/look-ahead")
def scaled_reformulation_is_another_sequence(trial: Trial) -> None:
    """The steps are not the points at which Sutskever's form asks for its gradients, whatever its rates."""
    _related(trial, _looked_at(trial.case))


def _looked_at(case: Case) -> Array:
    """Return the points θ + μv of Sutskever's form after every step, under the gradients of the case."""
    gradients, mu = stepping.script(case), case.parameters["momentum"]
    rates = np.broadcast_to(case.parameters["learning_rate"], len(gradients))
    theta, v, points = flat(stepping.parameters(case)), np.zeros(gradients.shape[1]), []
    for rate, g in zip(rates, gradients, strict=True):
        v = mu * v - rate * g
        theta = theta + v
        points.append(theta + mu * v)
    return np.stack(points)


# --- Newton's method ---------------------------------------------------------------------------------------------------------------


@check("newton/quadratic")
def newton_misses_the_minimum(trial: Trial) -> None:
    """A full step does not solve a quadratic."""
    _closed(trial, lambda _, steps: np.zeros((steps, START.size)))


@check("newton/damped")
def newton_is_damped_otherwise(trial: Trial) -> None:
    """An error is not multiplied by 1 - a in every step."""
    _closed(
        trial,
        lambda case, steps: (
            _powers(np.full(START.size, 1 - case.parameters["learning_rate"]), steps) * START
        ),
    )


@check("newton/saddle")
def newton_misses_the_saddle(trial: Trial) -> None:
    """A full step does not lead to the point without slope of a quadratic that curves down."""
    _closed(trial, lambda _, steps: np.zeros((steps, START.size)))


@check("newton/singular")
def newton_answers_nonsense(trial: Trial) -> None:
    """A singular Hessian is answered with finite numbers."""
    try:
        answered = trial.implementation.newton(*trial.case.arguments, **trial.case.parameters)
    except Raised:
        # Raising is right; what is compared is that nothing was answered.
        trial.near(np.zeros(1), 0.0, 0, "finite answers")
        return
    finite = [float(np.all(np.isfinite(flat(step)))) for step in answered]
    trial.near(np.array([float(np.sum(finite))]), 0.0, 0, "finite answers")
