"""Inputs made to find the worst error of a function: bit patterns and exact arithmetic, so that
every machine sees the same ones."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.operations import page_of

Array = NDArray[np.float64]


def inputs(operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield the arguments and parameters of the calls that an operation is measured with."""
    yield from import_module(f"tests.pages.{page_of(operation)}.adversarial").inputs(operation)


def significands(bits: np.random.PCG64, values: Array) -> Array:
    """Return numbers a billionth or less nearer to 0, whose significands use all their bits.

    Numbers drawn as multiples of one quantum lie on a grid, where sums and differences are exact:
    on a grid, the rounding of a difference stays unseen.
    """
    random = (bits.random_raw(values.size) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return values * (1.0 - random.reshape(values.shape) * 2.0**-30)
