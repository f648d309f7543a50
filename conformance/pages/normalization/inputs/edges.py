"""Edges of range: cotangents of 0, of values and of whole channels."""

from collections.abc import Iterator

import numpy as np

from nnspec.conformance.pages.layouts import dyadic, named
from nnspec.conformance.pages.normalization.inputs.sets import filled
from nnspec.conformance.terms.cases import Case


@named
def zero_cotangents(operation: str, dtype: str) -> Iterator[Case]:
    """Cotangents of 0: of some samples, of channels, of a constant channel among them, of all."""
    x = dyadic((8, 4), 13)
    x[:, 2] = 3.0
    samples = np.array([1.0, 0.0, -0.5, 0.0, 2.0, 0.0, 0.0, 3.0])[:, None]
    yield filled(operation, "zeros-samples", x, dtype, cotangent=samples)
    channels = np.resize([1.0, 0.5, -2.0], (8, 1)) * [1.0, 0.0, 0.0, 1.0]
    yield filled(operation, "zeros-channels", x, dtype, cotangent=channels)
    yield filled(operation, "zeros-all", x, dtype, cotangent=0.0)
