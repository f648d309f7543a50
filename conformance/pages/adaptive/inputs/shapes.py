"""Shapes, layouts, rates and points, for every operation of the page."""

from collections.abc import Iterator

import numpy as np

from nnspec.conformance.pages.adaptive.inputs.cases import along, gradients, stepping
from nnspec.conformance.pages.layouts import dyadic, named, rearranged
from nnspec.conformance.pages.steps import courses
from nnspec.conformance.pages.steps.courses import ABOVE, DOWN, SLOPE
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case


@named
def shapes(operation: str, dtype: str) -> Iterator[Case]:
    """Lists of one to four arrays of one to four dimensions, axes of length one among them."""
    for course in courses.of_shapes(dtype, gradients):
        yield along(operation, dtype, course)


@named
def layouts(operation: str, dtype: str) -> Iterator[Case]:
    """Parameters in Fortran order, as strided views, reversed, and read-only."""
    yield from rearranged(along(operation, dtype, courses.of_two_arrays(dtype, gradients)))


@named
def twice(operation: str, dtype: str) -> Iterator[Case]:
    """A few steps, to be asked about twice."""
    yield along(operation, dtype, courses.a_few(dtype, gradients))


@named
def rates(operation: str, dtype: str) -> Iterator[Case]:
    """A learning rate for every step: they rise, fall, and stand still."""
    for course in courses.at_rates(dtype, gradients, past=0.5):
        yield along(operation, dtype, course)


@named
def zero_rates(operation: str, dtype: str) -> Iterator[Case]:
    """A learning rate of 0 in some steps, in the first one, and in all."""
    for course in courses.pausing(dtype, gradients, past=0.5):
        yield along(operation, dtype, course)


@named
def negative_rates(operation: str, dtype: str) -> Iterator[Case]:
    """A learning rate below 0 in some steps, and in the first one."""
    for course in courses.ascending(dtype, gradients, past=0.5):
        yield along(operation, dtype, course)


@named
def heeding(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients of a function that is no quadratic: their answers show where they are asked for."""
    for course in courses.heeding(dtype):
        yield along(operation, dtype, course)


@named
def still(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients that are zero from the first step on, under an epsilon that every format holds."""
    zero = scripted([[np.zeros(4), np.zeros((2, 2))]], dtype, "zero gradients")
    yield stepping(
        "zero",
        operation,
        dtype,
        zero,
        [dyadic((4,), 5) + 1 / 64, dyadic((2, 2), 9) + 1 / 64],
        3,
        0.5,
        epsilon=2.0**-10,
    )


@named
def still_with_little(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients that are zero, under an epsilon of 2⁻²⁷, which is below every number of float16."""
    if dtype == "float16":
        zero = scripted([[np.zeros(4)]], dtype, "zero gradients")
        yield stepping(
            "zero", operation, dtype, zero, [dyadic((4,), 5) + 1 / 64], 3, 0.5, epsilon=2.0**-27
        )


@named
def valleys(operation: str, dtype: str) -> Iterator[Case]:
    """A quadratic with its minimum at 0 and curvatures of 1/2, 1 and 2, descended for 64 steps."""
    rate = 1.0 if operation.startswith("adagrad") else 0.125
    yield stepping(
        "valley",
        operation,
        dtype,
        SLOPE,
        [ABOVE],
        DOWN,
        rate,
        epsilon=0.0625,
        past=0.5,
        squares=0.75,
    )


@named
def hollow(operation: str, dtype: str) -> Iterator[Case]:
    """Arrays without dimensions and arrays without elements, beside others."""
    for course in courses.hollow(dtype, gradients):
        yield along(operation, dtype, course)
