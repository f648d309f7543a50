"""AdaGrad, RMSProp and Adam, with epsilon in each place where libraries put it."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, number
from nnspec.reference.stepping import Gradient, Rates, filled, stepping

__all__ = [
    "adagrad",
    "adagrad_epsilon_inside",
    "adam",
    "adam_epsilon_hat",
    "adam_uncorrected",
    "rmsprop",
    "rmsprop_epsilon_inside",
]


def adagrad(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    epsilon: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of AdaGrad, which divides by all squares so far.

    Formula
        r ← r + g², θ ← θ - a g/(√r + ε).
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter; epsilon in gradient.
    Accuracy
        Running error of `theta - rate*g/(sqrt(r) + epsilon)` with `r = r + g*g`; 0.93 of it
        measured.
    Edge cases
        If ε > 0, a zero gradient leaves θ unchanged. If ε = 0, θ is NaN while all gradients were 0.
        g² overflows beyond 1e154.
    Raises
        TypeError if an argument has the wrong type. ValueError if a number is not finite, or steps
        or epsilon is negative. ValueError if learning_rate has not one number a step, or a gradient
        has other shapes than params.
    Source
        J. Duchi, E. Hazan, Y. Singer, Journal of Machine Learning Research 12 (2011), 2121-2159.
    """
    delta = _epsilon(epsilon)

    def step(theta: Array, g: Array, rate: float, _: int, r: Array) -> None:
        r += g * g
        theta -= rate * g / (np.sqrt(r) + delta)

    return stepping(gradient, params, steps, learning_rate, step, moments=1)


def adagrad_epsilon_inside(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    epsilon: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of AdaGrad with epsilon under the root.

    Formula
        r ← r + g², θ ← θ - a g/√(r + ε).
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter; epsilon in gradient squared.
    Accuracy
        Running error of `theta - rate*g/sqrt(r + epsilon)` with `r = r + g*g`; 0.90 of it measured.
    Edge cases
        With ε = 0 it is adagrad.
    Raises
        As adagrad.
    Source
        J. Duchi, E. Hazan, Y. Singer, Journal of Machine Learning Research 12 (2011), 2121-2159, in
        the form of Keras and Optax.
    """
    delta = _epsilon(epsilon)

    def step(theta: Array, g: Array, rate: float, _: int, r: Array) -> None:
        r += g * g
        theta -= rate * g / np.sqrt(r + delta)

    return stepping(gradient, params, steps, learning_rate, step, moments=1)


def rmsprop(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    decay: float,
    epsilon: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of RMSProp, which divides by an average of squares.

    Formula
        r ← ρ r + (1 - ρ) g², θ ← θ - a g/(√r + ε).
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter; epsilon in gradient; decay is a pure number.
    Accuracy
        Running error of `theta - rate*g/(sqrt(r) + epsilon)` with `r = decay*r + (1 - decay)*g*g`;
        0.96 of it measured.
    Edge cases
        The average starts at 0, so the first step has the length a/√(1 - ρ). With ρ = 0 each step
        follows the gradient's sign.
    Raises
        As adagrad, and TypeError or ValueError if decay is not a number in [0, 1).
    Source
        T. Tieleman, G. Hinton, "Neural Networks for Machine Learning" (2012), lecture 6.5.
    """
    rho, delta = _fraction("decay", decay), _epsilon(epsilon)

    def step(theta: Array, g: Array, rate: float, _: int, r: Array) -> None:
        r *= rho
        r += (1 - rho) * g * g
        theta -= rate * g / (np.sqrt(r) + delta)

    return stepping(gradient, params, steps, learning_rate, step, moments=1)


def rmsprop_epsilon_inside(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    decay: float,
    epsilon: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of RMSProp with epsilon under the root.

    Formula
        r ← ρ r + (1 - ρ) g², θ ← θ - a g/√(r + ε).
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter; epsilon in gradient squared; decay is a pure number.
    Accuracy
        Running error of `theta - rate*g/sqrt(r + epsilon)` with `r = decay*r + (1 - decay)*g*g`;
        0.86 of it measured.
    Edge cases
        With ε = 0 it is rmsprop.
    Raises
        As rmsprop.
    Source
        T. Tieleman, G. Hinton, "Neural Networks for Machine Learning" (2012), lecture 6.5, in the
        form of TensorFlow and Keras.
    """
    rho, delta = _fraction("decay", decay), _epsilon(epsilon)

    def step(theta: Array, g: Array, rate: float, _: int, r: Array) -> None:
        r *= rho
        r += (1 - rho) * g * g
        theta -= rate * g / np.sqrt(r + delta)

    return stepping(gradient, params, steps, learning_rate, step, moments=1)


def adam(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of Adam.

    Formula
        m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², θ ← θ - a m̂/(√v̂ + ε), m̂ = m/(1 - β₁ᵗ),
        v̂ = v/(1 - β₂ᵗ), t = 1, 2, …; 1 - βᵗ is computed without cancellation, as -expm1(t log β).
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter; epsilon in gradient; beta1 and beta2 are pure numbers.
    Accuracy
        Running error of `theta - rate*(m/(1 - beta1**t))/(sqrt(v/(1 - beta2**t)) + epsilon)` with
        `m = beta1*m + (1 - beta1)*g`, `v = beta2*v + (1 - beta2)*g*g`; 0.88 of it measured.
    Edge cases
        The first step has the length a |g|/(|g| + ε) for all β₁ and β₂, and goes against the
        gradient's sign. If all gradients so far are 0, θ stays unchanged for ε > 0 and is NaN for
        ε = 0. A zero gradient after another one still moves θ.
    Raises
        As adagrad, and TypeError or ValueError if beta1 or beta2 is not a number in [0, 1).
    Source
        D. Kingma, J. Ba (2015), arXiv:1412.6980, algorithm 1.
    """
    first, second, delta = _fraction("beta1", beta1), _fraction("beta2", beta2), _epsilon(epsilon)

    def step(theta: Array, g: Array, rate: float, t: int, m: Array, v: Array) -> None:
        _average(m, v, g, first, second)
        theta -= rate * (m / filled(first, t)) / (np.sqrt(v / filled(second, t)) + delta)

    return stepping(gradient, params, steps, learning_rate, step, moments=2)


def adam_epsilon_hat(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of Adam, which adds epsilon before the corrections.

    Formula
        m and v as in adam, θ ← θ - a √(1 - β₂ᵗ)/(1 - β₁ᵗ) m/(√v + ε): adam with ε/√(1 - β₂ᵗ) in
        place of ε.
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter; epsilon in gradient; beta1 and beta2 are pure numbers.
    Accuracy
        Running error of `theta - rate*sqrt(1 - beta2**t)/(1 - beta1**t)*m/(sqrt(v) + epsilon)` with
        `m = beta1*m + (1 - beta1)*g`, `v = beta2*v + (1 - beta2)*g*g`; 0.89 of it measured.
    Edge cases
        With ε = 0 it is adam.
    Raises
        As adam.
    Source
        D. Kingma, J. Ba (2015), arXiv:1412.6980, end of section 2.
    """
    first, second, delta = _fraction("beta1", beta1), _fraction("beta2", beta2), _epsilon(epsilon)

    def step(theta: Array, g: Array, rate: float, t: int, m: Array, v: Array) -> None:
        _average(m, v, g, first, second)
        corrected = rate * np.sqrt(filled(second, t)) / filled(first, t)
        theta -= corrected * m / (np.sqrt(v) + delta)

    return stepping(gradient, params, steps, learning_rate, step, moments=2)


def adam_uncorrected(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of Adam without its bias correction.

    Formula
        m and v as in adam, θ ← θ - a m/(√v + ε).
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter; epsilon in gradient; beta1 and beta2 are pure numbers.
    Accuracy
        Running error of `theta - rate*m/(sqrt(v) + epsilon)` with
        `m = beta1*m + (1 - beta1)*g`, `v = beta2*v + (1 - beta2)*g*g`; 0.98 of it measured.
    Edge cases
        With β₁ = 0 it is rmsprop; the first step is adam's times (1 - β₁)/√(1 - β₂) where ε = 0.
    Raises
        As adam.
    Source
        D. Kingma, J. Ba (2015), arXiv:1412.6980, section 6.4, which compares it with the corrected
        form.
    """
    first, second, delta = _fraction("beta1", beta1), _fraction("beta2", beta2), _epsilon(epsilon)

    def step(theta: Array, g: Array, rate: float, _: int, m: Array, v: Array) -> None:
        _average(m, v, g, first, second)
        theta -= rate * m / (np.sqrt(v) + delta)

    return stepping(gradient, params, steps, learning_rate, step, moments=2)


def _average(m: Array, v: Array, g: Array, first: float, second: float) -> None:
    """Update the average m of gradients and the average v of their squares, in place."""
    m *= first
    m += (1 - first) * g
    v *= second
    v += (1 - second) * g * g


def _fraction(name: str, value: float) -> float:
    found = number(name, value)
    if not 0 <= found < 1:
        message = f"{name} must be in [0, 1), the weight of the past in an average; got {found}"
        raise ValueError(message)
    return found


def _epsilon(value: float) -> float:
    found = number("epsilon", value)
    if found < 0:
        message = f"epsilon must not be negative; got {found}"
        raise ValueError(message)
    return found
