"""Gradients of every size at which epsilon, an average or a correction shows."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from nnspec.conformance.pages.adaptive.inputs.cases import along, gradients, stepping
from nnspec.conformance.pages.layouts import dyadic, named, signs
from nnspec.conformance.pages.steps import courses
from nnspec.conformance.pages.steps.courses import WIDE, count, params
from nnspec.conformance.terms.callbacks import Callback, scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, NARROW


@named
def everyday(operation: str, dtype: str) -> Iterator[Case]:
    """1, 2, 3, 10 and 100 steps of a vector and a matrix; gradients differ in every step."""
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
def narrow(operation: str, dtype: str) -> Iterator[Case]:
    """In 16 bits, one step of 16,384 parameters along gradients without pattern."""
    if dtype in NARROW:
        yield along(operation, dtype, courses.long_step(dtype))


@named
def alternating(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients that turn round in every step."""
    if dtype in WIDE:
        yield along(operation, dtype, courses.turning(dtype, gradients))


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
    """Gradients far below epsilon, near it and far above; epsilon is 1, 2⁻²⁴ or 0.

    In 16 bits the small epsilon is 2⁻⁴.
    """
    small = 2.0**-24 if dtype in WIDE else 2.0**-4
    exponents = np.arange(-30, 10, 4) if dtype in WIDE else np.arange(-5, 5)
    sizes = np.ldexp(1.5, exponents) * signs(exponents.size)
    steps = count(dtype, 3)
    given = scripted(
        [[sizes * (step + 1)] for step in range(steps)], dtype, "gradients on both sides of epsilon"
    )
    for name, epsilon in (("large", 1.0), ("small", small), ("none", 0.0)):
        # From parameters of 0 the whole step is seen: a large parameter would round it.
        yield stepping(name, operation, dtype, given, [np.zeros(10)], steps, 0.5, epsilon=epsilon)


@named
def magnitudes(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients of every size whose squares, and an eighth of them, are normal."""
    fmt = FORMATS[dtype]
    low, high = (fmt.minimum_exponent + 6) // 2, fmt.maximum_exponent // 2 - 4
    scale = np.ldexp(1.0, np.unique(np.linspace(low, high, 9).astype(int)))
    steps = count(dtype, 3)
    given = scripted(
        [[(step + 1.5) * scale * signs(scale.size)] for step in range(steps)],
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
