"""Shapes, layouts, rates and points, for every operation of the page."""

from collections.abc import Iterator

import numpy as np

from nnspec.conformance.pages.descent.inputs.cases import (
    along,
    banded,
    by_script,
    descending,
    newtonian,
)
from nnspec.conformance.pages.descent.inputs.quadratics import bowl
from nnspec.conformance.pages.layouts import dyadic, named, rearranged
from nnspec.conformance.pages.steps import courses
from nnspec.conformance.pages.steps.courses import (
    CHANGING,
    PAUSING,
    TURNING,
    WIDE,
    gradients,
    params,
)
from nnspec.conformance.terms.callbacks import Callback, scripted
from nnspec.conformance.terms.cases import Case


@named
def shapes(operation: str, dtype: str) -> Iterator[Case]:
    """Lists of one to four arrays of one to four dimensions; vectors for Newton's method."""
    if operation == "newton":
        for size in (1, 2, 5) if dtype in WIDE else ():
            yield by_script(dtype, size, 2, 0.5, f"vector-of-{size}")
        return
    for course in courses.of_shapes(dtype, gradients):
        yield along(operation, dtype, course)


@named
def layouts(operation: str, dtype: str) -> Iterator[Case]:
    """Parameters in Fortran order, as strided views, reversed, and read-only."""
    if operation != "newton":
        yield from rearranged(along(operation, dtype, courses.of_two_arrays(dtype, gradients)))
    elif dtype in WIDE:
        yield from rearranged(by_script(dtype, 4, 2, 0.5, ""))


@named
def twice(operation: str, dtype: str) -> Iterator[Case]:
    """A few steps, to be asked about twice."""
    if operation != "newton":
        yield along(operation, dtype, courses.a_few(dtype, gradients))
    elif dtype in WIDE:
        yield by_script(dtype, 3, 3, 0.5, "a-few", offset=7)


@named
def rates(operation: str, dtype: str) -> Iterator[Case]:
    """A learning rate for every step: they rise, fall, and stand still."""
    if operation != "newton":
        for course in courses.at_rates(dtype, gradients, past=0.75):
            yield along(operation, dtype, course)
    elif dtype in WIDE:
        yield by_script(dtype, 3, len(CHANGING), CHANGING, "changing", sign=-1.0)


@named
def zero_rates(operation: str, dtype: str) -> Iterator[Case]:
    """A learning rate of 0 in some steps, in the first one, and in all."""
    if operation != "newton":
        for course in courses.pausing(dtype, gradients, past=0.75):
            yield along(operation, dtype, course)
    elif dtype in WIDE:
        yield by_script(dtype, 3, len(PAUSING), PAUSING, "pausing", sign=-1.0)
        yield by_script(dtype, 3, 2, 0.0, "never", offset=3)


@named
def negative_rates(operation: str, dtype: str) -> Iterator[Case]:
    """A learning rate below 0 in some steps, and in the first one."""
    if operation != "newton":
        for course in courses.ascending(dtype, gradients, past=0.75):
            yield along(operation, dtype, course)
    elif dtype in WIDE:
        yield by_script(dtype, 3, len(TURNING), TURNING, "turning", sign=-1.0)


@named
def heeding(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients and Hessians that are no quadratic's: they show where they are asked for."""
    if operation != "newton":
        for course in courses.heeding(dtype):
            yield along(operation, dtype, course)
    elif dtype in WIDE:
        # f = Σ θ⁴/32 + 3θ²: the Hessian, 3θ²/8 + 6, is another one in every step.
        quartic = Callback(
            "gradient of a quartic",
            lambda _, point: [point[0] * (point[0] * point[0] / 8 + 6)],
            ((3,),),
        )
        curvature = Callback(
            "Hessian of a quartic",
            lambda _, point: np.diag(0.375 * point[0] * point[0] + 6),
            ((3,),),
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
def fractions(operation: str, dtype: str) -> Iterator[Case]:
    """The customary 0.001 and 0.9, neither of which float32 holds."""
    if dtype == "float64" and operation == "newton":
        yield by_script(dtype, 4, 3, 0.001, "customary", offset=73)
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
    """Arrays without dimensions or elements, beside others; for Newton's method a vector."""
    if operation != "newton":
        for course in courses.hollow(dtype, gradients):
            yield along(operation, dtype, course)
    elif dtype in WIDE:
        slope = Callback("a gradient without elements", lambda *_: [np.zeros(0)], ((0,),))
        hessian = Callback("a Hessian without elements", lambda *_: np.zeros((0, 0)), ((0,),))
        yield newtonian("without-elements", dtype, slope, hessian, np.zeros(0), 2, 0.5)


@named
def coasting(operation: str, dtype: str) -> Iterator[Case]:
    """A gradient in the first two steps and none afterwards, as where a slope ends on a saddle."""
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
        yield bowl("quadratic", operation, dtype, (1.0, 2.0, 4.0, 8.0), 6, 0.1875, 0.0)
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


# A limit below a correction, such as max(1 - μ, 0.001), shows under this momentum.
_NEARLY_ONE = (1 - 2.0**-11,)


@named
def first_steps(operation: str, dtype: str) -> Iterator[Case]:
    """The first step under momenta from 0 to 31/32, in 32 and 64 bits to 2047/2048."""
    for momentum in (0.0, 0.5, 0.875, 0.96875, *(_NEARLY_ONE if dtype in WIDE else ())):
        given = gradients([(5,)], 1, dtype, offset=37)
        yield descending(
            f"momentum-{momentum:g}", operation, dtype, given, [dyadic((5,), 41)], 1, 0.25, momentum
        )


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
