"""Mistakes at the edges of range: small and negative targets, overflow, nearly equal numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]


@mistake("sigmoid_cross_entropy/small-targets", native=True)
def takes_the_logit_from_itself(logits: Array, targets: Array) -> Array:
    """Computes (1 - t) z - log σ(z): z is taken from z where it is far below 0."""
    one = logits.dtype.type(1)
    logarithm = np.minimum(logits, 0) - np.log1p(np.exp(-np.abs(logits)))
    return ((one - targets) * logits).astype(logits.dtype) - logarithm


@spoiling("sigmoid_cross_entropy/small-targets", "softmax_cross_entropy/small-targets")
def skips_small_targets(operation: Operation) -> Operation:
    """Takes targets below the roundoff for 0, to save their terms."""

    def answer(logits: Array, targets: Array) -> Any:
        large = np.abs(targets.astype(np.float64)) >= FORMATS[targets.dtype.name].u
        return operation(logits, np.where(large, targets, 0).astype(targets.dtype))

    return answer


@spoiling("losses/negative-targets")
def skips_targets_that_are_not_positive(operation: Operation) -> Operation:
    """Leaves out the terms whose target is not above 0, because 0·∞ is NaN."""
    return lambda logits, targets, *others: operation(
        logits, np.where(targets > 0, targets, 0).astype(targets.dtype), *others
    )


@spoiling("losses/negative-targets")
def takes_magnitudes_of_targets(operation: Operation) -> Operation:
    """Takes the magnitude of every target."""
    return lambda logits, targets, *others: operation(logits, np.abs(targets), *others)


@spoiling(
    "losses/negative-targets", operations=("sigmoid_cross_entropy", "sigmoid_cross_entropy_vjp")
)
def clips_targets_to_probabilities(operation: Operation) -> Operation:
    """Clips targets to [0, 1]."""
    return lambda logits, targets, *others: operation(logits, np.clip(targets, 0, 1), *others)


@spoiling("losses/nearly-equal", operations=("sum_squared_error",))
def expands_the_square(operation: Operation) -> Operation:
    """Sums y² - 2yt + t², each product rounded, as where a matrix unit forms one of them."""

    def answer(y: Array, target: Array) -> Any:
        if not y.size:
            return operation(y, target)
        two = y.dtype.type(2)
        with np.errstate(all="ignore"):
            squares = y * y - two * y * target + target * target
            return np.asarray(np.sum(squares) / two).astype(y.dtype)

    return answer


@spoiling("losses/nearly-equal", operations=("sum_squared_error_vjp",))
def multiplies_before_it_subtracts(operation: Operation) -> Operation:
    """Takes the cotangent times y less the cotangent times the target, each product rounded."""

    def answer(y: Array, target: Array, cotangent: Array) -> Any:
        if not y.size:
            return operation(y, target, cotangent)
        with np.errstate(all="ignore"):
            return ((cotangent * y) - (cotangent * target)).astype(y.dtype)

    return answer


@mistake("sum_squared_error/range", native=True)
def squares_before_it_halves(y: Array, target: Array) -> Array:
    """Takes half of the sum of squares, each square in the format itself."""
    error = y - target
    return np.asarray(np.sum(error * error, dtype=np.result_type(y.dtype, np.float32)) / 2)


@mistake("softmax_cross_entropy/range", native=True)
def multiplies_infinite_logarithms_by_zero(logits: Array, targets: Array) -> Array:
    """Multiplies the logarithm of softmax, rounded to the format, by every target."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    total = np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True).astype(logits.dtype))
    return -np.sum(targets * (shifted - total), axis=-1)


@spoiling("softmax_cross_entropy/finiteness", "sparse_softmax_cross_entropy/finiteness")
def sums_the_logits_first(operation: Operation) -> Operation:
    """Centers each row by the mean of its logits, whose sum overflows."""

    def answer(logits: Array, *others: Array) -> Any:
        with np.errstate(all="ignore"):
            added = np.add.accumulate(logits, axis=-1)[:, -1:]
            return operation((logits + 0 * added).astype(logits.dtype), *others)

    return answer
