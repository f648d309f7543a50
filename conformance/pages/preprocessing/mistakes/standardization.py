"""Mistakes of center and standardize: other means, other deviations, constant features."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.pages.preprocessing.mistakes.parts import mean_of
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]

_WIDE = ("float64", "float32")


def _statistics(*properties: str) -> list[str]:
    """Return clauses of these properties that `center` and `standardize` share."""
    return [f"{operation}/{each}" for operation in ("center", "standardize") for each in properties]


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
    """Takes statistics over all axes but the last, as for images of (N, H, W, C)."""
    return lambda train, data, axes: operation(
        train, data, axes=(0, 1, 2) if axes == (0, 2, 3) else axes
    )


@spoiling(*_statistics("recipes"))
def ignores_negative_axes(operation: Operation) -> Operation:
    """Takes no notice of axes that count from the end."""
    return lambda train, data, axes: operation(
        train, data, axes=tuple(axis for axis in axes if axis >= 0)
    )


@spoiling(*_statistics("recipes"))
def joins_the_last_axes_of_five(operation: Operation) -> Operation:
    """Joins the last two axes of five dimensions to one, and takes an axis of them for both."""

    def answer(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
        if train.ndim <= len("NCHW"):
            return np.asarray(operation(train, data, axes=axes))
        joined = (each.reshape(*each.shape[:3], -1) for each in (train, data))
        kept = tuple(dict.fromkeys(min(axis % train.ndim, 3) for axis in axes))
        return np.asarray(operation(*joined, axes=kept)).reshape(data.shape)

    return answer


@mistake("center/accuracy", "center/zero-mean")
def leaves_data_as_it_is(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Does not take the mean off."""
    return data


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


@mistake("center/accuracy")
def divides_by_the_mean(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Answers the deviation relative to the mean."""
    mean = mean_of(train, axes)
    return (data - mean) / np.where(mean == 0, 1, mean)


@mistake("center/mean-far-from-zero", native=True)
def keeps_the_mean_in_half_the_digits(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Keeps the mean in a format with half as many digits, as float32 has beside float64."""
    mean, precision = mean_of(train.astype(np.float64), axes), FORMATS[train.dtype.name].precision
    spacing = np.ldexp(1.0, np.frexp(mean)[1] - precision // 2)
    return data.astype(np.float64) - np.floor(mean / spacing) * spacing


@mistake("standardize/accuracy", "standardize/zero-mean-unit-deviation", "standardize/recipes")
def divides_by_the_unbiased_deviation(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Divides by the deviation with denominator n - 1."""
    count = train.size // mean_of(train, axes).size
    return _standardized(train, data, axes, lambda v: np.sqrt(v * count / (count - 1)))


@mistake("standardize/accuracy", "standardize/units")
def divides_by_the_variance(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Divides by the variance instead of its root."""
    return _standardized(train, data, axes, lambda v: v)


@mistake("standardize/accuracy", "standardize/units")
def does_not_scale(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Takes the mean off twice and scales nothing."""
    return data - 2 * mean_of(train, axes)


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
    return (data - mean_of(train, axes)) / np.ptp(train, axis=axes, keepdims=True)


@mistake("standardize/accuracy", "standardize/zero-mean-unit-deviation")
def divides_by_the_mean_deviation(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Divides by the mean of the absolute deviations."""
    return (data - mean_of(train, axes)) / mean_of(np.abs(train - mean_of(train, axes)), axes)


@mistake("standardize/recipes")
def takes_one_deviation_for_all(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Takes the mean over the axes asked for and the deviation over everything."""
    return (data - mean_of(train, axes)) / np.std(train)


@mistake("standardize/units")
def adds_epsilon_to_the_deviation(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Adds 0.0625 to the deviation, an epsilon that 16 bits can see."""
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
    mean = mean_of(train, axes)
    return (data - mean) / np.sqrt(np.abs(mean_of(train * train, axes) - mean * mean))


@mistake("standardize/mean-far-from-zero", native=True)
def takes_near_constants_for_constants(
    train: Array, data: Array, *, axes: tuple[int, ...]
) -> Array:
    """Leaves a feature unscaled where its deviation is small beside its mean."""
    wide = train.astype(np.float64)
    mean, deviation = mean_of(wide, axes), np.std(wide, axis=axes, keepdims=True)
    return (data - mean) / np.where(deviation < np.abs(mean) / 4, 1.0, deviation)


@mistake("standardize/constant-feature", dtypes=_WIDE)
def tests_the_computed_variance(train: Array, data: Array, *, axes: tuple[int, ...]) -> Array:
    """Leaves a feature unscaled only where its computed deviation is exactly 0."""
    deviation = np.std(train, axis=axes, keepdims=True)
    return (data - mean_of(train, axes)) / np.where(deviation == 0, 1, deviation)


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
    return (data - mean_of(train, axes)) / deviation.astype(train.dtype)


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


def _standardized(
    train: Array, data: Array, axes: tuple[int, ...], divisor: Callable[[Array], Any]
) -> Array:
    """Return centered data over some function of the biased variance."""
    return (data - mean_of(train, axes)) / divisor(np.var(train, axis=axes, keepdims=True))
