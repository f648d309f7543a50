"""Mistakes of the page `normalization`: statistics of the wrong values, misplaced epsilons, forgotten paths, and all are rejected."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.mistakes import Operation, computed, mistake, spoiling

Array = NDArray[np.floating[Any]]

_NARROW = ("float16", "bfloat16")
_WIDE = ("float64", "float32")


def _training(*properties: str) -> list[str]:
    """Return the clauses of these properties for both ways to train."""
    return [
        f"{operation}/{each}"
        for operation in ("batch_norm_train", "batch_norm_train_unbiased")
        for each in properties
    ]


# --- of every operation ------------------------------------------------------------------------------------------------------------


@spoiling(
    "normalization/form",
    operations=("batch_norm_train", "batch_norm_train_unbiased", "batch_norm_train_vjp"),
)
def keeps_the_reduced_axes(operation: Operation) -> Operation:
    """Answers what belongs to the channels in a shape that broadcasts against x."""

    def answer(x: Array, *others: Array, **parameters: Any) -> Any:
        y, *vectors = operation(x, *others, **parameters)
        return [y, *(vector.reshape(1, -1, *(1,) * (x.ndim - 2)) for vector in vectors)]

    return answer


@spoiling(
    "normalization/form",
    dtypes=_NARROW,
    operations=("batch_norm_train", "batch_norm_train_unbiased"),
)
def keeps_statistics_in_float32(operation: Operation) -> Operation:
    """Answers the running statistics in float32 to 16-bit arguments."""

    def answer(*arrays: Array, **parameters: Any) -> Any:
        y, *running = operation(*arrays, **parameters)
        return [y, *(each.astype(np.float32) for each in running)]

    return answer


@spoiling(
    "normalization/layouts",
    "normalization/purity",
    operations=("batch_norm_train", "batch_norm_train_unbiased"),
)
def updates_the_running_statistics_in_place(operation: Operation) -> Operation:
    """Writes the new running statistics into the arrays that it was given."""

    def answer(*arrays: Array, **parameters: Any) -> Any:
        y, mean, variance = operation(*arrays, **parameters)
        arrays[3][...], arrays[4][...] = mean, variance
        return [y, arrays[3], arrays[4]]

    return answer


@spoiling("normalization/images")
def reads_images_channels_last(operation: Operation) -> Operation:
    """Takes the memory of an image of (N, C, H, W) for one of (N, H, W, C)."""

    def there(array: Array, shape: tuple[int, ...]) -> Array:
        if array.ndim != 4:
            return array
        samples, channels, height, width = shape
        return array.reshape(samples, height, width, channels).transpose(0, 3, 1, 2)

    def answer(x: Array, *others: Array, **parameters: Any) -> Any:
        found = operation(*(there(array, x.shape) for array in (x, *others)), **parameters)
        return _first(
            lambda y: (y.transpose(0, 2, 3, 1) if y.ndim == 4 else y).reshape(x.shape), found
        )

    return answer


@spoiling("normalization/nan")
def answers_nan_with_numbers(operation: Operation) -> Operation:
    """Takes NaN for 0."""

    def answer(x: Array, *others: Array, **parameters: Any) -> Any:
        return operation(np.where(np.isnan(x), x.dtype.type(0), x), *others, **parameters)

    return answer


@spoiling(
    *_training("epsilon", "small-epsilon", "constant-channel"), "batch_norm_train/one-value", "batch_norm_train_vjp/epsilon",
    "batch_norm_train_vjp/constant-channel", "batch_norm_train_vjp/one-value", "batch_norm_eval/epsilon",
)  # fmt: skip
def forgets_epsilon(operation: Operation) -> Operation:
    """Divides by the standard deviation as it is: chainer/chainer#2214, when it used running statistics."""
    return lambda *arrays, **parameters: operation(*arrays, **{**parameters, "epsilon": 0.0})


@spoiling(*_training("epsilon"), "batch_norm_train_vjp/epsilon", "batch_norm_eval/epsilon")
def keeps_a_customary_epsilon(operation: Operation) -> Operation:
    """Uses 1e-5, whatever epsilon it is given."""
    return lambda *arrays, **parameters: operation(*arrays, **{**parameters, "epsilon": 1e-5})


@spoiling(*_training("epsilon"), "batch_norm_eval/epsilon")
def raises_small_epsilons(operation: Operation) -> Operation:
    """Takes an epsilon below 1e-4 for 1e-4, the least that 16-bit formats were thought to bear."""
    return lambda *arrays, epsilon, **parameters: operation(
        *arrays, epsilon=max(epsilon, 1e-4), **parameters
    )


@spoiling(*_training("epsilon"), "batch_norm_train_vjp/epsilon", "batch_norm_eval/epsilon")
def squares_epsilon(operation: Operation) -> Operation:
    """Adds the square of epsilon to the variance, as if epsilon were a deviation."""
    return lambda *arrays, epsilon, **parameters: operation(
        *arrays, epsilon=epsilon**2, **parameters
    )


@spoiling(*_training("epsilon"), "batch_norm_train_vjp/epsilon", "batch_norm_eval/epsilon")
def adds_epsilon_twice(operation: Operation) -> Operation:
    """Adds epsilon to the variance, and once more before the root."""
    return lambda *arrays, epsilon, **parameters: operation(
        *arrays, epsilon=2.0 * epsilon, **parameters
    )


@spoiling(*_training("accuracy"), "batch_norm_train_vjp/accuracy", "batch_norm_eval/accuracy")
def fixes_the_scale_at_one(operation: Operation) -> Operation:
    """Leaves the scale out, as a default of apache/mxnet#9624 did."""
    return lambda x, scale, *others, **parameters: operation(
        x, np.ones_like(scale), *others, **parameters
    )


@spoiling(*_training("accuracy"), "batch_norm_train_vjp/accuracy", "batch_norm_eval/accuracy")
def applies_the_scale_twice(operation: Operation) -> Operation:
    """Multiplies by the scale in two places."""
    return lambda x, scale, *others, **parameters: operation(
        x, scale * scale, *others, **parameters
    )


# --- training: the normalized batch ------------------------------------------------------------------------------------------------


def _batch(
    operation: Operation, normalized: Callable[..., Array], *, native: bool = False
) -> Operation:
    """Return training with scale · normalized(x, running_mean, running_variance, epsilon) + shift for y and the right statistics."""

    def wrong(
        x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
    ) -> Array:
        return _along(scale, x) * normalized(
            x, _along(mean, x), _along(variance, x), epsilon
        ) + _along(shift, x)

    def answer(*arrays: Array, momentum: float, epsilon: float) -> Any:
        _, *running = operation(*arrays, momentum=momentum, epsilon=epsilon)
        return [computed(wrong, native=native)(*arrays, epsilon=epsilon), *running]

    return answer


@spoiling(*_training("accuracy"), "batch_norm_train/one-value")
def normalizes_by_the_unbiased_variance(operation: Operation) -> Operation:
    """Divides the squares by n - 1 before it normalizes with them (uxlfoundation/oneDNN#517 tells of one)."""

    def normalized(x: Array, _mean: Array, _variance: Array, epsilon: float) -> Array:
        mean, variance = _moments(x)
        return (x - mean) / np.sqrt(
            variance * np.divide(_count(x), _count(x) - 1, dtype=x.dtype) + epsilon
        )

    return _batch(operation, normalized)


@spoiling(*_training("accuracy", "bias-invariance", "scale-invariance"))
def normalizes_by_the_running_statistics(operation: Operation) -> Operation:
    """Normalizes in training by the statistics that it should only update."""
    return _batch(
        operation, lambda x, mean, variance, epsilon: (x - mean) / np.sqrt(variance + epsilon)
    )


@spoiling(*_training("accuracy", "bias-invariance", "scale-invariance"))
def normalizes_by_the_updated_statistics(operation: Operation) -> Operation:
    """Updates the running statistics first and normalizes by them."""

    def answer(*arrays: Array, momentum: float, epsilon: float) -> Any:
        _, *running = operation(*arrays, momentum=momentum, epsilon=epsilon)
        return [computed(_used)(*arrays[:3], *running, epsilon=epsilon), *running]

    return answer


@spoiling(*_training("accuracy", "bias-invariance"), "batch_norm_train/zero-centered")
def subtracts_no_mean(operation: Operation) -> Operation:
    """Divides by the standard deviation without taking the mean off."""
    return _batch(operation, lambda x, _, __, epsilon: x / np.sqrt(_moments(x)[1] + epsilon))


@spoiling(*_training("accuracy", "bias-invariance"))
def takes_the_square_about_zero(operation: Operation) -> Operation:
    """Divides by the root of the mean square, as RMS normalization does."""
    return _batch(
        operation,
        lambda x, _, __, epsilon: (
            (x - _moments(x)[0]) / np.sqrt(np.mean(x * x, axis=_axes(x), keepdims=True) + epsilon)
        ),
    )


@spoiling(*_training("accuracy", "scale-invariance"))
def divides_by_the_variance(operation: Operation) -> Operation:
    """Forgets the root."""
    return _batch(
        operation, lambda x, _, __, epsilon: (x - _moments(x)[0]) / (_moments(x)[1] + epsilon)
    )


@spoiling(*_training("epsilon", "scale-invariance"))
def adds_epsilon_outside_the_root(operation: Operation) -> Operation:
    """Divides by √v + ε, as one of two devices did in AlexeyAB/darknet#5447."""
    return _batch(
        operation,
        lambda x, _, __, epsilon: (x - _moments(x)[0]) / (np.sqrt(_moments(x)[1]) + epsilon),
    )


@spoiling(*_training("epsilon"))
def takes_the_larger_of_variance_and_epsilon(operation: Operation) -> Operation:
    """Divides by √max(v, ε), as in vacancy/Synchronized-BatchNorm-PyTorch#43."""
    return _batch(
        operation,
        lambda x, _, __, epsilon: (
            (x - _moments(x)[0]) / np.sqrt(np.maximum(_moments(x)[1], epsilon))
        ),
    )


@spoiling(*_training("mean-far-from-zero", "precision"), dtypes=_WIDE)
def subtracts_the_squared_mean(operation: Operation) -> Operation:
    """Takes the variance as mean(x²) - mean(x)², as compilers fuse it: tensorflow/tensorflow#118701."""
    return _batch(operation, _one_pass)


@spoiling(*_training("mean-far-from-zero", "precision"), dtypes=_NARROW)
def squares_in_the_narrow_format(operation: Operation) -> Operation:
    """Takes the variance as mean(x²) - mean(x)² in the 16-bit format."""
    return _batch(operation, _one_pass, native=True)


@spoiling(*_training("large-deviations"), dtypes=("float16",))
def squares_deviations_in_the_narrow_format(operation: Operation) -> Operation:
    """Squares deviations in the 16-bit format, where their squares overflow: facebookresearch/ConvNeXt#80, of another normalization."""

    def normalized(x: Array, _mean: Array, _variance: Array, epsilon: float) -> Array:
        mean, variance = _moments(x)
        return (x - mean) / np.sqrt(variance + x.dtype.type(epsilon))

    return _batch(operation, normalized, native=True)


@spoiling(*_training("precision"), dtypes=_NARROW)
def rounds_the_mean_before_it_is_taken_off(operation: Operation) -> Operation:
    """Stores the mean in the 16-bit format and normalizes with what is left of it."""

    def normalized(x: Array, _mean: Array, _variance: Array, epsilon: float) -> Array:
        mean, variance = _moments(x.astype(np.float32))
        return (x.astype(np.float32) - mean.astype(x.dtype).astype(np.float32)) / np.sqrt(
            variance + np.float32(epsilon)
        )

    return _batch(operation, normalized, native=True)


@spoiling(*_training("precision"), dtypes=_WIDE)
def updates_the_variance_value_by_value(operation: Operation) -> Operation:
    """Keeps mean and variance by Welford's updates: each mean on the way is rounded at its distance from zero."""

    def answer(*arrays: Array, momentum: float, epsilon: float) -> Any:
        y, mean, variance = operation(*arrays, momentum=momentum, epsilon=epsilon)
        _, _, kept = operation(*arrays, momentum=1.0, epsilon=epsilon)
        right = _moments(arrays[0].astype(np.float64))[1].reshape(-1)
        # What is kept of a variance is the variance itself or n/(n - 1) of it, and so is what is kept of its error.
        share = np.where(right > 0, kept / np.where(right > 0, right, 1.0), 1.0)
        error = momentum * share * (computed(_updated)(arrays[0]).astype(np.float64) - right)
        return [y, mean, cast(variance.astype(np.float64) + error, y.dtype.name)]

    return answer


@spoiling("batch_norm_train/constant-exactly")
def takes_the_mean_off_after_scaling(operation: Operation) -> Operation:
    """Computes x · gain + (shift - mean · gain), rounded at every step: what cancels has been rounded before."""

    def folded(x: Array, scale: Array, shift: Array, *, epsilon: float) -> Array:
        mean, variance = _moments(x.astype(np.float64))
        gain = (_along(scale, x).astype(np.float64) / np.sqrt(variance + epsilon)).astype(x.dtype)
        return x * gain + (_along(shift, x) - mean.astype(x.dtype) * gain)

    def answer(*arrays: Array, momentum: float, epsilon: float) -> Any:
        _, *running = operation(*arrays, momentum=momentum, epsilon=epsilon)
        return [computed(folded, native=True)(*arrays[:3], epsilon=epsilon), *running]

    return answer


@spoiling("batch_norm_train/constant-exactly", dtypes=_WIDE)
def multiplies_the_sum_by_the_reciprocal(operation: Operation) -> Operation:
    """Takes the mean as the sum times 1/n, so that 100 has the mean 100.000015 (BVLC/caffe#3963)."""

    def normalized(x: Array, _mean: Array, _variance: Array, epsilon: float) -> Array:
        mean = np.sum(x, axis=_axes(x), keepdims=True) * (x.dtype.type(1) / x.dtype.type(_count(x)))
        return (x - mean) / np.sqrt(
            np.mean((x - mean) ** 2, axis=_axes(x), keepdims=True) + epsilon
        )

    return _batch(operation, normalized)


@spoiling(*_training("accuracy"))
def adds_the_shift_before_the_scale(operation: Operation) -> Operation:
    """Answers scale · (x̂ + shift)."""
    return lambda x, scale, shift, *others, **parameters: operation(
        x, scale, shift * scale, *others, **parameters
    )


@spoiling(*_training("accuracy"))
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


@spoiling(*_training("accuracy"), dtypes=_NARROW)
def averages_in_the_narrow_format(operation: Operation) -> Operation:
    """Adds the values of a channel one after the other in the 16-bit format: the sum stops growing."""

    def normalized(x: Array, _mean: Array, _variance: Array, epsilon: float) -> Array:
        mean = _narrow_sum(x) / x.dtype.type(_count(x))
        variance = _narrow_sum((x - mean) * (x - mean)) / x.dtype.type(_count(x))
        return (x - mean) / np.sqrt(variance + x.dtype.type(epsilon))

    return _batch(operation, normalized, native=True)


@spoiling(*_training("accuracy"))
def averages_the_statistics_of_unequal_parts(operation: Operation) -> Operation:
    """Averages the statistics of a third of the batch and of the rest, as devices with unequal shares do that forget the weights."""

    def normalized(x: Array, _: Array, __: Array, epsilon: float) -> Array:
        parts = [part for part in (x[: len(x) // 3], x[len(x) // 3 :]) if part.size]
        mean, variance = (
            sum(each) / len(parts) for each in zip(*map(_moments, parts), strict=True)
        )
        return (x - mean) / np.sqrt(variance + epsilon)

    return _batch(operation, normalized)


@spoiling(*_training("accuracy"))
def leaves_out_channels_beyond_a_power_of_two(operation: Operation) -> Operation:
    """Reduces as many channels as the largest power of two that is no more than theirs, and gives the others the last one's statistics."""

    def normalized(x: Array, _: Array, __: Array, epsilon: float) -> Array:
        mean, variance = _moments(x)
        last = 2 ** (x.shape[1].bit_length() - 1) - 1
        mean[:, last + 1 :], variance[:, last + 1 :] = mean[:, [last]], variance[:, [last]]
        return (x - mean) / np.sqrt(variance + epsilon)

    return _batch(operation, normalized)


# --- training: the running statistics ----------------------------------------------------------------------------------------------


@spoiling(*_training("accuracy"))
def weighs_the_old_statistics_with_momentum(operation: Operation) -> Operation:
    """Takes momentum for the weight of the old statistics: 0.1 where 0.9 was meant (affinelayer/pix2pix-tensorflow#126)."""
    return lambda *arrays, momentum, **parameters: operation(
        *arrays, momentum=1.0 - momentum, **parameters
    )


@spoiling(*_training("accuracy"), "batch_norm_train/one-value")
def keeps_the_other_variance(operation: Operation) -> Operation:
    """Keeps the biased variance for the unbiased one (CanReader/FastNN#11) or the reverse, NaN for one value (pytorch/pytorch#1381)."""

    def answer(x: Array, *others: Array, momentum: float, epsilon: float) -> Any:
        y, mean, variance = operation(x, *others, momentum=momentum, epsilon=epsilon)
        batch = _moments(x.astype(np.float64))[1].reshape(-1)
        unbiased = (
            batch * np.divide(_count(x), _count(x) - 1)
            if _count(x) > 1
            else np.full(batch.shape, np.nan)
        )
        old, kept = (1.0 - momentum) * others[3].astype(np.float64), variance.astype(np.float64)
        biased = not np.sum(np.abs(old + momentum * batch - kept)) > np.sum(
            np.abs(old + momentum * unbiased - kept)
        )
        return [y, mean, cast(old + momentum * (unbiased if biased else batch), x.dtype.name)]

    return answer


@spoiling(*_training("accuracy", "running-statistics"))
def keeps_the_old_statistics(operation: Operation) -> Operation:
    """Answers the running statistics that it was given."""

    def answer(*arrays: Array, **parameters: Any) -> Any:
        return [operation(*arrays, **parameters)[0], arrays[3].copy(), arrays[4].copy()]

    return answer


@spoiling(*_training("accuracy", "running-statistics"))
def keeps_the_last_batch_only(operation: Operation) -> Operation:
    """Answers the statistics of the batch for the running ones."""
    return lambda *arrays, **parameters: operation(*arrays, **{**parameters, "momentum": 1.0})


@spoiling(*_training("running-statistics"))
def lets_the_momentum_decay(operation: Operation) -> Operation:
    """Divides the momentum by the number of the batch, so that late batches count less and less."""
    calls = 0

    def answer(*arrays: Array, momentum: float, **parameters: Any) -> Any:
        nonlocal calls
        calls += 1
        return operation(*arrays, momentum=momentum / calls, **parameters)

    return answer


@spoiling(*_training("accuracy"))
def keeps_the_standard_deviation(operation: Operation) -> Operation:
    """Averages standard deviations in the place of variances."""

    def answer(x: Array, *others: Array, momentum: float, epsilon: float) -> Any:
        y, mean, _ = operation(x, *others, momentum=momentum, epsilon=epsilon)
        deviation = np.sqrt(_moments(x.astype(np.float64))[1]).reshape(-1)
        return [
            y,
            mean,
            cast(
                (1.0 - momentum) * others[3].astype(np.float64) + momentum * deviation, x.dtype.name
            ),
        ]

    return answer


@spoiling(*_training("mean-far-from-zero"), dtypes=_WIDE)
def keeps_the_variance_by_squares(operation: Operation) -> Operation:
    """Keeps mean(x²) - mean(x)² for the variance, which may be negative, and normalizes by the right one."""

    def answer(x: Array, *others: Array, momentum: float, epsilon: float) -> Any:
        y, mean, variance = operation(x, *others, momentum=momentum, epsilon=epsilon)
        error = _squares(x).astype(np.float64).reshape(-1) - _moments(x.astype(np.float64))[
            1
        ].reshape(-1)
        return [y, mean, cast(variance.astype(np.float64) + momentum * error, x.dtype.name)]

    return answer


@spoiling(*_training("epsilon"))
def keeps_epsilon_in_the_running_variance(operation: Operation) -> Operation:
    """Takes the variance for later back from √(v + ε), as keras-team/keras-contrib#287 did."""

    def answer(*arrays: Array, momentum: float, epsilon: float) -> Any:
        y, mean, variance = operation(*arrays, momentum=momentum, epsilon=epsilon)
        return [
            y,
            mean,
            cast(variance.astype(np.float64) + momentum * epsilon, variance.dtype.name),
        ]

    return answer


# --- gradient ----------------------------------------------------------------------------------------------------------------------


@mistake("batch_norm_train_vjp/accuracy", "batch_norm_train_vjp/zero-sum")
def forgets_the_path_through_the_mean(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Takes the mean of the batch as a constant."""
    return _gradient(x, scale, cotangent, epsilon, of_mean=0)


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
    return _gradient(x, scale, cotangent, epsilon, of_variance=_count(x) / max(_count(x) - 1, 1))


@mistake("batch_norm_train_vjp/accuracy", "batch_norm_train_vjp/radial")
def reverses_the_path_through_the_variance(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Adds the path through the variance that has to be taken off."""
    return _gradient(x, scale, cotangent, epsilon, of_variance=-1)


@mistake("batch_norm_train_vjp/accuracy")
def averages_the_means_of_unequal_parts(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Averages the means over a third of the batch and over the rest, as devices with unequal shares do that forget the weights."""
    mean, variance = _moments(x)
    root = np.sqrt(variance + epsilon)
    normalized = (x - mean) / root

    def averaged(values: Array) -> Array:
        parts = [part for part in (values[: len(x) // 3], values[len(x) // 3 :]) if part.size]
        return np.asarray(
            sum(np.mean(part, axis=_axes(x), keepdims=True) for part in parts) / len(parts)
        )

    through_variance = normalized * averaged(cotangent * normalized)
    gradient = _along(scale, x) / root * (cotangent - averaged(cotangent) - through_variance)
    return [gradient, *_gradient(x, scale, cotangent, epsilon)[1:]]


@mistake("batch_norm_train_vjp/accuracy")
def normalizes_the_gradient_by_the_unbiased_variance(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Uses the variance with n - 1 throughout the gradient."""
    return _gradient(
        x, scale, cotangent, epsilon, variance=_moments(x)[1] * (_count(x) / max(_count(x) - 1, 1))
    )


@mistake("batch_norm_train_vjp/epsilon")
def adds_epsilon_outside_the_root_of_the_gradient(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Divides by √v + ε in the gradient."""
    return _gradient(x, scale, cotangent, epsilon, root=np.sqrt(_moments(x)[1]) + epsilon)


@mistake("batch_norm_train_vjp/epsilon")
def forgets_epsilon_behind_the_variance(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Divides by v alone where the gradient comes through the variance: the batch's size has no gradient at all."""
    variance = _moments(x)[1]
    return _gradient(x, scale, cotangent, epsilon, of_variance=(variance + epsilon) / variance)


@mistake("batch_norm_train_vjp/mean-far-from-zero", dtypes=_WIDE)
def subtracts_the_squared_mean_in_the_gradient(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Takes the variance as mean(x²) - mean(x)² in the gradient."""
    return _gradient(x, scale, cotangent, epsilon, variance=_squares(x))


@mistake("batch_norm_train_vjp/mean-far-from-zero", dtypes=_NARROW, native=True)
def squares_in_the_narrow_format_in_the_gradient(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Takes the variance as mean(x²) - mean(x)² in the 16-bit format."""
    return _gradient(x, scale, cotangent, epsilon, variance=_squares(x))


@mistake("batch_norm_train_vjp/large-deviations", dtypes=("float16",), native=True)
def squares_deviations_of_the_gradient_in_the_narrow_format(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Squares deviations in the 16-bit format, where their squares overflow."""
    return _gradient(x, scale, cotangent, epsilon, variance=_moments(x)[1])


@mistake("batch_norm_train_vjp/accuracy", "batch_norm_train_vjp/bias-invariance")
def multiplies_the_cotangent_by_x(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Answers Σ g · x for the gradient of the scale."""
    gradient, _, total = _gradient(x, scale, cotangent, epsilon)
    return [gradient, np.sum(cotangent * x, axis=_axes(x)), total]


@mistake("batch_norm_train_vjp/accuracy")
def multiplies_the_cotangent_by_the_deviation(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Answers Σ g · (x - μ), not divided by the deviation, for the gradient of the scale."""
    gradient, _, total = _gradient(x, scale, cotangent, epsilon)
    return [gradient, np.sum(cotangent * (x - _moments(x)[0]), axis=_axes(x)), total]


@mistake("batch_norm_train_vjp/accuracy")
def averages_the_gradients_of_scale_and_shift(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Answers means over the batch for the gradients of scale and shift."""
    gradient, of_scale, of_shift = _gradient(x, scale, cotangent, epsilon)
    return [gradient, of_scale / _count(x), of_shift / _count(x)]


@mistake("batch_norm_train_vjp/accuracy")
def multiplies_the_gradient_of_the_scale_by_the_scale(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Answers Σ g · scale · x̂ for the gradient of the scale."""
    gradient, of_scale, of_shift = _gradient(x, scale, cotangent, epsilon)
    return [gradient, of_scale * scale, of_shift]


@mistake("batch_norm_train_vjp/accuracy")
def answers_no_gradient_of_the_scale(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Answers 0 for the gradient of the scale, as if it were fixed (apache/mxnet#12899)."""
    gradient, of_scale, of_shift = _gradient(x, scale, cotangent, epsilon)
    return [gradient, np.zeros_like(of_scale), of_shift]


@mistake("batch_norm_train_vjp/accuracy")
def exchanges_the_gradients_of_scale_and_shift(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Answers the gradient of the shift before that of the scale."""
    gradient, of_scale, of_shift = _gradient(x, scale, cotangent, epsilon)
    return [gradient, of_shift, of_scale]


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


@mistake("batch_norm_train_vjp/accuracy", dtypes=_NARROW, native=True)
def adds_cotangents_in_the_narrow_format(
    x: Array, scale: Array, cotangent: Array, *, epsilon: float
) -> list[Array]:
    """Adds cotangents one after the other in the 16-bit format: the sum stops growing."""
    gradient, of_scale, _ = _gradient(
        x.astype(np.float32), scale.astype(np.float32), cotangent.astype(np.float32), epsilon
    )
    return [gradient, of_scale, _narrow_sum(cotangent).reshape(-1)]


# --- after training ----------------------------------------------------------------------------------------------------------------


@mistake("batch_norm_eval/accuracy", "batch_norm_eval/sample-independence")
def uses_the_statistics_of_the_batch(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Stays in training mode: dotnet/TorchSharp#500."""
    return _used(x, scale, shift, *(each.reshape(-1) for each in _moments(x)), epsilon=epsilon)


@mistake("batch_norm_eval/accuracy", "batch_norm_eval/sample-independence")
def takes_off_the_mean_of_the_batch(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Divides by the given deviation after taking off the batch's mean."""
    return _used(x, scale, shift, _moments(x)[0].reshape(-1), variance, epsilon=epsilon)


@mistake("batch_norm_eval/accuracy", "batch_norm_eval/sample-independence")
def mixes_in_the_batch(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Updates the given statistics by the batch before it uses them."""
    batch = [each.reshape(-1) for each in _moments(x)]
    return _used(
        x,
        scale,
        shift,
        mean + (batch[0] - mean) / 4,
        variance + (batch[1] - variance) / 4,
        epsilon=epsilon,
    )


@mistake("batch_norm_eval/accuracy")
def uses_fresh_statistics(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Uses the mean 0 and the variance 1 that a new layer starts with: LaurentMazare/tch-rs#628."""
    return _used(x, scale, shift, np.zeros_like(mean), np.ones_like(variance), epsilon=epsilon)


@mistake("batch_norm_eval/accuracy")
def takes_the_variance_for_a_deviation(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Divides by the given variance, without the root."""
    return _along(scale, x) * (x - _along(mean, x)) / _along(variance + epsilon, x) + _along(
        shift, x
    )


@mistake("batch_norm_eval/accuracy")
def adds_the_shift_before_the_scale_of_a_prediction(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Answers scale · (x̂ + shift)."""
    return _used(x, scale, shift * scale, mean, variance, epsilon=epsilon)


@mistake("batch_norm_eval/accuracy")
def forgets_the_shift_of_a_prediction(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Answers scale · x̂."""
    return _used(x, scale, 0 * shift, mean, variance, epsilon=epsilon)


@mistake("batch_norm_eval/accuracy")
def folds_the_mean_without_the_gain(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Answers x · gain + (shift - mean): the mean is not multiplied by the gain."""
    gain = scale / np.sqrt(variance + epsilon)
    return x * _along(gain, x) + _along(shift - mean, x)


@mistake("batch_norm_eval/epsilon")
def adds_epsilon_to_the_given_deviation(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Divides by √v + ε."""
    return _along(scale, x) * (x - _along(mean, x)) / _along(
        np.sqrt(variance) + epsilon, x
    ) + _along(shift, x)


@mistake("batch_norm_eval/epsilon")
def takes_the_larger_of_given_variance_and_epsilon(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Divides by √max(v, ε)."""
    return _used(x, scale, shift, mean, np.maximum(variance, epsilon), epsilon=0.0)


@mistake("batch_norm_eval/folding")
def clips_deviations(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Cuts normalized values off at ±6, as a quantized kernel may."""
    normalized = (x - _along(mean, x)) / np.sqrt(_along(variance, x) + epsilon)
    return _along(scale, x) * np.clip(normalized, -6, 6) + _along(shift, x)


@spoiling(
    "normalization/channel-independence", "normalization/images", operations=("batch_norm_eval",)
)
def uses_the_first_channels_statistics(operation: Operation) -> Operation:
    """Normalizes every channel by the statistics of the first one."""
    return lambda x, scale, shift, *given, **parameters: operation(
        x, scale, shift, *(np.full_like(each, each[0]) for each in given), **parameters
    )


# --- what several mistakes share ---------------------------------------------------------------------------------------------------


def _axes(x: Array) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))


def _count(x: Array) -> int:
    return x.size // x.shape[1]


def _along(vector: Array, x: Array) -> Array:
    """Return numbers a channel in the shape that broadcasts against x."""
    return vector.reshape(-1, *(1,) * (x.ndim - 2))


def _moments(x: Array, axes: tuple[int, ...] | None = None) -> tuple[Array, Array]:
    """Return mean and biased variance over axes, those of the channel where none are given, kept at length one."""
    axes = _axes(x) if axes is None else axes
    mean = np.mean(x, axis=axes, keepdims=True)
    return mean, np.mean((x - mean) ** 2, axis=axes, keepdims=True)


def _squares(x: Array) -> Array:
    mean = np.mean(x, axis=_axes(x), keepdims=True)
    return np.mean(x * x, axis=_axes(x), keepdims=True) - mean * mean


def _updated(x: Array) -> Array:
    """Return the variance of each channel by updates, one value after the other."""
    mean = squares = np.zeros(x.shape[1], dtype=x.dtype)
    for number, values in enumerate(np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]), 1):
        delta = values - mean
        mean = mean + delta / number
        squares = squares + delta * (values - mean)
    return squares / _count(x)


def _one_pass(x: Array, _mean: Array, _variance: Array, epsilon: float) -> Array:
    return (x - np.mean(x, axis=_axes(x), keepdims=True)) / np.sqrt(_squares(x) + epsilon)


def _over(axes: tuple[int, ...] | None, x: Array, epsilon: float) -> Array:
    """Return x normalized by its statistics over axes, over everything where none are given."""
    mean, variance = _moments(x, tuple(range(x.ndim)) if axes is None else axes)
    return (x - mean) / np.sqrt(variance + epsilon)


def _used(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Return x normalized by given statistics."""
    return _along(scale, x) * (
        (x - _along(mean, x)) / np.sqrt(_along(variance, x) + epsilon)
    ) + _along(shift, x)


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
    """Return the right gradients, but for what is given: factors of the two paths, another variance, root or other axes."""
    axes = _axes(x) if axes is None else axes
    mean, right = _moments(x, axes)
    root = np.sqrt((right if variance is None else variance) + epsilon) if root is None else root
    normalized = (x - mean) / root
    through_mean = np.mean(cotangent, axis=axes, keepdims=True)
    through_variance = normalized * np.mean(cotangent * normalized, axis=axes, keepdims=True)
    gradient = (
        _along(scale, x)
        / root
        * (cotangent - of_mean * through_mean - of_variance * through_variance)
    )
    return [
        gradient,
        np.sum(cotangent * normalized, axis=_axes(x)),
        np.sum(cotangent, axis=_axes(x)),
    ]


def _over_other_axes(operation: Operation, axes: Callable[[Array], tuple[int, ...]]) -> Operation:
    """Return the gradient by statistics over other axes."""

    def wrong(x: Array, scale: Array, cotangent: Array, *, epsilon: float) -> list[Array]:
        return _gradient(x, scale, cotangent, epsilon, axes=axes(x))

    return computed(wrong)


def _narrow_sum(terms: Array) -> Array:
    """Add up each channel one term after another, each sum rounded to the format of the terms."""
    total = np.zeros(terms.shape[1], dtype=terms.dtype)
    for values in np.moveaxis(terms, 1, -1).reshape(-1, terms.shape[1]):
        total = (total + values).astype(terms.dtype)
    return _along(total, terms)


def _first(function: Callable[[Array], Array], found: Any) -> Any:
    """Return an answer with the function applied to the batch, the first of its arrays or the only one."""
    return [function(found[0]), *found[1:]] if isinstance(found, list) else function(found)
