"""Mistakes of the page `preprocessing`: statistics of other numbers or over other axes, components taken for others, all rejected."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.pages.preprocessing.checks import aligned
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]

_WIDE = ("float64", "float32")


def _statistics(*properties: str) -> list[str]:
    """Return clauses of these properties that `center` and `standardize` share."""
    return [f"{operation}/{each}" for operation in ("center", "standardize") for each in properties]


def _components(*properties: str) -> list[str]:
    """Return clauses of these properties that `pca` and `whiten` share."""
    return [f"{operation}/{each}" for operation in ("pca", "whiten") for each in properties]


# --- of every operation ------------------------------------------------------------------------------------------------------------


@spoiling("preprocessing/form")
def drops_axes_of_length_one(operation: Operation) -> Operation:
    """Answers a single row, or a single component, as a vector."""
    return lambda train, data, **parameters: np.squeeze(operation(train, data, **parameters))


@spoiling("preprocessing/form")
def answers_transposed(operation: Operation) -> Operation:
    """Answers with features as rows and samples as columns."""
    return lambda train, data, **parameters: np.transpose(operation(train, data, **parameters))


@spoiling("preprocessing/layouts", "preprocessing/purity")
def centers_in_place(operation: Operation) -> Operation:
    """Takes the mean off its arguments themselves."""

    def answer(train: Array, data: Array, **parameters: Any) -> Array:
        found = operation(train, data, **parameters)
        mean = np.mean(train.astype(np.float64), axis=0)
        data[...] = data - mean
        train[...] = train - mean
        return found

    return answer


@spoiling("preprocessing/purity")
def keeps_the_first_training_set(operation: Operation) -> Operation:
    """Learns from the first training set of a shape and never again."""
    kept: dict[tuple[int, ...], Array] = {}
    return lambda train, data, **parameters: operation(
        kept.setdefault(train.shape, train.copy()), data, **parameters
    )


@spoiling("preprocessing/training-statistics", "preprocessing/row-independence")
def learns_from_the_data(operation: Operation) -> Operation:
    """Takes mean, deviation and components from data instead of train."""
    return lambda _, data, **parameters: operation(data, data, **parameters)


@spoiling("preprocessing/training-statistics", "preprocessing/row-independence")
def learns_from_both(operation: Operation) -> Operation:
    """Takes mean, deviation and components from train and data together."""
    return lambda train, data, **parameters: operation(
        np.concatenate([train, data]), data, **parameters
    )


@spoiling(
    "preprocessing/training-statistics",
    "preprocessing/row-independence",
    operations=("standardize", "pca", "whiten"),
)
def centers_data_by_its_own_mean(operation: Operation) -> Operation:
    """Takes deviation or components from train, and the mean of data from data."""

    def answer(train: Array, data: Array, **parameters: Any) -> Array:
        axes = parameters.get("axes", (0,))
        moved = _mean(train.astype(np.float64), axes) - _mean(data.astype(np.float64), axes)
        return operation(train.astype(np.float64), data + moved, **parameters).astype(train.dtype)

    return answer


# --- of center and standardize -----------------------------------------------------------------------------------------------------


@spoiling(*_statistics("accuracy", "recipes"))
def takes_one_mean_of_everything(operation: Operation) -> Operation:
    """Takes statistics over the whole array instead of over the axes asked for."""
    return lambda train, data, **_: operation(train, data, axes=tuple(range(train.ndim)))


@spoiling(*_statistics("accuracy", "recipes"))
def takes_statistics_of_each_sample(operation: Operation) -> Operation:
    """Takes statistics of every sample of data over its features."""

    def answer(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
        samples = np.moveaxis(data.reshape(len(data), -1), 0, -1)
        return np.moveaxis(operation(samples, samples, axes=(0,)), -1, 0).reshape(data.shape)

    return answer


@spoiling(*_statistics("recipes"))
def always_averages_samples_alone(operation: Operation) -> Operation:
    """Takes statistics over the first axis alone, pixel by pixel, whatever the axes."""
    return lambda train, data, **_: operation(train, data, axes=(0,))


@spoiling(*_statistics("recipes"))
def takes_the_last_axis_for_channels(operation: Operation) -> Operation:
    """Takes statistics over all axes but the last, as for images of (N, H, W, C), where those of a channel are asked for."""
    return lambda train, data, axes: operation(
        train, data, axes=(0, 1, 2) if axes == (0, 2, 3) else axes
    )


@spoiling(*_statistics("recipes"))
def ignores_negative_axes(operation: Operation) -> Operation:
    """Takes no notice of axes that count from the end."""
    return lambda train, data, axes: operation(
        train, data, axes=tuple(axis for axis in axes if axis >= 0)
    )


@mistake("center/accuracy", "center/zero-mean")
def leaves_data_as_it_is(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Does not take the mean off."""
    return data


@mistake("center/accuracy")
def adds_the_mean(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Adds the mean instead of taking it off."""
    return data + _mean(train, axes)


@mistake("center/accuracy")
def takes_off_the_median(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Takes off the median of each feature."""
    return data - np.median(train, axis=axes, keepdims=True).astype(train.dtype)


@mistake("center/accuracy")
def takes_off_the_middle_of_the_range(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Takes off the mean of the smallest and the largest value."""
    return (
        data
        - (np.max(train, axis=axes, keepdims=True) + np.min(train, axis=axes, keepdims=True)) / 2
    )


@mistake("center/accuracy", "center/zero-mean")
def divides_the_sum_by_one_less(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Divides the sum by n - 1 to get the mean."""
    count = train.size // _mean(train, axes).size
    return data - np.sum(train, axis=axes, keepdims=True) / max(count - 1, 1)


@mistake("center/accuracy")
def divides_by_the_mean(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Answers the deviation relative to the mean."""
    mean = _mean(train, axes)
    return (data - mean) / np.where(mean == 0, 1, mean)


@mistake("center/mean-far-from-zero", native=True)
def keeps_the_mean_in_half_the_digits(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Keeps the mean in a format with half as many digits, as float32 beside float64 data nearly is."""
    mean, precision = _mean(train.astype(np.float64), axes), FORMATS[train.dtype.name].precision
    spacing = np.ldexp(1.0, np.frexp(mean)[1] - precision // 2)
    return data.astype(np.float64) - np.floor(mean / spacing) * spacing


@mistake("standardize/accuracy", "standardize/zero-mean-unit-deviation", "standardize/recipes")
def divides_by_the_unbiased_deviation(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Divides by the deviation with denominator n - 1."""
    count = train.size // _mean(train, axes).size
    return _standardized(train, data, axes, lambda v: np.sqrt(v * count / (count - 1)))


@mistake("standardize/accuracy", "standardize/units")
def divides_by_the_variance(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Divides by the variance instead of its root."""
    return _standardized(train, data, axes, lambda v: v)


@mistake("standardize/accuracy", "standardize/units")
def does_not_scale(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Takes the mean off twice and scales nothing."""
    return data - 2 * _mean(train, axes)


@mistake("standardize/accuracy", "standardize/units", "standardize/zero-mean-unit-deviation")
def does_not_center(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Divides by the deviation without taking the mean off."""
    return data / np.std(train, axis=axes, keepdims=True)


@mistake("standardize/accuracy")
def centers_by_the_median(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Takes off the median instead of the mean."""
    return (data - np.median(train, axis=axes, keepdims=True).astype(train.dtype)) / np.std(
        train, axis=axes, keepdims=True
    )


@mistake("standardize/accuracy")
def scales_to_the_unit_interval(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Brings the range of each feature to [0, 1]."""
    low = np.min(train, axis=axes, keepdims=True)
    return (data - low) / (np.max(train, axis=axes, keepdims=True) - low)


@mistake("standardize/accuracy")
def divides_by_the_range(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Divides by the difference of the largest and the smallest value."""
    return (data - _mean(train, axes)) / np.ptp(train, axis=axes, keepdims=True)


@mistake("standardize/accuracy", "standardize/zero-mean-unit-deviation")
def divides_by_the_mean_deviation(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Divides by the mean of the absolute deviations."""
    return (data - _mean(train, axes)) / _mean(np.abs(train - _mean(train, axes)), axes)


@mistake("standardize/recipes")
def takes_one_deviation_for_all(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Takes the mean over the axes asked for and the deviation over everything."""
    return (data - _mean(train, axes)) / np.std(train)


@mistake("standardize/units")
def adds_epsilon_to_the_deviation(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Adds 0.0625 to the deviation, an epsilon that 16 bits can see; smaller ones do the same to smaller units."""
    return _standardized(train, data, axes, lambda v: np.sqrt(v) + 0.0625)


@mistake("standardize/units")
def adds_epsilon_to_the_variance(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Adds 0.01 to the variance, under the root."""
    return _standardized(train, data, axes, lambda v: np.sqrt(v + 0.01))


@mistake("standardize/units")
def takes_small_units_for_constants(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Leaves a feature unscaled where its variance is below an absolute threshold."""
    return _standardized(train, data, axes, lambda v: np.where(v < 2.0**-5, 1, np.sqrt(v)))


@mistake("standardize/mean-far-from-zero", native=True)
def subtracts_the_square_of_the_mean(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Computes the variance as mean(x²) - mean², and takes its absolute value."""
    mean = _mean(train, axes)
    return (data - mean) / np.sqrt(np.abs(_mean(train * train, axes) - mean * mean))


@mistake("standardize/mean-far-from-zero", native=True)
def takes_near_constants_for_constants(
    train: Array, data: Array, *, axes: tuple[int, ...]
) -> Array:
    """Leaves a feature unscaled where its deviation is small beside its mean."""
    wide = train.astype(np.float64)
    mean, deviation = _mean(wide, axes), np.std(wide, axis=axes, keepdims=True)
    return (data - mean) / np.where(deviation < np.abs(mean) / 4, 1.0, deviation)


@mistake("standardize/constant-feature")
def divides_by_zero(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Divides by the deviation even if it is 0."""
    return (data - _mean(train, axes)) / np.std(train, axis=axes, keepdims=True)


@mistake("standardize/constant-feature", dtypes=_WIDE)
def tests_the_computed_variance(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Leaves a feature unscaled only where its computed deviation is exactly 0."""
    deviation = np.std(train, axis=axes, keepdims=True)
    return (data - _mean(train, axes)) / np.where(deviation == 0, 1, deviation)


@mistake("standardize/constant-feature")
def divides_constants_by_a_small_number(
    train: Array, data: Array, *, axes: tuple[int, ...]
) -> Array:
    """Divides by 2⁻⁸ where the deviation is 0, a number that 16 bits can see in place of 10⁻¹⁰."""
    deviation = np.where(
        np.ptp(train, axis=axes, keepdims=True) == 0,
        2.0**-8,
        np.std(train, axis=axes, keepdims=True),
    )
    return (data - _mean(train, axes)) / deviation.astype(train.dtype)


@mistake("standardize/constant-feature")
def answers_zero_for_constants(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Answers 0 for a constant feature, whatever the data has there."""
    found = reference.standardize(train, data, axes=axes)
    return np.where(np.ptp(train, axis=axes, keepdims=True) == 0, 0.0, found)


@mistake("standardize/constant-feature")
def does_not_center_constants(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Leaves a constant feature as it is."""
    found = reference.standardize(train, data, axes=axes)
    return np.where(np.ptp(train, axis=axes, keepdims=True) == 0, data, found)


# --- of pca and whiten -------------------------------------------------------------------------------------------------------------


@spoiling(
    *_components("accuracy", "rank-deficient", "wide"),
    "pca/diagonal-covariance",
    "pca/units",
    "whiten/small-variances",
    dtypes=_WIDE,
)
def takes_the_smallest_components(operation: Operation) -> Operation:
    """Takes the eigenvectors of the covariance in the rising order in which routines for symmetric matrices answer them."""
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
    """Decomposes the data as it is, without taking the mean off."""

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
    """Computes the covariance as XᵀX less N times the product of the means, in the format of the data."""

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
    """Takes components from eigenvectors of the N × N matrix and leaves them as long as their singular value."""
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
    """Takes the eigenvectors of the covariance in the format of the data, which holds no small components."""
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
    """Whitens by the triangular factor of the covariance (Cholesky), which has to have full rank."""
    centered = train.astype(np.float64) - train.mean(axis=0)
    factor = np.linalg.cholesky(centered.T @ centered / (len(train) - 1))
    scores = np.linalg.solve(factor, (data - train.mean(axis=0)).T).T[:, :components]
    return _turned(train, data, scores, components, reference.whiten)


# --- what several mistakes share ---------------------------------------------------------------------------------------------------


def _mean(x: Array, axes: tuple[int, ...]) -> Array:
    return np.mean(x, axis=axes, keepdims=True)


def _standardized(
    train: Array, data: Array, axes: tuple[int, ...], divisor: Callable[[Array], Any]
) -> Array:
    """Return centered data over some function of the biased variance."""
    return (data - _mean(train, axes)) / divisor(np.var(train, axis=axes, keepdims=True))


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
    """Return an operation that takes its components, and their eigenvalues, from rising ones as `chosen` says."""

    def answer(train: Array, data: Array, *, components: int) -> Array:
        vectors, values = chosen(*_eigen(train), components)
        scores = (data - train.astype(np.float64).mean(axis=0)) @ vectors
        return _scored(operation, train, data, scores, values, components)

    return answer


def _scored(
    operation: Operation, train: Array, data: Array, scores: Array, values: Array, components: int
) -> Array:
    """Return the first scores as `pca` answers them, or divided by their deviations where the operation does; its answer tells."""
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
