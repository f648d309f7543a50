"""The inputs of the page `descent`: gradients given step by step, whatever the point, and quadratics that heed where they are asked."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.conformance.pages.layouts import dyadic, named, rearranged
from nnspec.conformance.pages.steps import courses
from nnspec.conformance.pages.steps.courses import (
    ABOVE,
    CHANGING,
    CURVATURES,
    DOWN,
    SLOPE,
    WIDE,
    Course,
    Rates,
    count,
    gradients,
    params,
)
from nnspec.conformance.pages.vectors import vectors
from nnspec.conformance.terms.callbacks import Callback, scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, cast

Array = NDArray[np.float64]

# Eigenvectors with entries ±1/2 in their columns: the change of basis is exact.
BASIS = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2.0

# The minimum of every quadratic, and the start in the eigenbasis, seen from there.
MINIMUM = np.array([1.0, -0.5, 0.25, 2.0])
START = np.array([2.0, -1.0, 1.5, 1.0])


def descending(
    name: str,
    operation: str,
    dtype: str,
    gradient: Callback,
    params: Sequence[ArrayLike],
    steps: int,
    rate: Rates,
    momentum: float = 0.5,
) -> Case:
    """Return the case of a method; gradient descent has no momentum."""
    parameters = (
        {"learning_rate": rate}
        if operation in ("gradient_descent", "newton")
        else {"learning_rate": rate, "momentum": momentum}
    )
    return Case(
        name, operation, (gradient, [cast(array, dtype) for array in params], steps), parameters
    )


def _along(operation: str, dtype: str, course: Course) -> Case:
    """Return the case of a method on a course."""
    past = 0.5 if course.past is None else course.past
    start, steps, rate = course.params, course.steps, course.rate
    return descending(course.name, operation, dtype, course.gradient, start, steps, rate, past)


def newtonian(
    name: str,
    dtype: str,
    gradient: Callback,
    hessian: Callback,
    start: ArrayLike,
    steps: int,
    rate: Rates,
) -> Case:
    """Return a case of Newton's method."""
    return Case(
        name, "newton", (gradient, hessian, [cast(start, dtype)], steps), {"learning_rate": rate}
    )


def banded(size: int, step: int = 0) -> Array:
    """Return a positive definite matrix of a condition below 4, another one in every step."""
    return (4.0 + step % 3) * np.eye(size) + np.eye(size, k=1) + np.eye(size, k=-1)


def _script(
    dtype: str, size: int, steps: int, rate: Rates, name: str, *, offset: int = 0, sign: float = 1.0
) -> Case:
    """Return a case of Newton's method on gradients and Hessians given step by step."""
    given = gradients([(size,)], steps, dtype, offset=offset, signs=(1.0, sign))
    hessians = scripted(
        [np.asarray(banded(size, step)) for step in range(steps)], dtype, f"{steps} given Hessians"
    )
    return newtonian(name, dtype, given, hessians, 12.0 + dyadic((size,), 3), steps, rate)


@named
def everyday(operation: str, dtype: str) -> Iterator[Case]:
    """One step, two, three, ten and a hundred, of a vector and a matrix under gradients that differ in every step."""
    shapes = [(5,), (2, 3)]
    for steps, rate, momentum in (
        (1, 0.125, 0.5),
        (2, 0.5, 0.75),
        (3, 0.25, 0.875),
        (10, 0.125, 0.5),
        (100, 0.03125, 0.875),
    ):
        if dtype not in WIDE and (steps > 1 or operation == "newton"):
            continue
        if operation == "newton":
            yield _script(dtype, min(steps, 4), steps, rate, f"{steps}-steps", sign=-1.0)
        else:
            given = gradients(shapes, steps, dtype, offset=steps)
            yield descending(
                f"{steps}-steps", operation, dtype, given, params(shapes), steps, rate, momentum
            )


@named
def alternating(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients that turn round in every step."""
    if dtype in WIDE:
        yield _along(operation, dtype, courses.turning(dtype, gradients))


@named
def sparse(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients of which whole arrays, or every second element, are zero for some steps."""
    if dtype in WIDE:
        full = [dyadic((3,), 1) + 4.0, dyadic((2, 2), 8) - 4.5]
        first, second = [full[0], 0 * full[1]], [0 * full[0], full[1]]
        holes = [full[0] * [1, 0, 1], full[1] * [[0, 1], [1, 0]]]
        given = scripted(
            [full, first, second, holes, first, first, second, [0 * each for each in full]],
            dtype,
            "gradients with zeros",
        )
        yield descending("zeros", operation, dtype, given, params([(3,), (2, 2)]), 8, 0.25, 0.75)


@named
def magnitudes(operation: str, dtype: str) -> Iterator[Case]:
    """Parameters and gradients of every size that keeps what is computed from them normal."""
    fmt = FORMATS[dtype]
    low, high = (
        fmt.minimum_exponent + (24 if dtype in WIDE else 5),
        int(np.log2(fmt.maximum)) - (24 if dtype in WIDE else 5),
    )
    scale = np.ldexp(1.0, np.unique(np.linspace(low, high, 9).astype(int)))
    steps = count(dtype, 3)
    given = scripted(
        [[(step + 1.5) * scale * (-1.0) ** np.arange(scale.size)] for step in range(steps)],
        dtype,
        "gradients of every size",
    )
    yield descending("sizes", operation, dtype, given, [3.0 * scale], steps, 0.25, 0.5)


_thousand = lru_cache(maxsize=None)(courses.thousand)


@named
def long(operation: str, dtype: str) -> Iterator[Case]:
    """A thousand steps under gradients that come again after 97."""
    if dtype in WIDE:
        yield descending(
            "1000-steps", operation, dtype, _thousand(dtype), [dyadic((3,), 2)], 1000, 0.0625, 0.875
        )


@named
def stored(operation: str, dtype: str) -> Iterator[Case]:
    """The stored vectors, in the formats that the operation is judged in: Newton's method in two of them."""
    if operation != "newton" or dtype in WIDE:
        yield from vectors(operation, dtype)


# --- every operation of the page -----------------------------------------------------------------


@named
def shapes(operation: str, dtype: str) -> Iterator[Case]:
    """Lists of one to four arrays of one to four dimensions, axes of length one among them; vectors for Newton's method."""
    if operation == "newton":
        for size in (1, 2, 5) if dtype in WIDE else ():
            yield _script(dtype, size, 2, 0.5, f"vector-of-{size}")
        return
    for course in courses.of_shapes(dtype, gradients):
        yield _along(operation, dtype, course)


@named
def layouts(operation: str, dtype: str) -> Iterator[Case]:
    """Parameters in Fortran order, as strided views, reversed, and read-only."""
    if operation != "newton":
        yield from rearranged(_along(operation, dtype, courses.of_two_arrays(dtype, gradients)))
    elif dtype in WIDE:
        yield from rearranged(_script(dtype, 4, 2, 0.5, ""))


@named
def twice(operation: str, dtype: str) -> Iterator[Case]:
    """A few steps, to be asked about twice."""
    if operation != "newton":
        yield _along(operation, dtype, courses.a_few(dtype, gradients))
    elif dtype in WIDE:
        yield _script(dtype, 3, 3, 0.5, "a-few", offset=7)


@named
def rates(operation: str, dtype: str) -> Iterator[Case]:
    """A learning rate for every step: they rise, fall, and stand still."""
    if operation != "newton":
        for course in courses.at_rates(dtype, gradients, past=0.75):
            yield _along(operation, dtype, course)
    elif dtype in WIDE:
        yield _script(dtype, 3, len(CHANGING), CHANGING, "changing", sign=-1.0)


@named
def heeding(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients, and Hessians, of a function that is no quadratic: where they are asked for is seen in what they answer."""
    if operation != "newton":
        for course in courses.heeding(dtype):
            yield _along(operation, dtype, course)
    elif dtype in WIDE:
        # f = Σ θ⁴/32 + 3θ²: the Hessian, 3θ²/8 + 6, is another one in every step.
        quartic = Callback(
            "gradient of a quartic", lambda _, point: [point[0] ** 3 / 8 + 6 * point[0]], ((3,),)
        )
        curvature = Callback(
            "Hessian of a quartic", lambda _, point: np.diag(0.375 * point[0] ** 2 + 6), ((3,),)
        )
        yield newtonian("quartic", dtype, quartic, curvature, [4.0, -3.0, 1.0], 4, 0.5)


@named
def still(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients that are zero from the first step on."""
    if operation != "newton":
        zero = scripted([[np.zeros(4), np.zeros((2, 2))]], dtype, "zero gradients")
        yield descending(
            "zero", operation, dtype, zero, [dyadic((4,), 5), dyadic((2, 2), 9)], 3, 0.5, 0.875
        )
    elif dtype in WIDE:
        zero, hessian = (
            scripted([[np.zeros(3)]], dtype, "zero gradients"),
            scripted([np.asarray(banded(3))], dtype, "a given Hessian"),
        )
        yield newtonian("zero", dtype, zero, hessian, dyadic((3,), 5), 3, 1.0)


@named
def valleys(operation: str, dtype: str) -> Iterator[Case]:
    """A quadratic with its minimum at 0 and curvatures of 1/2, 1 and 2, descended for 64 steps."""
    if operation != "newton":
        yield descending("valley", operation, dtype, SLOPE, [ABOVE], DOWN, 0.25, 0.5)
    elif dtype in WIDE:
        hessian = Callback("Hessian of a quadratic", lambda *_: np.diag(CURVATURES), ((3,),))
        yield newtonian("valley", dtype, SLOPE, hessian, ABOVE, DOWN, 0.25)


@named
def fractions(operation: str, dtype: str) -> Iterator[Case]:
    """The customary 0.001 and 0.9, neither of which float32 holds."""
    if dtype == "float64" and operation == "newton":
        yield _script(dtype, 4, 3, 0.001, "customary", offset=73)
    elif dtype == "float64":
        yield descending(
            "customary",
            operation,
            dtype,
            gradients([(4,)], 20, dtype, offset=73),
            [np.zeros(4)],
            20,
            0.001,
            0.9,
        )


@named
def hollow(operation: str, dtype: str) -> Iterator[Case]:
    """Arrays without dimensions and arrays without elements, beside others; a vector without elements for Newton's method."""
    if operation != "newton":
        for course in courses.hollow(dtype, gradients):
            yield _along(operation, dtype, course)
    elif dtype in WIDE:
        slope = Callback("a gradient without elements", lambda *_: [np.zeros(0)], ((0,),))
        hessian = Callback("a Hessian without elements", lambda *_: np.zeros((0, 0)), ((0,),))
        yield newtonian("without-elements", dtype, slope, hessian, np.zeros(0), 2, 0.5)


# --- quadratics ----------------------------------------------------------------------------------


def matrix(spectrum: Sequence[float]) -> Array:
    """Return the matrix of a quadratic with the eigenvectors of `BASIS`, in numbers that every format holds."""
    return np.asarray(BASIS @ np.diag(np.asarray(spectrum, dtype=np.float64)) @ BASIS.T)


def _bowl(
    name: str,
    operation: str,
    dtype: str,
    spectrum: Sequence[float],
    steps: int,
    rate: float,
    momentum: float = 0.5,
) -> Case:
    """Return the descent of ½(θ - θ*)ᵀP(θ - θ*) from `START`, seen from the minimum in the eigenbasis."""
    p = matrix(spectrum)
    slope = Callback(
        f"gradient of a quadratic of the curvatures {spectrum}",
        lambda _, point: [p @ (point[0] - MINIMUM)],
        ((4,),),
    )
    start = MINIMUM + BASIS @ START
    if operation == "newton":
        hessian = Callback(
            f"Hessian of a quadratic of the curvatures {spectrum}", lambda *_: p, ((4,),)
        )
        return newtonian(name, dtype, slope, hessian, start, steps, rate)
    return descending(name, operation, dtype, slope, [start], steps, rate, momentum)


# The quadratics by the names of their cases: curvatures along the columns of `BASIS`, learning rate, momentum.
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
                yield _bowl(name, operation, dtype, spectrum, 16, rate, momentum)

    return cases


@named
def quadratics(operation: str, dtype: str) -> Iterator[Case]:
    """Quadratics whose largest curvature times the learning rate is below 1, 1, between 1 and 2, 2, and beyond."""
    yield from _bowls(
        "slow", "at-once", "oscillating", "nearly-unstable", "at-the-edge", "diverging"
    )(operation, dtype)


@named
def conditioned(operation: str, dtype: str) -> Iterator[Case]:
    """A quadratic of the condition 7 under the best learning rate, a smaller and a larger one."""
    yield from _bowls("best", "below-best", "above-best")(operation, dtype)


@named
def coasting(operation: str, dtype: str) -> Iterator[Case]:
    """A gradient in the first two steps and none from then on, as where a slope ends on a saddle."""
    if dtype in WIDE:
        slope = [np.array([1.0, -3.0]), np.array([[2.0, 0.5, -1.25]])]
        flat = [0 * each for each in slope]
        given = scripted([slope, slope, flat], dtype, "a slope of two steps")
        yield descending("saddle", operation, dtype, given, params([(2,), (1, 3)]), 8, 0.5, 0.75)


@named
def steady(operation: str, dtype: str) -> Iterator[Case]:
    """The same gradient in every step."""
    if dtype in WIDE:
        given = scripted([[np.array([1.0, -3.0, 0.5])]], dtype, "one gradient for all steps")
        for momentum in (0.5, 0.75, 0.875):
            yield descending(
                f"momentum-{momentum:g}",
                operation,
                dtype,
                given,
                [[4.0, 2.0, -1.0]],
                24,
                0.125,
                momentum,
            )


@named
def memoryless(operation: str, dtype: str) -> Iterator[Case]:
    """A momentum of 0, under given gradients and on a quadratic."""
    if dtype in WIDE:
        given = gradients([(3,), (2, 2)], 6, dtype, offset=29)
        yield descending("given", operation, dtype, given, params([(3,), (2, 2)]), 6, CHANGING, 0.0)
        yield _bowl("quadratic", operation, dtype, (1.0, 2.0, 4.0, 8.0), 6, 0.1875, 0.0)
    else:
        yield descending(
            "given",
            operation,
            dtype,
            gradients([(3,), (2, 2)], 1, dtype),
            params([(3,), (2, 2)]),
            1,
            0.25,
            0.0,
        )


@named
def first_steps(operation: str, dtype: str) -> Iterator[Case]:
    """The first step under momenta from 0 to 31/32."""
    for momentum in (0.0, 0.5, 0.875, 0.96875):
        given = gradients([(5,)], 1, dtype, offset=37)
        yield descending(
            f"momentum-{momentum:g}", operation, dtype, given, [dyadic((5,), 41)], 1, 0.25, momentum
        )


# --- Newton's method -----------------------------------------------------------------------------


@named
def full_steps(operation: str, dtype: str) -> Iterator[Case]:
    """Quadratics of the conditions 8 and 7, under the learning rate 1."""
    if dtype in WIDE:
        for name in ("slow", "best"):
            yield _bowl(name, operation, dtype, SPECTRA[name][0], 2, 1.0)


@named
def damped_steps(operation: str, dtype: str) -> Iterator[Case]:
    """Quadratics under learning rates below 1, and one above."""
    if dtype in WIDE:
        for rate in (0.25, 0.5, 0.875, 1.5):
            yield _bowl(f"rate-{rate:g}", operation, dtype, (1.0, 2.0, 4.0, 8.0), 6, rate)


@named
def saddles(operation: str, dtype: str) -> Iterator[Case]:
    """Quadratics that curve down along one eigenvector, three, and all, under the learning rate 1."""
    if dtype in WIDE:
        for name, spectrum in (
            ("saddle", (1.0, 2.0, -4.0, 8.0)),
            ("mostly-down", (-1.0, -2.0, 4.0, -8.0)),
            ("top", (-1.0, -2.0, -4.0, -8.0)),
        ):
            yield _bowl(name, operation, dtype, spectrum, 2, 1.0)


@named
def singular(operation: str, dtype: str) -> Iterator[Case]:
    """Hessians without an inverse, whose elimination comes to a pivot that is exactly zero."""
    if operation == "newton" and dtype in WIDE:
        for name, hessian in (
            ("zero", [[0.0]]),
            ("ones", [[1.0, 1.0], [1.0, 1.0]]),
            ("flat-direction", [[4.0, 0.0], [0.0, 0.0]]),
            ("twice-the-row", [[4.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        ):
            size = len(hessian)
            given, curvature = (
                gradients([(size,)], 1, dtype, offset=2),
                scripted([np.array(hessian)], dtype, "a singular Hessian"),
            )
            yield newtonian(name, dtype, given, curvature, dyadic((size,), 4), 1, 1.0)
