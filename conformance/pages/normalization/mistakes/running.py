"""Mistakes of running statistics."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.normalization.mistakes.parts import (
    count_of,
    moments,
    of_training,
    variance_by_squares,
)
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.mistakes import Operation, spoiling

Array = NDArray[np.floating[Any]]
_WIDE = ("float64", "float32")


@spoiling(*of_training("accuracy"))
def weighs_the_old_statistics_with_momentum(operation: Operation) -> Operation:
    """Weighs the old statistics with momentum, 0.1 for 0.9 (affinelayer/pix2pix-tensorflow#126)."""
    return lambda *arrays, momentum, **parameters: operation(
        *arrays, momentum=1.0 - momentum, **parameters
    )


@spoiling(*of_training("accuracy"), "batch_norm_train/one-value")
def keeps_the_other_variance(operation: Operation) -> Operation:
    """Keeps the biased variance for the unbiased one or the reverse (pytorch/pytorch#1381)."""

    def answer(x: Array, *others: Array, momentum: float, epsilon: float) -> Any:
        y, mean, variance = operation(x, *others, momentum=momentum, epsilon=epsilon)
        batch = moments(x.astype(np.float64))[1].reshape(-1)
        unbiased = (
            batch * np.divide(count_of(x), count_of(x) - 1)
            if count_of(x) > 1
            else np.full(batch.shape, np.nan)
        )
        old, kept = (1.0 - momentum) * others[3].astype(np.float64), variance.astype(np.float64)
        biased = not np.sum(np.abs(old + momentum * batch - kept)) > np.sum(
            np.abs(old + momentum * unbiased - kept)
        )
        return [y, mean, cast(old + momentum * (unbiased if biased else batch), x.dtype.name)]

    return answer


@spoiling(*of_training("accuracy", "running-statistics"))
def keeps_the_old_statistics(operation: Operation) -> Operation:
    """Answers the running statistics that it was given."""

    def answer(*arrays: Array, **parameters: Any) -> Any:
        return [operation(*arrays, **parameters)[0], arrays[3].copy(), arrays[4].copy()]

    return answer


@spoiling(*of_training("accuracy", "running-statistics"))
def keeps_the_last_batch_only(operation: Operation) -> Operation:
    """Answers the statistics of the batch for the running ones."""
    return lambda *arrays, **parameters: operation(*arrays, **{**parameters, "momentum": 1.0})


@spoiling(*of_training("running-statistics"), remembers=True)
def lets_the_momentum_decay(operation: Operation) -> Operation:
    """Divides the momentum by the number of the batch, so that late batches count less and less."""
    calls = 0

    def answer(*arrays: Array, momentum: float, **parameters: Any) -> Any:
        nonlocal calls
        calls += 1
        return operation(*arrays, momentum=momentum / calls, **parameters)

    return answer


@spoiling(*of_training("accuracy"))
def keeps_the_standard_deviation(operation: Operation) -> Operation:
    """Averages standard deviations in the place of variances."""

    def answer(x: Array, *others: Array, momentum: float, epsilon: float) -> Any:
        y, mean, _ = operation(x, *others, momentum=momentum, epsilon=epsilon)
        deviation = np.sqrt(moments(x.astype(np.float64))[1]).reshape(-1)
        return [
            y,
            mean,
            cast(
                (1.0 - momentum) * others[3].astype(np.float64) + momentum * deviation, x.dtype.name
            ),
        ]

    return answer


@spoiling(*of_training("mean-far-from-zero"), dtypes=_WIDE)
def keeps_the_variance_by_squares(operation: Operation) -> Operation:
    """Keeps mean(x²) - mean(x)², which may be negative, and normalizes by the right variance."""

    def answer(x: Array, *others: Array, momentum: float, epsilon: float) -> Any:
        y, mean, variance = operation(x, *others, momentum=momentum, epsilon=epsilon)
        error = variance_by_squares(x).astype(np.float64).reshape(-1) - moments(
            x.astype(np.float64)
        )[1].reshape(-1)
        return [y, mean, cast(variance.astype(np.float64) + momentum * error, x.dtype.name)]

    return answer


@spoiling(*of_training("epsilon"))
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


@spoiling("normalization/aliasing", operations=("batch_norm_train", "batch_norm_train_unbiased"))
def updates_the_statistics_before_it_scales(operation: Operation) -> Operation:
    """Updates the running statistics in place, and reads scale and shift after that.

    It restores them at the end (tenstorrent/tt-metal#45578).
    """

    def answer(x: Array, scale: Array, shift: Array, *running: Array, **parameters: Any) -> Any:
        before = [each.copy() for each in running]
        _, *after = operation(x, scale, shift, *running, **parameters)
        _write(running, after)
        read = scale.copy(), shift.copy()
        _write(running, before)
        return operation(x, *read, *running, **parameters)

    return answer


def _write(arrays: Sequence[Array], numbers: Sequence[Array]) -> None:
    for array, each in zip(arrays, numbers, strict=True):
        if array.flags.writeable:
            array[...] = each
