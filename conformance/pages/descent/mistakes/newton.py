"""Mistakes of Newton's method."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.steps import mistakes as taking
from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]
Arrays = list[Array]
Gradient = Callable[[Arrays], Arrays]


Hessian = Callable[[Arrays], Array]


def _newton(
    gradient: Gradient,
    hessian: Hessian,
    params: Arrays,
    steps: int,
    learning_rate: Any,
    solve: Callable[[Array, Array], Array],
) -> Iterator[Arrays]:
    theta = params[0]
    for rate in taking.rates_of(learning_rate, steps):
        (g,) = gradient([theta])
        theta = theta - rate * solve(hessian([theta]), g)
        yield [theta]


@mistake("newton/accuracy", "newton/quadratic", "newton/damped", "newton/saddle", dtypes=WIDE)
def divides_by_the_diagonal(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Divides by the diagonal of the Hessian and leaves the rest out."""
    return _newton(gradient, hessian, params, steps, learning_rate, lambda h, g: g / np.diag(h))


@mistake("newton/quadratic", "newton/damped", "newton/saddle", dtypes=WIDE)
def adds_to_the_diagonal(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Adds 1/8 to the diagonal of the Hessian, as one does where it may be singular."""
    return _newton(
        gradient,
        hessian,
        params,
        steps,
        learning_rate,
        lambda h, g: np.linalg.solve(h + np.eye(len(g), dtype=h.dtype) / 8, g),
    )


@mistake("newton/singular", dtypes=WIDE)
def adds_a_little_to_the_diagonal(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Adds a little to the diagonal of a singular Hessian, and answers with the solution."""

    def solve(h: Array, g: Array) -> Array:
        return np.asarray(
            np.linalg.solve(
                h + np.eye(len(g), dtype=h.dtype) * h.dtype.type(2.0**-20)
                if np.linalg.det(h) == 0
                else h,
                g,
            )
        )

    return _newton(gradient, hessian, params, steps, learning_rate, solve)


@mistake("newton/singular", dtypes=WIDE)
def takes_the_pseudo_inverse(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Answers a singular Hessian by its pseudo-inverse."""
    return _newton(
        gradient, hessian, params, steps, learning_rate, lambda h, g: np.linalg.pinv(h) @ g
    )


@mistake("newton/accuracy", dtypes=WIDE)
def keeps_the_first_hessian(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Asks for the Hessian once and keeps it."""
    kept = hessian(params)
    return _newton(gradient, lambda _: kept, params, steps, learning_rate, np.linalg.solve)


@spoiling("descent/asking", dtypes=WIDE, operations=("newton",))
def asks_for_the_hessian_where_it_began(operation: Operation) -> Operation:
    """Asks for every Hessian at the parameters that it began with."""
    return lambda gradient, hessian, params, steps, **parameters: operation(
        gradient, lambda _: hessian([each.copy() for each in params]), params, steps, **parameters
    )


@mistake("newton/saddle", dtypes=WIDE)
def flips_negative_curvatures(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Divides by the absolute values of the curvatures, and leaves the saddle behind."""

    def solve(h: Array, g: Array) -> Array:
        curvatures, vectors = np.linalg.eigh(h)
        return np.asarray(vectors @ ((vectors.T @ g) / abs(curvatures)))

    return _newton(gradient, hessian, params, steps, learning_rate, solve)


@mistake("newton/saddle", dtypes=WIDE)
def stops_where_it_curves_down(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Takes a Hessian that is not positive definite for the end of its way."""

    def solve(h: Array, g: Array) -> Array:
        return np.asarray(np.linalg.solve(h, g)) if np.all(np.linalg.eigvalsh(h) > 0) else 0 * g

    return _newton(gradient, hessian, params, steps, learning_rate, solve)
