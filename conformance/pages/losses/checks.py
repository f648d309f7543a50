"""Checks of the page `losses`: labels beside one-hot targets, and gradients that sum to zero."""

import numpy as np

from nnspec.conformance.bounds import truth
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.nested import mapped, wide


@check("losses/purity")
def is_pure(trial: Trial) -> None:
    """Expect the same answer around a call with each row reversed."""
    trial.repeated(
        *mapped(
            lambda array: array[..., ::-1].copy() if array.ndim else array, trial.case.arguments
        )
    )


@check("losses/empty")
def has_as_many_dimensions(trial: Trial) -> None:
    """Expect the right answer, in as many dimensions as the true one."""
    answered, needed = trial.answer(), truth.truth(trial.case)[0].ndim
    trial.near(np.asarray(answered.ndim), needed, 0, "number of dimensions")


@check("sparse_softmax_cross_entropy/agreement")
def agrees_with_one_hot_targets(trial: Trial) -> None:
    """Expect the right loss of a label, and the same of its one-hot target."""
    logits, labels = trial.case.arguments
    answered, allowed = wide(trial.answer()), trial.allowed()
    targets = (np.arange(logits.shape[1]) == labels[:, None]).astype(logits.dtype)
    of_targets = trial.implementation.softmax_cross_entropy(logits, targets)
    trial.near(of_targets, answered, 3 * allowed, "one-hot loss")


@check("softmax_cross_entropy/gibbs")
def is_no_less_than_the_entropy(trial: Trial) -> None:
    """Expect no loss below the entropy of the targets, which the implementation answers too."""
    answered, allowed = wide(trial.shape()), trial.allowed()
    entropy = wide(trial.implementation.entropy(trial.case.arguments[1], axis=-1))
    slack = allowed + 8 * trial.format.u * (1 + entropy)
    trial.between(answered, entropy - slack, np.inf, "loss above the entropy of the targets")


@check("softmax_cross_entropy/permutation")
def ignores_the_order_of_classes(trial: Trial) -> None:
    """Expect the right loss, and the same with the classes reversed."""
    answered, allowed = wide(trial.answer()), trial.allowed()
    backward = (np.ascontiguousarray(array[:, ::-1]) for array in trial.case.arguments)
    permuted = trial.implementation.softmax_cross_entropy(*backward)
    trial.near(permuted, answered, 2 * allowed, "loss of the permuted classes")


@check("softmax_cross_entropy_vjp/zero-sum", "sparse_softmax_cross_entropy_vjp/zero-sum")
def sums_to_zero(trial: Trial) -> None:
    """Expect the gradient of each sample to sum to 0."""
    answered = wide(trial.shape())
    allowed = trial.allowed().sum(axis=-1)
    trial.near(answered.sum(axis=-1), 0, allowed, "sum of the gradient")


@check("sigmoid_cross_entropy/symmetry")
def treats_both_classes_alike(trial: Trial) -> None:
    """Expect the right loss of z for t, and the same of -z for 1 - t."""
    logits, targets = trial.case.arguments
    answered, allowed = wide(trial.answer()), trial.allowed()
    others = (1 - wide(targets)).astype(targets.dtype)
    mirrored = trial.implementation.sigmoid_cross_entropy(-logits, others)
    trial.near(mirrored, answered, 2 * allowed, "loss of the other class")


@check("sigmoid_cross_entropy/two-classes")
def is_softmax_of_two_classes(trial: Trial) -> None:
    """Expect the right loss, and the same of softmax with the logits 0 and z."""
    logits, targets = (wide(array).reshape(-1) for array in trial.case.arguments)
    answered, allowed = wide(trial.answer()).reshape(-1), trial.allowed().reshape(-1)
    pairs = np.stack([np.zeros_like(logits), logits], axis=1)
    shares = np.stack([1 - targets, targets], axis=1)
    dtype = trial.case.arguments[0].dtype
    both = trial.implementation.softmax_cross_entropy(pairs.astype(dtype), shares.astype(dtype))
    trial.near(both, answered, 4 * allowed, "loss of two classes")
