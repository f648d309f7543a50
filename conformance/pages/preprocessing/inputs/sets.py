"""The inputs of the page `preprocessing`: dyadic training sets, and data unlike them."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.conformance.pages.layouts import (
    LENGTHS,
    dyadic,
    named,
    of_every_length,
    product,
    rearranged,
    scattered,
)
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, NARROW, cast
from nnspec.conformance.terms.operations import parameters_of

Array = NDArray[np.float64]

WIDE_FORMATS = ("float64", "float32")

# Standard deviations of the components: their squares are at least 25 % apart, also from 0.
_SIZES = (4.0, 3.0, 2.0, 1.0)

# An offset many deviations from zero, and a factor that keeps sums with it on the format's numbers.
_OFFSETS = {
    "float64": ((2.0**20, 1.0), (-(2.0**36), 1.0)),
    "float32": ((1024.0, 1.0), (-(2.0**13), 1.0)),
    "float16": ((64.0, 1.0), (-256.0, 4.0)),
    "bfloat16": ((16.0, 1.0), (-32.0, 2.0)),
}

# What is added to an offset, feature by feature, so that no mean is a round number.
_SHIFTS = (0.3, 1.7, -0.6, 1.1)

# Factors far from 1 whose squares are normal numbers of the format.
_FACTORS = {"float64": (-40, 40), "float32": (-40, 40), "float16": (-4, 4), "bfloat16": (-40, 40)}


# The recipes for images.
_IMAGES: tuple[tuple[int, ...], ...] = ((0,), (0, 2, 3), (0, 3), (0, 1, 2, 3), (0, -1, -2))

# Axes for statistics of four samples of zero to four dimensions, beside the recipes for images.
_RECIPES: dict[tuple[int, ...], tuple[tuple[int, ...], ...]] = {
    (): ((0,), (-1,)),
    (3,): ((0,), (-2,), (0, 1), (1, 0), (-1, -2)),
    (3, 2): ((0,), (0, 1), (0, 2), (-1, 0), (-3, -2), (2, 1, 0)),
    (3, 2, 5): ((0, 1), (0, 2), (0, 1, 2), (3, 1, 0), (-4,), (-4, 3)),
    (3, 2, 2, 3): ((0,), (0, 2, 3, 4), (0, -1), (4, 0, 2), (-5, -3), (0, 1, 2, 3, 4)),
}


def _said(axes: tuple[int, ...]) -> str:
    return "-".join(str(axis).replace("-", "minus") for axis in axes)


def walsh(rows: int, columns: int) -> Array:
    """Return orthogonal columns of ±1, orthogonal to the constant; `rows` is a power of two."""
    places = np.arange(rows)[:, None] & np.arange(1, columns + 1)
    return np.array([[1.0 - 2.0 * (int(each).bit_count() % 2) for each in row] for row in places])


def rotation(width: int) -> Array:
    """Return an orthogonal matrix of multiples of 1/4: two reflections; `width` is at least 4."""
    first, second = np.zeros(width), np.zeros(width)
    first[:4], second[-4:] = 0.5, (0.5, -0.5, 0.5, 0.5)
    reflections = [np.eye(width) - 2 * np.outer(normal, normal) for normal in (first, second)]
    return product(*reflections)


def designed(
    rows: int, width: int, sizes: Sequence[float] = _SIZES, *, mean: ArrayLike = 0.0
) -> Array:
    """Return a training set with the columns of `rotation` as components, of deviations `sizes`."""
    components = rotation(width)[:, : len(sizes)]
    return np.asarray(product(walsh(rows, len(sizes)) * sizes, components.T) + np.asarray(mean))


def filled(
    operation: str,
    name: str,
    train: ArrayLike,
    data: ArrayLike,
    dtype: str,
    *,
    axes: tuple[int, ...] = (0,),
    components: int = 3,
) -> Case:
    """Return the case of an operation, with those parameters that it has."""
    chosen: dict[str, Any] = {"axes": axes, "components": components}
    parameters = {parameter: chosen[parameter] for parameter in parameters_of(operation)}
    return Case(name, operation, (cast(train, dtype), cast(data, dtype)), parameters)


@named
def everyday(operation: str, dtype: str) -> Iterator[Case]:
    """Sixteen training samples of five features and seven others; correlated by chance, too."""
    mean = np.array([1.5, -0.5, 0.25, 2.0, -1.0])
    yield filled(operation, "everyday", designed(16, 5) + mean, dyadic((7, 5)) + mean, dtype)
    yield filled(
        operation,
        "everyday-skewed",
        dyadic((12, 4), 3) * [2.0, 1.0, 0.5, 0.25],
        dyadic((5, 4), 9),
        dtype,
    )


@named
def narrow(operation: str, dtype: str) -> Iterator[Case]:
    """In 16 bits, 4,096 features of four samples without pattern, with deviations near 1.

    Data lie above every mean, so that no difference cancels.
    """
    if dtype in NARROW:
        size, features = np.array([[-1.25], [-0.5], [0.5], [1.25]]), 2**12
        train = size * scattered("train", (4, features), 0.75, 1.25)
        data = scattered("data", (4, features), 2.0, 3.0)
        yield filled(operation, "narrow", train, data, dtype)


@named
def few(operation: str, dtype: str) -> Iterator[Case]:
    """Two and four training samples: where N and N - 1 differ most."""
    for rows, components in ((2, 1), (4, 3)):
        train = designed(rows, 4, _SIZES[:components], mean=(0.5, 1.0, -2.0, 0.25))
        yield filled(
            operation, f"few-{rows}", train, dyadic((3, 4), 2), dtype, components=components
        )


@named
def shapes(operation: str, dtype: str) -> Iterator[Case]:
    """One row of data and more rows than train has; one component, and as many as features."""
    for rows, components in ((1, 1), (11, 2), (3, 4)):
        yield filled(
            operation,
            f"shape-{rows}x{components}",
            designed(8, 4) + 0.5,
            dyadic((rows, 4), 5),
            dtype,
            components=components,
        )


@named
def lengths(operation: str, dtype: str) -> Iterator[Case]:
    """Every number of training samples of three features; a deviation needs two."""
    train, data = (dyadic((LENGTHS[-1], 3), offset) + 0.5 for offset in (4, 70))
    yield from of_every_length(
        filled(operation, "", train, data, dtype), dtype, 2 if operation == "standardize" else 1
    )


@named
def layouts(operation: str, dtype: str) -> Iterator[Case]:
    """Train and data in Fortran order, strided, reversed and read-only."""
    yield from rearranged(filled(operation, "", designed(8, 5) + 0.5, dyadic((4, 5), 1), dtype))


@named
def twice(operation: str, dtype: str) -> Iterator[Case]:
    """A training set and data, to be asked for again after other questions."""
    yield filled(operation, "twice", designed(8, 4) + 0.5, dyadic((8, 4), 2), dtype)


@named
def far_data(operation: str, dtype: str) -> Iterator[Case]:
    """Data with another mean, other variances and components than train, and one row of it."""
    train = designed(8, 4, mean=(0.0, 1.0, -1.0, 0.5))
    data = np.array(
        [
            [16.0, -8.0, 0.5, 3.0],
            [24.0, 8.0, -0.5, 2.0],
            [12.0, -12.0, 0.25, 1.0],
            [20.0, 4.0, 1.0, 8.0],
        ]
    )
    yield filled(operation, "far-data", train, data, dtype)
    yield filled(operation, "far-data-alone", train, data[1:2], dtype)


@named
def itself(operation: str, dtype: str) -> Iterator[Case]:
    """The training set as the data."""
    train = designed(16, 5, mean=(1.5, -0.5, 0.25, 2.0, -1.0))
    yield filled(operation, "itself", train, train, dtype, components=4)
    few_rows = designed(4, 4, _SIZES[:3]) + 1.0
    yield filled(operation, "itself-few", few_rows, few_rows, dtype)


# --- for the statistics of features --------------------------------------------------------------


@named
def recipes(operation: str, dtype: str) -> Iterator[Case]:
    """Images whose mean differs by pixel and channel, under means over several axes.

    A pixel that is its channel's mean in every sample does not vary, and the channel does.
    """
    pixels = np.arange(30.0).reshape(3, 2, 5) / 4 - 3
    train, data = dyadic((4, 3, 2, 5), 1) + pixels, dyadic((2, 3, 2, 5), 7) + pixels
    for axes in _IMAGES:
        yield filled(operation, f"recipe-{_said(axes)}", train, data, dtype, axes=axes)
    for shape, choices in _RECIPES.items():
        train, data = dyadic((4, *shape), 1), dyadic((4, *shape), 7)
        for axes in choices:
            name = f"recipe-{_said(axes)}-of-{1 + len(shape)}"
            yield filled(operation, name, train, data, dtype, axes=axes)
    half, data = dyadic((2, 3, 2, 5), 1) + pixels, dyadic((2, 3, 2, 5), 7) + pixels
    train = np.concatenate([half, -half])
    train[:, :, 0, 0] = 0.0
    yield filled(operation, "recipe-still-pixel", train, data, dtype, axes=(0, 2, 3))
    # The mean of this feature is its variance.
    yield filled(operation, "recipe-equal", [[0.0], [0.0], [1.5]], [[1.0], [-2.0]], dtype)
    yield filled(
        operation,
        "recipe-square",
        dyadic((4, 4), 3) + np.arange(4.0),
        dyadic((4, 4), 8),
        dtype,
        axes=(0,),
    )


@named
def constants(operation: str, dtype: str) -> Iterator[Case]:
    """Constant features whose sums are exact and inexact, beside one that varies.

    Data agrees with them and does not.
    """
    for rows in (5, 7, 100):
        values = [3.0, 14.62, 0.1, -11.512925, 0.0]
        train = np.tile([*values, 0.0], (rows, 1))
        train[:, 5] = dyadic((rows,), 3)
        data = np.array([[*values, 1.0], [7.0, 15.0, -0.5, 4.0, 2.0, 0.5]])
        yield filled(operation, f"constants-{rows}", train, data, dtype)


@named
def factors(operation: str, dtype: str) -> Iterator[Case]:
    """Features in units far from 1: 2^-40 and 2^40, in float16 1/16 and 16."""
    for exponent in _FACTORS[dtype]:
        train, data = dyadic((8, 3), 4), dyadic((4, 3), 11)
        yield filled(
            operation,
            f"factor-{exponent}",
            np.ldexp(train, exponent),
            np.ldexp(data, exponent),
            dtype,
        )


@named
def offsets(operation: str, dtype: str) -> Iterator[Case]:
    """Training sets whose mean is many times their deviation: of 8 samples and of 64."""
    for offset, factor in _OFFSETS[dtype]:
        for rows in (8, 64):
            train, data = (
                values * factor + _SHIFTS
                for values in (designed(rows, 4), np.round(dyadic((5, 4), 6)))
            )
            yield filled(
                operation, f"offset-{offset:g}-{rows}", train + offset, data + offset, dtype
            )


@named
def near_constants(operation: str, dtype: str) -> Iterator[Case]:
    """Features that vary by a few of the format's spacings: 37 on average, 9 in narrow formats."""
    factor = 16 if dtype in WIDE_FORMATS else 4
    train, data = (np.round(dyadic(shape, 9) * factor) for shape in ((8, 3), (4, 3)))
    base = 2.0 ** (FORMATS[dtype].precision - 1) * 1.25
    yield filled(operation, "near-constants", train + base, data + base, dtype)


# --- for components ------------------------------------------------------------------------------


@named
def all_components(operation: str, dtype: str) -> Iterator[Case]:
    """As many components as there are features."""
    yield filled(
        operation,
        "all-components",
        designed(8, 4, mean=(1.0, 0.5, -2.0, 0.0)),
        dyadic((6, 4), 4),
        dtype,
        components=4,
    )


@named
def near_eigenvalues(operation: str, dtype: str) -> Iterator[Case]:
    """Eigenvalues as near to each other as components are judged: 25 % to 28 % apart."""
    sizes = (1.0, 1.125, 1.265625, 1.4375)
    yield filled(
        operation,
        "near-eigenvalues",
        designed(8, 5, sizes[::-1]),
        dyadic((4, 5), 3),
        dtype,
        components=4,
    )


@named
def unequal_units(operation: str, dtype: str) -> Iterator[Case]:
    """Features in units as far apart as 1 and 64, correlated."""
    yield filled(
        operation,
        "unequal-units",
        designed(8, 4) * [64.0, 1.0, 8.0, 4.0] + 1.0,
        dyadic((4, 4), 7),
        dtype,
        components=2,
    )


@named
def rank_deficient(operation: str, dtype: str) -> Iterator[Case]:
    """Six features that depend on three, and data that does not keep to their space."""
    train = designed(8, 6, (4.0, 2.0, 1.0), mean=(1.0, 0.0, -1.0, 2.0, 0.5, 0.25))
    yield filled(operation, "rank-deficient", train, dyadic((5, 6), 8), dtype)
    repeated = np.repeat(designed(4, 4, (4.0, 2.0)), 3, axis=0)
    yield filled(
        operation, "rank-deficient-repeated", repeated, dyadic((5, 4), 1), dtype, components=2
    )


@named
def wide(operation: str, dtype: str) -> Iterator[Case]:
    """More features than training samples: four samples have three components."""
    yield filled(
        operation, "wide", designed(4, 12, (4.0, 3.0, 2.0)) + 0.5, dyadic((3, 12), 2), dtype
    )
    yield filled(
        operation, "wide-two", designed(2, 9, (4.0,)) + 0.5, dyadic((3, 9), 2), dtype, components=1
    )


@named
def small_variances(operation: str, dtype: str) -> Iterator[Case]:
    """Components of small variance: whatever is added to it shows."""
    exponent = _FACTORS[dtype][0]
    yield filled(
        operation,
        "small-variances",
        np.ldexp(designed(8, 4), exponent),
        np.ldexp(dyadic((3, 4), 1), exponent),
        dtype,
    )
    yield filled(
        operation, "small-components", designed(8, 4, (4.0, 1.0, 2.0**-5)), dyadic((3, 4), 1), dtype
    )


@named
def graded(operation: str, dtype: str) -> Iterator[Case]:
    """Components whose deviations are a factor of 4 apart, the last below the rounding."""
    sizes = (0.9, 0.2, 0.04, 2.0 ** -(FORMATS[dtype].precision // 2 + 2))
    yield filled(operation, "graded", designed(8, 5, sizes), dyadic((3, 5), 5), dtype, components=4)
