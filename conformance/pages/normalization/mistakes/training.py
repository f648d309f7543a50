"""Mistakes of batches in training: means, variances and the axes that they run over."""

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
    of_training,
    used,
    variance_by_squares,
)
from nnspec.conformance.terms.formats import NARROW, cast
from nnspec.conformance.terms.mistakes import Operation, computed, spoiling

Array = NDArray[np.floating[Any]]

_WIDE = ("float64", "float32")


def _batch(
    operation: Operation, normalized: Callable[..., Array], *, native: bool = False
) -> Operation:
    """Return training whose y is scale · normalized + shift, with the right statistics."""

    def wrong(
        x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
    ) -> Array:
        return along(scale, x) * normalized(x, along(mean, x), along(variance, x), epsilon) + along(
            shift, x
        )

    def answer(*arrays: Array, momentum: float, epsilon: float) -> Any:
        _, *running = operation(*arrays, momentum=momentum, epsilon=epsilon)
        return [computed(wrong, native=native)(*arrays, epsilon=epsilon), *running]

    return answer


@spoiling(*of_training("accuracy"), "batch_norm_train/one-value")
def normalizes_by_the_unbiased_variance(operation: Operation) -> Operation:
    """Divides the squares by n - 1 before it normalizes with them (uxlfoundation/oneDNN#517)."""

    def normalized(x: Array, _mean: Array, _variance: Array, epsilon: float) -> Array:
        mean, variance = moments(x)
        return (x - mean) / np.sqrt(
            variance * np.divide(count_of(x), count_of(x) - 1, dtype=x.dtype) + epsilon
        )

    return _batch(operation, normalized)


@spoiling(*of_training("accuracy", "bias-invariance", "scale-invariance"))
def normalizes_by_the_running_statistics(operation: Operation) -> Operation:
    """Normalizes in training by the statistics that it should only update."""
    return _batch(
        operation, lambda x, mean, variance, epsilon: (x - mean) / np.sqrt(variance + epsilon)
    )


@spoiling(*of_training("accuracy", "bias-invariance", "scale-invariance"))
def normalizes_by_the_updated_statistics(operation: Operation) -> Operation:
    """Updates the running statistics first and normalizes by them."""

    def answer(*arrays: Array, momentum: float, epsilon: float) -> Any:
        _, *running = operation(*arrays, momentum=momentum, epsilon=epsilon)
        return [computed(used)(*arrays[:3], *running, epsilon=epsilon), *running]

    return answer


@spoiling(*of_training("accuracy", "bias-invariance"), "batch_norm_train/zero-centered")
def subtracts_no_mean(operation: Operation) -> Operation:
    """Divides by the standard deviation without taking the mean off."""
    return _batch(operation, lambda x, _, __, epsilon: x / np.sqrt(moments(x)[1] + epsilon))


@spoiling(*of_training("accuracy", "bias-invariance"))
def takes_the_square_about_zero(operation: Operation) -> Operation:
    """Divides by the root of the mean square, as RMS normalization does."""
    return _batch(
        operation,
        lambda x, _, __, epsilon: (
            (x - moments(x)[0]) / np.sqrt(np.mean(x * x, axis=axes_of(x), keepdims=True) + epsilon)
        ),
    )


@spoiling(*of_training("accuracy", "scale-invariance"))
def divides_by_the_variance(operation: Operation) -> Operation:
    """Forgets the root."""
    return _batch(
        operation, lambda x, _, __, epsilon: (x - moments(x)[0]) / (moments(x)[1] + epsilon)
    )


@spoiling(*of_training("epsilon", "scale-invariance"))
def adds_epsilon_outside_the_root(operation: Operation) -> Operation:
    """Divides by √v + ε, as one of two devices did in AlexeyAB/darknet#5447."""
    return _batch(
        operation,
        lambda x, _, __, epsilon: (x - moments(x)[0]) / (np.sqrt(moments(x)[1]) + epsilon),
    )


@spoiling(*of_training("epsilon"))
def takes_the_larger_of_variance_and_epsilon(operation: Operation) -> Operation:
    """Divides by √max(v, ε), as in vacancy/Synchronized-BatchNorm-PyTorch#43."""
    return _batch(
        operation,
        lambda x, _, __, epsilon: (x - moments(x)[0]) / np.sqrt(np.maximum(moments(x)[1], epsilon)),
    )


@spoiling(*of_training("mean-far-from-zero", "precision"), dtypes=_WIDE)
def subtracts_the_squared_mean(operation: Operation) -> Operation:
    """Takes the variance as mean(x²) - mean(x)²: tensorflow/tensorflow#118701."""
    return _batch(operation, _one_pass)


@spoiling(*of_training("mean-far-from-zero", "precision"), dtypes=NARROW)
def squares_in_the_narrow_format(operation: Operation) -> Operation:
    """Takes the variance as mean(x²) - mean(x)² in the 16-bit format."""
    return _batch(operation, _one_pass, native=True)


@spoiling(*of_training("large-deviations"), dtypes=("float16",))
def squares_deviations_in_the_narrow_format(operation: Operation) -> Operation:
    """Squares deviations in 16 bits, where they overflow: facebookresearch/ConvNeXt#80."""

    def normalized(x: Array, _mean: Array, _variance: Array, epsilon: float) -> Array:
        mean, variance = moments(x)
        return (x - mean) / np.sqrt(variance + x.dtype.type(epsilon))

    return _batch(operation, normalized, native=True)


@spoiling(*of_training("precision"), dtypes=NARROW)
def rounds_the_mean_before_it_is_taken_off(operation: Operation) -> Operation:
    """Stores the mean in the 16-bit format, and normalizes with the rounded mean."""

    def normalized(x: Array, _mean: Array, _variance: Array, epsilon: float) -> Array:
        mean, variance = moments(x.astype(np.float32))
        return (x.astype(np.float32) - mean.astype(x.dtype).astype(np.float32)) / np.sqrt(
            variance + np.float32(epsilon)
        )

    return _batch(operation, normalized, native=True)


@spoiling(*of_training("precision"), dtypes=_WIDE)
def updates_the_variance_value_by_value(operation: Operation) -> Operation:
    """Keeps mean and variance by Welford's updates: each mean on the way is rounded."""

    def answer(*arrays: Array, momentum: float, epsilon: float) -> Any:
        y, mean, variance = operation(*arrays, momentum=momentum, epsilon=epsilon)
        _, _, kept = operation(*arrays, momentum=1.0, epsilon=epsilon)
        right = moments(arrays[0].astype(np.float64))[1].reshape(-1)
        # A kept variance is the variance or n/(n - 1) of it, and so is its kept error.
        share = np.where(right > 0, kept / np.where(right > 0, right, 1.0), 1.0)
        error = momentum * share * (computed(_updated)(arrays[0]).astype(np.float64) - right)
        return [y, mean, cast(variance.astype(np.float64) + error, y.dtype.name)]

    return answer


@spoiling("batch_norm_train/constant-exactly")
def takes_the_mean_off_after_scaling(operation: Operation) -> Operation:
    """Computes x · gain + (shift - mean · gain), rounded at every step before it cancels."""

    def folded(x: Array, scale: Array, shift: Array, *, epsilon: float) -> Array:
        mean, variance = moments(x.astype(np.float64))
        gain = (along(scale, x).astype(np.float64) / np.sqrt(variance + epsilon)).astype(x.dtype)
        return x * gain + (along(shift, x) - mean.astype(x.dtype) * gain)

    def answer(*arrays: Array, momentum: float, epsilon: float) -> Any:
        _, *running = operation(*arrays, momentum=momentum, epsilon=epsilon)
        return [computed(folded, native=True)(*arrays[:3], epsilon=epsilon), *running]

    return answer


@spoiling("batch_norm_train/constant-exactly", dtypes=_WIDE)
def multiplies_the_sum_by_the_reciprocal(operation: Operation) -> Operation:
    """Takes the mean as the sum times 1/n: 100 has the mean 100.000015 (BVLC/caffe#3963)."""

    def normalized(x: Array, _mean: Array, _variance: Array, epsilon: float) -> Array:
        mean = np.sum(x, axis=axes_of(x), keepdims=True) * (
            x.dtype.type(1) / x.dtype.type(count_of(x))
        )
        return (x - mean) / np.sqrt(
            np.mean((x - mean) ** 2, axis=axes_of(x), keepdims=True) + epsilon
        )

    return _batch(operation, normalized)


@spoiling(*of_training("accuracy"))
def adds_the_shift_before_the_scale(operation: Operation) -> Operation:
    """Answers scale · (x̂ + shift)."""
    return lambda x, scale, shift, *others, **parameters: operation(
        x, scale, shift * scale, *others, **parameters
    )


@spoiling(*of_training("accuracy"))
def forgets_the_shift(operation: Operation) -> Operation:
    """Answers scale · x̂."""
    return lambda x, scale, shift, *others, **parameters: operation(
        x, scale, np.zeros_like(shift), *others, **parameters
    )


@spoiling(
    "normalization/channel-independence",
    operations=("batch_norm_train", "batch_norm_train_unbiased"),
)
def normalizes_over_the_features(operation: Operation) -> Operation:
    """Takes the statistics of each sample over its channels, as layer normalization does."""
    return _batch(operation, lambda x, _, __, epsilon: _over(tuple(range(1, x.ndim)), x, epsilon))


@spoiling(
    "normalization/channel-independence",
    operations=("batch_norm_train", "batch_norm_train_unbiased"),
)
def pools_the_channels(operation: Operation) -> Operation:
    """Takes one mean and one variance for all channels."""
    return _batch(operation, lambda x, _, __, epsilon: _over(None, x, epsilon))


@spoiling("normalization/images", operations=("batch_norm_train", "batch_norm_train_unbiased"))
def normalizes_each_image(operation: Operation) -> Operation:
    """Takes the statistics of each image by itself, as instance normalization does."""
    return _batch(
        operation, lambda x, _, __, epsilon: _over((2, 3) if x.ndim == 4 else (0,), x, epsilon)
    )


@spoiling("normalization/images", operations=("batch_norm_train", "batch_norm_train_unbiased"))
def normalizes_each_pixel(operation: Operation) -> Operation:
    """Takes the statistics over the samples alone, pixel by pixel."""
    return _batch(operation, lambda x, _, __, epsilon: _over((0,), x, epsilon))


@spoiling(*of_training("accuracy"), dtypes=NARROW)
def averages_in_the_narrow_format(operation: Operation) -> Operation:
    """Adds the values of a channel one by one in the 16-bit format: the sum stops growing."""

    def normalized(x: Array, _mean: Array, _variance: Array, epsilon: float) -> Array:
        mean = narrow_sum(x) / x.dtype.type(count_of(x))
        variance = narrow_sum((x - mean) * (x - mean)) / x.dtype.type(count_of(x))
        return (x - mean) / np.sqrt(variance + x.dtype.type(epsilon))

    return _batch(operation, normalized, native=True)


@spoiling(*of_training("accuracy"))
def averages_the_statistics_of_unequal_parts(operation: Operation) -> Operation:
    """Averages the statistics of a third of the batch and of the rest without weights."""

    def normalized(x: Array, _: Array, __: Array, epsilon: float) -> Array:
        parts = [part for part in (x[: len(x) // 3], x[len(x) // 3 :]) if part.size]
        mean, variance = (sum(each) / len(parts) for each in zip(*map(moments, parts), strict=True))
        return (x - mean) / np.sqrt(variance + epsilon)

    return _batch(operation, normalized)


@spoiling(*of_training("accuracy"))
def leaves_out_channels_beyond_a_power_of_two(operation: Operation) -> Operation:
    """Reduces a power of two of channels, and gives the others the last one's statistics."""

    def normalized(x: Array, _: Array, __: Array, epsilon: float) -> Array:
        mean, variance = moments(x)
        last = 2 ** (x.shape[1].bit_length() - 1) - 1
        mean[:, last + 1 :], variance[:, last + 1 :] = mean[:, [last]], variance[:, [last]]
        return (x - mean) / np.sqrt(variance + epsilon)

    return _batch(operation, normalized)


def _updated(x: Array) -> Array:
    """Return the variance of each channel by updates, one value after the other."""
    mean = squares = np.zeros(x.shape[1], dtype=x.dtype)
    for number, values in enumerate(np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]), 1):
        delta = values - mean
        mean = mean + delta / number
        squares = squares + delta * (values - mean)
    return squares / count_of(x)


def _one_pass(x: Array, _mean: Array, _variance: Array, epsilon: float) -> Array:
    return (x - np.mean(x, axis=axes_of(x), keepdims=True)) / np.sqrt(
        variance_by_squares(x) + epsilon
    )


def _over(axes: tuple[int, ...] | None, x: Array, epsilon: float) -> Array:
    """Return x normalized by its statistics over axes, over everything where none are given."""
    mean, variance = moments(x, tuple(range(x.ndim)) if axes is None else axes)
    return (x - mean) / np.sqrt(variance + epsilon)
