"""Nesterov's method: each form that libraries compute is a function."""

from collections.abc import Iterator, Sequence

from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, number
from nnspec.reference.stepping import Gradient, Rates, stepping

__all__ = [
    "nesterov",
    "nesterov_reformulated",
    "nesterov_reformulated_scaled",
    "nesterov_sutskever",
]


def nesterov(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    momentum: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step along an average of gradients taken a full step ahead.

    Formula
        g = ∇f(θ - a u), u ← μ u + (1 - μ) g, θ ← θ - a u: the gradient is taken where the old
        velocity leads, without a factor μ.
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter per gradient; the velocity is a gradient.
    Accuracy
        Running error of `theta - rate*m` with `point = theta - rate*m`,
        `m = momentum*m + (1 - momentum)*g`; 0.99 of it measured.
    Edge cases
        The first gradient is taken at θ; with μ = 0 the method still looks ahead and is not
        gradient descent; 0 steps yield nothing.
    Raises
        As gradient_descent, and TypeError or ValueError if momentum is not a finite number.
    Source
        After Y. Nesterov, Soviet Mathematics Doklady 27 (1983), 372-376, in the averaged form of
        lecture notes.
    """
    mu = number("momentum", momentum)

    def step(theta: Array, g: Array, rate: float, _: int, u: Array) -> None:
        u *= mu
        u += (1 - mu) * g
        theta -= rate * u

    return stepping(
        gradient,
        params,
        steps,
        learning_rate,
        step,
        moments=1,
        point=lambda theta, rate, u: theta - rate * u,
    )


def nesterov_sutskever(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    momentum: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of Nesterov's method, the gradient taken at θ + μ v.

    Formula
        g = ∇f(θ + μ v), v ← μ v - a g, θ ← θ + v.
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter per gradient; the velocity is a difference of parameters.
    Accuracy
        Running error of `theta + v` with `point = theta + momentum*v`, `v = momentum*v - rate*g`;
        0.96 of it measured.
    Edge cases
        The first gradient is taken at θ; μ = 0 is gradient descent; 0 steps yield nothing.
    Raises
        As gradient_descent, and TypeError or ValueError if momentum is not a finite number.
    Source
        I. Sutskever, J. Martens, G. Dahl, G. Hinton (2013), "On the importance of initialization
        and momentum in deep learning", Proceedings of Machine Learning Research 28(3), equations 3
        and 4.
    """
    mu = number("momentum", momentum)

    def step(theta: Array, g: Array, rate: float, _: int, v: Array) -> None:
        v *= mu
        v -= rate * g
        theta += v

    return stepping(
        gradient,
        params,
        steps,
        learning_rate,
        step,
        moments=1,
        point=lambda theta, _, v: theta + mu * v,
    )


def nesterov_reformulated(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    momentum: float,
) -> Iterator[list[Array]]:
    """Yield the points where Nesterov's method takes its gradients, as parameters of their own.

    Formula
        v ← μ v + g, θ ← θ - a (g + μ v), g = ∇f(θ): for a constant a, θ is the point θ' + μ v' of
        nesterov_sutskever.
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter per gradient; the velocity is a gradient.
    Accuracy
        Running error of `theta - rate*(g + momentum*v)` with `v = momentum*v + g`; 0.98 of it
        measured.
    Edge cases
        μ = 0 is gradient descent; 0 steps yield nothing.
    Raises
        As gradient_descent, and TypeError or ValueError if momentum is not a finite number.
    Source
        Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu (2013), doi:10.1109/ICASSP.2013.6639349,
        section 3.5.
    """
    mu = number("momentum", momentum)

    def step(theta: Array, g: Array, rate: float, _: int, v: Array) -> None:
        v *= mu
        v += g
        theta -= rate * (g + mu * v)

    return stepping(gradient, params, steps, learning_rate, step, moments=1)


def nesterov_reformulated_scaled(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    momentum: float,
) -> Iterator[list[Array]]:
    """Yield the points where Nesterov's method takes its gradients, the rate inside the velocity.

    Formula
        v ← μ v + a g, θ ← θ - (a g + μ v), g = ∇f(θ): θ is the point θ' + μ v' of
        nesterov_sutskever, also when a changes.
    Shapes
        params: a list of arrays of any shapes; each gradient and each answer: a list like params.
    Units
        learning_rate in parameter per gradient; the velocity is a difference of parameters.
    Accuracy
        Running error of `theta - (rate*g + momentum*v)` with `v = momentum*v + rate*g`; 0.94 of it
        measured.
    Edge cases
        μ = 0 is gradient descent; 0 steps yield nothing.
    Raises
        As gradient_descent, and TypeError or ValueError if momentum is not a finite number.
    Source
        Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu (2013), doi:10.1109/ICASSP.2013.6639349,
        equation 7.
    """
    mu = number("momentum", momentum)

    def step(theta: Array, g: Array, rate: float, _: int, v: Array) -> None:
        v *= mu
        v += rate * g
        theta -= rate * g + mu * v

    return stepping(gradient, params, steps, learning_rate, step, moments=1)
