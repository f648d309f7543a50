"""Mistakes of RMSProp: the average of squares."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.pages.steps.methods import Step, mistaken_step

Array = NDArray[Any]


@mistaken_step("rmsprop/accuracy", first=(0.0, 0.0))
def centers_the_squares(decay: float, epsilon: float) -> Step:
    """Divides by the root of the variance, squares less the square of the mean."""

    def step(x: Array, state: Any, g: Array, a: float, _: int) -> tuple[Array, Any]:
        mean, r = (
            decay * past + (1 - decay) * new for past, new in zip(state, (g, g * g), strict=True)
        )
        return x - a * g / (np.sqrt(r - mean * mean) + epsilon), (mean, r)

    return step


@mistaken_step("rmsprop/accuracy", dtypes=WIDE)
def averages_after_its_use(decay: float, epsilon: float) -> Step:
    """Divides by the average before its update; the first step takes its own square."""

    def step(x: Array, r: Any, g: Array, a: float, t: int) -> tuple[Array, Any]:
        new = decay * r + (1 - decay) * g * g
        return x - a * g / (np.sqrt(r if t > 1 else new) + epsilon), new

    return step


@mistaken_step("rmsprop_epsilon_inside/accuracy", dtypes=WIDE)
def averages_epsilon_too(decay: float, epsilon: float) -> Step:
    """Adds epsilon to each square before it is averaged."""

    def step(x: Array, r: Any, g: Array, a: float, _: int) -> tuple[Array, Any]:
        r = decay * r + (1 - decay) * g * g + (1 - decay) * epsilon
        return x - a * (g / np.sqrt(r)), r

    return step
