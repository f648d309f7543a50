"""Checks of the page `adaptive`: steps by their running errors, and relations between the methods that no step was computed by."""

import dataclasses
from typing import Any

import numpy as np

from nnspec.conformance.bounds import steps as stepping
from nnspec.conformance.bounds import truth
from nnspec.conformance.judge import expect
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.pages.adaptive.inputs import INSIDE, SCALES, scaled
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, table

# Clauses that a right answer on their inputs fulfils, and what is true when the answer is wrong.
ANSWERS = {
    "adaptive/trajectory": "The parameters drift from the trajectory by more than rounding explains.",
}

# Clauses that every right step fulfils, and what is true when one is wrong.
STEPS = {
    "adaptive/form": "A step does not answer every array of the parameters, in its shape and dtype, rightly.",
    "adaptive/layouts": "The steps depend on how the parameters lie in memory.",
    "adaptive/asking": "The gradient is asked for at another point than the parameters, or not once a step.",
    "adaptive/rates": "A step does not take its own learning rate.",
    "adaptive/hyper-parameters": "A hyper-parameter is not taken as the float64 number that it is.",
    "adagrad/accuracy": "A step is not the gradient over the root of all squares so far, with epsilon beside the root.",
    "adagrad_epsilon_inside/accuracy": "A step is not the gradient over the root of all squares so far and epsilon.",
    "rmsprop/accuracy": "A step is not the gradient over the root of the average square, with epsilon beside the root.",
    "rmsprop_epsilon_inside/accuracy": "A step is not the gradient over the root of the average square and epsilon.",
    "adam/accuracy": "A step is not m over the root of v, both corrected, and epsilon.",
    "adam/corrections": "A correction loses digits where the power of a weight is nearly 1.",
    "adam_epsilon_hat/accuracy": "A step is not m over the root of v and epsilon, with both corrections in the rate.",
    "adam_epsilon_hat/corrections": "A correction loses digits where the power of a weight is nearly 1.",
    "adam_uncorrected/accuracy": "A step is not m over the root of v and epsilon, both averages as they are.",
}


# --- every operation of the page -----------------------------------------------------------------


def _judged(
    implementation: Implementation, case: Case, answered: Any, value: Array, allowed: Array
) -> None:
    expect.judge(
        implementation,
        case,
        answered,
        value.reshape(-1),
        np.broadcast_to(allowed, value.shape).reshape(-1),
    )


@check("adaptive/empty")
def fails_on_hollow_arrays(implementation: Implementation, case: Case) -> None:
    """Arrays without dimensions or without elements are not answered by such arrays."""
    answered, params = expect.steps(implementation, case), stepping.parameters(case)
    sizes = np.array([[array.size for array in step] for step in answered])
    expect.near(
        implementation, case, sizes, [array.size for array in params], 0, "number of elements"
    )


@check("adaptive/purity")
def keeps_state(implementation: Implementation, case: Case) -> None:
    """A call changes its arguments, an earlier step or answer, or the answer to a later call with the same arguments."""
    gradient, params, steps = case.arguments
    other = dataclasses.replace(
        case, arguments=(gradient, [array + array.dtype.type(1) for array in params], steps)
    )
    expect.repeated(implementation, case, other)


def _stays(implementation: Implementation, case: Case) -> None:
    answered = expect.shape(implementation, case)
    start = flat(stepping.parameters(case))
    _judged(
        implementation,
        case,
        answered,
        np.tile(start, (len(answered), 1)),
        np.zeros((len(answered), start.size)),
    )


@check("adaptive/zero-gradient")
def moves_without_a_gradient(implementation: Implementation, case: Case) -> None:
    """Parameters move although the gradient was zero in every step."""
    _stays(implementation, case)


@check("adaptive/small-epsilon")
def divides_by_zero(implementation: Implementation, case: Case) -> None:
    """Parameters move under a zero gradient where epsilon is below the format's numbers."""
    _stays(implementation, case)


@check("adaptive/finiteness", chosen=("beta1", "beta2", "decay"))
def does_not_descend(implementation: Implementation, case: Case) -> None:
    """A step of the descent of a gentle quadratic is not finite, or 64 of them come nowhere near the minimum."""
    steps = table(expect.shape(implementation, case))
    expect.between(
        implementation,
        case,
        steps,
        -implementation.format.maximum,
        implementation.format.maximum,
        "parameters, finite",
    )
    start = abs(flat(stepping.parameters(case)))
    expect.between(
        implementation, case, steps[-1], -start / 4, start / 4, "parameters after the last step"
    )


@check("adaptive/independence")
def depends_on_company(implementation: Implementation, case: Case) -> None:
    """An array's steps are others in the company of other arrays than alone."""
    together = expect.answer(implementation, case)
    gradient, params, steps = case.arguments
    places = np.cumsum([0, *(array.size for array in params)])
    allowed = expect.bound(implementation, case).reshape(len(together), -1)
    for number, array in enumerate(params):
        own = scripted(
            [[step[number]] for step in gradient.script],
            implementation.format.name,
            "the gradients of one array",
        )
        alone = expect.shape(
            implementation, dataclasses.replace(case, arguments=(own, [array], steps))
        )
        found = table([step[number] for step in together])
        room = 2 * allowed[:, places[number] : places[number + 1]]
        expect.near(
            implementation,
            case,
            table(alone),
            found,
            room + 2.0**-50 * abs(found),
            f"steps of array {number} alone",
        )


# --- closed forms --------------------------------------------------------------------------------


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


def _closed(implementation: Implementation, case: Case) -> None:
    """Judge steps under one gradient by the closed form, whose own evaluation brings errors like those of the reference."""
    gradients = stepping.script(case)
    t = np.arange(1.0, len(gradients) + 1)[:, None]
    moved = case.parameters["learning_rate"] * np.cumsum(_steady(case, gradients, t), axis=0)
    _related(implementation, case, flat(stepping.parameters(case)) + moved)


def _related(implementation: Implementation, case: Case, value: Array) -> None:
    """Judge a trajectory by what another formula answers, computed in float64 with an error like our own."""
    answered = expect.shape(implementation, case)
    _, _, own = truth.truth(case)
    allowed = expect.bound(implementation, case) + 2 * own
    _judged(implementation, case, answered, value, allowed.reshape(value.shape))


@check("adaptive/first-step")
def begins_otherwise(implementation: Implementation, case: Case) -> None:
    """The first step is not the closed form's."""
    _closed(implementation, case)


@check("adaptive/constant-gradient")
def does_not_average(implementation: Implementation, case: Case) -> None:
    """Under a constant gradient a step is not the closed form's."""
    _closed(implementation, case)


@check("adaptive/scale-invariance")
def depends_on_the_unit(implementation: Implementation, case: Case) -> None:
    """The steps are others where gradients and epsilon are scaled together."""
    scale = SCALES[case.name.rpartition(".")[2]] ** (2 if case.operation in INSIDE else 1)
    unscaled = scaled(case.operation, implementation.format.name, case.name, 1.0)
    # The epsilon may be one that the library fixes.
    parameters = {**case.parameters, "epsilon": case.parameters["epsilon"] / scale}
    _related(implementation, case, _true(dataclasses.replace(unscaled, parameters=parameters)))


# --- relations -----------------------------------------------------------------------------------


def _true(case: Case) -> Array:
    return table(truth.true_answer(case))


def _sibling(case: Case, operation: str, **changed: Any) -> Array:
    """Return the true steps of another method; a parameter that is changed to None is not one of its own."""
    parameters = {
        name: value for name, value in {**case.parameters, **changed}.items() if value is not None
    }
    return _true(dataclasses.replace(case, operation=operation, parameters=parameters, truth=None))


def _effective(implementation: Implementation, case: Case) -> None:
    answered = expect.shape(implementation, case)
    steps, gradients, rate = (
        table(answered),
        stepping.script(case),
        case.parameters["learning_rate"],
    )
    before = np.concatenate([flat(stepping.parameters(case))[None, :], steps[:-1]])
    allowed = expect.bound(implementation, case).reshape(steps.shape) + 2.0**-50 * abs(steps)
    size, room = abs(steps - before) / abs(gradients), 2 * allowed / abs(gradients)
    largest = np.concatenate([rate / abs(gradients[:1]), size[:-1] + room[:-1]])
    largest = np.minimum(largest, rate / abs(gradients)) + room
    expect.between(
        implementation, case, size, 0.0, largest, "length of a step, divided by its gradient"
    )


@check("adagrad/effective-rate")
def adagrad_gains_speed(implementation: Implementation, case: Case) -> None:
    """The rate of an element grows from one step to the next, or is above a/|g|."""
    _effective(implementation, case)


@check("adagrad_epsilon_inside/effective-rate")
def adagrad_epsilon_inside_gains_speed(implementation: Implementation, case: Case) -> None:
    """The rate of an element grows from one step to the next, or is above a/|g|."""
    _effective(implementation, case)


def _downhill(implementation: Implementation, case: Case) -> None:
    """Judge the direction of every step that is larger than what rounding could turn round."""
    answered = expect.shape(implementation, case)
    steps, gradients = table(answered), stepping.script(case)
    before = np.concatenate([flat(stepping.parameters(case))[None, :], steps[:-1]])
    true, allowed = _true(case), expect.bound(implementation, case).reshape(steps.shape)
    moved = np.diff(true, axis=0, prepend=flat(stepping.parameters(case))[None, :])
    large = abs(moved) > 2 * allowed + 2.0**-48 * abs(true)
    signs = np.where(large, np.sign(steps - before), 0.0)
    expect.near(
        implementation,
        case,
        signs,
        np.where(large, -np.sign(gradients), 0.0),
        0,
        "direction of a step",
    )


@check("adagrad/downhill")
def adagrad_goes_elsewhere(implementation: Implementation, case: Case) -> None:
    """An element does not move against its own gradient."""
    _downhill(implementation, case)


@check("adagrad_epsilon_inside/downhill")
def adagrad_epsilon_inside_goes_elsewhere(implementation: Implementation, case: Case) -> None:
    """An element does not move against its own gradient."""
    _downhill(implementation, case)


@check("rmsprop/downhill")
def rmsprop_goes_elsewhere(implementation: Implementation, case: Case) -> None:
    """An element does not move against its own gradient."""
    _downhill(implementation, case)


@check("rmsprop_epsilon_inside/downhill")
def rmsprop_epsilon_inside_goes_elsewhere(implementation: Implementation, case: Case) -> None:
    """An element does not move against its own gradient."""
    _downhill(implementation, case)


@check("adagrad_epsilon_inside/without-epsilon", chosen=("epsilon",))
def adagrad_differs_without_epsilon(implementation: Implementation, case: Case) -> None:
    """Without epsilon the steps are not those of AdaGrad with epsilon outside."""
    _related(implementation, case, _sibling(case, "adagrad"))


@check("rmsprop_epsilon_inside/without-epsilon", chosen=("epsilon",))
def rmsprop_differs_without_epsilon(implementation: Implementation, case: Case) -> None:
    """Without epsilon the steps are not those of RMSProp with epsilon outside."""
    _related(implementation, case, _sibling(case, "rmsprop"))


@check("adam_epsilon_hat/without-epsilon", chosen=("epsilon",))
def adam_differs_without_epsilon(implementation: Implementation, case: Case) -> None:
    """Without epsilon the steps are not those of Adam."""
    _related(implementation, case, _sibling(case, "adam"))


@check("adam_epsilon_hat/epsilon")
def takes_another_epsilon(implementation: Implementation, case: Case) -> None:
    """The steps are not those of Adam with ε/√(1 - β₂ᵗ) in place of ε."""
    given, gradients = case.parameters, stepping.script(case)
    m, v, theta, steps = 0.0, 0.0, flat(stepping.parameters(case)), []
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
    _related(implementation, case, np.stack(steps))


@check("adam_uncorrected/factor", chosen=("epsilon",))
def is_corrected_otherwise(implementation: Implementation, case: Case) -> None:
    """Without epsilon a step is not Adam's times (1 - β₁ᵗ)/√(1 - β₂ᵗ)."""
    given = case.parameters
    t = np.arange(1, stepping.count(case) + 1)
    rates = given["learning_rate"] * (1 - given["beta1"] ** t) / np.sqrt(1 - given["beta2"] ** t)
    _related(implementation, case, _sibling(case, "adam", learning_rate=tuple(map(float, rates))))


@check("adam_uncorrected/rmsprop", chosen=("beta1", "epsilon"))
def is_not_rmsprop(implementation: Implementation, case: Case) -> None:
    """Without a memory of gradients the steps are not those of RMSProp."""
    _related(
        implementation,
        case,
        _sibling(case, "rmsprop", beta1=None, beta2=None, decay=case.parameters["beta2"]),
    )
