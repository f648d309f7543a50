"""Edges of range: cotangents of 0, and products that are beyond the range."""

from collections.abc import Iterator

import numpy as np

from nnspec.conformance.pages.activations.inputs.cases import filled
from nnspec.conformance.pages.layouts import dyadic, named
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS


@named
def zero_cotangents(operation: str, dtype: str) -> Iterator[Case]:
    """Cotangents of 0: of elements, of whole rows, of all, and at the largest numbers."""
    x = dyadic((6, 5), 11)
    some = np.resize([1.0, 0.0, -0.5, 0.0, 2.0, 0.0, 3.0], x.shape)
    some[[2, 5]] = 0.0
    yield filled(operation, "zeros-some", x, dtype, cotangent=some)
    yield filled(operation, "zeros-all", x, dtype, cotangent=0.0)
    top = FORMATS[dtype].maximum
    x = np.array(
        [
            [top, -top, 0.0, 1.0],
            [-top, -top, -top, top],
            [top, top, top, top],
            [100.0, -100.0, 0.5, -2.0],
            [0.5, -1.0, 2.0, -0.25],
        ]
    )
    unmasked = np.array([[0.0], [0.0], [0.0], [0.0], [1.0]])
    cotangent = unmasked * [1.0, -0.5, 2.0, 3.0]
    yield filled(operation, "zeros-extreme", x, dtype, cotangent=cotangent)


@named
def overflowing(operation: str, dtype: str) -> Iterator[Case]:
    """Products with a slope, or with a cotangent, that are far beyond the range; others between."""
    top = FORMATS[dtype].maximum
    x = np.array([[-top, -top / 2, -1.0], [2.0, top, -top / 16]])
    yield filled(operation, "overflowing", x, dtype, cotangent=x, negative_slope=8.0)
    yield filled(operation, "overflowing-down", x, dtype, cotangent=-x, negative_slope=-8.0)
