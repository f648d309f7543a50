"""Mistakes of the variance and of the mean."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.initializers.mistakes.parts import (
    NORMAL,
    RANDOM,
    SINGLE,
    TRUNCATED,
    UNIFORM,
    changed,
    of,
    size_of,
)
from nnspec.conformance.terms.mistakes import Operation, spoiling

Array = NDArray[Any]
_KAIMING = ("kaiming_normal", "kaiming_truncated_normal", "kaiming_uniform")
_XAVIER = ("xavier_normal", "xavier_truncated_normal", "xavier_uniform")
_FANNED = ("xavier_fan_in_normal", *_KAIMING, *_XAVIER)
_NETWORKS = ("signal", "gradient")


def _scaled(operation: Operation, factor: Callable[..., float]) -> Operation:
    """Return an operation whose answers are multiplied by a factor."""

    def answer(*arguments: Any, **parameters: Any) -> Array:
        found = operation(*arguments, **parameters)
        return (found.astype(np.float64) * factor(*arguments, **parameters)).astype(found.dtype)

    return answer


# --- the variance --------------------------------------------------------------------------------


@spoiling(*of((*_KAIMING, "xavier_fan_in_normal"), "accuracy"))
def takes_a_single_input_for_none(operation: Operation) -> Operation:
    """Drops axes of length one, so that a layer of one input has as many as it has outputs."""
    return _scaled(
        operation, lambda fan_in, fan_out, **_: 1.0 if fan_in > 1 else math.sqrt(1 / fan_out)
    )


@spoiling("initializers/single-weight")
def counts_the_bias_as_an_input(operation: Operation) -> Operation:
    """Computes the variance of a layer with one input more, which the bias is."""
    return _scaled(
        operation,
        lambda fan_in, fan_out, **_: math.sqrt((fan_in + fan_out) / (fan_in + 1 + fan_out)),
    )


@spoiling(*of(_XAVIER, "accuracy"))
def takes_a_single_fan_for_the_other_one(operation: Operation) -> Operation:
    """Drops axes of length one, so that a fan of 1 is taken for as large as the other."""

    def factor(fan_in: int, fan_out: int, **_: Any) -> float:
        both = fan_in + fan_out
        return 1.0 if min(fan_in, fan_out) > 1 else math.sqrt(both / (2 * max(fan_in, fan_out)))

    return _scaled(operation, factor)


@spoiling(*of(RANDOM, "accuracy"))
def multiplies_by_the_variance(operation: Operation) -> Operation:
    """Multiplies by the variance where the standard deviation was needed."""
    return changed(operation, lambda weights: weights * size_of(weights))


@spoiling(*of(RANDOM, "accuracy"), *of(_FANNED, *_NETWORKS), "normal/signal")
def takes_the_root_twice(operation: Operation) -> Operation:
    """Takes the root of the standard deviation, as if it were the variance."""
    return changed(operation, lambda weights: weights / np.sqrt(size_of(weights)))


@spoiling(*of((*_KAIMING, *_XAVIER), "accuracy", *_NETWORKS))
def forgets_the_two(operation: Operation) -> Operation:
    """Computes the variance with 1 in the place of 2."""
    return changed(operation, lambda weights: weights / math.sqrt(2))


@spoiling(*of((*_KAIMING, "xavier_fan_in_normal"), "accuracy", *_NETWORKS))
def counts_the_outputs(operation: Operation) -> Operation:
    """Computes the variance from fan out in the place of fan in."""
    return _scaled(operation, lambda fan_in, fan_out, **_: math.sqrt(fan_in / fan_out))


@spoiling(*of(_KAIMING, "accuracy", *_NETWORKS))
def takes_the_variance_of_xavier(operation: Operation) -> Operation:
    """Divides 2 by the sum of the fans, whatever the slope, so that rectifiers halve the signal."""
    return _scaled(
        operation,
        lambda fan_in, fan_out, *, negative_slope, **_: math.sqrt(
            (1 + negative_slope**2) * fan_in / (fan_in + fan_out)
        ),
    )


@spoiling(*of((*_KAIMING, "xavier_fan_in_normal"), "accuracy"), "xavier_fan_in_normal/signal")
def averages_the_fans(operation: Operation) -> Operation:
    """Computes the variance from the mean of both fans."""
    return _scaled(
        operation, lambda fan_in, fan_out, **_: math.sqrt(2 * fan_in / (fan_in + fan_out))
    )


@spoiling("normal/accuracy", "normal/signal")
def divides_by_the_root_of_the_inputs(operation: Operation) -> Operation:
    """Divides the standard deviation by the root of fan in, as the laws do that take fans."""
    return changed(operation, lambda weights: weights / math.sqrt(max(len(weights), 1)))


@spoiling(*of(_XAVIER, "accuracy", *_NETWORKS))
def counts_the_inputs_alone(operation: Operation) -> Operation:
    """Computes the variance from fan in alone."""
    return _scaled(
        operation, lambda fan_in, fan_out, **_: math.sqrt((fan_in + fan_out) / (2 * fan_in))
    )


@spoiling(*of(_XAVIER, "accuracy"))
def multiplies_the_fans(operation: Operation) -> Operation:
    """Computes the variance from the number of weights."""
    return _scaled(
        operation, lambda fan_in, fan_out, **_: math.sqrt((fan_in + fan_out) / (fan_in * fan_out))
    )


@spoiling(*of(_XAVIER, "accuracy"), dtypes=SINGLE)
def takes_the_geometric_mean_of_the_fans(operation: Operation) -> Operation:
    """Computes the variance from the geometric mean of the fans."""
    return _scaled(
        operation,
        lambda fan_in, fan_out, **_: math.sqrt(
            (fan_in + fan_out) / 2 / math.sqrt(fan_in * fan_out)
        ),
    )


@spoiling(*of(_KAIMING, "accuracy"))
def ignores_the_slope(operation: Operation) -> Operation:
    """Takes the gain of relu for every slope."""
    return _scaled(operation, lambda *_, negative_slope, **__: math.sqrt(1 + negative_slope**2))


@spoiling(*of(_KAIMING, "accuracy"))
def does_not_square_the_slope(operation: Operation) -> Operation:
    """Divides by 1 + slope."""
    return _scaled(
        operation,
        lambda *_, negative_slope, **__: math.sqrt((1 + negative_slope**2) / (1 + negative_slope)),
    )


@spoiling(*of(_KAIMING, "accuracy"))
def takes_the_slope_for_a_factor(operation: Operation) -> Operation:
    """Multiplies the deviation of relu by the slope."""
    return _scaled(
        operation,
        lambda *_, negative_slope, **__: negative_slope * math.sqrt(1 + negative_slope**2),
    )


@spoiling(*of(_KAIMING, "accuracy"))
def squares_the_gain(operation: Operation) -> Operation:
    """Multiplies the deviation by the gain, √(2/(1 + slope²)), twice."""
    return _scaled(
        operation, lambda *_, negative_slope, **__: math.sqrt(2 / (1 + negative_slope**2))
    )


@spoiling(*of(_KAIMING, "accuracy"))
def subtracts_the_slope(operation: Operation) -> Operation:
    """Divides by |1 - slope²|."""
    return _scaled(
        operation,
        lambda *_, negative_slope, **__: math.sqrt(
            (1 + negative_slope**2) / abs(1 - negative_slope**2)
        ),
    )


@spoiling(*of(_KAIMING, "accuracy"))
def has_a_slope_of_the_root_of_five(operation: Operation) -> Operation:
    """Takes √5 for the slope whatever it is, which makes a uniform law of ±1/√fan_in."""
    return _scaled(
        operation, lambda *_, negative_slope, **__: math.sqrt((1 + negative_slope**2) / 6)
    )


@spoiling(*of(UNIFORM, "accuracy"))
def takes_the_deviation_for_the_limit(operation: Operation) -> Operation:
    """Draws from U(-√v, √v), whose variance is v/3."""
    return changed(operation, lambda weights: weights / math.sqrt(3))


@spoiling(*of(UNIFORM, "accuracy"))
def takes_the_limit_for_the_width(operation: Operation) -> Operation:
    """Draws from an interval as wide as the limit, half as wide as it should be."""
    return changed(operation, lambda weights: weights / 2)


@spoiling(*of(UNIFORM, "accuracy", "range"))
def has_the_six_of_another_paper(operation: Operation) -> Operation:
    """Takes √12 standard deviations, the width of the interval, for its half."""
    return changed(operation, lambda weights: weights * 2)


@spoiling(*of(TRUNCATED, "accuracy"))
def does_not_give_back_what_the_cut_took(operation: Operation) -> Operation:
    """Cuts a normal law of the variance v, so that 0.774 v is left."""
    return changed(operation, lambda weights: weights * 0.87962566103423978)


@spoiling(*of(TRUNCATED, "accuracy", "range"))
def gives_back_twice(operation: Operation) -> Operation:
    """Divides by the variance that the cut leaves, 0.774, where its root was needed."""
    return changed(operation, lambda weights: weights / 0.87962566103423978)


@spoiling(*of(NORMAL, "accuracy"))
def takes_the_decimal_logarithm(operation: Operation) -> Operation:
    """Takes the logarithm to base 10 in Box and Muller's method."""
    return changed(operation, lambda weights: weights / math.sqrt(math.log(10)))


# --- the mean ------------------------------------------------------------------------------------


@spoiling(*of(RANDOM, "mean"))
def answers_without_signs(operation: Operation) -> Operation:
    """Answers positive weights alone."""
    return changed(operation, np.abs)


@spoiling(*of(RANDOM, "mean"))
def is_off_center(operation: Operation) -> Operation:
    """Adds a tenth of a standard deviation to every weight."""
    return changed(operation, lambda weights: weights + 0.1 * size_of(weights))
