"""The cases of the page's methods."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.conformance.pages.layouts import dyadic
from nnspec.conformance.pages.steps.courses import Course, Rates, gradients
from nnspec.conformance.terms.callbacks import Callback, scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast

Array = NDArray[np.float64]


def descending(
    name: str,
    operation: str,
    dtype: str,
    gradient: Callback,
    params: Sequence[ArrayLike],
    steps: int,
    rate: Rates,
    momentum: float = 0.5,
) -> Case:
    """Return the case of a method; gradient descent has no momentum."""
    parameters = (
        {"learning_rate": rate}
        if operation in ("gradient_descent", "newton")
        else {"learning_rate": rate, "momentum": momentum}
    )
    return Case(
        name, operation, (gradient, [cast(array, dtype) for array in params], steps), parameters
    )


def along(operation: str, dtype: str, course: Course) -> Case:
    """Return the case of a method on a course."""
    past = 0.5 if course.past is None else course.past
    start, steps, rate = course.params, course.steps, course.rate
    return descending(course.name, operation, dtype, course.gradient, start, steps, rate, past)


def newtonian(
    name: str,
    dtype: str,
    gradient: Callback,
    hessian: Callback,
    start: ArrayLike,
    steps: int,
    rate: Rates,
) -> Case:
    """Return a case of Newton's method."""
    return Case(
        name, "newton", (gradient, hessian, [cast(start, dtype)], steps), {"learning_rate": rate}
    )


def banded(size: int, step: int = 0) -> Array:
    """Return a positive definite matrix of a condition below 4, another one in every step."""
    return (4.0 + step % 3) * np.eye(size) + np.eye(size, k=1) + np.eye(size, k=-1)


def by_script(
    dtype: str, size: int, steps: int, rate: Rates, name: str, *, offset: int = 0, sign: float = 1.0
) -> Case:
    """Return a case of Newton's method on gradients and Hessians given step by step."""
    given = gradients([(size,)], steps, dtype, offset=offset, signs=(1.0, sign))
    hessians = scripted(
        [np.asarray(banded(size, step)) for step in range(steps)], dtype, f"{steps} given Hessians"
    )
    return newtonian(name, dtype, given, hessians, 12.0 + dyadic((size,), 3), steps, rate)
