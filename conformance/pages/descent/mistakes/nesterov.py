"""Mistakes of Nesterov's method: where it asks, and along what it steps."""

from collections.abc import Callable, Iterator
from typing import Any

from numpy.typing import NDArray

from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.pages.steps.methods import Step, mistaken_step, stepped
from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]
Arrays = list[Array]
Gradient = Callable[[Arrays], Arrays]

# A diagnosis tells no edit of the point at which a method asks: these mistakes are written by hand.


def _averaging(momentum: float) -> Step:
    def step(x: Array, v: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        v = momentum * v + (1 - momentum) * g
        return x - a * v, v

    return step


@mistake("nesterov/accuracy", dtypes=WIDE)
def looks_ahead_by_a_part(
    gradient: Gradient, params: Arrays, steps: int, *, learning_rate: Any, momentum: float
) -> Iterator[Arrays]:
    """Asks at θ - aμu, with the factor μ of another form."""
    return stepped(
        gradient,
        params,
        steps,
        learning_rate,
        _averaging(momentum),
        point=lambda x, v, a: x - a * momentum * v,
    )


@mistaken_step("nesterov/accuracy", dtypes=WIDE)
def does_not_look_ahead(momentum: float) -> Step:
    """Asks at θ, and leaves the averaged momentum without Nesterov's idea."""
    return _averaging(momentum)


def _sutskever(momentum: float) -> Step:
    def step(x: Array, v: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        v = momentum * v - a * g
        return x + v, v

    return step


@mistake("nesterov_sutskever/accuracy", dtypes=WIDE)
def looks_ahead_by_the_whole_velocity(
    gradient: Gradient, params: Arrays, steps: int, *, learning_rate: Any, momentum: float
) -> Iterator[Arrays]:
    """Asks at θ + v, without the factor μ."""
    return stepped(
        gradient, params, steps, learning_rate, _sutskever(momentum), point=lambda x, v, _: x + v
    )


@mistake("nesterov_sutskever/accuracy", dtypes=WIDE)
def looks_back(
    gradient: Gradient, params: Arrays, steps: int, *, learning_rate: Any, momentum: float
) -> Iterator[Arrays]:
    """Asks at θ - μv, with the sign of a form whose velocity points uphill."""
    return stepped(
        gradient,
        params,
        steps,
        learning_rate,
        _sutskever(momentum),
        point=lambda x, v, _: x - momentum * v,
    )


@mistaken_step("nesterov_sutskever/accuracy", dtypes=WIDE)
def asks_at_the_parameters(momentum: float) -> Step:
    """Asks at θ, which is plain momentum."""
    return _sutskever(momentum)


@mistaken_step("nesterov_reformulated/accuracy", "nesterov_reformulated/look-ahead")
def takes_the_new_velocity_for_the_old(momentum: float) -> Step:
    """Steps along (1 + μ) g + μ² v with the new velocity, where v has to be the old one."""

    def step(x: Array, v: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        v = momentum * v + g
        return x - a * ((1 + momentum) * g + momentum * momentum * v), v

    return step


@mistaken_step("nesterov_reformulated_scaled/accuracy", "nesterov_reformulated_scaled/look-ahead")
def takes_the_new_scaled_velocity_for_the_old(momentum: float) -> Step:
    """Steps along (1 + μ) a g + μ² v with the new velocity, where v has to be the old one."""

    def step(x: Array, v: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        v = momentum * v + a * g
        return x - ((1 + momentum) * a * g + momentum * momentum * v), v

    return step
