"""The cases of the page `normalization` at any number of samples, channels and pixels."""

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.families import GREAT, RUNGS, Dimension, Family, Sizes, heavy
from nnspec.conformance.pages.layouts import scattered, signs
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.operations import arguments_of, parameters_of

Array = NDArray[np.float64]

# Every format holds both.
_PARAMETERS = {"momentum": 0.125, "epsilon": 2.0**-8}

# Full significands for each channel, of both signs (1) or positive (0), and away from 0.
_RANGES = {
    "scale": (0.5, 2.0, 1),
    "shift": (0.5, 2.0, 1),
    "running_mean": (0.5, 2.0, 1),
    "running_variance": (0.5, 3.0, 0),
    "mean": (1.0, 3.0, 1),
    "variance": (0.5, 3.0, 0),
}


def _dimensions(operation: str) -> Mapping[str, Dimension]:
    """Return samples, channels, and the two lengths of images; an image of one pixel is none."""
    shortest = 1 if operation == "batch_norm_eval" else 2
    return {
        "samples": Dimension(
            6,
            shortest,
            GREAT[2],
            reason="in float16 to 4,097, because a count above 65,504 is infinite there",
            largest_in_float16=RUNGS[-1],
        ),
        "channels": Dimension(5, largest=GREAT[1]),
        "height": Dimension(1, 2),
        "width": Dimension(1, 2),
    }


def _made(operation: str, dtype: str, sizes: Sizes, key: str) -> Case:
    """Return a case whose channels have means and deviations of their own.

    Two values of a channel have a third of its variance: the last one, and one that is drawn. Their
    cotangents are a large share of a gradient's sums. Values lie on
    both sides of the center, the first ones and the last one, so no channel is nearly constant.
    """
    channels, pixels = sizes["channels"], sizes["height"] * sizes["width"]
    shape = sizes["samples"] * pixels, channels
    stands_out = heavy(key, shape, axis=0)
    size = np.where(stands_out, max(1.0, np.sqrt(shape[0]) / 2), 1.0)

    def x() -> Array:
        center = scattered(f"{key} center", (channels,), 2.0, 3.0)
        width = scattered(f"{key} width", (channels,), 0.5, 1.5)
        mixed = _signed(f"{key} x", shape)
        # What stands out leads away from 0, where no number is too small for a format.
        mixed = np.where(size > 1.0, np.abs(mixed), mixed)
        return _shaped(signs(channels) * (center + width * size * mixed), sizes)

    def cotangent() -> Array:
        numbers = np.maximum(size / 2, 1.0) * _signed(f"{key} cotangent", shape)
        numbers *= np.where(stands_out, 1.0, 1.0 / np.sqrt(shape[0]))
        return _shaped(numbers, sizes)

    def of_channels(name: str) -> Array:
        low, high, odd = _RANGES[name]
        drawn = scattered(f"{key} {name}", (channels,), low, high)
        return np.where(odd, signs(channels), 1.0) * drawn

    # An operation takes few of them, and a million numbers are drawn for a large case.
    made = {name: partial(of_channels, name) for name in _RANGES} | {"x": x, "cotangent": cotangent}
    return Case(
        "",
        operation,
        tuple(cast(made[name](), dtype) for name in arguments_of(operation)),
        {name: _PARAMETERS[name] for name in parameters_of(operation)},
    )


def _signed(key: str, shape: tuple[int, int]) -> Array:
    """Return numbers of size 1/2 to 1 and of mixed signs: first ones are -, last ones +."""
    mixed = np.where(scattered(f"{key} signs", shape, -1.0, 1.0) < 0, -1.0, 1.0)
    mixed[: max(1, min(2, shape[0] - 3))], mixed[-1:] = -1.0, 1.0
    return mixed * scattered(key, shape, 0.5, 1.0)


def _shaped(values: Array, sizes: Sizes) -> Array:
    """Return values by samples and pixels, and channels, as a batch of vectors or of images."""
    height, width = sizes["height"], sizes["width"]
    if height * width == 1:
        return values
    images = values.reshape(sizes["samples"], height, width, sizes["channels"])
    return np.ascontiguousarray(np.moveaxis(images, -1, 1))


FAMILY = Family(_dimensions, _made)
