"""Numbers for operations on elements: everyday ones, thresholds, every number of 16 bits."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.activations.inputs.cases import filled
from nnspec.conformance.pages.layouts import dyadic, every, exhausted, named
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, cast
from nnspec.conformance.terms.operations import parameters_of

LOG_2 = 0.6931471805599453

_SLOPES = (0.0, 0.125, 0.5, 1.0, 2.0, -0.5)

# Their derivative at 0 is any of an interval, and the matter of a clause of its own.
_KINKED = ("relu_vjp", "leaky_relu_vjp")


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
    """Where exp overflows or underflows and where sigmoid, tanh and x³ round away.

    Each number comes with neighbors and both signs, halved and doubled.
    """
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
    places = [k * LOG_2 for k in logs] + [
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
    limit = np.ceil((-fmt.minimum_exponent + fmt.precision) * LOG_2)
    x = np.arange(-2000, 2001) * (limit / 2000.0)
    yield filled(operation, "grid", x[x != 0], dtype)


@named
def dense(operation: str, dtype: str) -> Iterator[Case]:
    """4,000 points of [-2, 2], half of them near 0, where differences lose their digits."""
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
    """± the largest and the smallest normal numbers, half and 1.5 times them, 100 and 10,000."""
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
    """Every normal number and zero of a 16-bit format; no zero for derivatives of rectifiers."""
    kinds = ("normal",) if operation in _KINKED else ("zero", "normal")
    yield from exhausted(filled, operation, "every-value", dtype, *kinds)


@named
def every_subnormal(operation: str, dtype: str) -> Iterator[Case]:
    """Every subnormal number of a 16-bit format; nothing for the wider ones."""
    yield from exhausted(filled, operation, "every-subnormal", dtype, "subnormal")


@named
def every_nan(operation: str, dtype: str) -> Iterator[Case]:
    """Every NaN of a 16-bit format: of both signs, quiet and signaling, with every payload."""
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
    """Normal inputs whose exponential is subnormal: 64 of them, and in 16-bit formats all."""
    fmt = FORMATS[dtype]
    low, high = (
        (-fmt.minimum_exponent) * LOG_2,
        (-fmt.minimum_exponent + fmt.precision - 2) * LOG_2,
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


def _normal(values: NDArray[Any], dtype: str) -> NDArray[np.float64]:
    """Return the normal numbers among values, once each, ascending."""
    wide = values.astype(np.float64)
    return np.unique(wide[np.isfinite(wide) & (np.abs(wide) >= FORMATS[dtype].tiny)])
