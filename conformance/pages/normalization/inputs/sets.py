"""The inputs of the page `normalization`: batches far from zero, nearly constant, or small."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.conformance.pages.layouts import (
    LENGTHS,
    dyadic,
    named,
    of_every_length,
    rearranged,
    scattered,
)
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, NARROW, cast
from nnspec.conformance.terms.operations import arguments_of, parameters_of

Array = NDArray[np.float64]

# The value of a parameter unless a set of inputs sets another; every format holds both.
PARAMETERS: dict[str, Any] = {"momentum": 0.25, "epsilon": 2.0**-10}

# One number a channel, repeated as often as needed; numbers of every format.
_VECTORS: dict[str, tuple[float, ...]] = {
    "scale": (1.5, -0.75, 2.0, 1.0, -1.25),
    "shift": (0.5, -2.0, 1.0, 0.25, -1.0),
    "running_mean": (1.25, -0.5, 3.0, -2.0, 0.75),
    "running_variance": (0.5, 2.0, 1.25, 3.0, 0.25),
    "mean": (0.25, -1.5, 3.0, -0.5, 1.0),
    "variance": (2.0, 0.5, 1.25, 4.0, 3.0),
}

_COTANGENTS = (1.0, 0.5, 2.0, -0.25, 3.0, 1.5, -0.75)

# An offset many deviations from zero, and the spacing around it: every format's own numbers.
_OFFSETS = {
    "float64": ((2.0**20, 2.0**-5), (-(2.0**30), 2.0**-5)),
    "float32": ((1024.0, 2.0**-5), (-(2.0**14), 2.0**-5)),
    "float16": ((64.0, 2.0**-4), (-512.0, 0.5)),
    "bfloat16": ((16.0, 0.125), (-64.0, 0.5)),
}


def filled(
    operation: str,
    name: str,
    x: ArrayLike,
    dtype: str,
    *,
    epsilon: float | None = None,
    **given: ArrayLike,
) -> Case:
    """Return the case of an operation on x, and fill in channels and cotangents."""
    x = cast(x, dtype)
    arguments = [x]
    for argument in arguments_of(operation)[1:]:
        if argument == "cotangent":
            arguments.append(
                cast(
                    np.broadcast_to(given.get(argument, np.resize(_COTANGENTS, x.shape)), x.shape),
                    dtype,
                )
            )
        else:
            arguments.append(
                cast(
                    np.broadcast_to(
                        given.get(argument, np.resize(_VECTORS[argument], x.shape[1])), x.shape[1]
                    ),
                    dtype,
                )
            )
    chosen = {
        "momentum": given.get("momentum", PARAMETERS["momentum"]),
        "epsilon": PARAMETERS["epsilon"] if epsilon is None else epsilon,
    }
    return Case(
        name,
        operation,
        tuple(arguments),
        {parameter: chosen[parameter] for parameter in parameters_of(operation)},
    )


@named
def everyday(operation: str, dtype: str) -> Iterator[Case]:
    """Twelve samples of five channels, and images of four different lengths."""
    yield filled(operation, "everyday", dyadic((12, 5)), dtype)
    yield filled(operation, "everyday-images", dyadic((2, 5, 3, 4), 7), dtype)


@named
def two_pairs(operation: str, dtype: str) -> Iterator[Case]:
    """In training, scale is the running variance and shift the running mean: the very same arrays.

    The batch is two samples of one channel. Some libraries refuse an epsilon of 0.
    """
    if "momentum" in parameters_of(operation):
        x, one, zero = (cast(each, dtype) for each in ([[0.0], [2.0]], [1.0], [0.0]))
        parameters = {"momentum": 1.0, "epsilon": PARAMETERS["epsilon"]}
        yield Case("two-pairs", operation, (x, one, zero, zero, one), parameters)


@named
def narrow(operation: str, dtype: str) -> Iterator[Case]:
    """In 16 bits, 4,096 channels of four values without pattern, with deviations near 1.

    The shift is larger than every deviation, and given means are of the other sign than the values:
    no answer cancels. One value of each channel has a cotangent.
    """
    if dtype in NARROW:
        size, channels = np.array([[-1.25], [-0.5], [0.5], [1.25]]), 2**12
        x = size * scattered("x", (4, channels), 0.75, 1.25)
        ranges = {
            "scale": (0.5, 1.0),
            "shift": (2.0, 3.0),
            "running_mean": (1.0, 2.0),
            "running_variance": (0.5, 1.0),
            "mean": (-4.0, -3.0),
            "variance": (0.5, 1.0),
        }
        given: dict[str, Any] = {
            name: scattered(name, (channels,), low, high) for name, (low, high) in ranges.items()
        }
        lit = np.arange(4)[:, None] == np.arange(channels) % 4
        cotangent = np.where(lit, scattered("cotangent", (4, channels), 0.5, 1.0), 0.0)
        yield filled(operation, "narrow", x, dtype, cotangent=cotangent, **given)


@named
def few(operation: str, dtype: str) -> Iterator[Case]:
    """Two, three and four values a channel, where n and n - 1 differ most."""
    for count in (2, 3, 4):
        yield filled(operation, f"few-{count}", dyadic((count, 3), count), dtype)


@named
def images(operation: str, dtype: str) -> Iterator[Case]:
    """Images of different lengths in several orders, and with channels as long as another axis.

    The other axis is the samples, the height, the width, or all pixels together.
    """
    different = ((4, 3, 2, 5), (2, 5, 4, 3), (1, 2, 3, 4), (5, 3, 1, 1))
    alike = ((3, 3, 2, 4), (2, 3, 3, 4), (2, 3, 4, 3), (2, 6, 2, 3), (3, 3, 3, 3))
    for shape in (*different, *alike):
        yield filled(operation, "images-" + "x".join(map(str, shape)), dyadic(shape, 3), dtype)


@named
def shapes(operation: str, dtype: str) -> Iterator[Case]:
    """Matrices and images with axes of length one, and with more channels than samples.

    Epsilon and momentum have their usual values, and then 4 and 1.
    """
    for shape in ((2, 1), (3, 7), (2, 1, 3, 1), (1, 4, 3, 2)):
        name, x = "shape-" + "x".join(map(str, shape)), dyadic(shape, 5)
        yield filled(operation, name, x, dtype)
        yield filled(operation, f"{name}-epsilon-4", x, dtype, epsilon=4.0, momentum=1.0)


@named
def lengths(operation: str, dtype: str) -> Iterator[Case]:
    """Batches of three channels and every number of samples; statistics of a batch need two."""
    shortest = 1 if operation == "batch_norm_eval" else 2
    yield from of_every_length(
        filled(operation, "", dyadic((LENGTHS[-1], 3), 4), dtype), dtype, shortest
    )


@named
def layouts(operation: str, dtype: str) -> Iterator[Case]:
    """Images in Fortran order, strided, reversed and read-only."""
    yield from rearranged(filled(operation, "", dyadic((2, 3, 4, 5), 1), dtype))


@named
def twice(operation: str, dtype: str) -> Iterator[Case]:
    """A matrix and an image, to be asked for again after other questions."""
    yield filled(operation, "twice", dyadic((6, 4), 2), dtype)
    yield filled(operation, "twice-image", dyadic((3, 2, 2, 4), 2), dtype)


@named
def unequal_channels(operation: str, dtype: str) -> Iterator[Case]:
    """Channels of sizes from 1/16 to 16 and with means as far apart."""
    sizes = np.ldexp(1.0, [-4, -2, 0, 2, 4])
    x = dyadic((6, 5), 4)
    yield filled(operation, "unequal-channels", (np.round(x * 8) / 8 + 1.0) * sizes, dtype)


@named
def nans(operation: str, dtype: str) -> Iterator[Case]:
    """One NaN in one of four channels."""
    x = dyadic((5, 4), 6)
    x[3, 1] = np.nan
    yield filled(operation, "nans", x, dtype)
    image = dyadic((2, 3, 2, 2), 6)
    image[1, 2, 0, 1] = np.nan
    yield filled(operation, "nans-image", image, dtype)


# --- for the statistics of a batch ---------------------------------------------------------------


@named
def offsets(operation: str, dtype: str) -> Iterator[Case]:
    """Batches whose mean is 450 times their deviation and more, 7 times for 8 bits."""
    for offset, spacing in _OFFSETS[dtype]:
        x = np.round(dyadic((8, 3), 9) * 4) * spacing
        yield filled(operation, f"offset-{offset:g}", x + offset, dtype, running_mean=offset)


@named
def small_variances(operation: str, dtype: str) -> Iterator[Case]:
    """Channels whose variance is larger than epsilon, about as large, and smaller."""
    x = dyadic((6, 3), 8)
    spread = x - np.round(np.mean(x, axis=0))
    yield filled(
        operation,
        "small-variances",
        spread * [1 / 8, 1 / 64, 1 / 32],
        dtype,
        epsilon=2.0**-8,
        running_variance=2.0**-8,
    )
    yield filled(
        operation,
        "smaller-variances",
        spread * [1 / 64, 1 / 512, 1 / 256],
        dtype,
        epsilon=2.0**-14,
        running_variance=2.0**-8,
    )


@named
def constants(operation: str, dtype: str) -> Iterator[Case]:
    """Constant channels beside an ordinary one: small integers, full significands, and zero."""
    full = 1024.0 * (1 - 2 * FORMATS[dtype].u)
    x = np.tile([3.0, -96.0, full, 0.0, 0.0], (6, 1))
    x[:, 4] = dyadic((6,), 3)
    yield filled(operation, "constants", x, dtype, running_mean=[3.0, -96.0, 1024.0, 1.0, 0.0])


@named
def constants_with_little(operation: str, dtype: str) -> Iterator[Case]:
    """Constant channels whose mean is exact, with an epsilon that float16 does not have."""
    yield filled(
        operation,
        "constants-with-little",
        np.tile([3.0, -96.0, 0.0], (4, 1)),
        dtype,
        epsilon=2.0**-27,
    )


@named
def small_constants(operation: str, dtype: str) -> Iterator[Case]:
    """Channels of one small integer each: their sums, in any order, and their means are exact."""
    # This epsilon's root is not dyadic and the shifts have every bit set, so that roundings show.
    # The rounded 1/117 times 117·3, 117·7 or 117·13 is not 3, 7 or 13, in float64 or float32.
    x = np.tile([3.0, -7.0, 13.0, 0.0], (117, 1))
    yield filled(
        operation, "small-constants", x, dtype, epsilon=2.0**-9, shift=[0.1, -0.3, 0.7, 0.1]
    )


@named
def one_value(operation: str, dtype: str) -> Iterator[Case]:
    """Batches of one sample, a matrix and an image of one pixel."""
    yield filled(operation, "one-value", [[3.0, -1.5, 0.25]], dtype)
    yield filled(operation, "one-value-image", dyadic((1, 4, 1, 1), 5), dtype)


@named
def momenta(operation: str, dtype: str) -> Iterator[Case]:
    """The momenta 0, 1/8 and 1: the running statistics stay, follow slowly, and are replaced."""
    for momentum in (0.0, 0.125, 1.0):
        yield filled(
            operation, f"momentum-{momentum:g}", dyadic((5, 3), 5), dtype, momentum=momentum
        )


@named
def batches(operation: str, dtype: str) -> Iterator[Case]:
    """The first of several batches, the others of which are made from it."""
    yield filled(operation, "batches", dyadic((6, 4), 4) + 1.0, dtype)
    yield filled(operation, "batches-images", dyadic((3, 2, 2, 4), 4) + 1.0, dtype)


@named
def long_batches(operation: str, dtype: str) -> Iterator[Case]:
    """4,000 values a channel that a 16-bit format cannot sum, with cotangents of one sign."""
    values = np.resize([3.0, 3.5, 2.5, 3.25, 5.5, 0.75, 3.0], (4096, 1))
    yield filled(
        operation, "long-batch", values, dtype, cotangent=np.resize([1.0, 0.75, 1.5], values.shape)
    )


@named
def large_deviations(operation: str, dtype: str) -> Iterator[Case]:
    """Numbers of float16 whose squares are none; nothing for the formats whose range is wider."""
    if dtype == "float16":
        yield filled(
            operation,
            "large-deviations",
            dyadic((6, 3), 7) * 2.0**12,
            dtype,
            cotangent=64.0 * np.resize(_COTANGENTS, (6, 3)),
        )


@named
def biases(operation: str, dtype: str) -> Iterator[Case]:
    """Multiples of 1/4, to which the check adds a constant a channel without rounding."""
    yield filled(operation, "biases", np.round(dyadic((8, 4), 3) * 4) / 4, dtype)
    yield filled(operation, "biases-images", np.round(dyadic((3, 2, 2, 4), 3) * 4) / 4, dtype)


@named
def factors(operation: str, dtype: str) -> Iterator[Case]:
    """Small numbers beside an epsilon of their size; the check multiplies them by powers of two."""
    yield filled(operation, "factors", dyadic((6, 4), 3) / 4, dtype, epsilon=2.0**-4, shift=0.0)


# --- for the gradient ----------------------------------------------------------------------------


@named
def unit_cotangents(operation: str, dtype: str) -> Iterator[Case]:
    """One batch of four under each unit vector: the answers are the columns of the Jacobian."""
    for place in range(4):
        yield filled(
            operation, f"unit-{place}", dyadic((4, 2), 6), dtype, cotangent=np.eye(4)[:, [place]]
        )


@named
def level_cotangents(operation: str, dtype: str) -> Iterator[Case]:
    """Cotangents that are constant along each channel."""
    yield filled(
        operation, "level-cotangents", dyadic((6, 4), 2), dtype, cotangent=[1.0, -2.0, 0.5, 64.0]
    )


@named
def aligned_cotangents(operation: str, dtype: str) -> Iterator[Case]:
    """Cotangents that are x and a constant: the gradient is 0 but for epsilon, small and large."""
    x = dyadic((3, 3), 5)
    for epsilon in (2.0**-10, 0.5, 4.0):
        yield filled(
            operation, f"aligned-{epsilon:g}", x, dtype, epsilon=epsilon, cotangent=x + 1.0
        )


# --- for given statistics ------------------------------------------------------------------------


@named
def zero_variances(operation: str, dtype: str) -> Iterator[Case]:
    """Statistics whose variance is 0, epsilon, and a sixteenth of it."""
    epsilon = 2.0**-8
    yield filled(
        operation,
        "zero-variances",
        dyadic((5, 3), 2),
        dtype,
        epsilon=epsilon,
        variance=[0.0, epsilon, epsilon / 16],
    )
    yield filled(
        operation,
        "smaller-epsilon",
        dyadic((5, 3), 2),
        dtype,
        epsilon=2.0**-14,
        variance=[0.0, 2.0**-14, 2.0**-12],
    )


@named
def outliers(operation: str, dtype: str) -> Iterator[Case]:
    """Samples up to a hundred deviations away from the mean, among ordinary ones."""
    x = dyadic((6, 5), 3)
    x[[1, 4]] *= 32.0
    yield filled(operation, "outliers", x, dtype)
