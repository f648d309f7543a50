"""Vectors beside others whose maxima are far away, for the operations with an axis."""

from collections.abc import Iterator

import numpy as np

from nnspec.conformance.pages.activations.inputs.cases import filled
from nnspec.conformance.pages.layouts import named, scattered
from nnspec.conformance.pages.neighbors import apart, of_vectors
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import parameters_of

# Maxima are twice as far apart and a little less. The exponential overflows beyond 89 in float32,
# in which narrow formats are computed, and beyond 710 in float64; it is 0 below -104 and -746.
HALF = {"float64": 512.0, "float32": 64.0, "float16": 64.0, "bfloat16": 64.0}


@named
def neighbors(operation: str, dtype: str) -> Iterator[Case]:
    """Along every axis of two to five dimensions, vectors beside others that are far away.

    They differ one by one, in blocks of eight, and the first or the last one from all others.
    """
    if "axis" in parameters_of(operation):
        half = HALF[dtype]
        for name, level, axis in of_vectors():
            x = apart(level, -half, half) + scattered(f"neighbors {name}", level.shape, -2.0, 2.0)
            yield filled(operation, name, x, dtype, axis=axis)
        # pytorch/pytorch#156379: columns of the second block were shifted by maxima of the first.
        x = np.zeros((2, 16))
        x[0, 8:] = 800.0 if dtype == "float64" else 100.0
        yield filled(operation, "half-of-a-row", x, dtype, axis=0)
