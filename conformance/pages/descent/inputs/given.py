"""Gradients given step by step, whatever the point."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from nnspec.conformance.pages.descent.inputs.cases import along, by_script, descending
from nnspec.conformance.pages.layouts import dyadic, named, signs
from nnspec.conformance.pages.steps import courses
from nnspec.conformance.pages.steps.courses import WIDE, count, gradients, params
from nnspec.conformance.pages.vectors import vectors
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, NARROW


@named
def everyday(operation: str, dtype: str) -> Iterator[Case]:
    """1, 2, 3, 10 and 100 steps of a vector and a matrix; gradients differ in every step."""
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
            yield by_script(dtype, min(steps, 4), steps, rate, f"{steps}-steps", sign=-1.0)
        else:
            given = gradients(shapes, steps, dtype, offset=steps)
            yield descending(
                f"{steps}-steps", operation, dtype, given, params(shapes), steps, rate, momentum
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
    """Parameters and gradients of every size whose results stay normal."""
    fmt = FORMATS[dtype]
    low, high = (
        fmt.minimum_exponent + (24 if dtype in WIDE else 5),
        fmt.maximum_exponent - (24 if dtype in WIDE else 5),
    )
    scale = np.ldexp(1.0, np.unique(np.linspace(low, high, 9).astype(int)))
    steps = count(dtype, 3)
    given = scripted(
        [[(step + 1.5) * scale * signs(scale.size)] for step in range(steps)],
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
    """The stored vectors, in the formats of the operation: two for Newton's method."""
    if operation != "newton" or dtype in WIDE:
        yield from vectors(operation, dtype)
