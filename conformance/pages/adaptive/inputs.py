"""The inputs of the page `adaptive`: gradients given step by step, of every size at which epsilon, an average or a correction shows."""

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnspec.conformance.pages.layouts import dyadic, named, rearranged
from nnspec.conformance.pages.steps import courses
from nnspec.conformance.pages.steps.courses import (
    ABOVE,
    DOWN,
    SLOPE,
    WIDE,
    Course,
    Rates,
    count,
    params,
)
from nnspec.conformance.terms.callbacks import Callback, scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, cast

# By how much gradients and epsilon are scaled together, by the names of the cases.
SCALES = {"by-1024": 1024.0, "by-a-64th": 2.0**-6}

# Operations whose epsilon stands under the root, beside squares.
INSIDE = ("adagrad_epsilon_inside", "rmsprop_epsilon_inside")


def decays(operation: str, past: float = 0.75, squares: float = 0.875) -> dict[str, float]:
    """Return the weights of the past that a method averages with: of gradients and of their squares."""
    if operation.startswith("adagrad"):
        return {}
    return (
        {"decay": squares} if operation.startswith("rmsprop") else {"beta1": past, "beta2": squares}
    )


def stepping(
    name: str,
    operation: str,
    dtype: str,
    gradient: Callback,
    params: Sequence[ArrayLike],
    steps: int,
    rate: Rates,
    *,
    epsilon: float = 0.125,
    past: float = 0.75,
    squares: float = 0.875,
) -> Case:
    """Return the case of a method."""
    parameters: dict[str, Any] = {
        "learning_rate": rate,
        **decays(operation, past, squares),
        "epsilon": epsilon,
    }
    return Case(
        name, operation, (gradient, [cast(array, dtype) for array in params], steps), parameters
    )


def _along(operation: str, dtype: str, course: Course) -> Case:
    """Return the case of a method on a course."""
    past = 0.75 if course.past is None else course.past
    start, steps, rate = course.params, course.steps, course.rate
    return stepping(course.name, operation, dtype, course.gradient, start, steps, rate, past=past)


# None of the gradients is zero.
gradients = partial(courses.gradients, shift=1 / 64)


@named
def everyday(operation: str, dtype: str) -> Iterator[Case]:
    """One step, two, three, ten and a hundred, of a vector and a matrix under gradients that differ in every step."""
    listed = [(5,), (2, 3)]
    for steps, rate, epsilon, past, squares in (
        (1, 0.125, 0.125, 0.5, 0.875),
        (2, 0.5, 0.0625, 0.75, 0.5),
        (3, 0.25, 2.0**-20, 0.875, 0.96875),
        (10, 0.125, 1.0, 0.5, 0.9990234375),
        (100, 0.03125, 2.0**-10, 0.875, 0.9990234375),
    ):
        if dtype in WIDE or steps == 1:
            given = gradients(listed, steps, dtype, offset=steps)
            yield stepping(
                f"{steps}-steps",
                operation,
                dtype,
                given,
                params(listed),
                steps,
                rate,
                epsilon=epsilon,
                past=past,
                squares=squares,
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
        full = [dyadic((3,), 1) + 4.5, dyadic((2, 2), 8) - 4.5]
        first, second = [full[0], 0 * full[1]], [0 * full[0], full[1]]
        holes = [full[0] * [1, 0, 1], full[1] * [[0, 1], [1, 0]]]
        given = scripted(
            [holes, first, second, full, first, first, second, [0 * each for each in full]],
            dtype,
            "gradients with zeros",
        )
        yield stepping("zeros", operation, dtype, given, params([(3,), (2, 2)]), 8, 0.25)


@named
def epsilons(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients far below epsilon, beside it and far above; an epsilon of 1, one of 2⁻²⁴ (2⁻⁴ in 16 bits), and none."""
    small = 2.0**-24 if dtype in WIDE else 2.0**-4
    sizes = np.ldexp(1.5, np.arange(-30, 10, 4) if dtype in WIDE else np.arange(-5, 5)) * (
        -1.0
    ) ** np.arange(10)
    steps = count(dtype, 3)
    given = scripted(
        [[sizes * (step + 1)] for step in range(steps)], dtype, "gradients on both sides of epsilon"
    )
    for name, epsilon in (("large", 1.0), ("small", small), ("none", 0.0)):
        # From parameters of 0 the whole step is seen, and not what a large parameter's rounding leaves of it.
        yield stepping(name, operation, dtype, given, [np.zeros(10)], steps, 0.5, epsilon=epsilon)


@named
def magnitudes(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients of every size whose squares, and an eighth of them, are normal."""
    fmt = FORMATS[dtype]
    low, high = (fmt.minimum_exponent + 6) // 2, int(np.log2(fmt.maximum)) // 2 - 4
    scale = np.ldexp(1.0, np.unique(np.linspace(low, high, 9).astype(int)))
    steps = count(dtype, 3)
    given = scripted(
        [[(step + 1.5) * scale * (-1.0) ** np.arange(scale.size)] for step in range(steps)],
        dtype,
        "gradients of every size",
    )
    yield stepping(
        "sizes", operation, dtype, given, [3.0 * np.ones(scale.size)], steps, 0.25, epsilon=0.25
    )


@lru_cache(maxsize=None)
def _thousand(dtype: str) -> Callback:
    return courses.thousand(dtype, 1 / 64)


@named
def long(operation: str, dtype: str) -> Iterator[Case]:
    """A thousand steps under gradients that come again after 97."""
    if dtype in WIDE:
        given = _thousand(dtype)
        yield stepping(
            "1000-steps",
            operation,
            dtype,
            given,
            [dyadic((3,), 2)],
            1000,
            0.0625,
            epsilon=2.0**-10,
            past=0.875,
            squares=0.9990234375,
        )


# --- every operation of the page -----------------------------------------------------------------


@named
def shapes(operation: str, dtype: str) -> Iterator[Case]:
    """Lists of one to four arrays of one to four dimensions, axes of length one among them."""
    for course in courses.of_shapes(dtype, gradients):
        yield _along(operation, dtype, course)


@named
def layouts(operation: str, dtype: str) -> Iterator[Case]:
    """Parameters in Fortran order, as strided views, reversed, and read-only."""
    yield from rearranged(_along(operation, dtype, courses.of_two_arrays(dtype, gradients)))


@named
def twice(operation: str, dtype: str) -> Iterator[Case]:
    """A few steps, to be asked about twice."""
    yield _along(operation, dtype, courses.a_few(dtype, gradients))


@named
def companions(operation: str, dtype: str) -> Iterator[Case]:
    """Three arrays whose gradients differ in size by factors of 32, to be stepped together and each alone."""
    listed, steps = [(3,), (2, 2), (3,)], count(dtype, 4)
    each = [
        [
            (dyadic(shape, 43 + 17 * step + 5 * place) + 1 / 64) * 2.0 ** (5 * place - 5)
            for place, shape in enumerate(listed)
        ]
        for step in range(steps)
    ]
    given = scripted(each, dtype, f"{steps} given gradients of three sizes")
    yield stepping(
        "three", operation, dtype, given, params(listed), steps, 0.25, epsilon=0.0625, squares=0.75
    )


@named
def rates(operation: str, dtype: str) -> Iterator[Case]:
    """A learning rate for every step: they rise, fall, and stand still."""
    for course in courses.at_rates(dtype, gradients, past=0.5):
        yield _along(operation, dtype, course)


@named
def heeding(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients of a function that is no quadratic: their answers show where they are asked for."""
    for course in courses.heeding(dtype):
        yield _along(operation, dtype, course)


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
        yield _along(operation, dtype, course)


# --- relations -----------------------------------------------------------------------------------


@named
def first_steps(operation: str, dtype: str) -> Iterator[Case]:
    """The first step under several weights of the past, with a large epsilon, a small one, and none."""
    for past, squares, epsilon in (
        (0.5, 0.75, 1.0),
        (0.875, 0.5, 0.03125),
        (0.75, 0.875, 0.0),
        (0.0, 0.0, 0.25),
    ):
        given = gradients([(5,)], 1, dtype, offset=37)
        name = f"squares-{squares:g}-epsilon-{epsilon:g}"
        yield stepping(
            name,
            operation,
            dtype,
            given,
            [np.zeros(5)],
            1,
            0.25,
            epsilon=epsilon,
            past=past,
            squares=squares,
        )


@named
def steady(operation: str, dtype: str) -> Iterator[Case]:
    """The same gradient in every step."""
    if dtype in WIDE:
        given = scripted([[np.array([1.0, -3.0, 0.015625])]], dtype, "one gradient for all steps")
        for past, squares, epsilon in ((0.5, 0.75, 0.25), (0.875, 0.9990234375, 2.0**-20)):
            name = f"squares-{squares:g}"
            yield stepping(
                name,
                operation,
                dtype,
                given,
                [np.zeros(3)],
                24,
                0.125,
                epsilon=epsilon,
                past=past,
                squares=squares,
            )


def scaled(operation: str, dtype: str, name: str, scale: float) -> Case:
    """Return a case with gradients and epsilon so many times as large."""
    listed, steps = [(4,), (2, 2)], count(dtype, 5)
    given = gradients(listed, steps, dtype, offset=53, scale=scale)
    # Epsilon is a gradient, or the square of one where it stands beside squares.
    epsilon = 0.5 * scale ** (2 if operation in INSIDE else 1)
    return stepping(
        name, operation, dtype, given, [np.zeros(4), np.zeros((2, 2))], steps, 0.25, epsilon=epsilon
    )


@named
def scalings(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients and epsilon, both 1024 times as large and both a 64th."""
    if dtype in WIDE:
        for name, scale in SCALES.items():
            yield scaled(operation, dtype, name, scale)


@named
def without_epsilon(operation: str, dtype: str) -> Iterator[Case]:
    """Five steps under an epsilon of 0, and gradients that are never zero; one in 16 bits."""
    listed, steps = [(4,), (2, 2)], count(dtype, 5)
    given = gradients(listed, steps, dtype, offset=61)
    yield stepping(
        "none", operation, dtype, given, [np.zeros(4), np.zeros((2, 2))], steps, 0.25, epsilon=0.0
    )


@named
def memoryless(operation: str, dtype: str) -> Iterator[Case]:
    """Five steps that keep nothing of the gradients before, and average their squares; one in 16 bits."""
    listed, steps = [(4,), (2, 2)], count(dtype, 5)
    given = gradients(listed, steps, dtype, offset=83)
    yield stepping(
        "squares-alone",
        operation,
        dtype,
        given,
        [np.zeros(4), np.zeros((2, 2))],
        steps,
        0.25,
        past=0.0,
    )


@named
def nearly_one(operation: str, dtype: str) -> Iterator[Case]:
    """Weights of the past within 2⁻¹⁴ and 2⁻¹⁶ of 1: what is subtracted from 1 for the correction is nearly 1."""
    if dtype == "float32":
        given = gradients([(4,)], 9, dtype, offset=71)
        yield stepping(
            "nine",
            operation,
            dtype,
            given,
            [np.zeros(4)],
            9,
            0.25,
            past=1 - 2.0**-14,
            squares=1 - 2.0**-16,
        )


@named
def fractions(operation: str, dtype: str) -> Iterator[Case]:
    """The customary 0.001, 0.9, 0.999 and 1e-8, none of which float32 holds."""
    if dtype == "float64":
        given = gradients([(4,)], 20, dtype, offset=73)
        yield stepping(
            "customary",
            operation,
            dtype,
            given,
            [np.zeros(4)],
            20,
            0.001,
            epsilon=1e-8,
            past=0.9,
            squares=0.999,
        )
