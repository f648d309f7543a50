"""Mistakes of cross-entropy over classes: softmax twice, targets, labels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]


# --- cross-entropy of probabilities --------------------------------------------------------------


@mistake("one_hot_cross_entropy/impossible")
def clips_the_probability(q: Array, labels: Array) -> Array:
    """Clips probabilities at 1e-7, which is the operation `one_hot_cross_entropy_clipped`."""
    return -np.log(np.maximum(q[np.arange(len(q)), labels], 1e-7))


@mistake("one_hot_cross_entropy/impossible")
def clips_the_probability_at_the_machine_epsilon(q: Array, labels: Array) -> Array:
    """Clips at the machine epsilon, which is the operation `one_hot_cross_entropy_clipped`."""
    return -np.log(np.maximum(q[np.arange(len(q)), labels], np.finfo(q.dtype).eps))


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


@spoiling(
    "one_hot_cross_entropy_clipped/accuracy",
    "one_hot_cross_entropy_clipped/ends",
)
def has_an_epsilon_of_its_own(operation: Operation) -> Operation:
    """Clips at 1e-4, whatever epsilon is given."""
    return lambda q, labels, *, epsilon: operation(q, labels, epsilon=1e-4)  # noqa: ARG005


@mistake("one_hot_cross_entropy_clipped/accuracy", "one_hot_cross_entropy_clipped/ends")
def does_not_clip(q: Array, labels: Array, *, epsilon: float) -> Array:
    """Answers the cross-entropy itself, which is the operation `one_hot_cross_entropy`."""
    return -np.log(q[np.arange(len(q)), labels])


@mistake("one_hot_cross_entropy_clipped/accuracy", "one_hot_cross_entropy_clipped/ends")
def adds_epsilon(q: Array, labels: Array, *, epsilon: float) -> Array:
    """Adds epsilon to the probability instead of clipping it."""
    return -np.log(q + q.dtype.type(epsilon))[np.arange(len(q)), labels]


@mistake("one_hot_cross_entropy_clipped/accuracy", "one_hot_cross_entropy_clipped/ends")
def divides_clipped_probabilities_by_their_sum(q: Array, labels: Array, *, epsilon: float) -> Array:
    """Takes log-softmax of the clipped probabilities' logarithms, which divides by their sum."""
    clipped = np.clip(q, epsilon, 1 - epsilon)
    clipped = clipped / clipped.sum(axis=1, keepdims=True)
    return -np.log(clipped)[np.arange(len(q)), labels]


# --- cross-entropy from logits -------------------------------------------------------------------


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
    """Takes the logarithm of softmax: -inf if a probability underflows, 0 if it rounds to 1."""
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
    """Adds softmax and does not subtract the targets."""
    return cotangent[:, None] * (1 + targets.sum(axis=-1, keepdims=True)) * _softmax(logits)


@mistake("softmax_cross_entropy_vjp/precision", native=True)
def subtracts_targets_from_a_rounded_softmax(
    logits: Array, targets: Array, cotangent: Array
) -> Array:
    """Subtracts the targets from a softmax that rounds to 1."""
    s = _softmax(logits).astype(logits.dtype)
    return cotangent[:, None] * (s * targets.sum(axis=-1, keepdims=True) - targets)


@mistake("softmax_cross_entropy_vjp/finiteness")
def divides_by_the_probability(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Sends -targets/softmax back through softmax, and divides by 0 if a probability underflows."""
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
    """Counts labels from 1.

    Fix: label 0 is the first class.
    """
    return reference.sparse_softmax_cross_entropy(logits, (labels - 1) % logits.shape[1])


@mistake("sparse_softmax_cross_entropy/finiteness")
def takes_the_logarithm_of_the_probability(logits: Array, labels: Array) -> Array:
    """Takes the logarithm of softmax at the label: -inf if the probability underflows."""
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


@mistake("sparse_softmax_cross_entropy_vjp/precision", native=True)
def subtracts_one_from_a_rounded_softmax(logits: Array, labels: Array, cotangent: Array) -> Array:
    """Subtracts 1 at the label from a softmax that rounds to 1."""
    return cotangent[:, None] * (_softmax(logits).astype(logits.dtype) - _hot(labels, logits))
