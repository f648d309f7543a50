"""Faults of losses and of their gradients."""

import numpy as np

from tests.diagnosis.fault import fault


def sigma(x):
    return 1 / (1 + np.exp(-x))


def shares(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def hot(labels, like):
    return np.eye(like.shape[1])[labels]


@fault("sigmoid_cross_entropy", "rasbt/machine-learning-book#239")
def second_term_is_added(logits, targets):
    """The minus before the second term is missing."""
    s = sigma(logits)
    return -targets * np.log(s) + (1 - targets) * np.log(1 - s)


@fault(
    "sigmoid_cross_entropy",
    "apache/mxnet#7118",
    "slds-lmu/lecture_i2ml#294",
    "zhufengx/SRN_multilabel#7",
)
def likelihood_for_the_loss(logits, targets):
    """The minus is missing: the loss is the logarithm of the likelihood."""
    s = sigma(logits)
    return targets * np.log(s) + (1 - targets) * np.log(1 - s)


@fault("sigmoid_cross_entropy", "fastai/fastbook#515")
def probabilities_reversed(logits, targets):
    """The probability and its complement are exchanged."""
    s = sigma(logits)
    return -targets * np.log(1 - s) - (1 - targets) * np.log(s)


@fault("sigmoid_cross_entropy", "carpedm20/NTM-tensorflow#17")
def logits_weigh_the_targets(logits, targets):
    """Logits and targets are exchanged: the logits weigh logarithms of the targets."""
    return -logits * np.log(targets) - (1 - logits) * np.log(1 - targets)


@fault("sigmoid_cross_entropy_vjp", "udacity/deep-learning-v2-pytorch#81")
def slope_of_the_sigmoid_again(logits, targets, cotangent):
    """The difference is multiplied by the slope of the sigmoid, as for squared errors."""
    s = sigma(logits)
    return cotangent * (s - targets) * s * (1 - s)


@fault("sigmoid_cross_entropy_vjp", "haifengl/smile#151", "eriklindernoren/ML-From-Scratch#107")
def target_minus_output(logits, targets, cotangent):
    """The sign is wrong: target minus output."""
    return cotangent * (targets - sigma(logits))


@fault("sigmoid_cross_entropy_vjp", "tf-encrypted/tf-encrypted#727")
def the_logit_itself(logits, targets, cotangent):
    """The target is subtracted from the logit and not from its sigmoid."""
    return cotangent * (logits - targets)


@fault("sigmoid_cross_entropy_vjp", "pytorch/pytorch#1792", right=("at_0|at_zero|at zero|kink",))
def no_half_at_zero(logits, targets, cotangent):
    """At a logit of 0 the half is missing: the absolute value has the slope 0 there."""
    s = np.where(logits == 0, 0.0, sigma(logits))
    return cotangent * (s - targets)


@fault("softmax_cross_entropy", "jax-ml/jax#1023")
def mean_over_the_classes(logits, targets):
    """The costs of the classes are averaged and not summed."""
    return -np.mean(targets * np.log(shares(logits)), axis=-1)


@fault("softmax_cross_entropy", "cs231n/cs231n.github.io#244")
def logarithm_without_minus(logits, targets):
    """The minus is missing."""
    return np.sum(targets * np.log(shares(logits)), axis=-1)


@fault(
    "softmax_cross_entropy",
    "nfmcclure/tensorflow_cookbook#86",
    "tflearn/tflearn#562",
)
def softmax_twice(logits, targets):
    """The logits are put through softmax twice."""
    return -np.sum(targets * np.log(shares(shares(logits))), axis=-1)


@fault("softmax_cross_entropy", "deepjavalibrary/djl#520")
def no_logarithm_of_the_sum(logits, targets):
    """The logarithm of the sum of exponentials is missing: the targets weigh plain logits."""
    return -np.sum(targets * logits, axis=-1)


@fault("softmax_cross_entropy", "TimDettmers/ConvE#55", right=("smooth",))
def smoothed_with_too_much(logits, targets):
    """Targets are smoothed by a tenth, and each class is given the whole share of a class."""
    smooth = 0.9 * targets + 1 / targets.shape[1]
    return -np.sum(smooth * np.log(shares(logits)), axis=-1)


@fault("softmax_cross_entropy", "k2-fsa/icefall#107")
def divergence_for_the_cross_entropy(logits, targets):
    """The entropy of the targets is subtracted: the loss is the divergence."""
    own = np.where(targets > 0, targets * np.log(np.where(targets > 0, targets, 1)), 0.0)
    return np.sum(own - targets * np.log(shares(logits)), axis=-1)


@fault("softmax_cross_entropy", "aymericdamien/TensorFlow-Examples#357")
def one_sum_for_all_samples(logits, targets):
    """The sum runs over the samples too: there is one loss for all of them."""
    return -np.sum(targets * np.log(shares(logits)))


@fault("softmax_cross_entropy_vjp", "arthurdouillard/deepcourse#9")
def softmax_of_the_probabilities(logits, targets, cotangent):
    """The probabilities are put through softmax once more."""
    s = shares(shares(logits))
    return cotangent[:, None] * (s * np.sum(targets, axis=-1, keepdims=True) - targets)


@fault("softmax_cross_entropy_vjp", "victorlempitsky/Mate#2")
def divided_by_the_number_of_classes(logits, targets, cotangent):
    """The gradient is divided by the number of all elements instead of samples."""
    s = shares(logits)
    found = s * np.sum(targets, axis=-1, keepdims=True) - targets
    return cotangent[:, None] * found / logits.shape[1]


@fault("softmax_cross_entropy_vjp", "tensorflow/tensorflow#60314")
def targets_are_taken_to_sum_to_one(logits, targets, cotangent):
    """The shares are not multiplied by the sum of the targets."""
    return cotangent[:, None] * (shares(logits) - targets)


@fault("sparse_softmax_cross_entropy", "fastai/fastbook#478")
def share_of_the_label(logits, labels):
    """The loss is the share of the label; the minus and the logarithm are missing."""
    return np.sum(hot(labels, logits) * shares(logits), axis=-1)


@fault("sparse_softmax_cross_entropy_vjp", "paiml/aprender#2182")
def the_first_cotangent_for_all(logits, labels, cotangent):
    """All samples have the first cotangent, divided by the number of samples."""
    return cotangent[0] / len(labels) * (shares(logits) - hot(labels, logits))


@fault("sparse_softmax_cross_entropy_vjp", "fetchai/ledger#1580")
def divided_by_the_batch(logits, labels, cotangent):
    """The gradient is divided by the number of samples."""
    return cotangent[:, None] * (shares(logits) - hot(labels, logits)) / len(labels)


@fault("one_hot_cross_entropy_clipped", "tensorlayer/TensorLayer#129")
def epsilon_inside_the_logarithm(q, labels, *, epsilon):
    """Epsilon is added inside the logarithm; nothing is clipped."""
    return -np.log(np.sum(hot(labels, q) * q, axis=-1) + epsilon)


@fault("sum_squared_error", "oreilly-japan/deep-learning-from-scratch#44")
def mean_over_the_first_axis(y, target):
    """The sum is divided by the number of rows instead of 2."""
    return np.sum((y - target) ** 2) / max(len(np.atleast_1d(y)), 1)


@fault("sum_squared_error", "davisking/dlib#1169")
def half_is_missing(y, target):
    """The half is missing."""
    return np.sum((y - target) ** 2)


@fault("sum_squared_error", "BVLC/caffe#4420")
def half_the_mean_of_the_samples(y, target):
    """The half sum is divided by the number of samples."""
    return np.sum((y - target) ** 2) / 2 / max(len(np.atleast_1d(y)), 1)


@fault("sum_squared_error_vjp", "dragen1860/Deep-Learning-with-TensorFlow-book#134")
def target_minus_y(y, target, cotangent):
    """The sign is wrong: target minus output."""
    return cotangent * (target - y)


@fault("sum_squared_error_vjp", "makeyourownneuralnetwork/makeyourownneuralnetwork#61")
def a_factor_of_two(y, target, cotangent):
    """The gradient has a factor of two, as if the loss had no half."""
    return cotangent * 2 * (y - target)
