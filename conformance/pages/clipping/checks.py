"""Checks of the page `clipping`: answers beside the truth, and the projections' own laws, which need none."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.judge import expect
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, leaves, like, mapped, wide

ANSWERS = {
    "clipping/form": "The answer is not a list of arrays with the shapes, the order and the dtype of the gradients.",
    "clipping/lengths": "Some elements of an array of this length are clipped wrongly, or left out of the norm.",
    "clipping/layouts": "The answer depends on how the gradients lie in memory.",
    "clip_by_value/accuracy": "An element is not clipped to the interval.",
    "clip_by_value/infinities": "An infinity is not clipped to the limit.",
    "clip_by_value/subnormal-inputs": "A subnormal number is not answered as it is.",
    "clip_by_norm/accuracy": "An array is not scaled by the limit over its own norm.",
    "clip_by_norm/range": "Squares that leave the range of the format spoil the norm.",
    "clip_by_global_norm/accuracy": "The gradients are not scaled by the limit over their joint norm.",
    "clip_by_global_norm/range": "Squares that leave the range of the format spoil the norm.",
    "clip_by_global_norm_epsilon/accuracy": "The gradients are not scaled by the limit over their joint norm and epsilon.",
    "clip_by_global_norm_epsilon/range": "Squares that leave the range of the format spoil the norm.",
}

# What an operation clips to, by the names of the parameter.
_LIMITS = ("limit", "max_norm")


# --- every operation of the page -----------------------------------------------------------------


@check("clipping/purity")
def keeps_state(implementation: Implementation, case: Case) -> None:
    """A call changes its arguments, an earlier answer, or the answer to a later call with the same arguments."""
    backward = mapped(
        lambda array: array.ravel()[::-1].reshape(array.shape).copy(), case.arguments[0]
    )
    expect.repeated(implementation, case, _of(case, backward))


@check("clipping/within", chosen=_LIMITS)
def gradients_within_the_limit_are_changed(implementation: Implementation, case: Case) -> None:
    """Gradients within the limit are not answered as they are."""
    _is_left_alone(implementation, case)


@check("clipping/untouched", chosen=_LIMITS)
def gradients_within_the_limit_lose_bits(implementation: Implementation, case: Case) -> None:
    """Gradients within the limit lose last bits."""
    _is_left_alone(implementation, case)


@check("clipping/zero-limit", chosen=_LIMITS)
def a_limit_of_zero_lets_through(implementation: Implementation, case: Case) -> None:
    """At limit 0 an answer is not 0."""
    expect.near(
        implementation, case, flat(expect.shape(implementation, case)), 0, 0, "answer at limit 0"
    )


@check("clipping/limit")
def the_limit_is_exceeded(implementation: Implementation, case: Case) -> None:
    """An element, or a norm, is above the limit after clipping."""
    answered = expect.shape(implementation, case)
    if case.operation == "clip_by_value":
        expect.between(
            implementation,
            case,
            np.abs(flat(answered)),
            0,
            case.parameters["limit"],
            "magnitude after clipping",
        )
        return
    allowed = like(expect.bound(implementation, case), answered)
    for array, least in _together(case.operation, answered, allowed):
        # The norm itself is formed in float64, of numbers whose squares are in range.
        limit = (case.parameters["max_norm"] + np.linalg.norm(least)) * (1 + array.size * 2.0**-52)
        expect.between(
            implementation, case, np.asarray(np.linalg.norm(array)), 0, limit, "norm after clipping"
        )


@check("clipping/zero")
def zero_is_moved(implementation: Implementation, case: Case) -> None:
    """A gradient that is 0 is not answered with 0."""
    answered = flat(expect.shape(implementation, case))
    expect.near(
        implementation,
        case,
        answered[flat(case.arguments[0]) == 0],
        0,
        0,
        "answer to a gradient of 0",
    )


@check("clipping/empty")
def fails_on_empty_arrays(implementation: Implementation, case: Case) -> None:
    """An array without elements or without dimensions is not answered by one of its kind."""
    answered = expect.answer(implementation, case)
    dimensions = [
        np.asarray([array.ndim for array in leaves(each)]) for each in (answered, case.arguments[0])
    ]
    expect.near(implementation, case, dimensions[0], dimensions[1], 0, "number of dimensions")


@check("clipping/nan")
def nan_is_hidden(implementation: Implementation, case: Case) -> None:
    """NaN in a gradient is answered with a number."""
    answered, given = flat(expect.shape(implementation, case)), flat(case.arguments[0])
    expect.near(implementation, case, answered[np.isnan(given)], np.nan, 0, "answer to NaN")
    others = np.isnan(answered[~np.isnan(given)])
    expect.measure(
        "elements beside NaN",
        "NaN" if others.all() else "numbers" if not others.any() else "some NaN",
    )


# --- laws ----------------------------------------------------------------------------------------


@check("clip_by_value/idempotence")
def clipping_by_value_twice_differs(implementation: Implementation, case: Case) -> None:
    """Clipping what is clipped changes it."""
    first = expect.shape(implementation, case)
    _clipped_again(implementation, case, np.zeros(flat(first).shape))


@check("clip_by_norm/idempotence")
def clipping_by_norm_twice_differs(implementation: Implementation, case: Case) -> None:
    """Clipping what is clipped changes it."""
    _clipped_again(implementation, case, 2 * expect.bound(implementation, case))


@check("clip_by_global_norm/idempotence")
def clipping_by_global_norm_twice_differs(implementation: Implementation, case: Case) -> None:
    """Clipping what is clipped changes it."""
    _clipped_again(implementation, case, 2 * expect.bound(implementation, case))


@check("clip_by_norm/direction")
def clipping_by_norm_turns(implementation: Implementation, case: Case) -> None:
    """An array of the answer does not point where its gradient does."""
    _points_along(implementation, case)


@check("clip_by_global_norm/direction")
def clipping_by_global_norm_turns(implementation: Implementation, case: Case) -> None:
    """The answer does not point where the gradients do."""
    _points_along(implementation, case)


@check("clip_by_global_norm_epsilon/direction")
def clipping_by_global_norm_epsilon_turns(implementation: Implementation, case: Case) -> None:
    """The answer does not point where the gradients do."""
    _points_along(implementation, case)


@check("clip_by_norm/own-norm")
def other_arrays_matter(implementation: Implementation, case: Case) -> None:
    """The answer for an array depends on the other arrays of the list."""
    together = expect.shape(implementation, case)
    allowed = like(expect.bound(implementation, case), together)
    for place, array in enumerate(case.arguments[0]):
        (alone,) = expect.shape(implementation, _of(case, [array]))
        expect.near(
            implementation,
            case,
            together[place],
            alone,
            2 * allowed[place],
            "answer beside other arrays, and alone",
        )


@check("clip_by_global_norm/joint-norm")
def the_division_into_arrays_matters(implementation: Implementation, case: Case) -> None:
    """The answer depends on how the elements are divided among arrays."""
    _divided_otherwise(implementation, case)


@check("clip_by_global_norm_epsilon/joint-norm")
def the_division_into_arrays_matters_with_epsilon(
    implementation: Implementation, case: Case
) -> None:
    """The answer depends on how the elements are divided among arrays."""
    _divided_otherwise(implementation, case)


def _of(case: Case, gradients: list[NDArray[Any]]) -> Case:
    """Return a case with other gradients."""
    return dataclasses.replace(case, arguments=(gradients,), truth=None)


def _is_left_alone(implementation: Implementation, case: Case) -> None:
    answered = flat(expect.shape(implementation, case))
    expect.near(
        implementation,
        case,
        answered,
        flat(case.arguments[0]),
        0,
        "answer to gradients within the limit",
    )


def _together(operation: str, *lists: list[Array]) -> list[tuple[Array, ...]]:
    """Return what has one norm: the arrays of the lists side by side, or all of each as one vector."""
    return (
        list(zip(*lists, strict=True)) if operation == "clip_by_norm" else [tuple(map(flat, lists))]
    )


def _clipped_again(implementation: Implementation, case: Case, allowed: Array) -> None:
    first = getattr(implementation, case.operation)(*case.arguments, **case.parameters)
    second = expect.shape(implementation, _of(case, first))
    expect.near(
        implementation, case, flat(second), flat(first), allowed, "answer clipped once more"
    )


def _points_along(implementation: Implementation, case: Case) -> None:
    """Expect answer = gradient · factor, the factor taken where the gradient is largest and its rounding the least."""
    answered = expect.shape(implementation, case)
    allowed = like(expect.bound(implementation, case), answered)
    for array, gradient, least in _together(
        case.operation, answered, wide(case.arguments[0]), allowed
    ):
        place = np.unravel_index(int(np.argmax(np.abs(gradient))), gradient.shape)
        factor = array[place] / gradient[place] if gradient[place] else 0.0
        expect.between(
            implementation, case, np.asarray(factor), 0, np.inf, "factor of the gradient"
        )
        expect.near(
            implementation,
            case,
            array,
            gradient * factor,
            least,
            "gradient times the factor of its largest element",
        )


def _divided_otherwise(implementation: Implementation, case: Case) -> None:
    answered = flat(expect.shape(implementation, case))
    elements = [
        array.ravel()[place : place + 1]
        for array in case.arguments[0]
        for place in range(array.size)
    ]
    single = flat(expect.shape(implementation, _of(case, elements)))
    allowed = 2 * expect.bound(implementation, case)
    expect.near(
        implementation,
        case,
        single,
        answered,
        allowed,
        "answer with every element in its own array",
    )
