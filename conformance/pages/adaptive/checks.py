"""Checks of the page `adaptive`: steps by their running errors, and relations between the methods that no step was computed by."""

import dataclasses
from typing import Any

import numpy as np

from nnspec.conformance.bounds import steps as stepping
from nnspec.conformance.bounds import truth
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.pages.adaptive.inputs import INSIDE, SCALES, scaled
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, table

# --- every operation of the page ---------------------------------------------------------------------------------------------------


def _judged(trial: Trial, answered: Any, value: Array, allowed: Array) -> None:
    trial.judge(answered, value.reshape(-1), np.broadcast_to(allowed, value.shape).reshape(-1))


@check("adaptive/empty")
def fails_on_hollow_arrays(trial: Trial) -> None:
    """Arrays without dimensions or without elements are not answered by such arrays."""
    answered, params = trial.steps(), stepping.parameters(trial.case)
    sizes = np.array([[array.size for array in step] for step in answered])
    trial.near(sizes, [array.size for array in params], 0, "number of elements")


@check("adaptive/purity")
def keeps_state(trial: Trial) -> None:
    """A call changes its arguments, an earlier step or answer, or the answer to a later call with the same arguments."""
    gradient, params, steps = trial.case.arguments
    other = dataclasses.replace(
        trial.case, arguments=(gradient, [array + array.dtype.type(1) for array in params], steps)
    )
    trial.repeated(other)


def _stays(trial: Trial) -> None:
    answered = trial.shape()
    start = flat(stepping.parameters(trial.case))
    _judged(
        trial, answered, np.tile(start, (len(answered), 1)), np.zeros((len(answered), start.size))
    )


@check("adaptive/zero-gradient")
def moves_without_a_gradient(trial: Trial) -> None:
    """Parameters move although the gradient was zero in every step."""
    _stays(trial)


@check("adaptive/small-epsilon")
def divides_by_zero(trial: Trial) -> None:
    """Parameters move under a zero gradient where epsilon is below the format's numbers."""
    _stays(trial)


@check("adaptive/finiteness")
def does_not_descend(trial: Trial) -> None:
    """A step of the descent of a gentle quadratic is not finite, or 64 of them come nowhere near the minimum."""
    steps = table(trial.shape())
    trial.between(steps, -trial.format.maximum, trial.format.maximum, "parameters, finite")
    start = abs(flat(stepping.parameters(trial.case)))
    trial.between(steps[-1], -start / 4, start / 4, "parameters after the last step")


@check("adaptive/independence")
def depends_on_company(trial: Trial) -> None:
    """An array's steps are others in the company of other arrays than alone."""
    together = trial.answer()
    gradient, params, steps = trial.case.arguments
    places = np.cumsum([0, *(array.size for array in params)])
    allowed = trial.bound().reshape(len(together), -1)
    for number, array in enumerate(params):
        own = scripted(
            [[step[number]] for step in gradient.script],
            trial.format.name,
            "the gradients of one array",
        )
        alone = trial.of(dataclasses.replace(trial.case, arguments=(own, [array], steps))).shape()
        found = table([step[number] for step in together])
        room = 2 * allowed[:, places[number] : places[number + 1]]
        trial.near(
            table(alone), found, room + 2.0**-50 * abs(found), f"steps of array {number} alone"
        )


# --- closed forms ------------------------------------------------------------------------------------------------------------------


def _steady(case: Case, g: Array, t: Array) -> Array:
    """Return step t of every method, divided by the learning rate, where the gradient has always been g."""
    given = case.parameters
    epsilon, size = given["epsilon"], abs(g)
    first, second = (
        1.0 - given.get("beta1", 0.0) ** t,
        1.0 - given.get("beta2", given.get("decay", 0.0)) ** t,
    )
    forms = {
        "adagrad": lambda: g / (np.sqrt(t) * size + epsilon),
        "adagrad_epsilon_inside": lambda: g / np.sqrt(t * g * g + epsilon),
        "rmsprop": lambda: g / (np.sqrt(second) * size + epsilon),
        "rmsprop_epsilon_inside": lambda: g / np.sqrt(second * g * g + epsilon),
        "adam": lambda: g / (size + epsilon) * np.ones(t.shape),
        "adam_epsilon_hat": lambda: g / (size + epsilon / np.sqrt(second)),
        "adam_uncorrected": lambda: first * g / (np.sqrt(second) * size + epsilon),
    }
    return np.asarray(-forms[case.operation]())


def _closed(trial: Trial) -> None:
    """Judge steps under one gradient by the closed form, whose own evaluation brings errors like those of the reference."""
    gradients = stepping.script(trial.case)
    t = np.arange(1.0, len(gradients) + 1)[:, None]
    moved = trial.case.parameters["learning_rate"] * np.cumsum(
        _steady(trial.case, gradients, t), axis=0
    )
    _related(trial, flat(stepping.parameters(trial.case)) + moved)


def _related(trial: Trial, value: Array) -> None:
    """Judge a trajectory by what another formula answers, computed in float64 with an error like our own."""
    answered = trial.shape()
    _, _, own = truth.truth(trial.case)
    allowed = trial.bound() + 2 * own
    _judged(trial, answered, value, allowed.reshape(value.shape))


@check("adaptive/first-step")
def begins_otherwise(trial: Trial) -> None:
    """The first step is not the closed form's."""
    _closed(trial)


@check("adaptive/constant-gradient")
def does_not_average(trial: Trial) -> None:
    """Under a constant gradient a step is not the closed form's."""
    _closed(trial)


@check("adaptive/scale-invariance")
def depends_on_the_unit(trial: Trial) -> None:
    """The steps are others where gradients and epsilon are scaled together."""
    scale = SCALES[trial.case.name.rpartition(".")[2]] ** (
        2 if trial.case.operation in INSIDE else 1
    )
    unscaled = scaled(trial.case.operation, trial.format.name, trial.case.name, 1.0)
    # The epsilon may be one that the library fixes.
    parameters = {**trial.case.parameters, "epsilon": trial.case.parameters["epsilon"] / scale}
    _related(trial, _true(dataclasses.replace(unscaled, parameters=parameters)))


# --- relations ---------------------------------------------------------------------------------------------------------------------


def _true(case: Case) -> Array:
    return table(truth.true_answer(case))


def _sibling(case: Case, operation: str, **changed: Any) -> Array:
    """Return the true steps of another method; a parameter that is changed to None is not one of its own."""
    parameters = {
        name: value for name, value in {**case.parameters, **changed}.items() if value is not None
    }
    return _true(dataclasses.replace(case, operation=operation, parameters=parameters, truth=None))


def _effective(trial: Trial) -> None:
    answered = trial.shape()
    steps, gradients, rate = (
        table(answered),
        stepping.script(trial.case),
        trial.case.parameters["learning_rate"],
    )
    before = np.concatenate([flat(stepping.parameters(trial.case))[None, :], steps[:-1]])
    allowed = trial.bound().reshape(steps.shape) + 2.0**-50 * abs(steps)
    size, room = abs(steps - before) / abs(gradients), 2 * allowed / abs(gradients)
    largest = np.concatenate([rate / abs(gradients[:1]), size[:-1] + room[:-1]])
    largest = np.minimum(largest, rate / abs(gradients)) + room
    trial.between(size, 0.0, largest, "length of a step, divided by its gradient")


@check("adagrad/effective-rate")
def adagrad_gains_speed(trial: Trial) -> None:
    """The rate of an element grows from one step to the next, or is above a/|g|."""
    _effective(trial)


@check("adagrad_epsilon_inside/effective-rate")
def adagrad_epsilon_inside_gains_speed(trial: Trial) -> None:
    """The rate of an element grows from one step to the next, or is above a/|g|."""
    _effective(trial)


def _downhill(trial: Trial) -> None:
    """Judge the direction of every step that is larger than what rounding could turn round."""
    answered = trial.shape()
    steps, gradients = table(answered), stepping.script(trial.case)
    before = np.concatenate([flat(stepping.parameters(trial.case))[None, :], steps[:-1]])
    true, allowed = _true(trial.case), trial.bound().reshape(steps.shape)
    moved = np.diff(true, axis=0, prepend=flat(stepping.parameters(trial.case))[None, :])
    large = abs(moved) > 2 * allowed + 2.0**-48 * abs(true)
    signs = np.where(large, np.sign(steps - before), 0.0)
    trial.near(signs, np.where(large, -np.sign(gradients), 0.0), 0, "direction of a step")


@check("adagrad/downhill")
def adagrad_goes_elsewhere(trial: Trial) -> None:
    """An element does not move against its own gradient."""
    _downhill(trial)


@check("adagrad_epsilon_inside/downhill")
def adagrad_epsilon_inside_goes_elsewhere(trial: Trial) -> None:
    """An element does not move against its own gradient."""
    _downhill(trial)


@check("rmsprop/downhill")
def rmsprop_goes_elsewhere(trial: Trial) -> None:
    """An element does not move against its own gradient."""
    _downhill(trial)


@check("rmsprop_epsilon_inside/downhill")
def rmsprop_epsilon_inside_goes_elsewhere(trial: Trial) -> None:
    """An element does not move against its own gradient."""
    _downhill(trial)


@check("adagrad_epsilon_inside/without-epsilon")
def adagrad_differs_without_epsilon(trial: Trial) -> None:
    """Without epsilon the steps are not those of AdaGrad with epsilon outside."""
    _related(trial, _sibling(trial.case, "adagrad"))


@check("rmsprop_epsilon_inside/without-epsilon")
def rmsprop_differs_without_epsilon(trial: Trial) -> None:
    """Without epsilon the steps are not those of RMSProp with epsilon outside."""
    _related(trial, _sibling(trial.case, "rmsprop"))


@check("adam_epsilon_hat/without-epsilon")
def adam_differs_without_epsilon(trial: Trial) -> None:
    """Without epsilon the steps are not those of Adam."""
    _related(trial, _sibling(trial.case, "adam"))


@check("adam_epsilon_hat/epsilon")
def takes_another_epsilon(trial: Trial) -> None:
    """The steps are not those of Adam with ε/√(1 - β₂ᵗ) in place of ε."""
    given, gradients = trial.case.parameters, stepping.script(trial.case)
    m, v, theta, steps = 0.0, 0.0, flat(stepping.parameters(trial.case)), []
    for t, g in enumerate(gradients, 1):
        m, v = (
            given["beta1"] * m + (1 - given["beta1"]) * g,
            given["beta2"] * v + (1 - given["beta2"]) * g * g,
        )
        filled = 1 - given["beta2"] ** t
        epsilon = given["epsilon"] / np.sqrt(filled)
        theta = theta - given["learning_rate"] * m / (1 - given["beta1"] ** t) / (
            np.sqrt(v / filled) + epsilon
        )
        steps.append(theta)
    _related(trial, np.stack(steps))


@check("adam_uncorrected/factor")
def is_corrected_otherwise(trial: Trial) -> None:
    """Without epsilon a step is not Adam's times (1 - β₁ᵗ)/√(1 - β₂ᵗ)."""
    given = trial.case.parameters
    t = np.arange(1, stepping.count(trial.case) + 1)
    rates = given["learning_rate"] * (1 - given["beta1"] ** t) / np.sqrt(1 - given["beta2"] ** t)
    _related(trial, _sibling(trial.case, "adam", learning_rate=tuple(map(float, rates))))


@check("adam_uncorrected/rmsprop")
def is_not_rmsprop(trial: Trial) -> None:
    """Without a memory of gradients the steps are not those of RMSProp."""
    _related(
        trial,
        _sibling(
            trial.case, "rmsprop", beta1=None, beta2=None, decay=trial.case.parameters["beta2"]
        ),
    )
