"""The adversarial inputs use all bits of their significands."""

from collections.abc import Iterator

import numpy as np
import pytest

from nnspec.conformance.terms.nested import leaves
from nnspec.reference.arrays import two_difference
from tests.truth.adversarial import inputs
from tests.truth.measure import OPERATIONS

# Filled arrays hold one number. Newton's differences are between rows of the matrices that its
# callback answers.
ON_PURPOSE = {"constant", "zeros", "newton"}


def neighbors(operation: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for arguments, _ in inputs(operation):
        arrays = leaves([each for each in arguments if isinstance(each, (np.ndarray, list))])
        for array in arrays:
            if array.dtype.kind == "f" and array.ndim:
                yield array[..., :-1], array[..., 1:]


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each not in ON_PURPOSE])
def test_neighbors_lie_on_no_grid_where_differences_are_exact(operation: str) -> None:
    rounded = count = 0
    with np.errstate(over="ignore", invalid="ignore"):
        for left, right in neighbors(operation):
            difference, rest, _ = two_difference(left, right)
            rounded += np.count_nonzero(rest)
            count += np.count_nonzero(np.isfinite(difference))
    assert rounded >= 0.1 * count > 0
