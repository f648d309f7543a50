"""Mistakes of gradient descent and of momentum."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.steps import mistakes as taking
from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.pages.steps.methods import Step, mistaken_step
from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]
Arrays = list[Array]
Gradient = Callable[[Arrays], Arrays]


# --- gradient descent ----------------------------------------------------------------------------


@mistaken_step(
    "gradient_descent/eigenbasis",
    "gradient_descent/stability",
    "gradient_descent/oscillation",
    "gradient_descent/best-rate",
    "gradient_descent/stops",
    dtypes=WIDE,
)
def keeps_half_of_its_last_step() -> Step:
    """Adds half of the last step to every step."""
    return lambda x, v, g, a, _: (x - a * g - v / 2, a * g + v / 2)


@mistaken_step("gradient_descent/stops", dtypes=WIDE)
def goes_along_the_last_slope() -> Step:
    """Takes the last gradient again where the new one is zero."""

    def step(x: Array, last: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        taken = np.where(g == 0, last, g)
        return x - a * taken, taken

    return step


@mistaken_step("gradient_descent/stability", "gradient_descent/eigenbasis", dtypes=WIDE)
def clips_its_steps() -> Step:
    """Limits every step to 1/4 in each parameter."""
    return lambda x, v, g, a, _: (x - np.clip(a * g, -0.25, 0.25), v)


@mistaken_step("gradient_descent/accuracy", dtypes=WIDE)
def decays_its_rate() -> Step:
    """Divides the learning rate by the number of the step."""
    return lambda x, v, g, a, t: (x - a / t * g, v)


# --- momentum ------------------------------------------------------------------------------------


@mistaken_step("momentum/accuracy", "momentum/carries-through", dtypes=WIDE)
def skips_arrays_without_a_gradient(momentum: float) -> Step:
    """Leaves arrays whose gradient is zero where they are, as lazy updates of sparse rows do."""

    def step(x: Array, v: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        v = momentum * v + g
        return (x - a * v if np.any(g) else x), v

    return step


@mistake("momentum/accuracy", dtypes=WIDE)
def shares_a_velocity_between_arrays(
    gradient: Gradient, params: Arrays, steps: int, *, learning_rate: Any, momentum: float
) -> Iterator[Arrays]:
    """Keeps one velocity for all arrays: each begins with the mean that the one before it left."""
    theta, mean = list(params), params[0].dtype.type(0)
    for rate in taking.rates_of(learning_rate, steps):
        after = []
        for x, g in zip(theta, gradient(theta), strict=True):
            v = momentum * mean + g
            mean = np.sum(v) / max(v.size, 1)
            after.append(np.asarray(x - rate * v))
        theta = after
        yield list(theta)


@mistaken_step("momentum/accuracy", "momentum/accumulation", dtypes=WIDE)
def dampens_from_the_second_step(momentum: float) -> Step:
    """Begins with the whole gradient as velocity and adds 1 - μ times the gradient from then on."""

    def step(x: Array, v: Array, g: Array, a: float, t: int) -> tuple[Array, Array]:
        v = momentum * v + (g if t == 1 else (1 - momentum) * g)
        return x - a * v, v

    return step


def _correcting(momentum: float, late: int) -> Step:
    """Return a step of the unbiased momentum whose count is so late."""

    def step(x: Array, v: Array, g: Array, a: float, t: int) -> tuple[Array, Array]:
        v = momentum * v + (1 - momentum) * g
        return x - a * v / x.dtype.type(1 - momentum ** (t + late)), v

    return step


@mistaken_step(
    "momentum_unbiased/accuracy",
    "momentum_unbiased/first-step",
    "momentum_unbiased/constant-gradient",
)
def counts_steps_from_zero(momentum: float) -> Step:
    """Counts steps from 0 in the bias correction, and divides by 0 in the first."""
    return _correcting(momentum, -1)
