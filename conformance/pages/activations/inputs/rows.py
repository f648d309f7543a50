"""Rows, for the operations with an axis."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from nnspec.conformance.pages.activations.inputs.cases import filled
from nnspec.conformance.pages.activations.inputs.elements import LOG_2, every_value
from nnspec.conformance.pages.layouts import RANKS, dyadic, every_axis, named, scattered
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, NARROW
from nnspec.conformance.terms.operations import parameters_of


@named
def shifts(operation: str, dtype: str) -> Iterator[Case]:
    """Rows of multiples of a power of two, and the same rows plus a constant, added exactly."""
    fmt = FORMATS[dtype]
    offsets = {
        "float64": (10_000.0, -10_000.0, 2.0**40),
        "float32": (1024.0, -10_000.0, 2.0**17),
        "float16": (64.0, -64.0, 1024.0),
        "bfloat16": (64.0, -64.0, 256.0),
    }
    for offset in offsets[dtype]:
        # Multiples of two ulp of the offset: the format holds the row and its sum with the offset.
        spacing = 2 * float(fmt.ulp(offset))
        x = np.floor(dyadic((12, 5)) / spacing) * spacing
        yield _same(
            filled(operation, f"shift-{offset:g}", x + offset, dtype),
            filled(operation, "", x, dtype),
        )


@named
def huge_rows(operation: str, dtype: str) -> Iterator[Case]:
    """Rows at the ends of the range, along each axis: the difference of two logits overflows."""
    top = FORMATS[dtype].maximum
    x = np.array(
        [
            [top, top, top],
            [-top, -top, -top],
            [top, 0.0, -top],
            [-top, top, top],
            [top / 2, top / 4, -top],
            [1e4, -1e4, 1e4],
        ]
    )
    yield filled(operation, "huge-rows", x, dtype)
    yield filled(operation, "huge-columns", x.T, dtype, axis=0)
    yield filled(operation, "huge-between", x.reshape(2, 3, 3).swapaxes(1, 2), dtype, axis=1)


@named
def narrow(operation: str, dtype: str) -> Iterator[Case]:
    """In 16 bits, every number of `every-value`, or 8,192 rows of four numbers along an axis.

    The numbers of rows lie in [1/4, 9/4) without pattern. One class of each row has a cotangent.
    """
    if "axis" not in parameters_of(operation):
        yield from every_value(operation, dtype)
    elif dtype in NARROW:
        rows = 8192
        size = scattered("cotangent", (rows, 1), 0.5, 1.0)
        cotangent = np.where(np.arange(4) == np.arange(rows)[:, None] % 4, size, 0.0)
        x = scattered("x", (rows, 4), 0.25, 2.25)
        yield filled(operation, "narrow", x, dtype, cotangent=cotangent)


@named
def tied_rows(operation: str, dtype: str) -> Iterator[Case]:
    """Rows whose maximum stands two or more times, of equal logits altogether among them."""
    x = [
        [0.0] * 6,
        [3.0] * 6,
        [1.0, 1.0, 0.0, 0.0, -2.0, 1.0],
        [-5.0, 2.0, 2.0, -5.0, 2.0, 2.0],
        [7.5, -7.5, 7.5, -7.5, 7.5, -7.5],
    ]
    yield filled(operation, "tied-rows", x, dtype)


@named
def close_rows(operation: str, dtype: str) -> Iterator[Case]:
    """Rows whose logits differ in their last bits, near 1, near 64 and near 0."""
    fmt = FORMATS[dtype]
    x = [
        [
            base,
            base + float(fmt.ulp(base)),
            base - 2 * float(fmt.ulp(base)),
            base + 3 * float(fmt.ulp(base)),
        ]
        for base in (1.0, 64.0, 2.0**-6, -8.0)
    ]
    yield filled(operation, "close-rows", x, dtype)


@named
def wide_rows(operation: str, dtype: str) -> Iterator[Case]:
    """Rows with gaps from 1 to beyond the point where e^-gap is 0: confident predictions."""
    gaps = np.array(
        [0.0, -1.0, -2.0, -5.0, -9.5, -10.0, -17.0, -40.0, -88.0, -104.0, -700.0, -745.0, -1000.0]
    )
    x = np.stack([gaps, gaps[::-1], np.roll(gaps, 5), gaps / 8, gaps / 64])
    yield filled(operation, "wide-rows", x, dtype)


@named
def winner_rows(operation: str, dtype: str) -> Iterator[Case]:
    """Pairs [0, -gap]: the winner's probability is 1 less a little, its logarithm that little."""
    gaps = np.array([0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 9.0, 12.0, 16.0, 20.0, 30.0, 40.0, 60.0, 80.0])
    gaps = gaps[gaps < -FORMATS[dtype].minimum_exponent * LOG_2]
    yield filled(operation, "winner-rows", np.stack([np.zeros(gaps.size), -gaps], axis=1), dtype)


@named
def ramp(operation: str, dtype: str) -> Iterator[Case]:
    """A row of 4,096 classes that rise in 256 steps: the last is the largest, every one counts."""
    yield filled(operation, "ramp", (np.arange(4096)[None, :] // 16) / 32.0 - 4.0, dtype)


@named
def level(operation: str, dtype: str) -> Iterator[Case]:
    """4,096 equal classes under equal cotangents: sums that a 16-bit format cannot form."""
    yield filled(operation, "level", np.zeros((1, 4096)), dtype, cotangent=8.0)


@named
def one_class(operation: str, dtype: str) -> Iterator[Case]:
    """Axes of length one."""
    yield filled(operation, "one-class", [[0.0], [3.5], [-100.0], [1000.0], [-0.25]], dtype)


@named
def unequal_rows(operation: str, dtype: str) -> Iterator[Case]:
    """Rows whose sizes are far apart: the maximum of the whole batch fits only one of them."""
    x = dyadic((5, 4))
    x[1] -= 512.0
    x[3] += 512.0
    yield filled(operation, "unequal-rows", x, dtype)


@named
def raised_rows(operation: str, dtype: str) -> Iterator[Case]:
    """One row, and below it the same row five times with 2 added to one logit after the other."""
    row = np.array([0.5, -1.0, 0.0, 1.5, -0.25])
    yield filled(operation, "raised-rows", row + np.vstack([np.zeros(5), 2.0 * np.eye(5)]), dtype)


@named
def axes(operation: str, dtype: str) -> Iterator[Case]:
    """Every axis of arrays of one to five dimensions, from the front and from the back."""
    for axis in (0, 1, 2, -1, -2, -3):
        yield filled(operation, f"axis{axis:+d}", dyadic((4, 3, 5)), dtype, axis=axis)
    for name, shape, axis in every_axis(RANKS):
        case = filled(operation, name, dyadic(shape), dtype, axis=axis)
        yield case.changed(one_of_many=axis < -1)


@named
def unit_cotangents(operation: str, dtype: str) -> Iterator[Case]:
    """One row under every unit vector as cotangent: the answers are the columns of the Jacobian."""
    row = [2.0, -1.0, 0.5, 0.0, 3.0]
    yield filled(operation, "unit-cotangents", np.tile(row, (5, 1)), dtype, cotangent=np.eye(5))


@named
def level_cotangents(operation: str, dtype: str) -> Iterator[Case]:
    """Cotangents that are constant along each row."""
    yield filled(
        operation,
        "level-cotangents",
        dyadic((6, 5)),
        dtype,
        cotangent=np.array([[1.0], [-2.0], [0.5], [64.0], [0.0], [3.0]]),
    )


@named
def masked_rows(operation: str, dtype: str) -> Iterator[Case]:
    """Rows with -inf in some places, as attention masks have; every row keeps a finite logit."""
    low = -np.inf
    yield filled(
        operation,
        "masked-rows",
        [
            [0.0, low, 1.0, 2.0],
            [low, low, 3.0, low],
            [-1.0, 2.0, low, low],
            [low, -50.0, -50.5, low],
        ],
        dtype,
    )


@named
def empty_rows(operation: str, dtype: str) -> Iterator[Case]:
    """A row of -inf alone between two ordinary ones."""
    yield filled(operation, "empty-rows", [[0.0, 1.0, 2.0], [-np.inf] * 3, [3.0, 0.5, -1.0]], dtype)


@named
def infinite_rows(operation: str, dtype: str) -> Iterator[Case]:
    """Rows with one inf, and with two."""
    yield filled(
        operation,
        "infinite-rows",
        [[np.inf, 0.0, 1.0], [-2.0, np.inf, 3.0], [0.5, -1.0, np.inf], [np.inf, 2.0, np.inf]],
        dtype,
    )


@named
def nan_rows(operation: str, dtype: str) -> Iterator[Case]:
    """Rows with NaN first, in the middle and last, beside numbers and -inf; one row without NaN."""
    nan, low = np.nan, -np.inf
    x = [
        [nan, 0.0, 1.0, 2.0],
        [0.0, 1.0, nan, 2.0],
        [0.0, 1.0, 2.0, nan],
        [nan, low, low, low],
        [0.0, 1.0, 2.0, 3.0],
    ]
    yield filled(operation, "nan-rows", x, dtype, cotangent=1.0)


def _same(case: Case, other: Case) -> Case:
    return dataclasses.replace(case, same_as=other.arguments)
