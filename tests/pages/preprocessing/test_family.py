"""Training sets of any size: components that are apart, and the smallest sets that find a fault."""

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.pages import families


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("operation", ["pca", "whiten"])
def test_eigenvalues_are_a_quarter_apart_at_every_size(operation: str, dtype: str) -> None:
    made = families.sets("preprocessing", 1)
    for case in (case for make in made.values() for case in make(operation, dtype)):
        for arguments in (case.arguments, case.before):
            if arguments is None:
                continue
            train = arguments[0].astype(np.float64)
            sizes = np.linalg.svd(train - np.mean(train, axis=0), compute_uv=False)
            variances = np.append(sizes**2, 0.0)[: case.parameters["components"] + 1]
            assert np.all(variances[:-1] >= 1.25 * variances[1:]), case.name


def test_the_seventh_feature_counts() -> None:
    train = np.zeros((2, 7))
    train[1, -1] = 2.0
    np.testing.assert_allclose(np.abs(reference.pca(train, train, components=1)), 1.0, rtol=1e-15)
    standard = reference.standardize(train, train, axes=(0,))
    np.testing.assert_array_equal(standard, np.insert(np.zeros((2, 6)), 6, [-1.0, 1.0], axis=1))
