"""Mistakes of AdaGrad and RMSProp: the sum or the average of squares."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.pages.steps.methods import Step, mistaken_step

Array = NDArray[Any]


# --- AdaGrad -------------------------------------------------------------------------------------


def _summed(
    square: Callable[[Any, Array], Array], quotient: Callable[[Array, Array], Array]
) -> Step:
    def step(x: Array, r: Any, g: Array, a: float, _: int) -> tuple[Array, Any]:
        r = square(r, g)
        return x - a * quotient(g, r), r

    return step


def _beside(epsilon: float) -> Callable[[Array, Array], Array]:
    return lambda g, r: g / (np.sqrt(r) + epsilon)


def _under(epsilon: float) -> Callable[[Array, Array], Array]:
    return lambda g, r: g / np.sqrt(r + epsilon)


@mistaken_step("adagrad/accuracy", first=0.1)
def begins_at_a_tenth(epsilon: float) -> Step:
    """Begins its sum of squares at 0.1."""
    return _summed(lambda r, g: r + g * g, _beside(epsilon))


@mistaken_step("adagrad/accuracy", "adagrad/effective-rate", dtypes=WIDE)
def forgets_old_squares(epsilon: float) -> Step:
    """Halves its sum before it adds a square, as an average would."""
    return _summed(lambda r, g: r / 2 + g * g, _beside(epsilon))


@mistaken_step("adagrad/accuracy", "adagrad/effective-rate", dtypes=WIDE)
def adds_up_magnitudes(epsilon: float) -> Step:
    """Adds up |g| in place of g², and takes the root of it."""
    return _summed(lambda r, g: r + abs(g), _beside(epsilon))


@mistaken_step("adagrad/accuracy", dtypes=WIDE)
def squares_the_sum(epsilon: float) -> Step:
    """Squares the sum of the gradients in place of adding up their squares."""
    return _summed(lambda r, g: r + g, lambda g, r: g / (abs(r) + epsilon))


@mistaken_step("adagrad/accuracy")
def forgets_the_root(epsilon: float) -> Step:
    """Divides by the sum of squares, without a root."""
    return _summed(lambda r, g: r + g * g, lambda g, r: g / (r + epsilon))


@mistaken_step("adagrad_epsilon_inside/accuracy", first=0.1)
def begins_inside_at_a_tenth(epsilon: float) -> Step:
    """Begins its sum of squares at 0.1, as two frameworks do unless told otherwise."""
    return _summed(lambda r, g: r + g * g, _under(epsilon))


@mistaken_step(
    "adagrad_epsilon_inside/accuracy", "adagrad_epsilon_inside/effective-rate", dtypes=WIDE
)
def forgets_old_squares_inside(epsilon: float) -> Step:
    """Halves its sum before it adds a square, as an average would."""
    return _summed(lambda r, g: r / 2 + g * g, _under(epsilon))


@mistaken_step("adagrad_epsilon_inside/accuracy", dtypes=WIDE)
def adds_epsilon_to_its_sum(epsilon: float) -> Step:
    """Adds epsilon to the sum of squares itself, so that it comes once more in every step."""
    return _summed(lambda r, g: r + g * g + epsilon, _under(0.0))


# --- RMSProp -------------------------------------------------------------------------------------


def _averaging(decay: float) -> Callable[[Any, Array], Array]:
    return lambda r, g: decay * r + (1 - decay) * g * g


@mistaken_step("rmsprop/accuracy", first=1.0)
def begins_at_one(decay: float, epsilon: float) -> Step:
    """Begins its average at 1, as one framework's first version did."""
    return _summed(_averaging(decay), _beside(epsilon))


@mistaken_step("rmsprop/accuracy")
def swaps_past_and_present(decay: float, epsilon: float) -> Step:
    """Gives the weight of the past to the new square."""
    return _summed(_averaging(1 - decay), _beside(epsilon))


@mistaken_step("rmsprop/accuracy")
def forgets_one_minus_decay(decay: float, epsilon: float) -> Step:
    """Adds the whole square to the average."""
    return _summed(lambda r, g: decay * r + g * g, _beside(epsilon))


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


@mistaken_step("rmsprop/accuracy")
def corrects_the_average(decay: float, epsilon: float) -> Step:
    """Corrects the average's bias, as Adam does."""

    def step(x: Array, r: Any, g: Array, a: float, t: int) -> tuple[Array, Any]:
        r = decay * r + (1 - decay) * g * g
        return x - a * g / (np.sqrt(r / (1 - decay**t)) + epsilon), r

    return step


@mistaken_step("rmsprop_epsilon_inside/accuracy", first=1.0)
def begins_inside_at_one(decay: float, epsilon: float) -> Step:
    """Begins its average at 1, as one framework's first version did."""
    return _summed(_averaging(decay), _under(epsilon))


@mistaken_step("rmsprop_epsilon_inside/accuracy")
def swaps_past_and_present_inside(decay: float, epsilon: float) -> Step:
    """Gives the weight of the past to the new square."""
    return _summed(_averaging(1 - decay), _under(epsilon))


@mistaken_step("rmsprop_epsilon_inside/accuracy", dtypes=WIDE)
def averages_epsilon_too(decay: float, epsilon: float) -> Step:
    """Adds epsilon to each square before it is averaged."""
    square = _averaging(decay)
    return _summed(lambda r, g: square(r, g) + (1 - decay) * epsilon, _under(0.0))
