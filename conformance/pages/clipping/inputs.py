"""The inputs of the page `clipping`: lists of dyadic arrays with normal squares and sums."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.conformance.pages.families import (
    CALLED,
    GREAT,
    RUNGS,
    Dimension,
    Family,
    Sizes,
    halved,
    heavy,
)
from nnspec.conformance.pages.layouts import (
    LENGTHS,
    dyadic,
    exhausted,
    held,
    named,
    of_every_length,
    rearranged,
    scattered,
)
from nnspec.conformance.pages.neighbors import VECTORS, levels
from nnspec.conformance.pages.steps.neighbors import drawn
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, NARROW

Array = NDArray[np.float64]

# Large enough to be seen beside a norm in every format.
_EPSILON = 0.5

# c · (1/c), rounded twice, is the number below 1.
_ODD_LIMITS = {"float64": 49.0, "float32": 61.0, "float16": 61.0, "bfloat16": 61.0}


def clipping(
    name: str,
    operation: str,
    dtype: str,
    gradients: Sequence[ArrayLike],
    limit: float,
    *,
    epsilon: float = _EPSILON,
) -> Case:
    """Return the case of a list of gradients and a limit, of the values or of the norm."""
    parameters = {"limit": limit} if operation == "clip_by_value" else {"max_norm": limit}
    if operation == "clip_by_global_norm_epsilon":
        parameters["epsilon"] = epsilon
    return Case(name, operation, ([held(array, dtype) for array in gradients],), parameters)


def _several(offset: int = 0) -> list[Array]:
    """Return three arrays of different shapes with numbers of [-4, 4)."""
    return [dyadic((5,), offset), dyadic((3, 4), offset + 11), dyadic((2,), offset + 40)]


@named
def everyday(operation: str, dtype: str) -> Iterator[Case]:
    """One array and several, clipped a little and much, with norms above and below 1."""
    for name, gradients in (
        ("one", [dyadic((7,), 3)]),
        ("matrix", [dyadic((3, 5), 20)]),
        ("several", _several()),
    ):
        for limit in (0.5, 2.0, 3.0):
            yield clipping(f"{name}-{limit:g}", operation, dtype, gradients, limit)
    yield clipping(
        "small",
        operation,
        dtype,
        [[0.0625, -0.125], [[0.125], [-0.0625]]],
        0.03125,
        epsilon=2.0**-6,
    )
    yield clipping("slightly", operation, dtype, [[5.0, -6.0], [2.0]], 4.5, epsilon=2.0**-6)
    yield clipping("triangle", operation, dtype, [[3.0, -4.0]], 1.0, epsilon=1.0)
    yield clipping("triangles", operation, dtype, [[3.0, -4.0], [0.0, 12.0]], 6.5)


@named
def edges(operation: str, dtype: str) -> Iterator[Case]:
    """A norm at the threshold and just above it, and a single number."""
    yield clipping("threshold", operation, dtype, [[3.0, -4.0]], 5.0)
    yield clipping("just-above", operation, dtype, [[3.0, -4.0]], 4.5, epsilon=2.0**-6)
    yield clipping("single", operation, dtype, [[-8.0]], 2.0)


@named
def long(operation: str, dtype: str) -> Iterator[Case]:
    """4,096 ones, as one array and in sixteen: narrow sums stand still at 256 or 2,048."""
    yield clipping("one", operation, dtype, [np.ones(4096)], 16.0)
    yield clipping("sixteen", operation, dtype, [np.ones((16, 16))] * 16, 8.0)


@named
def narrow(operation: str, dtype: str) -> Iterator[Case]:
    """In 16 bits, numbers without pattern: 2,048 arrays of 8 by their own norms, or one of 4,096.

    The norm of the one array is near 2^5.5. One over it is then as far from a power of two. A
    longer sum float32 would not know to much less than a rounding of float16.
    """
    if dtype in NARROW and operation == "clip_by_norm":
        rows = scattered("arrays", (2048, 8), 0.25, 0.5)
        yield clipping("narrow", operation, dtype, list(rows), 0.5)
    elif dtype in NARROW:
        array = scattered("array", (64, 64), 0.463, 0.926)
        yield clipping("narrow", operation, dtype, [array], 16.0, epsilon=2.0**-20)


@named
def narrow_short(operation: str, dtype: str) -> Iterator[Case]:
    """In 16 bits, eight arrays of eight numbers without pattern: float32 adds so few exactly."""
    if dtype in NARROW:
        rows = scattered("short arrays", (8, 8), 0.25, 0.5)
        yield clipping("narrow", operation, dtype, list(rows), 0.5, epsilon=2.0**-6)


@named
def within(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients well within the limit."""
    for limit in (4.0, 16.0) if operation == "clip_by_value" else (64.0, 512.0):
        yield clipping(f"several-{limit:g}", operation, dtype, _several(7), limit)
        yield clipping(f"one-{limit:g}", operation, dtype, [dyadic((3, 7), 5)], limit)
    yield clipping("small", operation, dtype, [[0.0625, -0.125, 0.0]], 0.5, epsilon=2.0**-6)


@named
def odd_limits(operation: str, dtype: str) -> Iterator[Case]:
    """Full significands well within a limit c for which c · (1/c) is not 1 in the format."""
    precision = FORMATS[dtype].precision
    full = (2.0**precision - 1 - np.arange(24) * 2.0 ** (precision - 6)) * 2.0 ** (2 - precision)
    yield clipping(
        "full-significands",
        operation,
        dtype,
        [full[:18].reshape(3, 6), -full[18:]],
        _ODD_LIMITS[dtype],
    )


@named
def zeros(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients that are zero, alone and beside others that are clipped."""
    yield clipping("one", operation, dtype, [np.zeros(3)], 1.0)
    yield clipping("several", operation, dtype, [np.zeros(3), np.zeros((2, 2))], 0.5)
    yield clipping(
        "among-others", operation, dtype, [np.zeros((2, 2)), [3.0, 0.0, -4.0], [0.0]], 1.0
    )


@named
def unequal(operation: str, dtype: str) -> Iterator[Case]:
    """Arrays on both sides of the threshold: small beside large, and only together beyond it."""
    small, large = np.array([[0.375, -0.5], [0.0, 0.25]]), np.array([30.0, -40.0, 4.0])
    yield clipping("small-first", operation, dtype, [small, large], 5.0)
    yield clipping("large-first", operation, dtype, [large, small, np.zeros(2)], 5.0)
    yield clipping(
        "together", operation, dtype, [[3.0, 1.0], [[2.0, -3.0]], [1.0, 3.0], [-3.5]], 4.5
    )


@named
def neighbors(operation: str, dtype: str) -> Iterator[Case]:
    """Elements, and arrays of the list, beside others of another size: the large ones are clipped.

    They differ one by one, in blocks of eight, and the first or the last one from all others.
    """
    for (name, elements), (_, arrays) in zip(levels(VECTORS), levels(9), strict=True):
        sizes = [elements, *(np.full(3, level) for level in arrays)]
        # A square is normal in float16, and so is the smallest element of what is clipped.
        yield clipping(name, operation, dtype, drawn(sizes, name, 3), 2.0)


@named
def shapes(operation: str, dtype: str) -> Iterator[Case]:
    """Lists of one to five arrays of one to four dimensions, axes of length one among them."""
    for listed in (
        ((3,),),
        ((1, 1),),
        ((2, 3), (3, 2)),
        ((1, 1, 3), (4,), (2, 1)),
        ((2,), (1, 2, 1, 2), (3,), (1,), (2, 2)),
    ):
        gradients = [dyadic(shape, 13 * place) + 5.0 for place, shape in enumerate(listed)]
        name = "+".join("x".join(map(str, shape)) for shape in listed)
        yield clipping(name, operation, dtype, gradients, 2.0)


@named
def layouts(operation: str, dtype: str) -> Iterator[Case]:
    """Two matrices in Fortran order, as strided views, reversed, and read-only."""
    yield from rearranged(
        clipping("", operation, dtype, [dyadic((4, 5), 2), dyadic((3, 2), 50)], 1.5)
    )


@named
def lengths(operation: str, dtype: str) -> Iterator[Case]:
    """One array of every length, and for norms of several arrays two of them."""
    gradients = [
        dyadic((LENGTHS[-1],), offset) for offset in ((2, 50) if "global" in operation else (2,))
    ]
    yield from of_every_length(clipping("", operation, dtype, gradients, 0.5), dtype)


@named
def twice(operation: str, dtype: str) -> Iterator[Case]:
    """Several arrays, to be asked about twice."""
    yield clipping("several", operation, dtype, _several(), 1.5)


@named
def hollow(operation: str, dtype: str) -> Iterator[Case]:
    """Arrays without dimensions, arrays without elements, beside others and alone."""
    yield clipping(
        "without-dimensions", operation, dtype, [np.array(-3.0), np.array([4.0, 0.0])], 1.0
    )
    yield clipping(
        "without-elements",
        operation,
        dtype,
        [np.zeros((0, 3)), np.array([3.0, -4.0]), np.zeros(0)],
        1.0,
    )
    yield clipping("all-without-elements", operation, dtype, [np.zeros(0), np.zeros((2, 0))], 1.0)


@named
def far(operation: str, dtype: str) -> Iterator[Case]:
    """Gradients near both ends of the format's range: their squares leave it, norms do not."""
    fmt = FORMATS[dtype]
    top, bottom = fmt.maximum_exponent - 5, fmt.minimum_exponent
    for name, unit in (("large", 2.0**top), ("small", 2.0**bottom)):
        if name == "small" and operation == "clip_by_global_norm_epsilon":
            continue  # an epsilon that is fixed by a library is larger than any small norm
        gradients = [np.array([3.0, -4.0]) * unit, np.array([[12.0], [0.0]]) * unit]
        yield clipping(name, operation, dtype, gradients, 4.5 * unit, epsilon=unit / 4)


@named
def closed(operation: str, dtype: str) -> Iterator[Case]:
    """A limit of 0, for zeros and for others."""
    yield clipping("zeros", operation, dtype, [np.zeros(2), np.zeros((1, 2))], 0.0)
    yield clipping("others", operation, dtype, [[3.0, -4.0], [0.0, 1.0]], 0.0)


@named
def nans(operation: str, dtype: str) -> Iterator[Case]:
    """NaN in one of two arrays."""
    yield clipping("one", operation, dtype, [[3.0, np.nan], [4.0, -1.0]], 2.0)


@named
def infinities(operation: str, dtype: str) -> Iterator[Case]:
    """Infinities of both signs beside finite numbers."""
    yield clipping("both", operation, dtype, [[np.inf, 1.0], [-np.inf, -3.0]], 2.0)


# --- every number of 16 bits, for the one operation that works element by element ----------------


@named
def subnormals(operation: str, dtype: str) -> Iterator[Case]:
    """Subnormal numbers of both signs, the smallest and the largest, beside one that is clipped."""
    fmt = FORMATS[dtype]
    small = fmt.eta * np.array([1.0, -3.0, 2.0 ** (fmt.precision - 1) - 1])
    yield clipping("subnormals", operation, dtype, [small, -small, [3.0]], 2.0)


def _beside(operation: str, name: str, numbers: NDArray[Any], dtype: str) -> Case:
    """Return the case of numbers beside two others, of which one is clipped."""
    return clipping(name, operation, dtype, [numbers, [3.0, -1.0]], 2.0)


@named
def every_value(operation: str, dtype: str) -> Iterator[Case]:
    """Every normal number and zero of a 16-bit format; nothing for the wider formats."""
    if operation == "clip_by_value":
        yield from exhausted(_beside, operation, "every-value", dtype, "zero", "normal")


@named
def every_subnormal(operation: str, dtype: str) -> Iterator[Case]:
    """Every subnormal number of a 16-bit format; nothing for the wider formats."""
    if operation == "clip_by_value":
        yield from exhausted(_beside, operation, "every-subnormal", dtype, "subnormal")


@named
def every_nan(operation: str, dtype: str) -> Iterator[Case]:
    """Every NaN of a 16-bit format beside numbers; nothing for the wider formats and for norms."""
    if operation == "clip_by_value":
        yield from exhausted(_beside, operation, "every-nan", dtype, "nan")


# --- any size ------------------------------------------------------------------------------------


def _dimensions(_: str) -> Mapping[str, Dimension]:
    """Return the elements of an array, and the arrays of the list.

    Of the great lengths, one is asked that goes beyond an index of 16 bits.
    """
    return {
        "elements": Dimension(7, largest=GREAT[1], steps=(*RUNGS, GREAT[1])),
        "arrays": Dimension(
            3, largest=513, reason="a compiler unrolls the list, for minutes", steps=CALLED
        ),
    }


def _made(operation: str, dtype: str, sizes: Sizes, key: str) -> Case:
    """Return a case of numbers of which two have most of each norm; all norms are clipped.

    The sum of squares of the others is 0.01 a number: no square is subnormal, and no sum of a
    million of them leaves the range of float16.
    """
    shape = sizes["arrays"], sizes["elements"]
    if operation == "clip_by_value":
        numbers = scattered(key, shape, -4.0, 4.0) * halved(shape, 1) * halved(shape, 1)
        # The last number is one that is clipped, and its neighbor is not.
        numbers += np.copysign(np.where(heavy(key, shape), 2.5, 0.0625), numbers)
        return clipping("", operation, dtype, list(numbers), 2.0)
    # What has one norm together is a row.
    rows = shape if operation == "clip_by_norm" else (1, shape[0] * shape[1])
    numbers = scattered(key, rows, 0.0625, 0.125)
    ahead = max(1.0, np.sqrt(rows[1]) / 10) * scattered(f"{key} heavy", rows, 1.0, 1.5)
    numbers = np.where(heavy(key, rows), ahead, numbers)
    signed = np.copysign(numbers, scattered(f"{key} signs", rows, -1.0, 1.0)).reshape(shape)
    return clipping("", operation, dtype, list(signed), 0.75)


FAMILY = Family(_dimensions, _made)
