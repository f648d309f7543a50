"""Edges of range: cotangents of 0, where the numbers are ordinary and where they are largest."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.conformance.pages.layouts import dyadic, held, named
from nnspec.conformance.pages.losses.inputs.sets import built
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS

Array = NDArray[np.float64]


@named
def zero_cotangents(operation: str, dtype: str) -> Iterator[Case]:
    """Cotangents of 0: of some samples, of all, and of the samples with the largest numbers."""
    ordinary = dyadic((5, 4), 17)
    top = FORMATS[dtype].maximum
    # Errors are differences, and those of the largest numbers of two signs leave the range.
    high = top / 2 if operation.startswith("sum") else top
    extreme = np.array(
        [
            [high, -high, 0.0, 1.0],
            [-high, -high, -high, high],
            [high, high, high, high],
            [100.0, -100.0, 0.5, -2.0],
            [0.5, -1.0, 2.0, -0.25],
        ]
    )
    for name, logits, lit in (
        ("some", ordinary, (1, 0, 0, 1, 1)),
        ("all", ordinary, (0, 0, 0, 0, 0)),
        ("extreme", extreme, (0, 0, 0, 0, 1)),
    ):
        yield _weighed(built(operation, f"zeros-{name}", dtype, logits), dtype, lit)


def _weighed(case: Case, dtype: str, lit: ArrayLike) -> Case:
    """Return a case whose samples keep their cotangents where they are lit; others have 0.

    One number is the cotangent of all samples, and is lit with all of them.
    """
    *others, cotangent = case.arguments
    factors = np.asarray(lit, dtype=np.float64)
    factors = factors.reshape(-1, *(1,) * (cotangent.ndim - 1)) if cotangent.ndim else factors.min()
    weighed = held(np.asarray(cotangent, dtype=np.float64) * factors, dtype)
    return case.changed(arguments=(*others, weighed))
