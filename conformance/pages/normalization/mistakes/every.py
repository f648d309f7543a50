"""Mistakes that any batch normalization may have: shapes, epsilon, scale."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.normalization.mistakes.parts import of_training
from nnspec.conformance.terms.formats import NARROW
from nnspec.conformance.terms.mistakes import Operation, spoiling

Array = NDArray[np.floating[Any]]


@spoiling(
    "normalization/form",
    operations=("batch_norm_train", "batch_norm_train_unbiased", "batch_norm_train_vjp"),
)
def keeps_the_reduced_axes(operation: Operation) -> Operation:
    """Answers the channels' numbers in a shape that broadcasts against x."""

    def answer(x: Array, *others: Array, **parameters: Any) -> Any:
        y, *vectors = operation(x, *others, **parameters)
        return [y, *(vector.reshape(1, -1, *(1,) * (x.ndim - 2)) for vector in vectors)]

    return answer


@spoiling(
    "normalization/form",
    dtypes=NARROW,
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


def _channels_at(operation: Operation, axis: int) -> Operation:
    """Return an operation that has channels at another axis of images, if its length fits."""

    def moved(array: Array) -> Array:
        return array.swapaxes(1, axis) if array.ndim == len("NCHW") else array

    def answer(x: Array, *others: Array, **parameters: Any) -> Any:
        if x.ndim != len("NCHW") or x.shape[axis] != x.shape[1]:
            return operation(x, *others, **parameters)
        return _first(moved, operation(*(moved(array) for array in (x, *others)), **parameters))

    return answer


@spoiling("normalization/images")
def takes_samples_for_channels_if_they_are_as_many(operation: Operation) -> Operation:
    """Takes the first axis for the channels where it is as long as the second."""
    return _channels_at(operation, 0)


@spoiling("normalization/images")
def takes_the_height_for_channels_if_it_is_as_long(operation: Operation) -> Operation:
    """Takes the third axis for the channels where it is as long as the second."""
    return _channels_at(operation, 2)


@spoiling("normalization/images")
def takes_the_width_for_channels_if_it_is_as_long(operation: Operation) -> Operation:
    """Takes the last axis for the channels where it is as long as the second."""
    return _channels_at(operation, 3)


@spoiling("normalization/images")
def takes_pixels_for_channels_if_they_are_as_many(operation: Operation) -> Operation:
    """Takes the pixels for the channels where there are as many of them: (N, C, H·W) is square."""

    def turned(array: Array) -> Array:
        if array.ndim != len("NCHW"):
            return array
        samples, channels = array.shape[:2]
        square = array.reshape(samples, channels, -1).swapaxes(1, 2)
        return square.reshape(array.shape)

    def answer(x: Array, *others: Array, **parameters: Any) -> Any:
        if x.ndim != len("NCHW") or x.shape[2] * x.shape[3] != x.shape[1]:
            return operation(x, *others, **parameters)
        return _first(turned, operation(*(turned(array) for array in (x, *others)), **parameters))

    return answer


@spoiling("normalization/nan")
def answers_nan_with_numbers(operation: Operation) -> Operation:
    """Takes NaN for 0."""

    def answer(x: Array, *others: Array, **parameters: Any) -> Any:
        return operation(np.where(np.isnan(x), x.dtype.type(0), x), *others, **parameters)

    return answer


@spoiling(
    *of_training("small-epsilon"),
    *of_training("epsilon"),
    "batch_norm_train_vjp/epsilon",
    "batch_norm_eval/epsilon",
    properties=("constant-channel", "one-value"),
)
def forgets_epsilon(operation: Operation) -> Operation:
    """Divides by the bare standard deviation: chainer/chainer#2214, with running statistics."""
    return lambda *arrays, **parameters: operation(*arrays, **{**parameters, "epsilon": 0.0})


@spoiling(*of_training("epsilon"), "batch_norm_train_vjp/epsilon", "batch_norm_eval/epsilon")
def keeps_a_customary_epsilon(operation: Operation) -> Operation:
    """Uses 1e-5, whatever epsilon it is given."""
    return lambda *arrays, **parameters: operation(*arrays, **{**parameters, "epsilon": 1e-5})


@spoiling(*of_training("epsilon"), "batch_norm_eval/epsilon")
def raises_small_epsilons(operation: Operation) -> Operation:
    """Takes an epsilon below 1e-4 for 1e-4, the least that 16-bit formats were thought to bear."""
    return lambda *arrays, epsilon, **parameters: operation(
        *arrays, epsilon=max(epsilon, 1e-4), **parameters
    )


@spoiling(*of_training("epsilon"), "batch_norm_train_vjp/epsilon", "batch_norm_eval/epsilon")
def squares_epsilon(operation: Operation) -> Operation:
    """Adds the square of epsilon to the variance, as if epsilon were a deviation."""
    return lambda *arrays, epsilon, **parameters: operation(
        *arrays, epsilon=epsilon**2, **parameters
    )


@spoiling(*of_training("epsilon"), "batch_norm_train_vjp/epsilon", "batch_norm_eval/epsilon")
def adds_epsilon_twice(operation: Operation) -> Operation:
    """Adds epsilon to the variance, and once more before the root."""
    return lambda *arrays, epsilon, **parameters: operation(
        *arrays, epsilon=2.0 * epsilon, **parameters
    )


@spoiling(*of_training("accuracy"), "batch_norm_train_vjp/accuracy", "batch_norm_eval/accuracy")
def fixes_the_scale_at_one(operation: Operation) -> Operation:
    """Leaves the scale out, as a default of apache/mxnet#9624 did."""
    return lambda x, scale, *others, **parameters: operation(
        x, np.ones_like(scale), *others, **parameters
    )


@spoiling(*of_training("accuracy"), "batch_norm_train_vjp/accuracy", "batch_norm_eval/accuracy")
def applies_the_scale_twice(operation: Operation) -> Operation:
    """Multiplies by the scale in two places."""
    return lambda x, scale, *others, **parameters: operation(
        x, scale * scale, *others, **parameters
    )


def _first(function: Callable[[Array], Array], found: Any) -> Any:
    """Return an answer with a function applied to the batch, its first or only array."""
    return [function(found[0]), *found[1:]] if isinstance(found, list) else function(found)
