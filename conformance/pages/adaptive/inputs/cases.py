"""The cases of the page's methods."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from numpy.typing import ArrayLike

from nnspec.conformance.pages.steps import courses
from nnspec.conformance.pages.steps.courses import Course, Rates
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast


def decays(operation: str, past: float = 0.75, squares: float = 0.875) -> dict[str, float]:
    """Return the weights of the past with which a method averages gradients and their squares."""
    if operation.startswith("adagrad"):
        return {}
    return (
        {"decay": squares} if operation.startswith("rmsprop") else {"beta1": past, "beta2": squares}
    )


def stepping(
    name: str,
    operation: str,
    dtype: str,
    gradient: Callback,
    params: Sequence[ArrayLike],
    steps: int,
    rate: Rates,
    *,
    epsilon: float = 0.125,
    past: float = 0.75,
    squares: float = 0.875,
) -> Case:
    """Return the case of a method."""
    parameters: dict[str, Any] = {
        "learning_rate": rate,
        **decays(operation, past, squares),
        "epsilon": epsilon,
    }
    return Case(
        name, operation, (gradient, [cast(array, dtype) for array in params], steps), parameters
    )


def along(operation: str, dtype: str, course: Course) -> Case:
    """Return the case of a method on a course."""
    past = 0.75 if course.past is None else course.past
    start, steps, rate = course.params, course.steps, course.rate
    return stepping(course.name, operation, dtype, course.gradient, start, steps, rate, past=past)


# None of the gradients is zero.
gradients = partial(courses.gradients, shift=1 / 64)
