"""Mistakes after training, where the statistics are given."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.normalization.mistakes.parts import along, moments, used
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[np.floating[Any]]


@mistake("batch_norm_eval/accuracy", "batch_norm_eval/sample-independence")
def uses_the_statistics_of_the_batch(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Stays in training mode: dotnet/TorchSharp#500."""
    return used(x, scale, shift, *(each.reshape(-1) for each in moments(x)), epsilon=epsilon)


@mistake("batch_norm_eval/accuracy", "batch_norm_eval/sample-independence")
def takes_off_the_mean_of_the_batch(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Divides by the given deviation after taking off the batch's mean."""
    return used(x, scale, shift, moments(x)[0].reshape(-1), variance, epsilon=epsilon)


@mistake("batch_norm_eval/accuracy", "batch_norm_eval/sample-independence")
def mixes_in_the_batch(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Updates the given statistics by the batch before it uses them."""
    batch = [each.reshape(-1) for each in moments(x)]
    return used(
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
    return used(x, scale, shift, np.zeros_like(mean), np.ones_like(variance), epsilon=epsilon)


@mistake("batch_norm_eval/accuracy")
def adds_the_shift_before_the_scale_of_a_prediction(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Answers scale · (x̂ + shift)."""
    return used(x, scale, shift * scale, mean, variance, epsilon=epsilon)


@mistake("batch_norm_eval/accuracy")
def forgets_the_shift_of_a_prediction(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Answers scale · x̂."""
    return used(x, scale, 0 * shift, mean, variance, epsilon=epsilon)


@mistake("batch_norm_eval/accuracy")
def folds_the_mean_without_the_gain(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Answers x · gain + (shift - mean): the mean is not multiplied by the gain."""
    gain = scale / np.sqrt(variance + epsilon)
    return x * along(gain, x) + along(shift - mean, x)


@mistake("batch_norm_eval/folding")
def clips_deviations(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Cuts normalized values off at ±6, as a quantized kernel may."""
    normalized = (x - along(mean, x)) / np.sqrt(along(variance, x) + epsilon)
    return along(scale, x) * np.clip(normalized, -6, 6) + along(shift, x)


@spoiling(
    "normalization/channel-independence",
    "normalization/images",
    "normalization/neighbors",
    operations=("batch_norm_eval",),
)
def uses_the_first_channels_statistics(operation: Operation) -> Operation:
    """Normalizes every channel by the statistics of the first one."""
    return lambda x, scale, shift, *given, **parameters: operation(
        x, scale, shift, *(np.full_like(each, each[0]) for each in given), **parameters
    )
