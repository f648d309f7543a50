"""Checks of the page `losses`: answers, labels beside one-hot targets, and gradients that sum to zero."""

import dataclasses

import numpy as np

from nnspec.conformance.bounds import truth
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.nested import mapped, wide


@check("losses/purity")
def keeps_state(trial: Trial) -> None:
    """A call changes its arguments, an earlier answer, or the answer to a later call with the same arguments."""
    other = dataclasses.replace(
        trial.case,
        arguments=tuple(
            mapped(
                lambda array: array[..., ::-1].copy() if array.ndim else array, trial.case.arguments
            )
        ),
    )
    trial.repeated(other)


@check("losses/empty")
def fails_on_no_samples(trial: Trial) -> None:
    """A batch of no samples is not answered by no losses."""
    answered = trial.answer()
    trial.near(
        np.asarray(answered.ndim), truth.truth(trial.case)[0].ndim, 0, "number of dimensions"
    )


@check("sparse_softmax_cross_entropy/agreement")
def label_and_target_differ(trial: Trial) -> None:
    """A label costs something else than its one-hot target."""
    logits, labels = trial.case.arguments
    answered, allowed = wide(trial.answer()), trial.allowed()
    targets = (np.arange(logits.shape[1]) == labels[:, None]).astype(logits.dtype)
    trial.near(
        trial.implementation.softmax_cross_entropy(logits, targets),
        answered,
        3 * allowed,
        "one-hot loss",
    )


@check("softmax_cross_entropy/gibbs")
def loss_is_below_the_entropy(trial: Trial) -> None:
    """The cross-entropy is smaller than the entropy of the targets."""
    answered, allowed = wide(trial.shape()), trial.allowed()
    entropy = wide(trial.implementation.entropy(trial.case.arguments[1], axis=-1))
    slack = allowed + 8 * trial.format.u * (1 + entropy)
    trial.between(answered, entropy - slack, np.inf, "loss above the entropy of the targets")


@check("softmax_cross_entropy/permutation")
def loss_depends_on_order(trial: Trial) -> None:
    """Another order of the classes gives another loss."""
    answered, allowed = wide(trial.answer()), trial.allowed()
    permuted = (np.ascontiguousarray(array[:, ::-1]) for array in trial.case.arguments)
    trial.near(
        trial.implementation.softmax_cross_entropy(*permuted),
        answered,
        2 * allowed,
        "loss of the permuted classes",
    )


@check("softmax_cross_entropy_vjp/zero-sum")
def gradient_of_targets_has_a_sum(trial: Trial) -> None:
    """The gradient of a sample does not sum to 0."""
    _sums_to_zero(trial)


@check("sparse_softmax_cross_entropy_vjp/zero-sum")
def gradient_has_a_sum(trial: Trial) -> None:
    """The gradient of a sample does not sum to 0."""
    _sums_to_zero(trial)


@check("sigmoid_cross_entropy/symmetry")
def classes_are_not_alike(trial: Trial) -> None:
    """The loss of -z for 1 - t is not that of z for t."""
    logits, targets = trial.case.arguments
    answered, allowed = wide(trial.answer()), trial.allowed()
    mirrored = trial.implementation.sigmoid_cross_entropy(
        -logits, (1 - wide(targets)).astype(targets.dtype)
    )
    trial.near(mirrored, answered, 2 * allowed, "loss of the other class")


@check("sigmoid_cross_entropy/two-classes")
def two_classes_cost_something_else(trial: Trial) -> None:
    """The loss is not the cross-entropy of the softmax of 0 and z."""
    logits, targets = (wide(array).reshape(-1) for array in trial.case.arguments)
    answered, allowed = (
        wide(trial.answer()).reshape(-1),
        trial.allowed().reshape(-1),
    )
    pairs, shares = (
        np.stack([np.zeros_like(logits), logits], axis=1),
        np.stack([1 - targets, targets], axis=1),
    )
    dtype = trial.case.arguments[0].dtype
    both = trial.implementation.softmax_cross_entropy(pairs.astype(dtype), shares.astype(dtype))
    trial.near(both, answered, 4 * allowed, "loss of two classes")


def _sums_to_zero(trial: Trial) -> None:
    answered = wide(trial.shape())
    allowed = trial.allowed().reshape(answered.shape).sum(axis=-1)
    trial.near(answered.sum(axis=-1), 0, allowed, "sum of the gradient")
