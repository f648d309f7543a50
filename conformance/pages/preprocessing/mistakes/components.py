"""Mistakes of pca and whiten: components, their order, their scale."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.pages.preprocessing.checks import aligned
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]

_WIDE = ("float64", "float32")


def _components(*properties: str) -> list[str]:
    """Return clauses of these properties that `pca` and `whiten` share."""
    return [f"{operation}/{each}" for operation in ("pca", "whiten") for each in properties]


@spoiling(
    *_components("accuracy", "rank-deficient", "wide"),
    "pca/diagonal-covariance",
    "pca/units",
    "whiten/small-variances",
    dtypes=_WIDE,
)
def takes_the_smallest_components(operation: Operation) -> Operation:
    """Takes the first eigenvectors of a routine that orders them by rising eigenvalue."""
    return _from_covariance(operation, lambda vectors, values, _: (vectors, values))


@spoiling(
    *_components("accuracy", "rank-deficient"), "pca/units", "whiten/small-variances", dtypes=_WIDE
)
def answers_components_backward(operation: Operation) -> Operation:
    """Takes the right components, and answers them by rising eigenvalue."""
    return _from_covariance(
        operation, lambda vectors, values, count: (vectors[:, -count:], values[-count:])
    )


@spoiling(
    *_components("accuracy", "rank-deficient", "mean-far-from-zero"),
    "pca/total-variance",
    "pca/units",
    dtypes=_WIDE,
)
def does_not_center_at_all(operation: Operation) -> Operation:
    """Decomposes the data as it is, without taking the mean off.

    Fix: take the mean of train off train and data.
    """

    def answer(train: Array, data: Array, *, components: int) -> Array:
        _, singular, vectors = np.linalg.svd(train.astype(np.float64), full_matrices=False)
        return _scored(
            operation, train, data, data @ vectors.T, singular**2 / (len(train) - 1), components
        )

    return answer


@spoiling(
    *_components("accuracy", "mean-far-from-zero", "wide"),
    "pca/total-variance",
    "preprocessing/training-statistics",
    dtypes=_WIDE,
)
def leaves_data_uncentered(operation: Operation) -> Operation:
    """Takes the mean off the training set and not off the data."""

    def answer(train: Array, data: Array, *, components: int) -> Array:
        vectors, values = _eigen(train)
        return _scored(operation, train, data, data @ vectors[:, ::-1], values[::-1], components)

    return answer


@spoiling(*_components("accuracy"), "pca/units", dtypes=_WIDE)
def takes_components_of_the_correlation(operation: Operation) -> Operation:
    """Standardizes the features before it decomposes them."""

    def answer(train: Array, data: Array, *, components: int) -> Array:
        wide = train.astype(np.float64)
        scale = np.std(wide, axis=0)
        scale = np.where(scale == 0, 1, scale)
        vectors, values = _eigen(wide / scale)
        scores = (data - wide.mean(axis=0)) / scale @ vectors[:, ::-1]
        return _scored(operation, train, data, scores, values[::-1], components)

    return answer


@spoiling(
    *_components("accuracy", "rank-deficient", "wide"),
    "pca/units",
    "whiten/small-variances",
    dtypes=_WIDE,
)
def takes_rows_for_columns(operation: Operation) -> Operation:
    """Multiplies by the matrix of components transposed."""

    def answer(train: Array, data: Array, *, components: int) -> Array:
        vectors, values = _eigen(train)
        centered = data - train.astype(np.float64).mean(axis=0)
        return _scored(
            operation, train, data, centered @ vectors[:, ::-1].T, values[::-1], components
        )

    return answer


@spoiling(
    *_components("accuracy"), "pca/diagonal-covariance", "whiten/identity-covariance", dtypes=_WIDE
)
def forgets_deflation(operation: Operation) -> Operation:
    """Finds the first component again and again."""
    return _from_covariance(
        operation, lambda vectors, values, count: (vectors[:, [-1] * count], values[[-1] * count])
    )


@spoiling(*_components("mean-far-from-zero"), dtypes=_WIDE)
def subtracts_the_product_of_the_means(operation: Operation) -> Operation:
    """Computes the covariance as XᵀX less N times the product of the means, in the format."""

    def answer(train: Array, data: Array, *, components: int) -> Array:
        mean = train.mean(axis=0)
        covariance = (
            train.T @ train - train.dtype.type(len(train)) * np.outer(mean, mean)
        ) / train.dtype.type(len(train) - 1)
        values, vectors = np.linalg.eigh(covariance)
        return _scored(
            operation, train, data, (data - mean) @ vectors[:, ::-1], values[::-1], components
        )

    return answer


@mistake("pca/accuracy", "pca/total-variance", "pca/wide", "pca/rank-deficient", dtypes=_WIDE)
def leaves_components_unnormalized(train: Array, data: Array, *, components: int) -> Array:
    """Takes components from the N × N matrix, and leaves them as long as their singular value."""
    scores = reference.pca(train, data, components=components)
    return scores * _singular(train)[:components]


@mistake("pca/accuracy", "pca/total-variance", dtypes=_WIDE)
def multiplies_components_by_their_deviations(
    train: Array, data: Array, *, components: int
) -> Array:
    """Takes loadings, components times their standard deviations, for components."""
    scores = reference.pca(train, data, components=components)
    return scores * _singular(train)[:components] / np.sqrt(len(train) - 1)


@mistake("pca/accuracy", "pca/wide", "pca/total-variance", dtypes=_WIDE)
def divides_by_the_root_of_the_count(train: Array, data: Array, *, components: int) -> Array:
    """Divides the scores by the root of N, which belongs to the eigenvalues."""
    return reference.pca(train, data, components=components) / np.sqrt(len(train))


@mistake("pca/accuracy", "pca/diagonal-covariance", dtypes=_WIDE)
def takes_features_of_largest_variance(train: Array, data: Array, *, components: int) -> Array:
    """Selects features instead of combining them."""
    chosen = np.argsort(-np.var(train, axis=0), kind="stable")[:components]
    return _turned(train, data, (data - train.mean(axis=0))[:, chosen], components, reference.pca)


@mistake("pca/accuracy", "pca/diagonal-covariance", dtypes=_WIDE)
def stops_its_iteration_early(train: Array, data: Array, *, components: int) -> Array:
    """Stops orthogonal iteration after three rounds."""
    centered = train - train.mean(axis=0)
    vectors = np.eye(train.shape[1], components)
    for _ in range(3):
        vectors, _ = np.linalg.qr(centered.T @ (centered @ vectors))
    return _turned(train, data, (data - train.mean(axis=0)) @ vectors, components, reference.pca)


@mistake("pca/precision", dtypes=_WIDE, native=True)
def decomposes_the_covariance(train: Array, data: Array, *, components: int) -> Array:
    """Decomposes the covariance in the data's format, which holds no small components."""
    vectors, _ = _eigen(train, train.dtype)
    scores = (data - train.mean(axis=0)) @ vectors[:, ::-1][:, :components]
    return _turned(train, data, scores, components, reference.pca)


@mistake(
    "whiten/accuracy",
    "whiten/identity-covariance",
    "whiten/wide",
    "whiten/rank-deficient",
    dtypes=_WIDE,
)
def takes_the_biased_covariance(train: Array, data: Array, *, components: int) -> Array:
    """Divides by deviations with denominator N."""
    count = len(train)
    return reference.whiten(train, data, components=components) * np.sqrt(count / (count - 1))


@mistake("whiten/accuracy", "whiten/identity-covariance", "whiten/small-variances", dtypes=_WIDE)
def divides_by_the_eigenvalues(train: Array, data: Array, *, components: int) -> Array:
    """Divides by the variances instead of their roots."""
    return (
        reference.whiten(train, data, components=components)
        * np.sqrt(len(train) - 1)
        / _singular(train)[:components]
    )


@mistake("whiten/accuracy", "whiten/identity-covariance", "whiten/wide", dtypes=_WIDE)
def divides_by_the_singular_values(train: Array, data: Array, *, components: int) -> Array:
    """Divides by the singular values of the centered data and forgets the root of N - 1."""
    return reference.whiten(train, data, components=components) / np.sqrt(len(train) - 1)


@mistake("whiten/accuracy", "whiten/identity-covariance", "whiten/small-variances", dtypes=_WIDE)
def multiplies_by_the_deviations(train: Array, data: Array, *, components: int) -> Array:
    """Multiplies by the deviations of the scores instead of dividing."""
    variances = _singular(train)[:components] ** 2 / (len(train) - 1)
    return reference.whiten(train, data, components=components) * variances


@mistake("whiten/small-variances", dtypes=_WIDE)
def adds_epsilon_to_the_eigenvalues(train: Array, data: Array, *, components: int) -> Array:
    """Adds 10⁻⁵ to the eigenvalues."""
    variances = _singular(train)[:components] ** 2 / (len(train) - 1)
    return reference.pca(train, data, components=components) / np.sqrt(variances + 1e-5)


@mistake("whiten/small-variances", dtypes=("float32",))
def divides_by_no_less_than_the_roundoff(train: Array, data: Array, *, components: int) -> Array:
    """Raises deviations below 2⁻²³, the spacing of float32 at 1, to that number."""
    deviations = _singular(train)[:components] / np.sqrt(len(train) - 1)
    return reference.pca(train, data, components=components) / np.maximum(deviations, 2.0**-23)


@mistake("whiten/accuracy", "whiten/rank-deficient", "whiten/mean-far-from-zero", dtypes=_WIDE)
def turns_the_scores_back(train: Array, data: Array, *, components: int) -> Array:
    """Turns the white scores back to the features (ZCA), and answers the first of them."""
    vectors, values = _eigen(train)
    vectors, values = vectors[:, ::-1][:, :components], values[::-1][:components]
    scores = (data - train.mean(axis=0)) @ vectors / np.sqrt(values) @ vectors.T
    return _turned(train, data, scores[:, :components], components, reference.whiten)


@mistake("whiten/rank-deficient", "whiten/wide", dtypes=_WIDE)
def inverts_the_whole_covariance(train: Array, data: Array, *, components: int) -> Array:
    """Whitens by the Cholesky factor of the covariance, which has to have full rank."""
    centered = train.astype(np.float64) - train.mean(axis=0)
    factor = np.linalg.cholesky(centered.T @ centered / (len(train) - 1))
    scores = np.linalg.solve(factor, (data - train.mean(axis=0)).T).T[:, :components]
    return _turned(train, data, scores, components, reference.whiten)


def _eigen(train: Array, dtype: Any = np.float64) -> tuple[Array, Array]:
    """Return eigenvectors of the covariance as columns and eigenvalues, by rising eigenvalue."""
    centered = train.astype(dtype) - train.astype(dtype).mean(axis=0)
    values, vectors = np.linalg.eigh(centered.T @ centered / np.dtype(dtype).type(len(train) - 1))
    return vectors, values


def _singular(train: Array) -> Array:
    return np.linalg.svd(train - train.mean(axis=0), compute_uv=False)


def _from_covariance(
    operation: Operation, chosen: Callable[[Array, Array, int], tuple[Array, Array]]
) -> Operation:
    """Return an operation that chooses its components and eigenvalues from rising ones."""

    def answer(train: Array, data: Array, *, components: int) -> Array:
        vectors, values = chosen(*_eigen(train), components)
        scores = (data - train.astype(np.float64).mean(axis=0)) @ vectors
        return _scored(operation, train, data, scores, values, components)

    return answer


def _scored(
    operation: Operation, train: Array, data: Array, scores: Array, values: Array, components: int
) -> Array:
    """Return the first scores, divided by their deviations if the operation whitens."""
    right = operation(train, data, components=components).astype(np.float64)
    unscaled = reference.pca(train, data, components=components).astype(train.dtype)
    whitens = not np.array_equal(right, unscaled.astype(np.float64))
    with np.errstate(all="ignore"):
        found = scores[:, :components] / (np.sqrt(np.abs(values[:components])) if whitens else 1.0)
    return aligned(found, right).astype(train.dtype)


def _turned(
    train: Array, data: Array, scores: Array, components: int, right: Callable[..., Array]
) -> Array:
    """Return scores with the signs of the right ones."""
    return aligned(scores, right(train, data, components=components))
