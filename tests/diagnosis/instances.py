"""Instances that the diagnosis has to name: reports out of public threads, and bugs of students.

Today's diagnosis named most of them wrongly or not at all.
"""

import math
import sys
from functools import lru_cache

import numpy as np

from tests.diagnosis.fault import Fault, fault, faults_in, stepping
from tests.diagnosis.public.adaptive import moments
from tests.diagnosis.public.networks import activated, derived, perceived

STUDENT = "a student's network"


def faults() -> tuple[Fault, ...]:
    """Return every instance in its order."""
    return _faults()


@lru_cache(maxsize=1)
def _faults() -> tuple[Fault, ...]:
    return tuple(faults_in(sys.modules[__name__]))


def sigma(x):
    return 1 / (1 + np.exp(-x))


def shares(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


@stepping(
    "adam",
    "raskr/rust-autograd#16",
    "dngfra/Restricted-Boltzmann-Machines#2",
    vague="stor|kept|keep|forg|state|0 in every step|moment",
)
def moments_are_not_stored(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """New moments are computed and not stored, while the count goes on."""
    m, v = (1 - beta1) * g, (1 - beta2) * g**2
    return theta - rate * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


@stepping(
    "adam",
    "tracel-ai/burn#630",
    "deeplearning4j/nd4j#1227",
    right=("t → t − 1", "from_zero", "NaN"),
    vague="count|NaN|t − 1|zero",
)
def count_from_zero(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """Steps are counted from 0, so that the first correction divides by 0."""
    m, v = moments(kept, g, beta1, beta2)
    first, second = np.float64(1 - beta1 ** (t - 1)), np.float64(1 - beta2 ** (t - 1))
    return theta - rate * (m / first) / (np.sqrt(v / second) + epsilon)


@stepping("nesterov_reformulated", "PaddlePaddle/Paddle#12231", vague="sign|[+−-]|subtract|minus")
def momentum_with_the_wrong_sign(theta, g, rate, t, kept, *, momentum):
    """The term with the velocity has the wrong sign."""
    kept["v"] = momentum * kept["v"] + g
    return theta - rate * g + rate * momentum * kept["v"]


@stepping("rmsprop", "zc911/MatrixSlow#28", vague="first|begin|start|whole")
def the_first_square_enters_whole(theta, g, rate, t, kept, *, decay, epsilon):
    """The average begins with the whole first square."""
    kept["r"] = g**2 if t == 1 else decay * kept["r"] + (1 - decay) * g**2
    return theta - rate * g / (np.sqrt(kept["r"]) + epsilon)


@stepping("adagrad", "cbovar/ConvNetSharp#29", vague="clear|accumul|sum|pile|all so far|gradients")
def gradients_are_not_cleared(theta, g, rate, t, kept, *, epsilon):
    """Gradients are not cleared: each step uses the sum of all so far."""
    kept["g"] = kept["g"] + g
    kept["r"] = kept["r"] + kept["g"] ** 2
    return theta - rate * kept["g"] / (np.sqrt(kept["r"]) + epsilon)


@fault("clip_by_global_norm", "paiml/entrenar#311", vague="squar|²|\\*\\*|power")
def the_square_of_a_square(gradients, *, max_norm):
    """The squared norm of each array is squared again under the root."""
    size = np.sqrt(sum(np.sum(g**2) ** 2 for g in gradients))
    return [g * min(1.0, max_norm / size) for g in gradients]


def channel(values, x):
    return np.reshape(values, (-1,) + (1,) * (x.ndim - 2))


def centered(x):
    axes = (0, *range(2, x.ndim))
    mean = np.mean(x, axis=axes)
    return axes, x - channel(mean, x), np.var(x, axis=axes)


@fault(
    "batch_norm_train_vjp",
    "flagos-ai/FlagGems#5222",
    vague="invers|twice|root|deviation|1/|variance",
)
def inverse_deviation_taken_for_the_variance(x, scale, cotangent, *, epsilon):
    """The stored inverse deviation is taken for the variance, and inverted again."""
    axes, c, v = centered(x)
    inverse = channel(1 / np.sqrt(1 / np.sqrt(v + epsilon) + epsilon), x)
    h = c * inverse
    mean = lambda values: np.mean(values, axis=axes, keepdims=True)  # noqa: E731
    inner = cotangent - mean(cotangent) - h * mean(cotangent * h)
    return (
        channel(scale, x) * inverse * inner,
        np.sum(cotangent * h, axis=axes),
        np.sum(cotangent, axis=axes),
    )


@fault("batch_norm_train_vjp", "ROCm/MIOpen#104", vague="scale|γ|gamma")
def the_first_term_has_no_scale(x, scale, cotangent, *, epsilon):
    """The first of three terms is not multiplied by the scale."""
    axes, c, v = centered(x)
    root = channel(np.sqrt(v + epsilon), x)
    h, scaled = c / root, channel(scale, x) * cotangent
    mean = lambda values: np.mean(values, axis=axes, keepdims=True)  # noqa: E731
    inner = cotangent - mean(scaled) - h * mean(scaled * h)
    return inner / root, np.sum(cotangent * h, axis=axes), np.sum(cotangent, axis=axes)


@fault("softmax_vjp", "pocketpy/cTensor#31", vague="cotangent|again|twice|c²|squar")
def times_the_cotangent_again(x, cotangent, *, axis):
    """The right answer is multiplied by the cotangent once more."""
    s = shares(x, axis)
    return cotangent * s * (cotangent - np.sum(s * cotangent, axis=axis, keepdims=True))


@fault(
    "xavier_normal",
    "mlverse/torch#555",
    right=("bracket|2/fan_in \\+ fan_out",),
    vague="bracket|fan",
)
def brackets_around_the_fans_missing(fan_in, fan_out, *, seed, dtype):
    """Brackets are missing: the variance is 2/fan_in plus fan_out."""
    std = math.sqrt(2 / fan_in + fan_out)
    return std * np.random.default_rng(seed).standard_normal((fan_in, fan_out))


@fault(
    "xavier_uniform",
    "denizyuret/Knet.jl#311",
    right=("center|one_side|positive",),
    vague="center|mean|positive|side",
)
def a_draw_that_is_not_centered(fan_in, fan_out, *, seed, dtype):
    """The draw is not centered: weights lie between 0 and twice the bound."""
    bound = math.sqrt(6 / (fan_in + fan_out))
    return np.random.default_rng(seed).uniform(0, 2 * bound, (fan_in, fan_out))


@fault("tanh_vjp", "apache/tvm#7340", vague="bracket|cotangent|c·1")
def brackets_missing(x, cotangent):
    """Brackets are missing: the cotangent multiplies the 1 and not the square."""
    return cotangent * 1 - np.tanh(x) ** 2


@fault("sigmoid_cross_entropy", "tensorflow/swift-apis#51", vague="sigmoid|logit|probabilit")
def logits_taken_for_probabilities(logits, targets):
    """The logits are taken for probabilities: the sigmoid is missing."""
    return -targets * np.log(logits) - (1 - targets) * np.log(1 - logits)


@fault("kl_divergence", "caglar/autoencoders#5", vague="bracket|p·log|p log|log q|log\\(q\\)|weigh")
def brackets_around_the_logarithms_missing(p, q, *, axis):
    """Brackets are missing: p multiplies the first logarithm alone."""
    safe = np.where(p > 0, p, 1.0)
    return np.sum(np.where(p > 0, p * np.log(safe) - np.log(q), 0.0), axis=axis)


@fault("perceptron_step", "ai.stackexchange.com/q/2588", vague="sum|pre|sigmoid|activation")
def slopes_of_the_sums(inputs, target, i_to_h, h_to_o, *, learning_rate):
    """The slope s(1 - s) is formed of the sums and not of their sigmoids."""
    hidden, output = perceived(inputs, i_to_h, h_to_o)
    into_hidden, into_output = inputs @ i_to_h, hidden @ h_to_o
    error = (output - target) * into_output * (1 - into_output)
    back = (h_to_o @ error) * into_hidden * (1 - into_hidden)
    return (
        i_to_h - learning_rate * np.outer(inputs, back),
        h_to_o - learning_rate * np.outer(hidden, error),
    )


@fault("softmax_cross_entropy", "stackoverflow.com/q/76450489", vague="sample|axis|first|class")
def sum_over_the_samples(logits, targets):
    """The sum runs over the samples instead of the classes."""
    return -np.sum(targets * np.log(shares(logits)), axis=0)


@fault(
    "mlp_vjp",
    "arthurdouillard/deepcourse#9",
    right=("bias.*(slope|before|deriv)",),
    vague="bias",
)
def biases_before_the_slope(x, weights, biases, cotangent, *, activations):
    """The bias gradient is taken before the slope of the activation is applied."""
    inputs, sums = [x], []
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        sums.append(inputs[-1] @ weight + bias)
        inputs.append(activated(name, sums[-1]))
    back, weight_bars, bias_bars = cotangent, [], []
    for place in reversed(range(len(weights))):
        bias_bars.append(np.sum(back, axis=0))
        delta = derived(activations[place], sums[place], back)
        weight_bars.append(inputs[place].T @ delta)
        back = delta @ weights[place].T
    return back, weight_bars[::-1], bias_bars[::-1]


@fault("softmax_vjp", STUDENT, vague="mean|sum|averag")
def a_mean_for_the_sum(x, cotangent, *, axis):
    """The inner product is a mean and not a sum."""
    s = shares(x, axis)
    return s * (cotangent - np.mean(s * cotangent, axis=axis, keepdims=True))


@fault("softmax_vjp", STUDENT, vague="half|½|0\\.5|/2|/ 2")
def half_the_inner_product(x, cotangent, *, axis):
    """Half of the inner product is subtracted."""
    s = shares(x, axis)
    return s * (cotangent - np.sum(s * cotangent, axis=axis, keepdims=True) / 2)


@fault("softmax_vjp", STUDENT, vague="s²|s\\*\\*2|squar|twice")
def a_squared_share(x, cotangent, *, axis):
    """The share before the bracket is squared."""
    s = shares(x, axis)
    return s**2 * (cotangent - np.sum(s * cotangent, axis=axis, keepdims=True))


@fault("softmax_vjp", STUDENT, vague="sum|inner|diagonal")
def no_sum(x, cotangent, *, axis):
    """The product of share and cotangent is subtracted without a sum."""
    s = shares(x, axis)
    return s * (cotangent - s * cotangent)


@fault("softmax_vjp", STUDENT, vague="sign|\\+|add|plus")
def the_inner_product_is_added(x, cotangent, *, axis):
    """The inner product is added."""
    s = shares(x, axis)
    return s * (cotangent + np.sum(s * cotangent, axis=axis, keepdims=True))


@fault("softmax", STUDENT, right=("^identity$",), vague="ident|itself|as it is|argument")
def the_logits_themselves(x, *, axis):
    """The answer is the argument."""
    return x


@fault("softmax", STUDENT, vague="norm|squar|root|length")
def divided_by_the_length(x, *, axis):
    """The exponentials are divided by their Euclidean length."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sqrt(np.sum(e**2, axis=axis, keepdims=True))


@fault("softmax", STUDENT, right=("least|smallest|min|overflow",), vague="min|least|overflow")
def shifted_by_the_least(x, *, axis):
    """The least number is subtracted, so that exponentials overflow."""
    e = np.exp(x - np.min(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


@fault("softmax", STUDENT, right=("1e-8|epsilon|small|tiny|denominator",), vague="epsilon|1e-|tiny")
def a_small_number_in_the_denominator(x, *, axis):
    """A hundred-millionth is added to the denominator."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / (np.sum(e, axis=axis, keepdims=True) + 1e-8)


@fault("relu", STUDENT, vague="abs|magnitude|\\|")
def the_magnitude(x):
    """Negative numbers change their sign instead of becoming 0."""
    return np.abs(x)


@fault("tanh_vjp", STUDENT, vague="squar|t²|t\\b|power")
def one_minus_t(x, cotangent):
    """The square is missing: the slope is 1 - t."""
    return cotangent * (1 - np.tanh(x))


@fault("sigmoid_vjp", STUDENT, vague="sigmoid|x·|x \\* |input")
def x_for_its_sigmoid(x, cotangent):
    """The slope is formed of the input instead of its sigmoid."""
    return cotangent * x * (1 - x)


@stepping("adam", STUDENT, vague="β₂|beta2|β")
def the_second_correction_for_both(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """Both moments are corrected with β₂."""
    m, v = moments(kept, g, beta1, beta2)
    return theta - rate * m / (1 - beta2**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


@stepping("adam", STUDENT, vague="root|√|sqrt")
def no_root(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """The root of the second moment is missing."""
    m, v = moments(kept, g, beta1, beta2)
    return theta - rate * m / (1 - beta1**t) / (v / (1 - beta2**t) + epsilon)


@stepping("adam", STUDENT, vague="abs|magnitude|\\|g\\||square")
def a_magnitude_for_the_square(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """The second moment averages magnitudes and not squares."""
    m = kept["m"] = beta1 * kept["m"] + (1 - beta1) * g
    v = kept["v"] = beta2 * kept["v"] + (1 - beta2) * np.abs(g)
    return theta - rate * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


@stepping("adam", STUDENT, vague="β₂|beta2|β")
def the_second_weight_for_the_first(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """The gradient enters the first moment with 1 - β₂."""
    m = kept["m"] = beta1 * kept["m"] + (1 - beta2) * g
    v = kept["v"] = beta2 * kept["v"] + (1 - beta2) * g**2
    return theta - rate * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


@stepping("adam", STUDENT, vague="β₁|beta1|swap|exchang|weights")
def weights_exchanged(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """The old first moment has the weight 1 - β₁, and the gradient β₁."""
    m = kept["m"] = (1 - beta1) * kept["m"] + beta1 * g
    v = kept["v"] = beta2 * kept["v"] + (1 - beta2) * g**2
    return theta - rate * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
