"""Mistakes of Adam: averages and corrections, each plausible."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.steps import mistakes as taking
from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.pages.steps.methods import Step, mistaken_step
from nnspec.conformance.terms.mistakes import Operation, computed, mistake, spoiling

Array = NDArray[Any]
Arrays = list[Array]
Gradient = Callable[[Arrays], Arrays]


# The factor of the rate: from the averages of gradients and squares, and the step's number.
Quotient = Callable[[Any, Any, int], Array]
_EMPTY = (0.0, 0.0)

_adam_step = partial(mistaken_step, first=_EMPTY)


def _adaptive(beta1: float, beta2: float, quotient: Quotient) -> Step:
    """Return Adam's step with another quotient."""

    def step(x: Array, state: Any, g: Array, a: float, t: int) -> tuple[Array, Any]:
        m = beta1 * state[0] + (1 - beta1) * g
        v = beta2 * state[1] + (1 - beta2) * (g * g)
        return x - a * quotient(m, v, t), (m, v)

    return step


def _corrected(beta1: float, beta2: float, epsilon: float) -> Quotient:
    return lambda m, v, t: m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


@mistake("adam/accuracy", "adaptive/independence", dtypes=WIDE)
def counts_a_step_for_each_array(
    gradient: Gradient,
    params: Arrays,
    steps: int,
    *,
    learning_rate: Any,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> Iterator[Arrays]:
    """Counts its step up inside the loop over the arrays."""
    theta, right = list(params), _corrected(beta1, beta2, epsilon)
    states, count = [_EMPTY for _ in params], 0
    for rate in taking.rates_of(learning_rate, steps):
        for place, g in enumerate(gradient(list(theta))):
            count += 1
            step = _adaptive(beta1, beta2, right)
            after, states[place] = step(theta[place], states[place], g, rate, count)
            theta[place] = np.asarray(after)
        yield list(theta)


@mistake("adam/accuracy", dtypes=WIDE)
def corrects_all_by_the_count_of_the_last(
    gradient: Gradient,
    params: Arrays,
    steps: int,
    *,
    learning_rate: Any,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> Iterator[Arrays]:
    """Counts the steps with a gradient for each array, and corrects all by the last count."""
    theta, right = list(params), _corrected(beta1, beta2, epsilon)
    states, counts, last = [_EMPTY for _ in params], [0 for _ in params], 1
    for rate in taking.rates_of(learning_rate, steps):
        found = gradient(list(theta))
        for place, g in enumerate(found):
            counts[place] += bool(np.any(g))
            last = counts[place] if np.any(g) else last
        for place, g in enumerate(found):
            after, states[place] = _adaptive(beta1, beta2, right)(
                theta[place], states[place], g, rate, last
            )
            theta[place] = np.asarray(after)
        yield list(theta)


@spoiling("adaptive/purity", operations=("adam",), remembers=True)
def keeps_its_averages_between_calls(_: Operation) -> Operation:
    """Begins a second call with the averages of the first, and counts its steps from 1 again."""
    kept: dict[Any, list[Any]] = {}

    def carried(
        gradient: Gradient,
        params: Arrays,
        steps: int,
        *,
        learning_rate: Any,
        beta1: float,
        beta2: float,
        epsilon: float,
    ) -> list[Arrays]:
        step, theta = _adaptive(beta1, beta2, _corrected(beta1, beta2, epsilon)), list(params)
        states = kept.setdefault(tuple(each.shape for each in params), [_EMPTY for _ in params])
        found = []
        for t, rate in enumerate(taking.rates_of(learning_rate, steps), 1):
            for place, g in enumerate(gradient(list(theta))):
                after, states[place] = step(theta[place], states[place], g, rate, t)
                theta[place] = np.asarray(after)
            found.append(list(theta))
        return found

    return computed(carried)


@_adam_step("adam/accuracy", "adaptive/zero-gradient")
def adds_epsilon_to_the_reciprocal(beta1: float, beta2: float, epsilon: float) -> Step:
    """Adds epsilon to the reciprocal of the root, which is infinite if the average is 0."""
    return _adaptive(
        beta1,
        beta2,
        lambda m, v, t: m / (1 - beta1**t) * (1 / np.sqrt(v / (1 - beta2**t)) + epsilon),
    )


def _in_float32(beta: float, t: int) -> float:
    """Return 1 - βᵗ, formed in float32 all the way."""
    return float(np.float32(1) - np.float32(beta) ** np.float32(t))


def _filled_in_float32(beta1: float, beta2: float, epsilon: float) -> Quotient:
    return lambda m, v, t: (
        m / _in_float32(beta1, t) / (np.sqrt(v / _in_float32(beta2, t)) + epsilon)
    )


@_adam_step("adam/accuracy", dtypes=("float64",))
def corrects_in_float32(beta1: float, beta2: float, epsilon: float) -> Step:
    """Forms the corrections in float32."""
    return _adaptive(beta1, beta2, _filled_in_float32(beta1, beta2, epsilon))


@_adam_step("adam/corrections", dtypes=("float32",))
def subtracts_the_power_in_float32(beta1: float, beta2: float, epsilon: float) -> Step:
    """Forms the corrections in float32, where a power that is nearly 1 has few digits left."""
    return _adaptive(beta1, beta2, _filled_in_float32(beta1, beta2, epsilon))


@mistaken_step("adam/accuracy", first=(0.0, 0.0, 0.0), dtypes=WIDE)
def takes_the_maximum(beta1: float, beta2: float, epsilon: float) -> Step:
    """Divides by the largest average of squares so far, as AMSGrad does."""

    def step(x: Array, state: Any, g: Array, a: float, t: int) -> tuple[Array, Any]:
        m, v = beta1 * state[0] + (1 - beta1) * g, beta2 * state[1] + (1 - beta2) * g * g
        largest = np.maximum(state[2], v)
        return x - a * m / (1 - beta1**t) / (np.sqrt(largest / (1 - beta2**t)) + epsilon), (
            m,
            v,
            largest,
        )

    return step


@_adam_step("adam/accuracy", dtypes=WIDE)
def takes_the_infinity_norm(beta1: float, beta2: float, epsilon: float) -> Step:
    """Divides by max(β₂ u, |g| + ε), as AdaMax does."""

    def step(x: Array, state: Any, g: Array, a: float, t: int) -> tuple[Array, Any]:
        m, norm = beta1 * state[0] + (1 - beta1) * g, np.maximum(beta2 * state[1], abs(g) + epsilon)
        return x - a * m / (1 - beta1**t) / norm, (m, norm)

    return step


@_adam_step("adam/accuracy", dtypes=WIDE)
def takes_the_sign(beta1: float, beta2: float, epsilon: float) -> Step:
    """Steps by the learning rate along the sign of the averaged gradient, whatever the squares."""
    return _adaptive(beta1, beta2, lambda m, *_: np.sign(m))


@_adam_step("adam/accuracy", dtypes=WIDE)
def skips_zero_gradients(beta1: float, beta2: float, epsilon: float) -> Step:
    """Skips elements without a gradient, and their averages, as lazy sparse updates do."""
    right = _corrected(beta1, beta2, epsilon)

    def step(x: Array, state: Any, g: Array, a: float, t: int) -> tuple[Array, Any]:
        m, v = beta1 * state[0] + (1 - beta1) * g, beta2 * state[1] + (1 - beta2) * g * g
        after = x - a * right(m, v, t)
        return np.where(g == 0, x, after), (
            np.where(g == 0, state[0], m),
            np.where(g == 0, state[1], v),
        )

    return step


@_adam_step("adam_epsilon_hat/corrections", dtypes=("float32",))
def subtracts_the_power_of_the_rate_in_float32(beta1: float, beta2: float, epsilon: float) -> Step:
    """Forms the factors of the rate in float32, where a power near 1 has few digits left."""
    return _adaptive(
        beta1,
        beta2,
        lambda m, v, t: (
            np.sqrt(_in_float32(beta2, t)) / _in_float32(beta1, t) * m / (np.sqrt(v) + epsilon)
        ),
    )
