"""Parameters beside others whose gradients are of another size, for every method."""

from collections.abc import Iterator

import numpy as np

from nnspec.conformance.pages.layouts import scattered
from nnspec.conformance.pages.neighbors import VECTORS, levels, powers
from nnspec.conformance.pages.steps.courses import Array, Course, count
from nnspec.conformance.terms.callbacks import scripted

RATE = 0.25

# A gradient is 2⁸ times its neighbor's. An eighth of its square is a normal number in float16.
_POWER = 4

# Beside the array of many elements, so many arrays of a few.
_ARRAYS, _FEW = 9, 3

_STEPS = 3


def far_apart(dtype: str) -> Iterator[Course]:
    """Yield courses of elements, and of arrays, beside others whose gradients are far away.

    They differ one by one, in blocks of eight, and the first or the last one from all others. All
    gradients lead away from 0, so that no parameter cancels.
    """
    steps = count(dtype, _STEPS)
    for (name, elements), (_, arrays) in zip(levels(VECTORS), levels(_ARRAYS), strict=True):
        sizes = [elements, *(np.full(_FEW, level) for level in arrays)]
        yield Course(
            name,
            scripted(
                [
                    [-each for each in drawn(sizes, f"{name} {step}", _POWER)]
                    for step in range(steps)
                ],
                dtype,
                f"{steps} drawn gradients",
            ),
            drawn(sizes, f"{name} parameters", 0),
            steps,
            RATE,
        )


def drawn(sizes: list[Array], key: str, power: int) -> list[Array]:
    """Return arrays whose elements follow a level each, between 2 to a power and its opposite."""
    return [
        powers(level, power) * scattered(f"neighbors {key} {place}", level.shape, 1.0, 2.0) / 2
        for place, level in enumerate(sizes)
    ]
