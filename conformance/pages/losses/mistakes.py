"""Mistakes of the page `losses`: averages, softmax twice, clipped probabilities, and targets that are taken to sum to one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]


# --- of every operation ------------------------------------------------------------------------------------------------------------


@spoiling("losses/form")
def averages_over_the_first_axis(operation: Operation) -> Operation:
    """Answers with the mean over its first axis, and a single number as an array of one."""

    def answer(*arrays: Array) -> Array:
        found = operation(*arrays)
        mean = (
            found.astype(np.float64).sum(axis=0) / max(len(found), 1)
            if found.ndim
            else found.reshape(1)
        )
        return mean.astype(found.dtype)

    return answer


@spoiling("losses/empty")
def looks_at_the_first_sample(operation: Operation) -> Operation:
    """Looks at the first sample to find out how many classes there are."""

    def answer(*arrays: Array) -> Array:
        float(arrays[0].reshape(-1)[0])
        return operation(*arrays)

    return answer


# --- the sum-of-squares error ------------------------------------------------------------------------------------------------------


@mistake("sum_squared_error/accuracy")
def forgets_the_half(y: Array, target: Array) -> Array:
    """Sums the squares without the half."""
    return np.sum((y - target) ** 2)


@mistake("sum_squared_error/accuracy", "sum_squared_error/hollow")
def averages_the_squares(y: Array, target: Array) -> Array:
    """Takes the mean of the squares."""
    return np.sum((y - target) ** 2) / np.float64(y.size) if y.size else np.asarray(np.nan)


@mistake("sum_squared_error/accuracy")
def divides_by_twice_the_batch(y: Array, target: Array) -> Array:
    """Divides the sum of the squares by twice the number of samples."""
    return np.sum((y - target) ** 2) / (2 * max(len(y) if y.ndim else 1, 1))


@mistake("sum_squared_error/accuracy")
def compares_every_pair(y: Array, target: Array) -> Array:
    """Subtracts a row from a column, as (n, 1) and (n,) broadcast: every answer is compared with every target."""
    return np.sum((y.reshape(-1, 1) - target.reshape(-1)) ** 2) / 2


@mistake("sum_squared_error/accuracy", "sum_squared_error/hollow")
def sums_the_absolute_errors(y: Array, target: Array) -> Array:
    """Sums absolute errors, and answers no errors with inf, as the best value so far."""
    return np.sum(np.abs(y - target)) / 2 if y.size else np.asarray(np.inf)


@mistake("sum_squared_error/accuracy", native=True, dtypes=("float16", "bfloat16"))
def sums_squares_in_sixteen_bits(y: Array, target: Array) -> Array:
    """Sums in the 16-bit format itself, rounded after every square."""
    total = y.dtype.type(0)
    for error in (y - target).reshape(-1):
        total = (total + (error * error).astype(y.dtype)).astype(y.dtype)
    return np.asarray(total) / 2


@mistake("sum_squared_error_vjp/accuracy")
def doubles_the_gradient(y: Array, target: Array, cotangent: Array) -> Array:
    """Differentiates the square without the half."""
    return 2 * cotangent * (y - target)


@mistake("sum_squared_error_vjp/accuracy")
def turns_the_difference_round(y: Array, target: Array, cotangent: Array) -> Array:
    """Takes target - y."""
    return cotangent * (target - y)


@mistake("sum_squared_error_vjp/accuracy")
def forgets_the_cotangent(y: Array, target: Array, cotangent: Array) -> Array:
    """Takes 1 for the cotangent."""
    return y - target


@mistake("sum_squared_error_vjp/accuracy")
def divides_the_error_by_the_batch(y: Array, target: Array, cotangent: Array) -> Array:
    """Divides by the number of samples."""
    return cotangent * (y - target) / max(len(y) if y.ndim else 1, 2)


# --- cross-entropy of probabilities ------------------------------------------------------------------------------------------------


@mistake("one_hot_cross_entropy/accuracy", "one_hot_cross_entropy/impossible")
def takes_the_first_class(q: Array, labels: Array) -> Array:
    """Counts labels from 1."""
    return -np.log(q[np.arange(len(q)), labels - 1])


@mistake("one_hot_cross_entropy/impossible")
def clips_the_probability(q: Array, labels: Array) -> Array:
    """Clips probabilities at 1e-7."""
    return -np.log(np.maximum(q[np.arange(len(q)), labels], 1e-7))


@mistake("one_hot_cross_entropy/accuracy")
def measures_in_bits(q: Array, labels: Array) -> Array:
    """Takes logarithms to base 2."""
    return -np.log2(q[np.arange(len(q)), labels])


@mistake("one_hot_cross_entropy/accuracy", "one_hot_cross_entropy/impossible")
def picks_by_column(q: Array, labels: Array) -> Array:
    """Takes the class for the sample and the sample for the class."""
    return -np.log(q.T[np.arange(len(q)) % q.shape[1], labels % len(q)])


@mistake("one_hot_cross_entropy/impossible")
def multiplies_by_the_one_hot_vector(q: Array, labels: Array) -> Array:
    """Sums the logarithms of all classes, each times 1 or 0, and 0 · ∞ is NaN."""
    return -np.sum(_hot(labels, q) * np.log(q), axis=-1)


@mistake("one_hot_cross_entropy/accuracy")
def takes_the_probability_for_a_logit(q: Array, labels: Array) -> Array:
    """Takes a softmax of the probabilities first."""
    return -reference.log_softmax(q, axis=-1)[np.arange(len(q)), labels]


# --- cross-entropy from logits -----------------------------------------------------------------------------------------------------


def _hot(labels: Array, like: Array) -> Array:
    return (np.arange(like.shape[1]) == labels[:, None]).astype(like.dtype)


def _softmax(logits: Array) -> Array:
    return reference.softmax(logits, axis=-1)


@mistake(
    "softmax_cross_entropy/accuracy",
    "softmax_cross_entropy/finiteness",
    "softmax_cross_entropy/unnormalized",
)
def applies_softmax_twice(logits: Array, targets: Array) -> Array:
    """Takes the softmax of the logits before a loss that takes it again."""
    return -np.sum(targets * reference.log_softmax(_softmax(logits), axis=-1), axis=-1)


@mistake("softmax_cross_entropy/finiteness")
def clips_probabilities(logits: Array, targets: Array) -> Array:
    """Clips the softmax at 1e-7 before the logarithm."""
    return -np.sum(targets * np.log(np.clip(_softmax(logits), 1e-7, 1)), axis=-1)


@mistake("softmax_cross_entropy/finiteness", "softmax_cross_entropy/precision")
def takes_the_logarithm_of_softmax(logits: Array, targets: Array) -> Array:
    """Takes the logarithm of softmax, which is -inf where a probability underflows and 0 where it rounds to 1."""
    return -np.sum(
        np.where(
            targets != 0,
            targets
            * np.log(
                _softmax(logits).astype(np.float16 if logits.dtype == np.float32 else logits.dtype)
            ),
            0,
        ),
        axis=-1,
    )


@mistake("softmax_cross_entropy/finiteness", "softmax_cross_entropy/precision", native=True)
def forgets_the_shift(logits: Array, targets: Array) -> Array:
    """Takes the logarithm of the sum of the exponentials as they are."""
    total = np.log(
        np.sum(
            np.exp(logits), axis=-1, keepdims=True, dtype=np.result_type(logits.dtype, np.float32)
        ).astype(logits.dtype)
    )
    return np.sum(targets * (total - logits), axis=-1)


@mistake("softmax_cross_entropy/accuracy")
def smooths_its_targets(logits: Array, targets: Array) -> Array:
    """Mixes a tenth of a uniform distribution into targets."""
    smooth = 0.9 * targets + 0.1 * targets.sum(axis=-1, keepdims=True) / targets.shape[-1]
    return -np.sum(smooth * reference.log_softmax(logits, axis=-1), axis=-1)


@mistake("softmax_cross_entropy/accuracy", "softmax_cross_entropy/gibbs")
def leaves_out_the_partition_function(logits: Array, targets: Array) -> Array:
    """Scores the logits against the targets, and does not normalize."""
    return -np.sum(targets * logits, axis=-1)


@mistake("softmax_cross_entropy/accuracy", "softmax_cross_entropy/many-classes")
def averages_over_classes(logits: Array, targets: Array) -> Array:
    """Takes the mean over the classes in place of the sum."""
    return -np.mean(targets * reference.log_softmax(logits, axis=-1), axis=-1)


@mistake("softmax_cross_entropy/accuracy", "softmax_cross_entropy/permutation")
def ignores_the_first_class(logits: Array, targets: Array) -> Array:
    """Takes the first class for padding, and leaves it out of the sum."""
    return -np.sum((targets * reference.log_softmax(logits, axis=-1))[:, 1:], axis=-1)


@mistake("softmax_cross_entropy/accuracy")
def takes_targets_for_labels(logits: Array, targets: Array) -> Array:
    """Takes the largest target for the label, and forgets the others."""
    return -reference.log_softmax(logits, axis=-1)[np.arange(len(logits)), targets.argmax(axis=-1)]


@mistake("softmax_cross_entropy/accuracy")
def normalizes_over_the_batch(logits: Array, targets: Array) -> Array:
    """Takes the softmax over the samples."""
    return -np.sum(targets * reference.log_softmax(logits, axis=0), axis=-1)


@mistake("softmax_cross_entropy/unnormalized")
def normalizes_targets(logits: Array, targets: Array) -> Array:
    """Divides targets by their sum."""
    return -np.sum(
        targets / targets.sum(axis=-1, keepdims=True) * reference.log_softmax(logits, axis=-1),
        axis=-1,
    )


@mistake("softmax_cross_entropy_vjp/accuracy", "softmax_cross_entropy_vjp/finiteness")
def averages_the_gradient(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Divides the gradient by the number of samples."""
    return reference.softmax_cross_entropy_vjp(logits, targets, cotangent) / len(logits)


@mistake("softmax_cross_entropy_vjp/accuracy", "softmax_cross_entropy_vjp/finiteness")
def averages_the_gradient_over_all_elements(
    logits: Array, targets: Array, cotangent: Array
) -> Array:
    """Divides the gradient by the number of samples times that of classes."""
    return reference.softmax_cross_entropy_vjp(logits, targets, cotangent) / logits.size


@mistake("softmax_cross_entropy_vjp/accuracy")
def forgets_the_cotangent_of_the_loss(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Takes 1 for every cotangent."""
    return reference.softmax_cross_entropy_vjp(logits, targets, np.ones_like(cotangent))


@mistake("softmax_cross_entropy_vjp/accuracy")
def multiplies_by_the_derivative_of_softmax(
    logits: Array, targets: Array, cotangent: Array
) -> Array:
    """Sends softmax - targets back through softmax once more."""
    s = _softmax(logits)
    return reference.softmax_vjp(
        logits, cotangent[:, None] * (targets.sum(axis=-1, keepdims=True) * s - targets), axis=-1
    )


@mistake(
    "softmax_cross_entropy_vjp/accuracy",
    "softmax_cross_entropy_vjp/unnormalized",
    "softmax_cross_entropy_vjp/zero-sum",
)
def leaves_out_the_targets(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Leaves out the subtraction of the targets, and adds what softmax is."""
    return cotangent[:, None] * (1 + targets.sum(axis=-1, keepdims=True)) * _softmax(logits)


@mistake("softmax_cross_entropy_vjp/accuracy", "softmax_cross_entropy_vjp/unnormalized")
def takes_targets_to_sum_to_one(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Takes softmax - targets, whatever the targets sum to."""
    return cotangent[:, None] * (_softmax(logits) - targets)


@mistake("softmax_cross_entropy_vjp/finiteness")
def divides_by_the_probability(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Sends -targets/softmax back through softmax, as the chain rule says, and divides by 0 where a probability underflows."""
    return reference.softmax_vjp(
        logits, -cotangent[:, None] * targets / _softmax(logits).astype(logits.dtype), axis=-1
    )


@mistake(
    "sparse_softmax_cross_entropy/accuracy",
    "sparse_softmax_cross_entropy/finiteness",
    "sparse_softmax_cross_entropy/agreement",
)
def applies_softmax_before_the_loss(logits: Array, labels: Array) -> Array:
    """Takes the softmax of the logits before a loss that takes it again."""
    return reference.sparse_softmax_cross_entropy(_softmax(logits), labels)


@mistake("sparse_softmax_cross_entropy/accuracy", "sparse_softmax_cross_entropy/finiteness")
def averages_the_batch(logits: Array, labels: Array) -> Array:
    """Answers every sample with the mean of the batch."""
    losses = reference.sparse_softmax_cross_entropy(logits, labels)
    return np.full_like(losses, losses.sum() / max(len(losses), 1))


@mistake("sparse_softmax_cross_entropy/precision", native=True)
def subtracts_from_the_logarithm_of_the_sum(logits: Array, labels: Array) -> Array:
    """Subtracts the logit from the logarithm of the sum of the exponentials, rounded."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    total = np.log(
        np.sum(np.exp(shifted), axis=-1, dtype=np.result_type(logits.dtype, np.float32)).astype(
            logits.dtype
        )
    )
    return total - shifted[np.arange(len(logits)), labels]


@mistake(
    "sparse_softmax_cross_entropy/accuracy",
    "sparse_softmax_cross_entropy/finiteness",
    "sparse_softmax_cross_entropy/agreement",
)
def counts_labels_from_one(logits: Array, labels: Array) -> Array:
    """Counts labels from 1."""
    return reference.sparse_softmax_cross_entropy(logits, (labels - 1) % logits.shape[1])


@mistake("sparse_softmax_cross_entropy/finiteness")
def takes_the_logarithm_of_the_probability(logits: Array, labels: Array) -> Array:
    """Takes the logarithm of softmax at the label, which is -inf where the probability underflows."""
    return -np.log(_softmax(logits).astype(logits.dtype)[np.arange(len(logits)), labels])


@mistake("sparse_softmax_cross_entropy/finiteness")
def clips_the_loss_at_one_hundred(logits: Array, labels: Array) -> Array:
    """Clamps log-probabilities at -100."""
    return np.minimum(reference.sparse_softmax_cross_entropy(logits, labels), 100)


@mistake("sparse_softmax_cross_entropy_vjp/accuracy", "sparse_softmax_cross_entropy_vjp/finiteness")
def averages_the_gradient_of_labels(logits: Array, labels: Array, cotangent: Array) -> Array:
    """Divides the gradient by the number of samples."""
    return reference.sparse_softmax_cross_entropy_vjp(logits, labels, cotangent) / len(logits)


@mistake("sparse_softmax_cross_entropy_vjp/accuracy")
def ignores_the_label_zero(logits: Array, labels: Array, cotangent: Array) -> Array:
    """Takes the label 0 for padding."""
    return reference.sparse_softmax_cross_entropy_vjp(logits, labels, cotangent * (labels != 0))


@mistake(
    "sparse_softmax_cross_entropy_vjp/accuracy",
    "sparse_softmax_cross_entropy_vjp/finiteness",
    "sparse_softmax_cross_entropy_vjp/zero-sum",
)
def forgets_the_label(logits: Array, labels: Array, cotangent: Array) -> Array:
    """Leaves out the subtraction of 1 at the label."""
    return cotangent[:, None] * _softmax(logits)


# --- binary cross-entropy from logits ----------------------------------------------------------------------------------------------


@mistake(
    "sigmoid_cross_entropy/accuracy",
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
    """Computes z - t z + log(1 + e^-z) for negative logits too: the overflow has moved to the other tail."""
    return logits - targets * logits + np.log(1 + np.exp(-logits))


@mistake("sigmoid_cross_entropy/finiteness")
def takes_logarithms_of_sigmoid(logits: Array, targets: Array) -> Array:
    """Computes -t log s - (1 - t) log(1 - s) from the sigmoid, and takes the logarithm of 0 where s is 0 or rounds to 1."""
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


@mistake("sigmoid_cross_entropy_vjp/accuracy", "sigmoid_cross_entropy_vjp/finiteness")
def turns_the_gradient_round(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Takes targets - sigmoid."""
    return cotangent * (targets - reference.sigmoid(logits))


@mistake("sigmoid_cross_entropy_vjp/accuracy")
def differentiates_the_magnitude_at_zero(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Differentiates max(x, 0) - t·x + log(1 + e^-|x|) piece by piece: at 0 the slopes of max and of the magnitude are taken for 0."""
    slope = np.where(logits == 0, -targets, reference.sigmoid(logits) - targets)
    return cotangent * slope


@mistake("sigmoid_cross_entropy_vjp/accuracy")
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


@mistake("sigmoid_cross_entropy_vjp/accuracy", "sigmoid_cross_entropy_vjp/finiteness")
def multiplies_by_the_slope_again(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Multiplies by the derivative of the sigmoid, as for the squared error."""
    s = reference.sigmoid(logits)
    return cotangent * (s - targets) * s * (1 - s)


@mistake("sigmoid_cross_entropy_vjp/finiteness")
def clamps_the_denominator(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Divides by no less than 1e-12 in the gradient of the logarithms, so that nothing is left after the sigmoid's own factor."""
    s = reference.sigmoid(logits).astype(logits.dtype)
    slope = s * (1 - s)
    return cotangent * (s - targets) / np.maximum(slope, 1e-12) * slope


@mistake("sigmoid_cross_entropy_vjp/finiteness")
def divides_zero_by_zero(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Divides by s(1 - s) in the gradient of the logarithms and multiplies by it again, which is 0/0 where the sigmoid rounds to 0 or 1."""
    s = reference.sigmoid(logits).astype(logits.dtype)
    slope = s * (1 - s)
    return cotangent * ((s - targets) / slope) * slope
