"""Faults of batch normalization, of its running statistics and of its gradient."""

import numpy as np

from tests.diagnosis.fault import fault


def along(x):
    """Return all axes but that of the channels."""
    return (0, *range(2, x.ndim))


def wide(values, x):
    """Return a vector over the channels as an array that fits x."""
    return np.reshape(values, (-1,) + (1,) * (x.ndim - 2))


def measured(x):
    return np.mean(x, axis=along(x)), np.var(x, axis=along(x))


def blended(old, new, momentum):
    return (1 - momentum) * old + momentum * new


def trained(x, scale, shift, running, momentum, root, *, variance=None):
    """Return the answers of training with a root of one's own, and another running variance."""
    mu, v = measured(x)
    y = wide(scale, x) * (x - wide(mu, x)) / wide(root, x) + wide(shift, x)
    kept = v if variance is None else variance
    return y, blended(running[0], mu, momentum), blended(running[1], kept, momentum)


@fault("batch_norm_train", "jax-ml/jax#442")
def a_square_for_the_root(x, scale, shift, mean, variance, *, momentum, epsilon):
    """The deviations are divided by the square of variance and epsilon, not by the root."""
    v = measured(x)[1]
    return trained(x, scale, shift, (mean, variance), momentum, (v + epsilon) ** 2)


@fault("batch_norm_train", "rinuboney/ladder#17", "mbadry1/DeepLearning.ai-Summary#183")
def divided_by_the_variance(x, scale, shift, mean, variance, *, momentum, epsilon):
    """The deviations are divided by the variance, without root or epsilon."""
    return trained(x, scale, shift, (mean, variance), momentum, measured(x)[1])


@fault(
    "batch_norm_train",
    "affinelayer/pix2pix-tensorflow#126",
    "d2l-ai/d2l-en#2213",
    "cs231n/cs231n.github.io#180",
)
def momentum_weighs_the_old(x, scale, shift, mean, variance, *, momentum, epsilon):
    """Momentum weighs the old statistics instead of the batch's."""
    root = np.sqrt(measured(x)[1] + epsilon)
    return trained(x, scale, shift, (mean, variance), 1 - momentum, root)


@fault(
    "batch_norm_train_unbiased",
    "tenstorrent/tt-metal#55438",
    "CanReader/FastNN#11",
    "callummcdougall/ARENA_3.0#415",
    right=("^batch_norm_train$",),
)
def biased_running_variance(x, scale, shift, mean, variance, *, momentum, epsilon):
    """The running variance is updated with the biased variance of the batch."""
    root = np.sqrt(measured(x)[1] + epsilon)
    return trained(x, scale, shift, (mean, variance), momentum, root)


@fault("batch_norm_train", "pytorch/pytorch#77427", right=("^batch_norm_train_unbiased$",))
def unbiased_running_variance(x, scale, shift, mean, variance, *, momentum, epsilon):
    """The running variance is updated with the unbiased variance of the batch."""
    v, n = measured(x)[1], x.size / x.shape[1]
    kept = v * n / (n - 1)
    root = np.sqrt(v + epsilon)
    return trained(x, scale, shift, (mean, variance), momentum, root, variance=kept)


@fault("batch_norm_train", "uxlfoundation/oneDNN#517")
def unbiased_everywhere(x, scale, shift, mean, variance, *, momentum, epsilon):
    """The batch itself is normalized by the unbiased variance."""
    v, n = measured(x)[1], x.size / x.shape[1]
    kept = v * n / (n - 1)
    root = np.sqrt(kept + epsilon)
    return trained(x, scale, shift, (mean, variance), momentum, root, variance=kept)


@fault("batch_norm_train", "keras-team/keras-contrib#287")
def epsilon_in_the_running_variance(x, scale, shift, mean, variance, *, momentum, epsilon):
    """The running variance is updated with the variance and epsilon."""
    kept = measured(x)[1] + epsilon
    root = np.sqrt(kept)
    return trained(x, scale, shift, (mean, variance), momentum, root, variance=kept)


@fault("batch_norm_train", "AlexeyAB/darknet#5447", "pytorch/pytorch#1804")
def epsilon_behind_the_root(x, scale, shift, mean, variance, *, momentum, epsilon):
    """Epsilon is added to the root and not under it."""
    root = np.sqrt(measured(x)[1]) + epsilon
    return trained(x, scale, shift, (mean, variance), momentum, root)


@fault("batch_norm_train", "vacancy/Synchronized-BatchNorm-PyTorch#43")
def epsilon_as_the_least_variance(x, scale, shift, mean, variance, *, momentum, epsilon):
    """Epsilon is the least variance and not added."""
    root = np.sqrt(np.maximum(measured(x)[1], epsilon))
    return trained(x, scale, shift, (mean, variance), momentum, root)


@fault("batch_norm_train", "torch/nn#567")
def running_inverse_deviation(x, scale, shift, mean, variance, *, momentum, epsilon):
    """The running variance is updated with the inverse deviation of the batch."""
    root = np.sqrt(measured(x)[1] + epsilon)
    return trained(x, scale, shift, (mean, variance), momentum, root, variance=1 / root)


@fault("batch_norm_train", "apache/mxnet#9624")
def the_scale_is_one(x, scale, shift, mean, variance, *, momentum, epsilon):
    """The scale is fixed at 1, whatever is handed over."""
    root = np.sqrt(measured(x)[1] + epsilon)
    return trained(x, np.ones_like(scale), shift, (mean, variance), momentum, root)


@fault("batch_norm_train", "taki0112/Switchable_Normalization-Tensorflow#2")
def running_statistics_stand_still(x, scale, shift, mean, variance, *, momentum, epsilon):
    """The running statistics are never updated."""
    root = np.sqrt(measured(x)[1] + epsilon)
    return trained(x, scale, shift, (mean, variance), 0.0, root)


@fault("batch_norm_eval", "tensorflow/tensorflow#46522", "tensorflow/tensorflow#48039")
def no_root(x, scale, shift, mean, variance, *, epsilon):
    """The root is missing: deviations are divided by variance and epsilon."""
    return wide(scale, x) * (x - wide(mean, x)) / wide(variance + epsilon, x) + wide(shift, x)


@fault("batch_norm_eval", "chainer/chainer#2214")
def no_epsilon(x, scale, shift, mean, variance, *, epsilon):
    """Epsilon is not added."""
    return wide(scale, x) * (x - wide(mean, x)) / np.sqrt(wide(variance, x)) + wide(shift, x)


@fault("batch_norm_eval", "chainer/chainer#4505")
def epsilon_twice(x, scale, shift, mean, variance, *, epsilon):
    """Epsilon is added twice."""
    root = np.sqrt(wide(variance + 2 * epsilon, x))
    return wide(scale, x) * (x - wide(mean, x)) / root + wide(shift, x)


@fault("batch_norm_eval", "ooples/AiDotNet.Tensors#27", right=("batch",))
def statistics_of_the_batch(x, scale, shift, mean, variance, *, epsilon):
    """The statistics are those of the batch and not the running ones."""
    mu, v = measured(x)
    root = np.sqrt(wide(v + epsilon, x))
    return wide(scale, x) * (x - wide(mu, x)) / root + wide(shift, x)


def parts(x, epsilon):
    mu, v = measured(x)
    root = wide(np.sqrt(v + epsilon), x)
    return (x - wide(mu, x)) / root, root


def mean(values):
    return np.mean(values, axis=along(values), keepdims=True)


def gradients(x, scale, cotangent, epsilon):
    """Return the three right gradients."""
    h, root = parts(x, epsilon)
    inner = cotangent - mean(cotangent) - h * mean(cotangent * h)
    axes = along(x)
    return (
        wide(scale, x) / root * inner,
        np.sum(cotangent * h, axis=axes),
        np.sum(cotangent, axis=axes),
    )


@fault("batch_norm_train_vjp", "denizyuret/Knet.jl#288")
def the_scale_is_forgotten(x, scale, cotangent, *, epsilon):
    """The gradient of the input is not multiplied by the scale."""
    _, *others = gradients(x, scale, cotangent, epsilon)
    return gradients(x, np.ones_like(scale), cotangent, epsilon)[0], *others


@fault("batch_norm_train_vjp", "facebookresearch/CrypTen#143")
def statistics_are_constants(x, scale, cotangent, *, epsilon):
    """Mean and variance are taken for constants."""
    _, *others = gradients(x, scale, cotangent, epsilon)
    return wide(scale, x) / parts(x, epsilon)[1] * cotangent, *others


@fault("batch_norm_train_vjp", "cthorey/CS231#9", "wjbKimberly/cs231n_spring_2017_assignment#7")
def means_for_scale_and_shift(x, scale, cotangent, *, epsilon):
    """The gradients of scale and shift are means and not sums."""
    first, second, third = gradients(x, scale, cotangent, epsilon)
    n = x.size / x.shape[1]
    return first, second / n, third / n


@fault("batch_norm_train_vjp", "tensorflow/tensorflow#14676")
def multiplied_by_the_deviation(x, scale, cotangent, *, epsilon):
    """The gradient of the scale is multiplied by the deviation where it is divided."""
    first, _, third = gradients(x, scale, cotangent, epsilon)
    h, root = parts(x, epsilon)
    return first, np.sum(cotangent * h * root**2, axis=along(x)), third


@fault("batch_norm_train_vjp", "apache/mxnet#12899")
def no_gradient_of_the_scale(x, scale, cotangent, *, epsilon):
    """The gradient of the scale is 0."""
    first, second, third = gradients(x, scale, cotangent, epsilon)
    return first, 0 * second, third
