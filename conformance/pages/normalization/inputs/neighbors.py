"""Channels beside others whose centers and deviations are far away."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.layouts import named, scattered, signs
from nnspec.conformance.pages.neighbors import VECTORS, apart, levels, powers
from nnspec.conformance.pages.normalization.inputs.sets import filled
from nnspec.conformance.terms.cases import Case

Array = NDArray[np.float64]

_SAMPLES = 6

# Deviations are 2⁶ times the neighbor's, and a center lies two of the channel's own from 0.
_POWER = 3


@named
def neighbors(operation: str, dtype: str) -> Iterator[Case]:
    """Channels beside others of another center and another deviation, in vectors and in images.

    They differ one by one, in blocks of eight, and the first or the last one from all others.
    """
    for name, level in levels(VECTORS):
        for form, shape in (("vectors", (_SAMPLES, VECTORS)), ("images", (2, VECTORS, 3, 1))):
            yield _apart(operation, f"{form}-{name}", dtype, level, shape)


def _apart(operation: str, name: str, dtype: str, level: Array, shape: tuple[int, ...]) -> Case:
    """Return the case of channels whose means, and given statistics, follow a level each."""
    count = shape[0] * int(np.prod(shape[2:], dtype=np.int64))
    deviation = powers(level, _POWER)
    center = 2.0 * apart(level, -1.0, 1.0) * deviation
    drawn = scattered(f"neighbors {name}", (count, VECTORS), 0.5, 1.0)
    rows = center + deviation * signs(count)[:, None] * drawn
    x = np.ascontiguousarray(np.moveaxis(rows.reshape(shape[0], *shape[2:], VECTORS), -1, 1))
    square = deviation * deviation
    return filled(
        operation,
        name,
        x,
        dtype,
        mean=center,
        variance=square,
        running_mean=center,
        running_variance=square,
    )
