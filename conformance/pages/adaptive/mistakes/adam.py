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


def _adaptive(
    beta1: float,
    beta2: float,
    quotient: Quotient,
    *,
    squared: Callable[[Any, Array], Array] = lambda _, g: g * g,
) -> Step:
    """Return Adam's step with another quotient, or with another square."""

    def step(x: Array, state: Any, g: Array, a: float, t: int) -> tuple[Array, Any]:
        m = beta1 * state[0] + (1 - beta1) * g
        v = beta2 * state[1] + (1 - beta2) * squared(m, g)
        return x - a * quotient(m, v, t), (m, v)

    return step


def _corrected(beta1: float, beta2: float, epsilon: float) -> Quotient:
    return lambda m, v, t: m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


@_adam_step("adam/accuracy", dtypes=WIDE)
def corrects_with_t_plus_one(beta1: float, beta2: float, epsilon: float) -> Step:
    """Counts its step twice before it corrects."""
    right = _corrected(beta1, beta2, epsilon)
    return _adaptive(beta1, beta2, lambda m, v, t: right(m, v, t + 1))


@_adam_step("adam/accuracy", dtypes=WIDE)
def corrects_with_the_first_power(beta1: float, beta2: float, epsilon: float) -> Step:
    """Divides by 1 - β in every step, without the power."""
    right = _corrected(beta1, beta2, epsilon)
    return _adaptive(beta1, beta2, lambda m, v, _: right(m, v, 1))


@_adam_step("adam/accuracy", dtypes=WIDE)
def corrects_with_the_second_power(beta1: float, beta2: float, epsilon: float) -> Step:
    """Divides by 1 - β² in every step, the index taken for an exponent."""
    right = _corrected(beta1, beta2, epsilon)
    return _adaptive(beta1, beta2, lambda m, v, _: right(m, v, 2))


@_adam_step("adam/accuracy", dtypes=WIDE)
def corrects_only_the_first_moment(beta1: float, beta2: float, epsilon: float) -> Step:
    """Corrects the average of the gradients and not that of their squares."""
    return _adaptive(beta1, beta2, lambda m, v, t: m / (1 - beta1**t) / (np.sqrt(v) + epsilon))


@_adam_step("adam/accuracy", dtypes=WIDE)
def corrects_only_the_second_moment(beta1: float, beta2: float, epsilon: float) -> Step:
    """Corrects the average of the squares and not that of the gradients."""
    return _adaptive(beta1, beta2, lambda m, v, t: m / (np.sqrt(v / (1 - beta2**t)) + epsilon))


@_adam_step("adam/accuracy")
def multiplies_by_the_corrections(beta1: float, beta2: float, epsilon: float) -> Step:
    """Multiplies by 1 - βᵗ where it should divide."""
    return _adaptive(
        beta1, beta2, lambda m, v, t: m * (1 - beta1**t) / (np.sqrt(v * (1 - beta2**t)) + epsilon)
    )


@_adam_step("adam/accuracy", dtypes=WIDE)
def corrects_its_state(beta1: float, beta2: float, epsilon: float) -> Step:
    """Corrects the averages in place, so that the corrections pile up."""

    def step(x: Array, state: Any, g: Array, a: float, t: int) -> tuple[Array, Any]:
        m = (beta1 * state[0] + (1 - beta1) * g) / (1 - beta1**t)
        v = (beta2 * state[1] + (1 - beta2) * g * g) / (1 - beta2**t)
        return x - a * m / (np.sqrt(v) + epsilon), (m, v)

    return step


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


@_adam_step("adam/accuracy")
def puts_epsilon_under_the_root(beta1: float, beta2: float, epsilon: float) -> Step:
    """Adds epsilon to the corrected average of the squares, under the root."""
    return _adaptive(
        beta1, beta2, lambda m, v, t: m / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t) + epsilon)
    )


@_adam_step("adam/accuracy", "adaptive/zero-gradient")
def adds_epsilon_to_the_reciprocal(beta1: float, beta2: float, epsilon: float) -> Step:
    """Adds epsilon to the reciprocal of the root, which is infinite if the average is 0."""
    return _adaptive(
        beta1,
        beta2,
        lambda m, v, t: m / (1 - beta1**t) * (1 / np.sqrt(v / (1 - beta2**t)) + epsilon),
    )


@_adam_step("adam/accuracy", dtypes=WIDE)
def squares_the_mean(beta1: float, beta2: float, epsilon: float) -> Step:
    """Averages the squares of the averaged gradients."""
    return _adaptive(beta1, beta2, _corrected(beta1, beta2, epsilon), squared=lambda m, _: m * m)


@_adam_step("adam/accuracy", dtypes=WIDE)
def measures_the_surprise(beta1: float, beta2: float, epsilon: float) -> Step:
    """Averages the squared differences of gradients from their average, as AdaBelief does."""
    return _adaptive(
        beta1, beta2, _corrected(beta1, beta2, epsilon), squared=lambda m, g: (g - m) ** 2
    )


@_adam_step("adam/accuracy", dtypes=WIDE)
def forgets_one_minus_beta(beta1: float, beta2: float, epsilon: float) -> Step:
    """Adds whole gradients and squares to the averages."""
    right = _corrected(beta1, beta2, epsilon)
    return _adaptive(beta1, beta2, lambda m, v, t: right(m / (1 - beta1), v / (1 - beta2), t))


@mistake("adam/accuracy")
def keeps_one_second_moment_for_all(
    gradient: Gradient,
    params: Arrays,
    steps: int,
    *,
    learning_rate: Any,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> Iterator[Arrays]:
    """Averages the mean square of all gradients together, one number for all arrays."""
    theta, m, v, right = (
        list(params),
        [0.0 * each for each in params],
        0.0,
        _corrected(beta1, beta2, epsilon),
    )
    for t, rate in enumerate(taking.rates_of(learning_rate, steps), 1):
        found = gradient(theta)
        mean = sum(float(np.sum(each * each)) for each in found) / max(
            sum(each.size for each in found), 1
        )
        m = [beta1 * past + (1 - beta1) * g for past, g in zip(m, found, strict=True)]
        v = beta2 * v + (1 - beta2) * mean
        theta = [np.asarray(x - rate * right(each, v, t)) for x, each in zip(theta, m, strict=True)]
        yield list(theta)


@_adam_step("adam/accuracy", dtypes=WIDE)
def averages_the_gradient_after_its_use(beta1: float, beta2: float, epsilon: float) -> Step:
    """Steps along the average of the step before and updates it afterwards."""

    def step(x: Array, state: Any, g: Array, a: float, t: int) -> tuple[Array, Any]:
        m, v = state[0], beta2 * state[1] + (1 - beta2) * g * g
        return x - a * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon), (
            beta1 * m + (1 - beta1) * g,
            v,
        )

    return step


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
def looks_ahead(beta1: float, beta2: float, epsilon: float) -> Step:
    """Steps along β₁ m + (1 - β₁) g with the new m, as Nesterov's variant does."""
    right = _corrected(beta1, beta2, epsilon)

    def step(x: Array, state: Any, g: Array, a: float, t: int) -> tuple[Array, Any]:
        m, v = beta1 * state[0] + (1 - beta1) * g, beta2 * state[1] + (1 - beta2) * g * g
        return x - a * right(beta1 * m + (1 - beta1) * g, v, t), (m, v)

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


@_adam_step("adam_epsilon_hat/accuracy", "adam_epsilon_hat/epsilon")
def puts_epsilon_hat_under_the_root(beta1: float, beta2: float, epsilon: float) -> Step:
    """Adds epsilon to the average of the squares, under the root."""
    return _adaptive(
        beta1,
        beta2,
        lambda m, v, t: np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / np.sqrt(v + epsilon),
    )


@_adam_step(
    "adam_epsilon_hat/accuracy",
    "adam_epsilon_hat/epsilon",
    "adam_epsilon_hat/without-epsilon",
    dtypes=WIDE,
)
def forgets_the_root_of_the_correction(beta1: float, beta2: float, epsilon: float) -> Step:
    """Multiplies the rate by 1 - β₂ᵗ, without its root."""
    return _adaptive(
        beta1, beta2, lambda m, v, t: (1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + epsilon)
    )


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


@_adam_step("adam_uncorrected/accuracy", "adam_uncorrected/factor", dtypes=WIDE)
def corrects_the_gradients_alone(beta1: float, beta2: float, epsilon: float) -> Step:
    """Corrects the average of the gradients, and leaves the other as it is."""
    return _adaptive(beta1, beta2, lambda m, v, t: m / (1 - beta1**t) / (np.sqrt(v) + epsilon))


@_adam_step("adam_uncorrected/accuracy", "adam_uncorrected/factor", "adam_uncorrected/rmsprop")
def corrects_the_squares_alone(beta1: float, beta2: float, epsilon: float) -> Step:
    """Corrects the average of the squares, and leaves the other as it is."""
    return _adaptive(beta1, beta2, lambda m, v, t: m / (np.sqrt(v / (1 - beta2**t)) + epsilon))
