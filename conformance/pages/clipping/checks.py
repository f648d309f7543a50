"""Checks of the page `clipping`: answers beside the truth, and the projections' own laws, which need none."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, leaves, like, mapped, wide

# What an operation clips to, by the names of the parameter.
_LIMITS = ("limit", "max_norm")


# --- every operation of the page -----------------------------------------------------------------


@check("clipping/purity")
def keeps_state(trial: Trial) -> None:
    """A call changes its arguments, an earlier answer, or the answer to a later call with the same arguments."""
    backward = mapped(
        lambda array: array.ravel()[::-1].reshape(array.shape).copy(), trial.case.arguments[0]
    )
    trial.repeated(_of(trial.case, backward))


@check("clipping/within")
def gradients_within_the_limit_are_changed(trial: Trial) -> None:
    """Gradients within the limit are not answered as they are."""
    _is_left_alone(trial)


@check("clipping/untouched")
def gradients_within_the_limit_lose_bits(trial: Trial) -> None:
    """Gradients within the limit lose last bits."""
    _is_left_alone(trial)


@check("clipping/zero-limit")
def a_limit_of_zero_lets_through(trial: Trial) -> None:
    """At limit 0 an answer is not 0."""
    trial.near(flat(trial.shape()), 0, 0, "answer at limit 0")


@check("clipping/limit")
def the_limit_is_exceeded(trial: Trial) -> None:
    """An element, or a norm, is above the limit after clipping."""
    answered = trial.shape()
    if trial.case.operation == "clip_by_value":
        trial.between(
            np.abs(flat(answered)), 0, trial.case.parameters["limit"], "magnitude after clipping"
        )
        return
    allowed = like(trial.bound(), answered)
    for array, least in _together(trial.case.operation, answered, allowed):
        # The norm itself is formed in float64, of numbers whose squares are in range.
        limit = (trial.case.parameters["max_norm"] + np.linalg.norm(least)) * (
            1 + array.size * 2.0**-52
        )
        trial.between(np.asarray(np.linalg.norm(array)), 0, limit, "norm after clipping")


@check("clipping/zero")
def zero_is_moved(trial: Trial) -> None:
    """A gradient that is 0 is not answered with 0."""
    answered = flat(trial.shape())
    trial.near(answered[flat(trial.case.arguments[0]) == 0], 0, 0, "answer to a gradient of 0")


@check("clipping/empty")
def fails_on_empty_arrays(trial: Trial) -> None:
    """An array without elements or without dimensions is not answered by one of its kind."""
    answered = trial.answer()
    dimensions = [
        np.asarray([array.ndim for array in leaves(each)])
        for each in (answered, trial.case.arguments[0])
    ]
    trial.near(dimensions[0], dimensions[1], 0, "number of dimensions")


@check("clipping/nan")
def nan_is_hidden(trial: Trial) -> None:
    """NaN in a gradient is answered with a number."""
    answered, given = flat(trial.shape()), flat(trial.case.arguments[0])
    trial.near(answered[np.isnan(given)], np.nan, 0, "answer to NaN")
    others = np.isnan(answered[~np.isnan(given)])
    trial.measure(
        "elements beside NaN",
        "NaN" if others.all() else "numbers" if not others.any() else "some NaN",
    )


# --- laws ----------------------------------------------------------------------------------------


@check("clip_by_value/idempotence")
def clipping_by_value_twice_differs(trial: Trial) -> None:
    """Clipping what is clipped changes it."""
    first = trial.shape()
    _clipped_again(trial, np.zeros(flat(first).shape))


@check("clip_by_norm/idempotence")
def clipping_by_norm_twice_differs(trial: Trial) -> None:
    """Clipping what is clipped changes it."""
    _clipped_again(trial, 2 * trial.bound())


@check("clip_by_global_norm/idempotence")
def clipping_by_global_norm_twice_differs(trial: Trial) -> None:
    """Clipping what is clipped changes it."""
    _clipped_again(trial, 2 * trial.bound())


@check("clip_by_norm/direction")
def clipping_by_norm_turns(trial: Trial) -> None:
    """An array of the answer does not point where its gradient does."""
    _points_along(trial)


@check("clip_by_global_norm/direction")
def clipping_by_global_norm_turns(trial: Trial) -> None:
    """The answer does not point where the gradients do."""
    _points_along(trial)


@check("clip_by_global_norm_epsilon/direction")
def clipping_by_global_norm_epsilon_turns(trial: Trial) -> None:
    """The answer does not point where the gradients do."""
    _points_along(trial)


@check("clip_by_norm/own-norm")
def other_arrays_matter(trial: Trial) -> None:
    """The answer for an array depends on the other arrays of the list."""
    together = trial.shape()
    allowed = like(trial.bound(), together)
    for place, array in enumerate(trial.case.arguments[0]):
        (alone,) = trial.of(_of(trial.case, [array])).shape()
        trial.near(
            together[place], alone, 2 * allowed[place], "answer beside other arrays, and alone"
        )


@check("clip_by_global_norm/joint-norm")
def the_division_into_arrays_matters(trial: Trial) -> None:
    """The answer depends on how the elements are divided among arrays."""
    _divided_otherwise(trial)


@check("clip_by_global_norm_epsilon/joint-norm")
def the_division_into_arrays_matters_with_epsilon(trial: Trial) -> None:
    """The answer depends on how the elements are divided among arrays."""
    _divided_otherwise(trial)


def _of(case: Case, gradients: list[NDArray[Any]]) -> Case:
    """Return a case with other gradients."""
    return dataclasses.replace(case, arguments=(gradients,), truth=None)


def _is_left_alone(trial: Trial) -> None:
    answered = flat(trial.shape())
    trial.near(answered, flat(trial.case.arguments[0]), 0, "answer to gradients within the limit")


def _together(operation: str, *lists: list[Array]) -> list[tuple[Array, ...]]:
    """Return what has one norm: the arrays of the lists side by side, or all of each as one vector."""
    return (
        list(zip(*lists, strict=True)) if operation == "clip_by_norm" else [tuple(map(flat, lists))]
    )


def _clipped_again(trial: Trial, allowed: Array) -> None:
    first = trial.call()
    second = trial.of(_of(trial.case, first)).shape()
    trial.near(flat(second), flat(first), allowed, "answer clipped once more")


def _points_along(trial: Trial) -> None:
    """Expect answer = gradient · factor, the factor taken where the gradient is largest and its rounding the least."""
    answered = trial.shape()
    allowed = like(trial.bound(), answered)
    for array, gradient, least in _together(
        trial.case.operation, answered, wide(trial.case.arguments[0]), allowed
    ):
        place = np.unravel_index(int(np.argmax(np.abs(gradient))), gradient.shape)
        factor = array[place] / gradient[place] if gradient[place] else 0.0
        trial.between(np.asarray(factor), 0, np.inf, "factor of the gradient")
        trial.near(
            array, gradient * factor, least, "gradient times the factor of its largest element"
        )


def _divided_otherwise(trial: Trial) -> None:
    answered = flat(trial.shape())
    elements = [
        array.ravel()[place : place + 1]
        for array in trial.case.arguments[0]
        for place in range(array.size)
    ]
    single = flat(trial.of(_of(trial.case, elements)).shape())
    allowed = 2 * trial.bound()
    trial.near(single, answered, allowed, "answer with every element in its own array")
