"""Steps whose answers are related: first ones, steady gradients, scalings."""

from collections.abc import Iterator

import numpy as np

from nnspec.conformance.pages.adaptive.inputs.cases import gradients, stepping
from nnspec.conformance.pages.layouts import dyadic, named
from nnspec.conformance.pages.steps.courses import WIDE, count, params
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case

# By how much gradients and epsilon are scaled together, by the names of the cases.
SCALES = {"by-1024": 1024.0, "by-a-64th": 2.0**-6}

# Operations whose epsilon stands under the root, beside squares.
INSIDE = ("adagrad_epsilon_inside", "rmsprop_epsilon_inside")


@named
def companions(operation: str, dtype: str) -> Iterator[Case]:
    """Three arrays whose gradients differ in size by factors of 32, stepped together and alone."""
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
def first_steps(operation: str, dtype: str) -> Iterator[Case]:
    """The first step under several weights of the past, with a large, a small and no epsilon.

    In 32 and 64 bits there are weights within 2⁻¹⁰ of 1: a limit below a correction shows there.
    """
    weights = [(0.5, 0.75, 1.0), (0.875, 0.5, 0.03125), (0.75, 0.875, 0.0), (0.0, 0.0, 0.25)]
    if dtype in WIDE:
        weights.append((1 - 2.0**-11, 1 - 2.0**-12, 0.0625))
    for past, squares, epsilon in weights:
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
    epsilon = 0.5 * scale * (scale if operation in INSIDE else 1.0)
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
    """Five steps that average squares and keep nothing of earlier gradients; one in 16 bits."""
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
    """Weights of the past within 2⁻¹⁴ and 2⁻¹⁶ of 1: the correction subtracts nearly 1 from 1."""
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
