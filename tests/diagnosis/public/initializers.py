"""Faults of random weights: other variances, other laws, other fans."""

import math

import numpy as np

from tests.diagnosis.fault import fault


def normals(shape, std, seed):
    return std * np.random.default_rng(seed).standard_normal(shape)


def uniforms(shape, bound, seed):
    return np.random.default_rng(seed).uniform(-bound, bound, shape)


def truncated(shape, std, seed):
    """Return normal numbers of a deviation, drawn again where they exceed two of them."""
    generator = np.random.default_rng(seed)
    found = generator.standard_normal(shape)
    while np.any(outside := np.abs(found) > 2):
        found[outside] = generator.standard_normal(np.count_nonzero(outside))
    return std * found


def squared_gain(negative_slope):
    return 2 / (1 + negative_slope**2)


@fault("normal", "aiUIUC/pyAIUtils#25", right=("mean",))
def deviation_taken_for_the_mean(shape, *, std, seed, dtype):
    """The deviation is handed over as the mean, and the deviation is 1."""
    return std + normals(shape, 1.0, seed)


@fault("normal", "Lasagne/Lasagne#787", right=("variance",))
def deviation_taken_for_the_variance(shape, *, std, seed, dtype):
    """The number is taken for the variance: its root is the deviation."""
    return normals(shape, math.sqrt(std), seed)


@fault("normal", "tensorflow/models#1529", right=("zero",))
def all_zeros(shape, *, std, seed, dtype):
    """All weights are 0."""
    return np.zeros(shape)


@fault(
    "xavier_fan_in_normal",
    "mnielsen/neural-networks-and-deep-learning#30",
    "makeyourownneuralnetwork/makeyourownneuralnetwork#44",
    right=("fan_out|outputs",),
)
def fan_out_for_fan_in(fan_in, fan_out, *, seed, dtype):
    """The number of outputs stands where that of inputs should."""
    return normals((fan_in, fan_out), math.sqrt(1 / fan_out), seed)


@fault("xavier_normal", "tflearn/tflearn#870", right=("2 → 3|three",))
def three_for_two(fan_in, fan_out, *, seed, dtype):
    """The variance has a 3 where a 2 belongs, as if it bounded a uniform law."""
    return normals((fan_in, fan_out), math.sqrt(3 / (fan_in + fan_out)), seed)


@fault("xavier_normal", "harvard-edge/cs249r_book#1161", right=("^xavier_fan_in_normal$",))
def only_the_inputs_count(fan_in, fan_out, *, seed, dtype):
    """The variance is 1/fan_in."""
    return normals((fan_in, fan_out), math.sqrt(1 / fan_in), seed)


@fault("xavier_normal", "tensorflow/tensorflow#19996", right=("truncat",))
def a_truncated_law(fan_in, fan_out, *, seed, dtype):
    """The law is truncated at two deviations."""
    return truncated((fan_in, fan_out), math.sqrt(2 / (fan_in + fan_out)), seed)


@fault(
    "xavier_uniform",
    "keras-team/keras#372",
    "denizyuret/Knet.jl#515",
    right=("deviation|root_of_three|6 → 2",),
)
def deviation_taken_for_the_bound(fan_in, fan_out, *, seed, dtype):
    """The deviation is taken for the bound: the root of 3 is missing."""
    return uniforms((fan_in, fan_out), math.sqrt(2 / (fan_in + fan_out)), seed)


@fault("xavier_uniform", "dmlc/minpy#158", right=("normal.*bound|draws_normal",))
def normal_with_the_bound(fan_in, fan_out, *, seed, dtype):
    """The law is normal, and the bound of the uniform law is its deviation."""
    return normals((fan_in, fan_out), math.sqrt(6 / (fan_in + fan_out)), seed)


@fault("xavier_truncated_normal", "keras-team/keras#8048", right=("truncat",))
def variance_lost_by_truncation(fan_in, fan_out, *, seed, dtype):
    """The variance that truncation costs is not given back."""
    return truncated((fan_in, fan_out), math.sqrt(2 / (fan_in + fan_out)), seed)


@fault("kaiming_normal", "jw1912/bullet#363", right=("factor_(of_)?two|2 → 1|half",))
def factor_two_is_missing(fan_in, fan_out, *, negative_slope, seed, dtype):
    """The factor 2 is missing in the variance."""
    std = math.sqrt(squared_gain(negative_slope) / 2 / fan_in)
    return normals((fan_in, fan_out), std, seed)


@fault("kaiming_normal", "LBANN/lbann#316", right=("gain",))
def no_gain(fan_in, fan_out, *, negative_slope, seed, dtype):
    """The variance is 1/fan_in: there is no gain."""
    return normals((fan_in, fan_out), math.sqrt(1 / fan_in), seed)


@fault("kaiming_normal", "ClementPinard/FlowNetPytorch#19", right=("fan_out|outputs",))
def outputs_for_inputs(fan_in, fan_out, *, negative_slope, seed, dtype):
    """The number of outputs stands where that of inputs should."""
    return normals((fan_in, fan_out), math.sqrt(squared_gain(negative_slope) / fan_out), seed)


@fault("kaiming_uniform", "LaurentMazare/tch-rs#573", right=("deviation|root_of_three|6 → 2",))
def no_root_of_three(fan_in, fan_out, *, negative_slope, seed, dtype):
    """The deviation is taken for the bound: the root of 3 is missing."""
    return uniforms((fan_in, fan_out), math.sqrt(squared_gain(negative_slope) / fan_in), seed)


@fault("kaiming_uniform", "LBANN/lbann#316", right=("draws_normal|^kaiming_normal$",))
def not_uniform(fan_in, fan_out, *, negative_slope, seed, dtype):
    """The law is normal, with the right variance."""
    return normals((fan_in, fan_out), math.sqrt(squared_gain(negative_slope) / fan_in), seed)


@fault(
    "kaiming_uniform",
    "pytorch/pytorch#30947",
    "pytorch/pytorch#30946",
    right=("gain.*squar|squar.*gain",),
)
def gain_is_squared(fan_in, fan_out, *, negative_slope, seed, dtype):
    """The gain is squared in the bound."""
    bound = math.sqrt(3 / fan_in) * squared_gain(negative_slope)
    return uniforms((fan_in, fan_out), bound, seed)


@fault("kaiming_uniform", "pytorch/pytorch#15314", right=("slope",))
def bound_of_the_default_slope(fan_in, fan_out, *, negative_slope, seed, dtype):
    """The slope is the root of 5, whatever is asked for, so that the bound is 1/√fan_in."""
    return uniforms((fan_in, fan_out), math.sqrt(1 / fan_in), seed)


@fault("kaiming_truncated_normal", "tensorflow/tensorflow#18706", right=("truncat",))
def a_variance_too_small(fan_in, fan_out, *, negative_slope, seed, dtype):
    """The variance that truncation costs is not given back."""
    std = math.sqrt(squared_gain(negative_slope) / fan_in)
    return truncated((fan_in, fan_out), std, seed)
