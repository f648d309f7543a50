"""Samples beside others whose logits are far away, for the losses that look for a maximum."""

from collections.abc import Iterator

import numpy as np

from nnspec.conformance.pages.activations.inputs.neighbors import HALF
from nnspec.conformance.pages.layouts import named, scattered
from nnspec.conformance.pages.losses.inputs.sets import built
from nnspec.conformance.pages.neighbors import LENGTH, VECTORS, apart, levels
from nnspec.conformance.terms.cases import Case


@named
def neighbors(operation: str, dtype: str) -> Iterator[Case]:
    """Samples beside others whose logits are far away.

    They differ one by one, in blocks of eight, and the first or the last one from all others.
    """
    if "softmax" in operation:
        for name, row in levels(VECTORS):
            level = np.tile(row[:, None], LENGTH)
            drawn = scattered(f"neighbors {name}", level.shape, -2.0, 2.0)
            yield built(operation, name, dtype, apart(level, -HALF[dtype], HALF[dtype]) + drawn)
