"""Faults of activations and of their derivatives."""

import numpy as np

from tests.diagnosis.fault import fault


def sigma(x):
    return 1 / (1 + np.exp(-x))


def shares(x, axis):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


@fault("sigmoid", "HIPS/autograd#481")
def a_tanh_of_the_whole_argument(x):
    """The sigmoid is written by tanh, whose argument is not halved."""
    return 0.5 * (np.tanh(x) + 1)


@fault("sigmoid", "Yorko/mlcourse.ai#640")
def no_minus_in_the_exponent(x):
    """The argument of the exponential has lost its minus."""
    return 1 / (1 + np.exp(x))


@fault("sigmoid_vjp", "BoltzmannEntropy/interviews.ai#4")
def x_times_one_minus_x(x, cotangent):
    """The derivative is formed of the input instead of its sigmoid."""
    return cotangent * x * (1 - x)


@fault("sigmoid_vjp", "rasmusbergpalm/DeepLearnToolbox#165")
def sigmoid_of_the_sigmoid(x, cotangent):
    """The derivative is taken at the activation: the sigmoid is applied twice."""
    s = sigma(sigma(x))
    return cotangent * s * (1 - s)


@fault("sigmoid_vjp", "JuliaAI/MLJLinearModels.jl#104")
def the_other_difference(x, cotangent):
    """The factor 1 - s is s - 1."""
    s = sigma(x)
    return cotangent * s * (s - 1)


@fault("sigmoid_vjp", "OpenMined/PySyft#2148")
def slope_alone(x, cotangent):
    """The derivative is not multiplied by the cotangent."""
    return sigma(x) * (1 - sigma(x)) + 0 * cotangent


@fault("tanh", "HIPS/autograd#317")
def an_exponent_of_x_for_two_x(x):
    """The exponential of -2x is one of -x."""
    y = np.exp(-x)
    return (1 - y) / (1 + y)


@fault("tanh", "fastai/fastbook#273")
def fraction_upside_down(x):
    """Numerator and denominator are exchanged."""
    return (np.exp(x) + np.exp(-x)) / (np.exp(x) - np.exp(-x))


@fault("tanh_vjp", "yizt/numpy_neural_network#6")
def tanh_of_the_cotangent(x, cotangent):
    """The slope is taken at the cotangent, and the input is not used."""
    return 1 - np.tanh(cotangent) ** 2


@fault("tanh_vjp", "OpenMined/PySyft#2148")
def slope_of_tanh_alone(x, cotangent):
    """The derivative is not multiplied by the cotangent."""
    return 1 - np.tanh(x) ** 2 + 0 * cotangent


@fault("tanh_vjp", "scutan90/DeepLearning-500-questions#544")
def one_is_missing(x, cotangent):
    """The slope is minus the square: the 1 is missing."""
    return cotangent * -(np.tanh(x) ** 2)


@fault("tanh_vjp", "gy910210/neural-network-from-scratch#2", "nicodjimenez/lstm#41")
def plus_the_square(x, cotangent):
    """The square is added, as in the derivative of the tangent."""
    return cotangent * (1 + np.tanh(x) ** 2)


@fault("tanh_vjp", "davidrmiller/neural2d#40")
def tanh_of_the_tanh(x, cotangent):
    """The slope is taken at the output: tanh is applied twice."""
    return cotangent * (1 - np.tanh(np.tanh(x)) ** 2)


@fault("softmax", "rickwierenga/MLFundamentals#1", "deeplearning4j/nd4j#44", "owlbarn/owl#240")
def sum_of_everything(x, *, axis):
    """The exponentials are divided by the sum over the whole array."""
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


@fault("softmax", "ethanfetaya/NRI#25", "stackoverflow.com/q/34968722")
def always_the_first_axis(x, *, axis):
    """The shares are taken along the first axis, whichever axis is asked for."""
    return shares(x, 0)


@fault("softmax", "p2irc/deepplantphenomics#50", "rwitten/HighPerfLLMs2024#3")
def no_exponential_below(x, *, axis):
    """The denominator is the sum of the logits and not of their exponentials."""
    return np.exp(x) / np.sum(x, axis=axis, keepdims=True)


@fault("softmax", "gcgibson/NTM#1")
def only_scaled(x, *, axis):
    """The numbers are divided by their sum; nothing is exponentiated."""
    return x / np.sum(x, axis=axis, keepdims=True)


@fault("softmax", "OpenMined/PySyft#711")
def only_the_sum(x, *, axis):
    """The answer is the sum along the axis."""
    return np.sum(x, axis=axis, keepdims=True)


@fault("softmax", "kyegomez/AttentionIsOFFByOne#5")
def one_more_in_the_sum(x, *, axis):
    """A 1 is added to the sum of the shifted exponentials."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / (1 + np.sum(e, axis=axis, keepdims=True))


@fault(
    "softmax_vjp",
    "deeplearning4j/libnd4j#440",
    "Apiquet/DeepLearningFrameworkFromScratchCpp#1",
)
def only_the_diagonal(x, cotangent, *, axis):
    """Only the diagonal of the Jacobian is used."""
    s = shares(x, axis)
    return cotangent * s * (1 - s)


@fault("softmax_vjp", "pjreddie/darknet#96")
def gradient_is_copied(x, cotangent, *, axis):
    """The cotangent is handed on as it is."""
    return cotangent


@fault("softmax_vjp", "markroxor/fromscratchtoml#65")
def twice_the_gradient(x, cotangent, *, axis):
    """The gradient is off by a factor of two."""
    s = shares(x, axis)
    return 2 * s * (cotangent - np.sum(s * cotangent, axis=axis, keepdims=True))


@fault("softmax_vjp", "HomericIntelligence/Odyssey#2134")
def no_inner_product(x, cotangent, *, axis):
    """The inner product of shares and cotangent is not subtracted."""
    return shares(x, axis) * cotangent


@fault("softmax_vjp", "RubixML/ML#438")
def jacobian_of_the_flattened_batch(x, cotangent, *, axis):
    """The Jacobian is that of the flattened batch: the sum runs over all samples."""
    s = shares(x, axis)
    return s * (cotangent - np.sum(s * cotangent))


@fault("log_softmax_vjp", "uxlfoundation/oneDNN#616")
def inner_product_with_the_output(x, cotangent, *, axis):
    """The inner product with the logarithms is subtracted, and no share multiplies it."""
    y = np.log(shares(x, axis))
    return cotangent - np.sum(cotangent * y, axis=axis, keepdims=True)


@fault("log_softmax_vjp", "mlpack/mlpack#2360")
def share_plus_cotangent(x, cotangent, *, axis):
    """The shares and the cotangent are added."""
    return shares(x, axis) + cotangent


@fault("log_softmax_vjp", "FluxML/NNlib.jl#194")
def gradient_of_softmax(x, cotangent, *, axis):
    """The gradient is that of softmax."""
    s = shares(x, axis)
    return s * (cotangent - np.sum(s * cotangent, axis=axis, keepdims=True))


@fault("leaky_relu", "BrainJS/brain.js#560")
def slope_on_the_positive_side(x, *, negative_slope):
    """Negative numbers become 0, and positive ones are multiplied by the slope."""
    return np.where(x < 0, 0.0, negative_slope * x)


@fault("leaky_relu", "tensorflow/tensorflow#24566", right=("max",))
def a_maximum(x, *, negative_slope):
    """The larger of x and slope·x is taken, which is another function for slopes above 1."""
    return np.maximum(negative_slope * x, x)


@fault("leaky_relu", "tflearn/tflearn#784")
def rectified_first(x, *, negative_slope):
    """The numbers are rectified before the slope is used, so that it acts on zeros."""
    y = np.maximum(x, 0)
    return np.where(y > 0, y, negative_slope * y)


@fault("leaky_relu", "RoboticsClubIITJ/ML-DL-implementation#73")
def always_a_hundredth(x, *, negative_slope):
    """The slope is 0.01, whatever is asked for."""
    return np.where(x > 0, x, 0.01 * x)


@fault("leaky_relu_vjp", "scientific-computing/FKB#15", "MachineLearningLifeScience/stochman#10")
def derivative_of_relu(x, cotangent, *, negative_slope):
    """The derivative is that of relu: 0 on the negative side."""
    return np.where(x > 0, cotangent, 0.0)


@fault("leaky_relu_vjp", "deeplearning4j/deeplearning4j#8178")
def slope_of_a_hundredth(x, cotangent, *, negative_slope):
    """The slope is not handed on: the derivative has 0.01."""
    return np.where(x > 0, cotangent, 0.01 * cotangent)


@fault("leaky_relu_vjp", "pytorch/pytorch#31938", "tracel-ai/burn#1208", right=("output",))
def side_of_the_output(x, cotangent, *, negative_slope):
    """The side is that of the output, which a negative slope turns around."""
    y = np.where(x > 0, x, negative_slope * x)
    return np.where(y > 0, cotangent, negative_slope * cotangent)


@fault("leaky_relu_vjp", "chainer/chainer#5898", right=("output",))
def an_output_of_zero_counts_as_positive(x, cotangent, *, negative_slope):
    """The side is that of the output, and an output of 0 counts as positive."""
    y = np.where(x >= 0, x, negative_slope * x)
    return np.where(y >= 0, cotangent, negative_slope * cotangent)
