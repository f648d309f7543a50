"""Checks of the page `adaptive`: closed forms and relations that no step was computed by."""

import dataclasses

import numpy as np

from nnspec.conformance.bounds import steps
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.pages.adaptive.closed_forms import STEADY
from nnspec.conformance.pages.adaptive.inputs import INSIDE, SCALES, scaled
from nnspec.conformance.pages.steps.checks import (
    before,
    descends,
    is_like,
    is_pure,
    keeps_sizes,
    stays,
    true_steps,
)
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.nested import flat, table

# --- every operation of the page ---

purity = check("adaptive/purity")(is_pure)
zero_gradient = check("adaptive/zero-gradient", "adaptive/small-epsilon")(stays)


@check("adaptive/empty")
def answers_hollow_arrays(trial: Trial) -> None:
    """Expect right steps, with as many elements as the parameters."""
    keeps_sizes(trial, trial.steps())


@check("adaptive/finiteness")
def descends_a_valley(trial: Trial) -> None:
    """Expect finite steps that come nearer to the minimum by a factor of 4."""
    descends(trial, 4)


@check("adaptive/independence")
def steps_every_array_alone(trial: Trial) -> None:
    """Expect the same steps of an array in company and alone."""
    together = trial.answer()
    gradient, params, count = trial.case.arguments
    places = np.cumsum([0, *(array.size for array in params)])
    allowed = trial.bound().reshape(len(together), -1)
    for number, array in enumerate(params):
        script = [[step[number]] for step in gradient.script]
        own = scripted(script, trial.format.name, "the gradients of one array")
        alone = trial.on(own, [array], count).shape()
        beside = table([step[number] for step in together])
        room = 2 * allowed[:, places[number] : places[number + 1]] + 2.0**-50 * abs(beside)
        trial.near(table(alone), beside, room, f"steps of array {number} alone")


# --- closed forms ---


@check("adaptive/first-step", "adaptive/constant-gradient")
def has_its_closed_form(trial: Trial) -> None:
    """Expect the steps that a method's closed form gives under one gradient.

    Its evaluation brings errors like those of the reference.
    """
    case, gradients = trial.case, steps.script(trial.case)
    t = np.arange(1.0, len(gradients) + 1)[:, None]
    form = -STEADY[case.operation](case.parameters, gradients, t)
    moved = case.parameters["learning_rate"] * np.cumsum(form, axis=0)
    is_like(trial, flat(steps.parameters(case)) + moved)


@check("adaptive/scale-invariance")
def has_no_unit(trial: Trial) -> None:
    """Expect the steps that gradients and epsilon give unscaled."""
    case = trial.case
    scale = SCALES[case.name.rpartition(".")[2]] ** (2 if case.operation in INSIDE else 1)
    unscaled = scaled(case.operation, trial.format.name, case.name, 1.0)
    # The epsilon may be one that the library fixes.
    parameters = {**case.parameters, "epsilon": case.parameters["epsilon"] / scale}
    is_like(trial, true_steps(dataclasses.replace(unscaled, parameters=parameters)))


# --- single methods ---


@check("adagrad/effective-rate", "adagrad_epsilon_inside/effective-rate")
def slows_down(trial: Trial) -> None:
    """Expect a step over its gradient at most a/|g| long, and no longer than the one before it."""
    answered, gradients = table(trial.shape()), steps.script(trial.case)
    rate = trial.case.parameters["learning_rate"]
    allowed = trial.bound().reshape(answered.shape) + 2.0**-50 * abs(answered)
    size = abs(answered - before(trial.case, answered)) / abs(gradients)
    room = 2 * allowed / abs(gradients)
    largest = np.concatenate([rate / abs(gradients[:1]), size[:-1] + room[:-1]])
    largest = np.minimum(largest, rate / abs(gradients)) + room
    trial.between(size, 0.0, largest, "length of a step, divided by its gradient")


@check(
    "adagrad/downhill",
    "adagrad_epsilon_inside/downhill",
    "rmsprop/downhill",
    "rmsprop_epsilon_inside/downhill",
)
def goes_downhill(trial: Trial) -> None:
    """Expect each element to move against its gradient, where rounding could not turn it round."""
    answered, gradients = table(trial.shape()), steps.script(trial.case)
    true, allowed = true_steps(trial.case), trial.bound().reshape(answered.shape)
    moved = true - before(trial.case, true)
    large = abs(moved) > 2 * allowed + 2.0**-48 * abs(true)
    signs = np.where(large, np.sign(answered - before(trial.case, answered)), 0.0)
    trial.near(signs, np.where(large, -np.sign(gradients), 0.0), 0, "direction of a step")


@check("adagrad_epsilon_inside/without-epsilon")
def is_adagrad_without_epsilon(trial: Trial) -> None:
    """Expect the steps of AdaGrad."""
    is_like(trial, true_steps(trial.case, "adagrad"))


@check("rmsprop_epsilon_inside/without-epsilon")
def is_rmsprop_without_epsilon(trial: Trial) -> None:
    """Expect the steps of RMSProp."""
    is_like(trial, true_steps(trial.case, "rmsprop"))


@check("adam_epsilon_hat/without-epsilon")
def is_adam_without_epsilon(trial: Trial) -> None:
    """Expect the steps of Adam."""
    is_like(trial, true_steps(trial.case, "adam"))


@check("adam_epsilon_hat/epsilon")
def is_adam_of_another_epsilon(trial: Trial) -> None:
    """Expect the steps of Adam with ε/√(1 - β₂ᵗ) in place of ε, which are formed here."""
    given, start = trial.case.parameters, flat(steps.parameters(trial.case))
    beta1, beta2 = given["beta1"], given["beta2"]
    m, v, theta, trajectory = 0.0, 0.0, start, []
    for t, g in enumerate(steps.script(trial.case), 1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        filled = 1 - beta2**t
        root = np.sqrt(v / filled) + given["epsilon"] / np.sqrt(filled)
        theta = theta - given["learning_rate"] * m / (1 - beta1**t) / root
        trajectory.append(theta)
    is_like(trial, np.stack(trajectory))


@check("adam_uncorrected/factor")
def is_adam_by_a_factor(trial: Trial) -> None:
    """Expect Adam's steps under the rates that both corrections make of the learning rate."""
    given = trial.case.parameters
    t = np.arange(1, steps.count(trial.case) + 1)
    rates = given["learning_rate"] * (1 - given["beta1"] ** t) / np.sqrt(1 - given["beta2"] ** t)
    is_like(trial, true_steps(trial.case, "adam", learning_rate=tuple(map(float, rates))))


@check("adam_uncorrected/rmsprop")
def is_rmsprop_without_momentum(trial: Trial) -> None:
    """Expect the steps of RMSProp, where no gradient but the last one counts."""
    decay = trial.case.parameters["beta2"]
    is_like(trial, true_steps(trial.case, "rmsprop", beta1=None, beta2=None, decay=decay))
