"""Mistakes of the gradient: paths through mean and variance that are forgotten or weighed."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.normalization.mistakes.parts import (
    along,
    axes_of,
    count_of,
    moments,
    narrow_sum,
    variance_by_squares,
)
from nnspec.conformance.terms.formats import NARROW
from nnspec.conformance.terms.mistakes import Operation, computed, mistake, spoiling

Array = NDArray[np.floating[Any]]

_WIDE = ("float64", "float32")


@mistake("batch_norm_train_vjp/accuracy", "batch_norm_train_vjp/radial")
def forgets_the_path_through_the_variance(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Takes the variance of the batch as a constant."""
    return _gradient(x, scale, cotangent, epsilon, of_variance=0)


@mistake(
    "batch_norm_train_vjp/accuracy", "batch_norm_train_vjp/zero-sum", "batch_norm_train_vjp/radial"
)
def takes_the_statistics_as_constants(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Answers the gradient of the normalization by given statistics."""
    return _gradient(x, scale, cotangent, epsilon, of_mean=0, of_variance=0)


@mistake("batch_norm_train_vjp/accuracy", "batch_norm_train_vjp/radial")
def divides_the_path_through_the_variance_by_one_less(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Averages over n - 1 values where the gradient comes through the variance."""
    return _gradient(
        x, scale, cotangent, epsilon, of_variance=count_of(x) / max(count_of(x) - 1, 1)
    )


@mistake("batch_norm_train_vjp/accuracy")
def averages_the_means_of_unequal_parts(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Averages the means of a third of the batch and of the rest without weights."""
    mean, variance = moments(x)
    root = np.sqrt(variance + epsilon)
    normalized = (x - mean) / root

    def averaged(values: Array) -> Array:
        parts = [part for part in (values[: len(x) // 3], values[len(x) // 3 :]) if part.size]
        return np.asarray(
            sum(np.mean(part, axis=axes_of(x), keepdims=True) for part in parts) / len(parts)
        )

    through_variance = normalized * averaged(cotangent * normalized)
    gradient = along(scale, x) / root * (cotangent - averaged(cotangent) - through_variance)
    return [gradient, *_gradient(x, scale, cotangent, epsilon)[1:]]


@mistake("batch_norm_train_vjp/accuracy")
def normalizes_the_gradient_by_the_unbiased_variance(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Uses the variance with n - 1 throughout the gradient."""
    return _gradient(
        x,
        scale,
        cotangent,
        epsilon,
        variance=moments(x)[1] * (count_of(x) / max(count_of(x) - 1, 1)),
    )


@mistake("batch_norm_train_vjp/epsilon")
def forgets_epsilon_behind_the_variance(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Divides by v alone in the path through the variance: the scale of x gets no gradient."""
    variance = moments(x)[1]
    return _gradient(x, scale, cotangent, epsilon, of_variance=(variance + epsilon) / variance)


@mistake("batch_norm_train_vjp/mean-far-from-zero", dtypes=_WIDE)
def subtracts_the_squared_mean_in_the_gradient(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Takes the variance as mean(x²) - mean(x)² in the gradient."""
    return _gradient(x, scale, cotangent, epsilon, variance=variance_by_squares(x))


@mistake("batch_norm_train_vjp/mean-far-from-zero", dtypes=NARROW, native=True)
def squares_in_the_narrow_format_in_the_gradient(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Takes the variance as mean(x²) - mean(x)² in the 16-bit format."""
    return _gradient(x, scale, cotangent, epsilon, variance=variance_by_squares(x))


@mistake("batch_norm_train_vjp/large-deviations", dtypes=("float16",), native=True)
def squares_deviations_of_the_gradient_in_the_narrow_format(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Squares deviations in the 16-bit format, where their squares overflow."""
    return _gradient(x, scale, cotangent, epsilon, variance=moments(x)[1])


@mistake("batch_norm_train_vjp/accuracy", "batch_norm_train_vjp/bias-invariance")
def multiplies_the_cotangent_by_x(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Answers Σ g · x for the gradient of the scale."""
    gradient, _, total = _gradient(x, scale, cotangent, epsilon)
    return [gradient, np.sum(cotangent * x, axis=axes_of(x)), total]


@mistake("batch_norm_train_vjp/accuracy")
def averages_the_gradients_of_scale_and_shift(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Answers means over the batch for the gradients of scale and shift."""
    gradient, of_scale, of_shift = _gradient(x, scale, cotangent, epsilon)
    return [gradient, of_scale / count_of(x), of_shift / count_of(x)]


@spoiling("normalization/channel-independence", operations=("batch_norm_train_vjp",))
def takes_the_gradient_over_the_features(operation: Operation) -> Operation:
    """Takes the statistics of each sample over its channels, as layer normalization does."""
    return _over_other_axes(operation, lambda x: tuple(range(1, x.ndim)))


@spoiling("normalization/channel-independence", operations=("batch_norm_train_vjp",))
def pools_the_channels_of_the_gradient(operation: Operation) -> Operation:
    """Takes one mean and one variance for all channels."""
    return _over_other_axes(operation, lambda x: tuple(range(x.ndim)))


@spoiling("normalization/images", operations=("batch_norm_train_vjp",))
def takes_the_gradient_image_by_image(operation: Operation) -> Operation:
    """Takes the statistics of each image by itself, as instance normalization does."""
    return _over_other_axes(operation, lambda x: (2, 3) if x.ndim == 4 else (0,))


@spoiling("normalization/images", operations=("batch_norm_train_vjp",))
def takes_the_gradient_pixel_by_pixel(operation: Operation) -> Operation:
    """Takes the statistics over the samples alone, pixel by pixel."""
    return _over_other_axes(operation, lambda _: (0,))


@mistake("batch_norm_train_vjp/accuracy", dtypes=NARROW, native=True)
def adds_cotangents_in_the_narrow_format(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Adds cotangents one after the other in the 16-bit format: the sum stops growing."""
    gradient, of_scale, _ = _gradient(
        x.astype(np.float32), scale.astype(np.float32), cotangent.astype(np.float32), epsilon
    )
    return [gradient, of_scale, narrow_sum(cotangent).reshape(-1)]


def _gradient(
    x: Array,
    scale: Array,
    cotangent: Array,
    epsilon: float,
    *,
    of_mean: float = 1,
    of_variance: Any = 1,
    variance: Array | None = None,
    root: Array | None = None,
    axes: tuple[int, ...] | None = None,
) -> list[Array]:
    """Return the right gradients, but for the parts that are given."""
    axes = axes_of(x) if axes is None else axes
    mean, right = moments(x, axes)
    root = np.sqrt((right if variance is None else variance) + epsilon) if root is None else root
    normalized = (x - mean) / root
    through_mean = np.mean(cotangent, axis=axes, keepdims=True)
    through_variance = normalized * np.mean(cotangent * normalized, axis=axes, keepdims=True)
    gradient = (
        along(scale, x)
        / root
        * (cotangent - of_mean * through_mean - of_variance * through_variance)
    )
    return [
        gradient,
        np.sum(cotangent * normalized, axis=axes_of(x)),
        np.sum(cotangent, axis=axes_of(x)),
    ]


def _over_other_axes(operation: Operation, axes: Callable[[Array], tuple[int, ...]]) -> Operation:
    """Return the gradient by statistics over other axes."""

    def wrong(x: Array, scale: Array, cotangent: Array, *, epsilon: float) -> list[Array]:
        return _gradient(x, scale, cotangent, epsilon, axes=axes(x))

    return computed(wrong)
