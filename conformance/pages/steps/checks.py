"""Checks of methods that take steps, for both pages of optimizers."""

import dataclasses
from typing import Any

import numpy as np

from nnspec.conformance.bounds import steps, truth
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, table


def is_pure(trial: Trial) -> None:
    """Expect the same steps around a call with parameters that are larger by 1."""
    *callbacks, params, count = trial.case.arguments
    larger = [array + array.dtype.type(1) for array in params]
    trial.repeated(*callbacks, larger, count)


def stays(trial: Trial) -> None:
    """Expect the first parameters after every step, to the last bit."""
    answered = trial.shape()
    start = flat(steps.parameters(trial.case))
    trial.judge(answered, np.tile(start, (len(answered), 1)), np.zeros(1))


def keeps_sizes(trial: Trial, answered: Any) -> None:
    """Expect as many elements in every array of a step as the parameters have."""
    sizes = np.array([[array.size for array in step] for step in answered])
    needed = [array.size for array in steps.parameters(trial.case)]
    trial.near(sizes, needed, 0, "number of elements")


def descends(trial: Trial, factor: float) -> None:
    """Expect finite steps, and the last one nearer to the minimum, 0, by a factor."""
    answered, largest = table(trial.shape()), trial.format.maximum
    trial.between(answered, -largest, largest, "parameters, finite")
    end = abs(flat(steps.parameters(trial.case))) / factor
    trial.between(answered[-1], -end, end, "parameters after the last step")


def is_like(trial: Trial, value: Array) -> None:
    """Expect the trajectory that another formula gives in float64, with an error like our own."""
    _, _, own = truth.truth(trial.case)
    trial.judge(trial.shape(), value, (trial.bound() + 2 * own).reshape(value.shape))


def true_steps(case: Case, operation: str = "", **changed: Any) -> Array:
    """Return the true steps of a case, a row each, or those of another method under it.

    A parameter that is changed to None is not one of the other method.
    """
    given = {**case.parameters, **changed}
    parameters = {name: value for name, value in given.items() if value is not None}
    if operation:
        case = dataclasses.replace(case, operation=operation, parameters=parameters, truth=None)
    return table(truth.true_answer(case))


def before(case: Case, answered: Array) -> Array:
    """Return the parameters before each of the steps, a row each."""
    return np.concatenate([flat(steps.parameters(case))[None, :], answered[:-1]])
