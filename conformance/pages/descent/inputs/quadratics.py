"""Quadratics, whose gradients heed where they are asked for."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.descent.inputs.cases import descending, newtonian
from nnspec.conformance.pages.layouts import named, product
from nnspec.conformance.pages.steps.courses import ABOVE, CURVATURES, DOWN, SLOPE, WIDE
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case

Array = NDArray[np.float64]

# Eigenvectors with entries ±1/2 in their columns: the change of basis is exact.
BASIS = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2.0

# The minimum of every quadratic, and the start in the eigenbasis, seen from there.
MINIMUM = np.array([1.0, -0.5, 0.25, 2.0])
START = np.array([2.0, -1.0, 1.5, 1.0])


@named
def valleys(operation: str, dtype: str) -> Iterator[Case]:
    """A quadratic with its minimum at 0 and curvatures of 1/2, 1 and 2, descended for 64 steps."""
    if operation != "newton":
        yield descending("valley", operation, dtype, SLOPE, [ABOVE], DOWN, 0.25, 0.5)
    elif dtype in WIDE:
        hessian = Callback("Hessian of a quadratic", lambda *_: np.diag(CURVATURES), ((3,),))
        yield newtonian("valley", dtype, SLOPE, hessian, ABOVE, DOWN, 0.25)


# --- quadratics ----------------------------------------------------------------------------------


def matrix(spectrum: Sequence[float]) -> Array:
    """Return the matrix of a quadratic with the eigenvectors of `BASIS`; every format holds it."""
    return product(BASIS * np.asarray(spectrum, dtype=np.float64), BASIS.T)


def bowl(
    name: str,
    operation: str,
    dtype: str,
    spectrum: Sequence[float],
    steps: int,
    rate: float,
    momentum: float = 0.5,
) -> Case:
    """Return the descent of ½(θ - θ*)ᵀP(θ - θ*) from `START`, which is seen in the eigenbasis."""
    p = matrix(spectrum)
    slope = Callback(
        f"gradient of a quadratic of the curvatures {spectrum}",
        lambda _, point: [product(p, point[0] - MINIMUM)],
        ((4,),),
    )
    start = MINIMUM + product(BASIS, START)
    if operation == "newton":
        hessian = Callback(
            f"Hessian of a quadratic of the curvatures {spectrum}", lambda *_: p, ((4,),)
        )
        return newtonian(name, dtype, slope, hessian, start, steps, rate)
    return descending(name, operation, dtype, slope, [start], steps, rate, momentum)


# Quadratics by their cases' names: curvatures along the columns of `BASIS`, rate, momentum.
SPECTRA: dict[str, tuple[tuple[float, ...], float, float]] = {
    "slow": ((1.0, 2.0, 4.0, 8.0), 0.0625, 0.5),
    "at-once": ((1.0, 2.0, 4.0, 8.0), 0.125, 0.5),
    "oscillating": ((1.0, 2.0, 4.0, 8.0), 0.1875, 0.75),
    "nearly-unstable": ((1.0, 2.0, 4.0, 8.0), 0.234375, 0.25),
    "at-the-edge": ((1.0, 2.0, 4.0, 8.0), 0.25, 0.125),
    "diverging": ((1.0, 2.0, 4.0, 8.0), 0.28125, 0.0625),
    "best": ((1.0, 3.0, 5.0, 7.0), 0.25, 0.5),
    "below-best": ((1.0, 3.0, 5.0, 7.0), 0.1875, 0.875),
    "above-best": ((1.0, 3.0, 5.0, 7.0), 0.265625, 0.625),
}


def _bowls(*names: str) -> Callable[[str, str], Iterator[Case]]:
    def cases(operation: str, dtype: str) -> Iterator[Case]:
        if dtype in WIDE:
            for name in names:
                spectrum, rate, momentum = SPECTRA[name]
                yield bowl(name, operation, dtype, spectrum, 16, rate, momentum)

    return cases


@named
def quadratics(operation: str, dtype: str) -> Iterator[Case]:
    """Quadratics whose largest curvature times the rate is below 1, 1, below 2, 2, and beyond."""
    yield from _bowls(
        "slow", "at-once", "oscillating", "nearly-unstable", "at-the-edge", "diverging"
    )(operation, dtype)


@named
def conditioned(operation: str, dtype: str) -> Iterator[Case]:
    """A quadratic of the condition 7 under the best learning rate, a smaller and a larger one."""
    yield from _bowls("best", "below-best", "above-best")(operation, dtype)


# --- Newton's method -----------------------------------------------------------------------------


@named
def full_steps(operation: str, dtype: str) -> Iterator[Case]:
    """Quadratics of the conditions 8 and 7, under the learning rate 1."""
    if dtype in WIDE:
        for name in ("slow", "best"):
            yield bowl(name, operation, dtype, SPECTRA[name][0], 2, 1.0)


@named
def damped_steps(operation: str, dtype: str) -> Iterator[Case]:
    """Quadratics under learning rates below 1, and one above."""
    if dtype in WIDE:
        for rate in (0.25, 0.5, 0.875, 1.5):
            yield bowl(f"rate-{rate:g}", operation, dtype, (1.0, 2.0, 4.0, 8.0), 6, rate)


@named
def saddles(operation: str, dtype: str) -> Iterator[Case]:
    """Quadratics that curve down along one, three and all eigenvectors, under the rate 1."""
    if dtype in WIDE:
        for name, spectrum in (
            ("saddle", (1.0, 2.0, -4.0, 8.0)),
            ("mostly-down", (-1.0, -2.0, 4.0, -8.0)),
            ("top", (-1.0, -2.0, -4.0, -8.0)),
        ):
            yield bowl(name, operation, dtype, spectrum, 2, 1.0)
