"""The loop of all methods: arguments are checked first, each step takes one gradient."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, number, real

Gradient = Callable[[list[Array]], Sequence[ArrayLike]]
Rates = float | Sequence[float]

# A step of one array. Its arguments are θ, the gradient, the learning rate, the step's number and
# the moments; it changes θ and the moments in place.
Step = Callable[..., None]

# The point of one array at which the gradient is taken: a new array from θ, the learning rate and
# the moments.
Point = Callable[..., Array]


def stepping(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    learning_rate: Rates,
    step: Step,
    *,
    moments: int,
    point: Point | None = None,
) -> Iterator[list[Array]]:
    """Yield copies of the parameters after each step of a method.

    The method keeps `moments` arrays like each θ, which start at 0. It takes the gradient at
    `point`, or at θ without one. Errors in the arguments are raised here, before the first step.

    """
    theta, rates = copied(listed("params", params)), rated(learning_rate, counted(steps))
    return _stepped(
        gradient,
        theta,
        rates,
        step,
        [[np.zeros(each.shape) for _ in range(moments)] for each in theta],
        point,
    )


def _stepped(
    gradient: Gradient,
    theta: list[Array],
    rates: list[float],
    step: Step,
    states: list[list[Array]],
    point: Point | None,
) -> Iterator[list[Array]]:
    for t, rate in enumerate(rates, 1):
        with np.errstate(all="ignore"):
            asked = (
                [np.asarray(point(w, rate, *v)) for w, v in zip(theta, states, strict=True)]
                if point
                else copied(theta)
            )
        gradients = answered(gradient(asked), theta)
        with np.errstate(all="ignore"):
            for w, g, v in zip(theta, gradients, states, strict=True):
                step(w, g, rate, t, *v)
        yield copied(theta)


def filled(beta: float, t: int) -> float:
    """Return 1 - βᵗ, the share of an average that t steps have filled.

    It is -expm1(t·log β), whose condition is below 1: it is within 3 ulp if log and expm1 are
    within one. 1 - β**t would lose 2,242 ulp at β = 0.9999.
    """
    return -math.expm1(t * math.log(beta)) if beta else 1.0


def copied(theta: list[Array]) -> list[Array]:
    """Return copies, which their receiver may write to."""
    return [array.copy() for array in theta]


def listed(name: str, value: Any) -> list[Array]:
    """Return a list of arrays in float64. Raises TypeError if it is no list of numbers."""
    if not isinstance(value, (list, tuple)):
        message = f"{name} must be a list or tuple of arrays; got {type(value).__name__}"
        raise TypeError(message)
    return [real(f"{name}[{place}]", array) for place, array in enumerate(value)]


def answered(value: Any, theta: list[Array]) -> list[Array]:
    """Return a gradient. Raises ValueError if its shapes differ from those of the parameters."""
    arrays = listed("gradient", value)
    found, needed = ([array.shape for array in each] for each in (arrays, theta))
    if found != needed:
        message = f"gradient must answer arrays of the shapes of params, {needed}; got {found}"
        raise ValueError(message)
    return arrays


def counted(steps: Any) -> int:
    """Return the number of steps. Raises TypeError or ValueError if it is no count."""
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)):
        message = f"steps must be an integer; got {type(steps).__name__}"
        raise TypeError(message)
    if steps < 0:
        message = f"steps must not be negative; got {steps}"
        raise ValueError(message)
    return int(steps)


def rated(learning_rate: Any, steps: int) -> list[float]:
    """Return one learning rate a step. Raises ValueError if there are more or fewer."""
    if not isinstance(learning_rate, (list, tuple)):
        return [number("learning_rate", learning_rate)] * steps
    if len(learning_rate) != steps:
        count = len(learning_rate)
        message = f"learning_rate must be a number or {steps} numbers, one a step; got {count}"
        raise ValueError(message)
    return [number(f"learning_rate[{place}]", rate) for place, rate in enumerate(learning_rate)]
