"""Families of methods that take steps: parameters and gradients of every number of elements."""

from collections.abc import Mapping

import numpy as np

from nnspec.conformance.pages.families import CALLED, GREAT, RUNGS, Dimension, Sizes
from nnspec.conformance.pages.layouts import scattered
from nnspec.conformance.pages.steps.courses import WIDE, Array
from nnspec.conformance.terms.callbacks import Callback, scripted

RATE = 0.25


def dimensions() -> Mapping[str, Dimension]:
    """Return the elements of an array, the arrays of the list, and the steps.

    Of the great lengths, one is asked that goes beyond an index of 16 bits.
    """
    return {
        "elements": Dimension(5, largest=GREAT[1], steps=(*RUNGS, GREAT[1])),
        "arrays": Dimension(
            2,
            largest=513,
            reason="every array is called for and yielded by itself",
            steps=CALLED,
        ),
        "steps": steps(),
    }


def steps() -> Dimension:
    """Return the steps, which a format of 16 bits takes one of."""
    return Dimension(
        2,
        largest=513,
        reason="a run holds every shorter one; rounding drowns the method in 16 bits",
        steps=CALLED,
        formats=WIDE,
    )


def start(sizes: Sizes, key: str) -> list[Array]:
    """Return arrays of numbers from 1 to 2 and their opposites, none near 0."""
    shape = sizes["arrays"], sizes["elements"]
    return list(_apart(scattered(f"{key} parameters", shape, -1.0, 1.0), 1.0))


def script(sizes: Sizes, key: str, dtype: str) -> Callback:
    """Return gradients of either sign from 1/16 to 2, others in every step."""
    shape = sizes["steps"], sizes["arrays"], sizes["elements"]
    numbers = _apart(scattered(f"{key} gradients", shape, -1.9375, 1.9375), 0.0625)
    return scripted([list(each) for each in numbers], dtype, f"{shape[0]} drawn gradients")


def _apart(numbers: Array, gap: float) -> Array:
    """Return numbers moved away from 0 by a gap."""
    return np.asarray(numbers + np.copysign(gap, numbers))
