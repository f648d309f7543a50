"""Gradient descent, its momenta and Newton's method, step by step; every form that libraries compute is a function of its own."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, number, real
from nnspec.reference.stepping import (
    Gradient,
    Rates,
    answered,
    copied,
    counted,
    listed,
    rated,
    stepping,
)

__all__ = [
    "gradient_descent",
    "momentum",
    "momentum_average",
    "momentum_scaled",
    "momentum_unbiased",
    "nesterov",
    "nesterov_reformulated",
    "nesterov_reformulated_scaled",
    "nesterov_sutskever",
    "newton",
]


def gradient_descent(
    gradient: Gradient, params: Sequence[ArrayLike], steps: int, *, learning_rate: Rates
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of gradient descent.

    Formula
        θ ← θ - a g, g = ∇f(θ).
    Shapes
        params: one or more arrays of any shapes; gradient's answers and what is yielded: lists like params.
    Units
        learning_rate in parameter per gradient; a number, or one number a step.
    Accuracy
        Running error of `theta - rate*g`; 0.49 of it measured.
    Edge cases
        No steps yield nothing; a zero gradient leaves θ as it is; NaN and infinities go through.
    Raises
        TypeError if an argument is of another kind, ValueError if a number is not finite, steps is negative, learning_rate has not
        one number a step, or a gradient's shapes differ from those of params.
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
    """Yield the parameters after each step of gradient descent with a velocity that accumulates gradients.

    Formula
        v ← μ v + g, θ ← θ - a v.
    Shapes
        params: one or more arrays of any shapes; gradient's answers and what is yielded: lists like params.
    Units
        learning_rate in parameter per gradient; the velocity is a gradient.
    Accuracy
        Running error of `theta - rate*v` with `v = momentum*v + g`; 0.36 of it measured.
    Edge cases
        μ = 0 is gradient descent; no steps yield nothing.
    Raises
        TypeError and ValueError as gradient_descent, and for a momentum that is no finite number.
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
    """Yield the parameters after each step of gradient descent with a velocity that averages gradients.

    Formula
        u ← μ u + (1 - μ) g, θ ← θ - a u.
    Shapes
        params: one or more arrays of any shapes; gradient's answers and what is yielded: lists like params.
    Units
        learning_rate in parameter per gradient; the velocity is a gradient.
    Accuracy
        Running error of `theta - rate*m` with `m = momentum*m + (1 - momentum)*g`; 0.49 of it measured.
    Edge cases
        μ = 0 is gradient descent; no steps yield nothing.
    Raises
        TypeError and ValueError as gradient_descent, and for a momentum that is no finite number.
    Source
        D. Kingma, J. Ba, "Adam" (2015), arXiv:1412.6980, whose first moment it is.
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
    """Yield the parameters after each step of gradient descent with a velocity that accumulates steps.

    Formula
        v ← μ v + a g, θ ← θ - v.
    Shapes
        params: one or more arrays of any shapes; gradient's answers and what is yielded: lists like params.
    Units
        learning_rate in parameter per gradient; the velocity is a difference of parameters.
    Accuracy
        Running error of `theta - v` with `v = momentum*v + rate*g`; 0.43 of it measured.
    Edge cases
        μ = 0 is gradient descent; a learning rate of 0 does not stop a velocity; no steps yield nothing.
    Raises
        TypeError and ValueError as gradient_descent, and for a momentum that is no finite number.
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
    """Yield the parameters after each step along the average of gradients, freed of its bias towards the zero it starts from.

    Formula
        u ← μ u + (1 - μ) g, θ ← θ - a u/(1 - μᵗ), t = 1, 2, …: the weights of the gradients in u add up to 1 - μᵗ.
    Shapes
        params: one or more arrays of any shapes; gradient's answers and what is yielded: lists like params.
    Units
        learning_rate in parameter per gradient; the velocity is a gradient.
    Accuracy
        Running error of `theta - rate*m/(1 - momentum**t)` with `m = momentum*m + (1 - momentum)*g`; 0.17 of it measured.
    Edge cases
        The first step is that of gradient descent for every μ; μ = 0 is gradient descent; no steps yield nothing.
    Raises
        TypeError and ValueError as gradient_descent, and for a momentum that is not in [0, 1).
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
        theta -= rate * u / (1 - mu**t)

    return stepping(gradient, params, steps, learning_rate, step, moments=1)


def nesterov(
    gradient: Gradient,
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
    momentum: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step along an average of gradients that are asked for one whole step ahead.

    Formula
        g = ∇f(θ - a u), u ← μ u + (1 - μ) g, θ ← θ - a u: the point looked at is the one that the old velocity leads to, without a
        factor μ.
    Shapes
        params: one or more arrays of any shapes; gradient's answers and what is yielded: lists like params.
    Units
        learning_rate in parameter per gradient; the velocity is a gradient.
    Accuracy
        Running error of `theta - rate*m` with `point = theta - rate*m`, `m = momentum*m + (1 - momentum)*g`; 0.49 of it measured.
    Edge cases
        The first gradient is asked for at θ; with μ = 0 it still looks ahead and is not gradient descent; no steps yield nothing.
    Raises
        TypeError and ValueError as gradient_descent, and for a momentum that is no finite number.
    Source
        After Y. Nesterov, Soviet Mathematics Doklady 27 (1983), 372-376, in the averaged form of lecture notes.
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
    """Yield the parameters after each step of Nesterov's method as a momentum whose gradient is asked for where it leads.

    Formula
        g = ∇f(θ + μ v), v ← μ v - a g, θ ← θ + v.
    Shapes
        params: one or more arrays of any shapes; gradient's answers and what is yielded: lists like params.
    Units
        learning_rate in parameter per gradient; the velocity is a difference of parameters.
    Accuracy
        Running error of `theta + v` with `point = theta + momentum*v`, `v = momentum*v - rate*g`; 0.43 of it measured.
    Edge cases
        The first gradient is asked for at θ; μ = 0 is gradient descent; no steps yield nothing.
    Raises
        TypeError and ValueError as gradient_descent, and for a momentum that is no finite number.
    Source
        I. Sutskever, J. Martens, G. Dahl, G. Hinton (2013), "On the importance of initialization and momentum in deep learning",
        Proceedings of Machine Learning Research 28(3), equations 3 and 4.
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
    """Yield the look-ahead points of Nesterov's method, where its gradients are asked for, as parameters of their own.

    Formula
        v ← μ v + g, θ ← θ - a (g + μ v), g = ∇f(θ): for a constant a, θ is the point θ' + μ v' of nesterov_sutskever.
    Shapes
        params: one or more arrays of any shapes; gradient's answers and what is yielded: lists like params.
    Units
        learning_rate in parameter per gradient; the velocity is a gradient.
    Accuracy
        Running error of `theta - rate*(g + momentum*v)` with `v = momentum*v + g`; 0.32 of it measured.
    Edge cases
        μ = 0 is gradient descent; no steps yield nothing.
    Raises
        TypeError and ValueError as gradient_descent, and for a momentum that is no finite number.
    Source
        Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu (2013), doi:10.1109/ICASSP.2013.6639349, section 3.5.
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
    """Yield the look-ahead points of Nesterov's method with the learning rate inside the velocity, whatever the rates do.

    Formula
        v ← μ v + a g, θ ← θ - (a g + μ v), g = ∇f(θ): θ is the point θ' + μ v' of nesterov_sutskever, for changing a too.
    Shapes
        params: one or more arrays of any shapes; gradient's answers and what is yielded: lists like params.
    Units
        learning_rate in parameter per gradient; the velocity is a difference of parameters.
    Accuracy
        Running error of `theta - (rate*g + momentum*v)` with `v = momentum*v + rate*g`; 0.35 of it measured.
    Edge cases
        μ = 0 is gradient descent; no steps yield nothing.
    Raises
        TypeError and ValueError as gradient_descent, and for a momentum that is no finite number.
    Source
        Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu (2013), doi:10.1109/ICASSP.2013.6639349, equation 7.
    """
    mu = number("momentum", momentum)

    def step(theta: Array, g: Array, rate: float, _: int, v: Array) -> None:
        v *= mu
        v += rate * g
        theta -= rate * g + mu * v

    return stepping(gradient, params, steps, learning_rate, step, moments=1)


def newton(
    gradient: Gradient,
    hessian: Callable[[list[Array]], ArrayLike],
    params: Sequence[ArrayLike],
    steps: int,
    *,
    learning_rate: Rates,
) -> Iterator[list[Array]]:
    """Yield the parameters after each step of Newton's method, damped by the learning rate.

    Formula
        θ ← θ - a d, H d = g, g = ∇f(θ), H = ∇²f(θ): the system is solved, and H is not inverted.
    Shapes
        params: one vector (n,) in a list; gradient's answers and what is yielded: lists like params; hessian's answers: (n, n).
    Units
        learning_rate is a pure number: 1 is the full step.
    Accuracy
        `n*steps*kappa*u*norm(params)` with `kappa = 16`, for Hessians of a condition of at most κ while θ and ‖H⁻¹‖‖g‖ stay
        below twice the first parameters; 0.002 of it measured.
    Edge cases
        An indefinite H is answered like any other: the full step goes to the quadratic's saddle. No steps yield nothing.
    Raises
        ValueError for a Hessian that is singular to working precision or of another shape, for more than one array of parameters
        or one that is no vector; TypeError and ValueError otherwise as gradient_descent.
    Source
        J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006), doi:10.1007/978-0-387-40065-5, section 3.3.
    """
    theta, rates = copied(listed("params", params)), rated(learning_rate, counted(steps))
    if len(theta) != 1 or theta[0].ndim != 1:
        message = (
            f"params must be a list of one vector; got shapes {[array.shape for array in theta]}"
        )
        raise ValueError(message)
    return _newton(gradient, hessian, theta, rates)


def _newton(
    gradient: Gradient,
    hessian: Callable[[list[Array]], ArrayLike],
    theta: list[Array],
    rates: list[float],
) -> Iterator[list[Array]]:
    for rate in rates:
        (g,) = answered(gradient(copied(theta)), theta)
        h = real("hessian", hessian(copied(theta)))
        if h.shape != 2 * theta[0].shape:
            message = f"hessian must answer a matrix of shape {2 * theta[0].shape}; got {h.shape}"
            raise ValueError(message)
        try:
            step = np.linalg.solve(h, g)
        except np.linalg.LinAlgError:
            message = f"hessian must not be singular; got {h.tolist()}"
            raise ValueError(message) from None
        theta = [theta[0] - rate * step]
        yield copied(theta)
