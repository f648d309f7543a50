"""The inputs of the page `activations`: everyday numbers, thresholds and rows; an operation's signature says how they are filled."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.layouts import (
    LENGTHS,
    dyadic,
    every,
    exhausted,
    held,
    named,
    of_every_length,
    rearranged,
)
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, cast
from nnspec.conformance.terms.operations import arguments_of, parameters_of

_LOG_2 = 0.6931471805599453

# Where an operation has the parameter, it has this value unless a set of inputs says otherwise; 0.125 is a number in every format.
PARAMETERS: dict[str, Any] = {"axis": -1, "negative_slope": 0.125}

_SLOPES = (0.0, 0.125, 0.5, 1.0, 2.0, -0.5)

# Their derivative at 0 is any of an interval, and the matter of a clause of its own.
_KINKED = ("relu_vjp", "leaky_relu_vjp")

# None so large or so small that a product with a derivative of normal size would leave the range of a 16-bit format.
_COTANGENTS = (1.0, -1.0, 0.5, 3.0, -0.25, 2.0, 1.5)


def filled(
    operation: str, name: str, x: Any, dtype: str, cotangent: Any = None, **parameters: Any
) -> Case:
    """Return the case of an operation on x, with a cotangent of mixed signs and sizes where it takes one."""
    x = held(x, dtype)
    arrays = [x]
    if "cotangent" in arguments_of(operation):
        if cotangent is None:
            cotangent = np.resize(_COTANGENTS, x.size).reshape(x.shape)
        arrays.append(cast(np.broadcast_to(cotangent, x.shape), dtype))
    given = {name: PARAMETERS[name] for name in parameters_of(operation)} | parameters
    return Case(name, operation, tuple(arrays), given)


@named
def everyday(operation: str, dtype: str) -> Iterator[Case]:
    """All 256 multiples of 1/32 in [-4, 4), less 0; rows of seven for operations with an axis."""
    x = dyadic((256,))
    x = x[x != 0]
    yield filled(
        operation,
        "everyday",
        x[:252].reshape(36, 7) if "axis" in parameters_of(operation) else x,
        dtype,
    )


@named
def thresholds(operation: str, dtype: str) -> Iterator[Case]:
    """Where exp overflows or underflows and where sigmoid, tanh and x³ round away, each ± with neighbors, halves and doubles."""
    fmt = FORMATS[dtype]
    bits = fmt.precision
    logs = [
        -fmt.minimum_exponent + 2,
        -fmt.minimum_exponent,
        -fmt.minimum_exponent + bits - 1,
        -fmt.minimum_exponent + bits,
        bits,
        bits + 1,
        bits // 2 + 1,
        1,
    ]
    places = [k * _LOG_2 for k in logs] + [
        2.0 ** -(bits // 2),
        2.0 ** -(bits // 3),
        0.5,
        1.0,
        20.0,
        700.0,
    ]
    values = cast(
        [sign * place * scale for place in places for scale in (0.5, 1.0, 2.0) for sign in (-1, 1)],
        dtype,
    )
    around = [values]
    for direction in (np.inf, -np.inf):
        neighbor = values
        for _ in range(3):
            neighbor = np.nextafter(neighbor, cast(direction, dtype))
            around.append(neighbor)
    yield filled(operation, "thresholds", _normal(np.concatenate(around), dtype), dtype)


@named
def magnitudes(operation: str, dtype: str) -> Iterator[Case]:
    """±2^k and ±1.5·2^k for every exponent k of the normal range."""
    fmt = FORMATS[dtype]
    exponents = np.arange(fmt.minimum_exponent, -fmt.minimum_exponent + 2)
    powers = np.ldexp(1.0, exponents)
    yield filled(
        operation,
        "magnitudes",
        np.concatenate([powers, -powers, 1.5 * powers, -1.5 * powers]),
        dtype,
    )


@named
def grid(operation: str, dtype: str) -> Iterator[Case]:
    """4,001 equidistant points over the range in which e^x is neither 0 nor inf."""
    fmt = FORMATS[dtype]
    limit = np.ceil((-fmt.minimum_exponent + fmt.precision) * _LOG_2)
    x = np.arange(-2000, 2001) * (limit / 2000.0)
    yield filled(operation, "grid", x[x != 0], dtype)


@named
def dense(operation: str, dtype: str) -> Iterator[Case]:
    """4,000 points of [-2, 2], half of them crowded around 0, where a difference of nearly equal terms loses its digits."""
    k = np.arange(1, 1001)
    x = np.concatenate(
        [
            k / 500.0,
            np.ldexp(1.0 + (k * 619 % 1000) / 1000.0, -(k % (FORMATS[dtype].precision - 1)) - 2),
        ]
    )
    yield filled(operation, "dense", np.concatenate([x, -x]), dtype)


@named
def extremes(operation: str, dtype: str) -> Iterator[Case]:
    """The largest and the smallest normal numbers of the format, half and one and a half of them, 100 and 10,000; each ±."""
    fmt = FORMATS[dtype]
    x = [
        fmt.maximum,
        fmt.maximum / 2,
        fmt.maximum * (1 - 2 * fmt.u),
        fmt.tiny,
        fmt.tiny * 1.5,
        1e4,
        100.0,
    ]
    yield filled(operation, "extremes", np.concatenate([x, np.negative(x)]), dtype)


@named
def every_value(operation: str, dtype: str) -> Iterator[Case]:
    """Every normal number and zero of a 16-bit format, no zero for the derivatives of rectifiers; nothing for the wider formats."""
    kinds = ("normal",) if operation in _KINKED else ("zero", "normal")
    yield from exhausted(filled, operation, "every-value", dtype, *kinds)


@named
def every_subnormal(operation: str, dtype: str) -> Iterator[Case]:
    """Every subnormal number of a 16-bit format; nothing for the wider ones."""
    yield from exhausted(filled, operation, "every-subnormal", dtype, "subnormal")


@named
def every_nan(operation: str, dtype: str) -> Iterator[Case]:
    """Every NaN of a 16-bit format, of both signs, quiet and signaling, with every payload; nothing for the wider ones."""
    yield from exhausted(filled, operation, "every-nan", dtype, "nan")


@named
def zero(operation: str, dtype: str) -> Iterator[Case]:
    """0 and -0."""
    yield filled(operation, "zero", [0.0, -0.0, 0.0], dtype, cotangent=[1.0, 2.0, -4.0])


@named
def slopes(operation: str, dtype: str) -> Iterator[Case]:
    """The everyday inputs for the slopes 0, 0.125, 0.5, 1, 2 and -0.5."""
    for slope in _SLOPES:
        for case in everyday(operation, dtype):
            yield dataclasses.replace(
                case,
                name=f"slope-{slope:g}",
                parameters={**case.parameters, "negative_slope": slope},
            )


@named
def fractions(operation: str, dtype: str) -> Iterator[Case]:
    """The everyday inputs for the customary slopes 0.01 and 0.1, neither of which float32 holds."""
    if dtype == "float64":
        for slope in (0.01, 0.1):
            for case in everyday(operation, dtype):
                yield dataclasses.replace(
                    case,
                    name=f"slope-{slope:g}",
                    parameters={**case.parameters, "negative_slope": slope},
                )


@named
def cotangents(operation: str, dtype: str) -> Iterator[Case]:
    """Cotangents of 0, of many sizes and of both signs at the same few inputs."""
    fmt = FORMATS[dtype]
    top = fmt.minimum_exponent // 2
    sizes = np.array([0.0, 1.0, -1.0, 2.0**top, -(2.0**top), 2.0**-top, -(2.0**-top), 3.0])
    x = np.repeat([-3.5, -1.0, -0.25, 0.5, 2.0, 6.0], sizes.size)
    yield filled(operation, "cotangents", x, dtype, cotangent=np.tile(sizes, 6))


@named
def opposite(operation: str, dtype: str) -> Iterator[Case]:
    """Everyday numbers and thresholds, each followed by its negative."""
    x = np.concatenate(
        [
            np.abs(case.arguments[0].astype(np.float64))
            for make in (everyday, thresholds)
            for case in make(operation, dtype)
        ]
    )
    yield filled(operation, "opposite", np.stack([x, -x], axis=1).ravel(), dtype)


@named
def ascending(operation: str, dtype: str) -> Iterator[Case]:
    """The inputs of grid, dense, thresholds and extremes in ascending order."""
    sets = (grid, dense, thresholds, extremes)
    x = np.concatenate(
        [case.arguments[0].astype(np.float64) for make in sets for case in make(operation, dtype)]
    )
    yield filled(operation, "ascending", np.unique(x), dtype)


@named
def infinities(operation: str, dtype: str) -> Iterator[Case]:
    """-inf and inf among finite numbers."""
    yield filled(
        operation,
        "infinities",
        [-np.inf, -1.0, np.inf, 1.0, -np.inf, np.inf, 2.0, -2.0, np.inf],
        dtype,
        cotangent=1.0,
    )


@named
def nans(operation: str, dtype: str) -> Iterator[Case]:
    """NaN among finite numbers, at the start, in the middle and at the end."""
    x = dyadic((19,), 1)
    x[[0, 9, 18]] = np.nan
    yield filled(operation, "nans", x, dtype, cotangent=1.0)


@named
def subnormals(operation: str, dtype: str) -> Iterator[Case]:
    """Subnormal inputs, from the smallest one up."""
    fmt = FORMATS[dtype]
    x = fmt.eta * np.array(
        [1.0, 2.0, 3.0, 2.0 ** (fmt.precision - 2), 2.0 ** (fmt.precision - 1) - 1]
    )
    yield filled(operation, "subnormals", np.concatenate([x, -x]), dtype, cotangent=1.0)


@named
def subnormal_answers(operation: str, dtype: str) -> Iterator[Case]:
    """Normal inputs whose exponential is subnormal, the last stretch before e^x is 0: 64 of them, in 16-bit formats also all."""
    fmt = FORMATS[dtype]
    low, high = (
        (-fmt.minimum_exponent) * _LOG_2,
        (-fmt.minimum_exponent + fmt.precision - 2) * _LOG_2,
    )
    x = -np.linspace(low, high, 65)[1:]
    yield filled(
        operation,
        "subnormal-answers",
        np.stack([np.zeros(64), x], axis=1) if "axis" in parameters_of(operation) else x,
        dtype,
        cotangent=1.0,
    )
    stretch = every(dtype, "normal")
    stretch = stretch[(stretch <= -low) & (stretch >= -high)]
    if stretch.size and "axis" not in parameters_of(operation):
        yield filled(operation, "every-subnormal-answer", stretch, dtype, cotangent=1.0)


@named
def signed_zeros(operation: str, dtype: str) -> Iterator[Case]:
    """-0.0 and 0.0."""
    yield filled(operation, "signed-zeros", [-0.0, 0.0], dtype, cotangent=1.0)


# --- rows, for the operations with an axis -------------------------------------------------------


@named
def shifts(operation: str, dtype: str) -> Iterator[Case]:
    """Rows of multiples of a power of two, and the same rows with a large constant added: the sum is exact in the format."""
    fmt = FORMATS[dtype]
    offsets = {
        "float64": (10_000.0, -10_000.0, 2.0**40),
        "float32": (1024.0, -10_000.0, 2.0**17),
        "float16": (64.0, -64.0, 1024.0),
        "bfloat16": (64.0, -64.0, 256.0),
    }
    for offset in offsets[dtype]:
        # Multiples of two ulp of the offset: both the row and its sum with the offset are numbers of the format.
        spacing = 2 * float(fmt.ulp(offset))
        x = np.floor(dyadic((12, 5)) / spacing) * spacing
        yield _same(
            filled(operation, f"shift-{offset:g}", x + offset, dtype),
            filled(operation, "", x, dtype),
        )


@named
def huge_rows(operation: str, dtype: str) -> Iterator[Case]:
    """Rows at the ends of the range, along each axis: the difference of two logits itself overflows."""
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
    gaps = gaps[gaps < -FORMATS[dtype].minimum_exponent * _LOG_2]
    yield filled(operation, "winner-rows", np.stack([np.zeros(gaps.size), -gaps], axis=1), dtype)


@named
def ramp(operation: str, dtype: str) -> Iterator[Case]:
    """A row of 4,096 classes that rise in 256 steps: the maximum comes last, and no class may be left out."""
    yield filled(operation, "ramp", (np.arange(4096)[None, :] // 16) / 32.0 - 4.0, dtype)


@named
def level(operation: str, dtype: str) -> Iterator[Case]:
    """A row of 4,096 equal classes under equal cotangents: sums that a 16-bit format cannot form."""
    yield filled(operation, "level", np.zeros((1, 4096)), dtype, cotangent=8.0)


@named
def one_class(operation: str, dtype: str) -> Iterator[Case]:
    """Axes of length one."""
    yield filled(operation, "one-class", [[0.0], [3.5], [-100.0], [1000.0], [-0.25]], dtype)


@named
def unequal_rows(operation: str, dtype: str) -> Iterator[Case]:
    """Rows whose sizes are far apart, so that a maximum over the whole batch is the wrong one for all but one row."""
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
    """Every axis of a 3-d array, from the front and from the back, and the second of four, as for images."""
    for axis in (0, 1, 2, -1, -2, -3):
        yield filled(operation, f"axis{axis:+d}", dyadic((4, 3, 5)), dtype, axis=axis)
    yield filled(operation, "axis+1-of-4", dyadic((2, 3, 2, 4)), dtype, axis=1)


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
    """Rows with -inf in one or more places, as attention masks write them; every row keeps a finite logit."""
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
    """Rows with one inf."""
    yield filled(
        operation,
        "infinite-rows",
        [[np.inf, 0.0, 1.0], [-2.0, np.inf, 3.0], [0.5, -1.0, np.inf]],
        dtype,
    )


@named
def nan_rows(operation: str, dtype: str) -> Iterator[Case]:
    """Rows with NaN in the first, a middle and the last place, beside numbers and beside -inf, and a row without it."""
    nan, low = np.nan, -np.inf
    x = [
        [nan, 0.0, 1.0, 2.0],
        [0.0, 1.0, nan, 2.0],
        [0.0, 1.0, 2.0, nan],
        [nan, low, low, low],
        [0.0, 1.0, 2.0, 3.0],
    ]
    yield filled(operation, "nan-rows", x, dtype, cotangent=1.0)


# --- for every operation of a page ---------------------------------------------------------------


@named
def lengths(operation: str, dtype: str) -> Iterator[Case]:
    """Arrays of every length and of 20,000 elements; for operations with an axis three rows of every length, and 300 rows of five."""
    in_rows = "axis" in parameters_of(operation)
    shape = (3, LENGTHS[-1]) if in_rows else (LENGTHS[-1],)
    yield from of_every_length(filled(operation, "", _nonzero(dyadic(shape)), dtype))
    if in_rows:
        yield filled(operation, "rows-300", _nonzero(dyadic((300, 5))), dtype)
    else:
        yield filled(operation, "length-20000", _nonzero(dyadic((20_000,))), dtype)


@named
def layouts(operation: str, dtype: str) -> Iterator[Case]:
    """The same numbers in Fortran order, as a strided view into the middle of memory, reversed, broadcast, mixed and read-only."""
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
    """One, two, three and four dimensions, some of length one."""
    for shape in ((6,), (1, 5), (5, 1), (2, 3, 4), (2, 1, 3, 2)):
        yield filled(
            operation, f"shape-{'x'.join(map(str, shape))}", _nonzero(dyadic(shape, 3)), dtype
        )


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


def _same(case: Case, other: Case) -> Case:
    return dataclasses.replace(case, same_as=other.arguments)


def _normal(values: NDArray[Any], dtype: str) -> NDArray[np.float64]:
    """Return the normal numbers among values, once each, ascending."""
    wide = values.astype(np.float64)
    return np.unique(wide[np.isfinite(wide) & (np.abs(wide) >= FORMATS[dtype].tiny)])


def _nonzero(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(values == 0, 0.75, values)
