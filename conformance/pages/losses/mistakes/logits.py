"""Mistakes of binary cross-entropy from logits: overflow, clipping, derivatives."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]


@mistake(
    "sigmoid_cross_entropy/accuracy",
    "sigmoid_cross_entropy/small-targets",
    "sigmoid_cross_entropy/symmetry",
    "sigmoid_cross_entropy/two-classes",
)
def weights_the_positive_class(logits: Array, targets: Array) -> Array:
    """Counts the positive class twice."""
    return reference.sigmoid_cross_entropy(logits, targets) + targets * np.logaddexp(0, -logits)


@mistake("sigmoid_cross_entropy/precision", native=True)
def takes_the_logarithm_of_a_sum(logits: Array, targets: Array) -> Array:
    """Takes log(1 + e^-|z|) with the sum rounded, where log1p keeps the digits."""
    one = logits.dtype.type(1)
    return np.maximum(logits, 0) - logits * targets + np.log(one + np.exp(-np.abs(logits)))


@mistake("sigmoid_cross_entropy/accuracy", dtypes=("float64",))
def goes_over_to_the_line(logits: Array, targets: Array) -> Array:
    """Takes log(1 + e^z) for z itself above 20, where float64 still tells them apart."""
    soft = [np.where(each > 20, each, np.logaddexp(0, each)) for each in (-logits, logits)]
    return targets * soft[0] + (1 - targets) * soft[1]


@mistake("sigmoid_cross_entropy/finiteness")
def lets_the_exponential_overflow(logits: Array, targets: Array) -> Array:
    """Computes log(1 + e^z) - t z as it stands, which is infinite where e^z overflows."""
    return np.log(1 + np.exp(logits)) - targets * logits


@mistake("sigmoid_cross_entropy/finiteness")
def lets_the_other_exponential_overflow(logits: Array, targets: Array) -> Array:
    """Computes z - t z + log(1 + e^-z) for negative logits too, where e^-z overflows."""
    return logits - targets * logits + np.log(1 + np.exp(-logits))


@mistake("sigmoid_cross_entropy/finiteness")
def takes_logarithms_of_sigmoid(logits: Array, targets: Array) -> Array:
    """Computes -t log s - (1 - t) log(1 - s), the logarithm of 0 if s is 0 or rounds to 1."""
    s = reference.sigmoid(logits).astype(logits.dtype)
    return -targets * np.log(s) - (1 - targets) * np.log(1 - s)


@mistake("sigmoid_cross_entropy/finiteness")
def clamps_logarithms_at_one_hundred(logits: Array, targets: Array) -> Array:
    """Clamps both logarithms at -100."""
    return targets * np.minimum(np.logaddexp(0, -logits), 100) + (1 - targets) * np.minimum(
        np.logaddexp(0, logits), 100
    )


@mistake("sigmoid_cross_entropy/infinities")
def subtracts_infinity_from_infinity(logits: Array, targets: Array) -> Array:
    """Computes max(z, 0) - z t + log(1 + e^-|z|) as it stands, which is ∞ - ∞ at inf."""
    return np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))


@mistake("sigmoid_cross_entropy/nan")
def clips_logits_that_are_nan(logits: Array, targets: Array) -> Array:
    """Clips the logits with fmin and fmax, which turns NaN into a number."""
    return reference.sigmoid_cross_entropy(np.fmin(np.fmax(logits, -1e4), 1e4), targets)


@mistake("sigmoid_cross_entropy_vjp/infinities", "sigmoid_cross_entropy_vjp/finiteness")
def divides_infinity_by_infinity(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Takes the sigmoid as e^z/(1 + e^z), which is ∞/∞ where e^z overflows."""
    e = np.exp(logits)
    return cotangent * (e / (1 + e) - targets)


@mistake("sigmoid_cross_entropy_vjp/nan")
def clips_logits_before_differentiating(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Clips the logits with fmin and fmax, which turns NaN into a number."""
    return reference.sigmoid_cross_entropy_vjp(
        np.fmin(np.fmax(logits, -1e4), 1e4), targets, cotangent
    )


@mistake("sigmoid_cross_entropy_vjp/accuracy")
def differentiates_the_magnitude_at_zero(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Differentiates max(x, 0) - t·x + log(1 + e^-|x|) piece by piece, with slopes of 0 at 0."""
    slope = np.where(logits == 0, -targets, reference.sigmoid(logits) - targets)
    return cotangent * slope


@mistake("sigmoid_cross_entropy_vjp/precision", native=True)
def subtracts_targets_from_a_rounded_sigmoid(
    logits: Array, targets: Array, cotangent: Array
) -> Array:
    """Subtracts the targets from a sigmoid that rounds to 1."""
    return cotangent * (reference.sigmoid(logits).astype(logits.dtype) - targets)


@mistake("sigmoid_cross_entropy_vjp/accuracy", "sigmoid_cross_entropy_vjp/precision")
def averages_over_all_elements(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Divides by the number of elements, as a mean over everything does."""
    return reference.sigmoid_cross_entropy_vjp(logits, targets, cotangent) / logits.size


@mistake(
    "sigmoid_cross_entropy/accuracy",
    "sigmoid_cross_entropy/finiteness",
    "sigmoid_cross_entropy/symmetry",
    "sigmoid_cross_entropy/two-classes",
)
def leaves_out_the_negative_class(logits: Array, targets: Array) -> Array:
    """Takes -t log sigmoid alone."""
    return targets * np.logaddexp(0, -logits)


@mistake("sigmoid_cross_entropy/finiteness")
def clips_sigmoid(logits: Array, targets: Array) -> Array:
    """Clips the sigmoid to [1e-7, 1 - 1e-7]."""
    s = np.clip(reference.sigmoid(logits), 1e-7, 1 - 1e-7)
    return -targets * np.log(s) - (1 - targets) * np.log(1 - s)


@mistake("sigmoid_cross_entropy_vjp/finiteness")
def clamps_the_denominator(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Divides by at least 1e-12 in the gradient of the logarithms, which leaves nothing over."""
    s = reference.sigmoid(logits).astype(logits.dtype)
    slope = s * (1 - s)
    return cotangent * (s - targets) / np.maximum(slope, 1e-12) * slope


@mistake("sigmoid_cross_entropy_vjp/finiteness")
def divides_zero_by_zero(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Divides by s(1 - s) and multiplies by it again, which is 0/0 if s rounds to 0 or 1."""
    s = reference.sigmoid(logits).astype(logits.dtype)
    slope = s * (1 - s)
    return cotangent * ((s - targets) / slope) * slope
