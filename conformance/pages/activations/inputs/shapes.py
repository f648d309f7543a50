"""Lengths, layouts and shapes, for every operation of the page."""

import dataclasses
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.activations.inputs.cases import filled
from nnspec.conformance.pages.layouts import LENGTHS, dyadic, named, of_every_length, rearranged
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import parameters_of


@named
def lengths(operation: str, dtype: str) -> Iterator[Case]:
    """Arrays of every length and of 20,000 elements.

    Operations with an axis get three rows of every length, and 300 rows of five.
    """
    in_rows = "axis" in parameters_of(operation)
    shape = (3, LENGTHS[-1]) if in_rows else (LENGTHS[-1],)
    yield from of_every_length(filled(operation, "", _nonzero(dyadic(shape)), dtype), dtype)
    if in_rows:
        yield filled(operation, "rows-300", _nonzero(dyadic((300, 5))), dtype)
    else:
        yield filled(operation, "length-20000", _nonzero(dyadic((20_000,))), dtype)


@named
def layouts(operation: str, dtype: str) -> Iterator[Case]:
    """The same numbers in Fortran order, strided, reversed, broadcast, mixed and read-only."""
    base = filled(operation, "", _nonzero(dyadic((6, 10))), dtype)
    row = filled(operation, "", np.tile(_nonzero(dyadic((10,))), (6, 1)), dtype)
    yield from rearranged(base)
    yield dataclasses.replace(
        row,
        name="broadcast",
        arguments=(np.broadcast_to(row.arguments[0][0], (6, 10)), *row.arguments[1:]),
    )
    if len(base.arguments) > 1:
        yield dataclasses.replace(
            base,
            name="mixed",
            arguments=(np.asfortranarray(base.arguments[0]), *base.arguments[1:]),
        )


@named
def shapes(operation: str, dtype: str) -> Iterator[Case]:
    """One to five dimensions, some of length one, with the slopes 0, 2 and -1/2 too."""
    for shape in ((6,), (1, 5), (5, 1), (2, 3, 4), (2, 1, 3, 2), (2, 1, 3, 1, 2)):
        name, x = f"shape-{'x'.join(map(str, shape))}", _nonzero(dyadic(shape, 3))
        yield filled(operation, name, x, dtype)
        for slope in (0.0, 2.0, -0.5) if "negative_slope" in parameters_of(operation) else ():
            yield filled(operation, f"{name}-slope-{slope:g}", x, dtype, negative_slope=slope)


@named
def twice(operation: str, dtype: str) -> Iterator[Case]:
    """Everyday numbers in a 3-d array."""
    yield filled(operation, "twice", _nonzero(dyadic((3, 5, 6))), dtype)


@named
def hollow(operation: str, dtype: str) -> Iterator[Case]:
    """Arrays without elements, and without dimensions where the operation has no axis."""
    shapes: list[tuple[int, ...]] = [(0, 3), (3, 0)]
    if "axis" not in parameters_of(operation):
        shapes += [(0,), ()]
    for shape in shapes:
        yield filled(
            operation,
            f"hollow-{'x'.join(map(str, shape)) or 'scalar'}",
            _nonzero(dyadic(shape, 3)),
            dtype,
        )


def _nonzero(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(values == 0, 0.75, values)
