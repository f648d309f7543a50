"""Gradient descent and its momenta: each form that libraries compute is a function."""

from collections.abc import Iterator, Sequence

from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, number
from nnspec.reference.stepping import Gradient, Rates, filled, stepping

__all__ = [
    "gradient_descent",
    "momentum",
    "momentum_average",
    "momentum_scaled",
    "momentum_unbiased",
]


def gradient_descent(
    gradient: Gradient, params: Sequence[ArrayLike], steps: int, *, learning_rate: Rates
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of gradient descent.

    Formula
        θ ← θ - a g, g = ∇f(θ).
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter per gradient; a number, or one number a step.
    Accuracy
        Running error of `theta - rate*g`; 0.98 of it measured.
    Edge cases
        0 steps yield nothing; a zero gradient leaves θ unchanged; NaN and infinities go through.
    Raises
        TypeError if an argument has the wrong type. ValueError if a number is not finite, steps is
        negative, learning_rate has not one number a step, or a gradient has other shapes than
        params.
    Source
        A. Cauchy, Comptes rendus 25 (1847), 536-538.
    """

    def step(theta: Array, g: Array, rate: float, _: int) -> None:
        theta -= rate * g

    return stepping(gradient, params, steps, learning_rate, step, moments=0)


def momentum(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    momentum: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of momentum whose velocity accumulates gradients.

    Formula
        v ← μ v + g, θ ← θ - a v.
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter per gradient; the velocity is a gradient.
    Accuracy
        Running error of `theta - rate*v` with `v = momentum*v + g`; 0.99 of it measured.
    Edge cases
        μ = 0 is gradient descent; 0 steps yield nothing.
    Raises
        As gradient_descent, and TypeError or ValueError if momentum is not a finite number.
    Source
        B. Polyak (1964), doi:10.1016/0041-5553(64)90137-5.
    """
    mu = number("momentum", momentum)

    def step(theta: Array, g: Array, rate: float, _: int, v: Array) -> None:
        v *= mu
        v += g
        theta -= rate * v

    return stepping(gradient, params, steps, learning_rate, step, moments=1)


def momentum_average(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    momentum: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of momentum whose velocity averages gradients.

    Formula
        u ← μ u + (1 - μ) g, θ ← θ - a u.
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter per gradient; the velocity is a gradient.
    Accuracy
        Running error of `theta - rate*m` with `m = momentum*m + (1 - momentum)*g`; 0.99 of it
        measured.
    Edge cases
        μ = 0 is gradient descent; 0 steps yield nothing.
    Raises
        As gradient_descent, and TypeError or ValueError if momentum is not a finite number.
    Source
        D. Kingma, J. Ba, "Adam" (2015), arXiv:1412.6980: u is its first moment.
    """
    mu = number("momentum", momentum)

    def step(theta: Array, g: Array, rate: float, _: int, u: Array) -> None:
        u *= mu
        u += (1 - mu) * g
        theta -= rate * u

    return stepping(gradient, params, steps, learning_rate, step, moments=1)


def momentum_scaled(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    momentum: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of momentum whose velocity accumulates steps.

    Formula
        v ← μ v + a g, θ ← θ - v.
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter per gradient; the velocity is a difference of parameters.
    Accuracy
        Running error of `theta - v` with `v = momentum*v + rate*g`; 0.96 of it measured.
    Edge cases
        μ = 0 is gradient descent; a learning rate of 0 does not stop the velocity; 0 steps yield
        nothing.
    Raises
        As gradient_descent, and TypeError or ValueError if momentum is not a finite number.
    Source
        D. Rumelhart, G. Hinton, R. Williams, Nature 323 (1986), doi:10.1038/323533a0, equation 9.
    """
    mu = number("momentum", momentum)

    def step(theta: Array, g: Array, rate: float, _: int, v: Array) -> None:
        v *= mu
        v += rate * g
        theta -= v

    return stepping(gradient, params, steps, learning_rate, step, moments=1)


def momentum_unbiased(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    momentum: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step along the average of gradients, corrected for its bias.

    Formula
        u ← μ u + (1 - μ) g, θ ← θ - a u/(1 - μᵗ), t = 1, 2, …; u starts at 0, and the weights of
        the gradients in it add up to 1 - μᵗ, which is computed without cancellation.
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter per gradient; the velocity is a gradient.
    Accuracy
        Running error of `theta - rate*m/(1 - momentum**t)` with
        `m = momentum*m + (1 - momentum)*g`; 0.96 of it measured.
    Edge cases
        The first step is gradient descent's for every μ; μ = 0 is gradient descent; 0 steps yield
        nothing.
    Raises
        As gradient_descent, and TypeError or ValueError if momentum is not a number in [0, 1).
    Source
        D. Kingma, J. Ba, "Adam" (2015), arXiv:1412.6980, section 3.
    """
    mu = number("momentum", momentum)
    if not 0 <= mu < 1:
        message = (
            f"momentum must be in [0, 1), so that the weights have a sum to divide by; got {mu}"
        )
        raise ValueError(message)

    def step(theta: Array, g: Array, rate: float, t: int, u: Array) -> None:
        u *= mu
        u += (1 - mu) * g
        theta -= rate * u / filled(mu, t)

    return stepping(gradient, params, steps, learning_rate, step, moments=1)
