"""Newton's method: each step solves a linear system with the Hessian."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, real
from nnspec.reference.stepping import Gradient, Rates, answered, copied, counted, listed, rated

__all__ = [
    "newton",
]


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
        θ ← θ - a d, H d = g, g = ∇f(θ), H = ∇²f(θ): the system is solved; H is not inverted.
    Shapes
        params: one vector (n,) in a list; each gradient and each answer: a list like params; each
        Hessian: (n, n).
    Units
        learning_rate is a pure number: 1 is the full step.
    Accuracy
        `n*steps*kappa*u*norm(params)` with `kappa = 16`, if the condition of H is at most κ and θ
        and ‖H⁻¹‖‖g‖ stay below twice the first parameters; 0.045 of it measured.
    Edge cases
        An indefinite H is solved like any other: the full step goes to the quadratic's saddle. 0
        steps yield nothing.
    Raises
        As gradient_descent. ValueError also if the Hessian is singular to working precision or has
        another shape, or if params is not one vector.
    Source
        J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition (2006),
        doi:10.1007/978-0-387-40065-5, section 3.3.
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
            with np.errstate(all="ignore"):
                theta = [theta[0] - rate * np.linalg.solve(h, g)]
        except np.linalg.LinAlgError:
            message = f"hessian must not be singular; got {h.tolist()}"
            raise ValueError(message) from None
        yield copied(theta)
