"""Faults of layers, of networks of them, and of one step of backpropagation."""

import numpy as np

from nnspec import reference
from tests.diagnosis.fault import fault


def sigma(x):
    return 1 / (1 + np.exp(-x))


def activated(name, z):
    settings = {"leaky_relu": {"negative_slope": 0.125}}
    settings |= {each: {"axis": -1} for each in ("softmax", "log_softmax")}
    return getattr(reference, name)(z, **settings.get(name, {}))


def derived(name, z, back):
    settings = {"leaky_relu": {"negative_slope": 0.125}}
    settings |= {each: {"axis": -1} for each in ("softmax", "log_softmax")}
    return getattr(reference, f"{name}_vjp")(z, back, **settings.get(name, {}))


def propagated(x, weights, biases, activations):
    """Return the inputs of all layers, and their sums."""
    inputs, sums = [x], []
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        sums.append(inputs[-1] @ weight + bias)
        inputs.append(activated(name, sums[-1]))
    return inputs, sums


def returned(x, weights, biases, cotangent, activations, *, slope):
    """Return the gradients of a network whose layers hand deltas back by `slope`."""
    inputs, sums = propagated(x, weights, biases, activations)
    back, weight_bars, bias_bars = cotangent, [], []
    for place in reversed(range(len(weights))):
        delta = slope(place, activations[place], sums[place], inputs[place + 1], back)
        weight_bars.append(inputs[place].T @ delta)
        bias_bars.append(np.sum(delta, axis=0))
        back = delta @ weights[place].T
    return back, weight_bars[::-1], bias_bars[::-1]


@fault("linear", "udacity/deep-learning-v2-pytorch#81")
def no_bias(x, weight, bias):
    """The bias is not added."""
    return x @ weight + 0 * bias


@fault("linear_vjp", "kvfrans/notes#5")
def mean_for_the_bias(x, weight, bias, cotangent):
    """The bias gradient is a mean over the samples and not a sum."""
    return cotangent @ weight.T, x.T @ cotangent, np.mean(cotangent, axis=0)


@fault("linear_vjp", "jimfleming/differentiation#1", "mlpack/mlpack#3679")
def bias_gradient_is_not_summed(x, weight, bias, cotangent):
    """The bias gradient is the cotangent itself: nothing is summed over the samples."""
    return cotangent @ weight.T, x.T @ cotangent, cotangent


@fault("linear_vjp", "apache/mxnet#2427")
def divided_by_the_samples(x, weight, bias, cotangent):
    """The gradients of weight and bias are divided by the number of samples."""
    n = max(len(x), 1)
    return cotangent @ weight.T, x.T @ cotangent / n, np.sum(cotangent, axis=0) / n


@fault("linear_vjp", "rust0258/Deeplearning.ai-Natural-Language-Processing-Specialization#64")
def bias_gradient_out_of_the_weights(x, weight, bias, cotangent):
    """The bias gradient is the weight gradient, summed over the inputs."""
    return cotangent @ weight.T, x.T @ cotangent, np.sum(x.T @ cotangent, axis=0)


@fault("linear_vjp", "pulp-platform/pulp-trainlib#3")
def weight_is_read_as_if_transposed(x, weight, bias, cotangent):
    """The memory of the weight is read as if it were transposed already."""
    turned = weight.reshape(weight.shape[::-1])
    return cotangent @ turned, x.T @ cotangent, np.sum(cotangent, axis=0)


@fault("linear_vjp", "itskonrad/miniMNIST-c#7")
def input_gradient_twice(x, weight, bias, cotangent):
    """The gradient of the input is added up twice."""
    return 2 * (cotangent @ weight.T), x.T @ cotangent, np.sum(cotangent, axis=0)


@fault("linear_vjp", "deeplearning4j/deeplearning4j#364")
def bias_summed_along_the_other_axis(x, weight, bias, cotangent):
    """The bias gradient is summed over the units and not over the samples."""
    return cotangent @ weight.T, x.T @ cotangent, np.sum(cotangent, axis=1)


@fault("linear_vjp", "iamtrask/Grokking-Deep-Learning#22")
def weight_gradient_transposed(x, weight, bias, cotangent):
    """The gradient of the weight is transposed."""
    return cotangent @ weight.T, cotangent.T @ x, np.sum(cotangent, axis=0)


@fault(
    "mlp_vjp",
    "deeplearning4j/deeplearning4j#364",
    right=("of_the_(output|activation)|at_the_(output|activation)",),
)
def slopes_at_the_activations(x, weights, biases, cotangent, *, activations):
    """Sums were overwritten by activations, so that derivatives are taken at activations."""
    return returned(
        x,
        weights,
        biases,
        cotangent,
        activations,
        slope=lambda _, name, sums, outputs, back: derived(name, outputs, back),
    )


@fault(
    "mlp_vjp",
    "jiexunsee/Neural-Network-with-Python#1",
    right=("last_(activation|layer|slope)|output_layer",),
)
def no_slope_in_the_last_layer(x, weights, biases, cotangent, *, activations):
    """The derivative of the last activation is left out."""
    last = len(weights) - 1
    return returned(
        x,
        weights,
        biases,
        cotangent,
        activations,
        slope=lambda place, name, sums, outputs, back: (
            back if place == last else derived(name, sums, back)
        ),
    )


@fault("mlp_vjp", "makeyourownneuralnetwork/makeyourownneuralnetwork#88", right=("without_slopes",))
def errors_without_slopes_go_back(x, weights, biases, cotangent, *, activations):
    """Errors go back through the weights alone; slopes enter the weights' gradients only."""
    inputs, sums = propagated(x, weights, biases, activations)
    back, weight_bars, bias_bars = cotangent, [], []
    for place in reversed(range(len(weights))):
        delta = derived(activations[place], sums[place], back)
        weight_bars.append(inputs[place].T @ delta)
        bias_bars.append(np.sum(delta, axis=0))
        back = back @ weights[place].T
    return back, weight_bars[::-1], bias_bars[::-1]


def perceived(inputs, i_to_h, h_to_o):
    hidden = sigma(inputs @ i_to_h)
    return hidden, sigma(hidden @ h_to_o)


@fault("perceptron_step", "Bot-Academy/NeuralNetworkFromScratch#3")
def no_slope_at_the_output(inputs, target, i_to_h, h_to_o, *, learning_rate):
    """The slope of the output's sigmoid is missing."""
    hidden, output = perceived(inputs, i_to_h, h_to_o)
    error = output - target
    back = (h_to_o @ error) * hidden * (1 - hidden)
    return (
        i_to_h - learning_rate * np.outer(inputs, back),
        h_to_o - learning_rate * np.outer(hidden, error),
    )


@fault(
    "perceptron_step",
    "joelgrus/data-science-from-scratch#31",
    "kim-marcel/basic_neural_network#7",
    "louisjc/mnist-neural-network#1",
)
def errors_go_back_through_new_weights(inputs, target, i_to_h, h_to_o, *, learning_rate):
    """The output weights change first, and the errors go back through the new ones."""
    hidden, output = perceived(inputs, i_to_h, h_to_o)
    error = (output - target) * output * (1 - output)
    changed = h_to_o - learning_rate * np.outer(hidden, error)
    back = (changed @ error) * hidden * (1 - hidden)
    return i_to_h - learning_rate * np.outer(inputs, back), changed


@fault("perceptron_step", "makeyourownneuralnetwork/makeyourownneuralnetwork#88")
def plain_errors_go_back(inputs, target, i_to_h, h_to_o, *, learning_rate):
    """Plain errors go back to the hidden layer, without the slope of the output."""
    hidden, output = perceived(inputs, i_to_h, h_to_o)
    error = (output - target) * output * (1 - output)
    back = (h_to_o @ (output - target)) * hidden * (1 - hidden)
    return (
        i_to_h - learning_rate * np.outer(inputs, back),
        h_to_o - learning_rate * np.outer(hidden, error),
    )


@fault("perceptron_step", "udacity/deep-learning#285")
def gradient_is_added(inputs, target, i_to_h, h_to_o, *, learning_rate):
    """The gradients are added to the weights."""
    hidden, output = perceived(inputs, i_to_h, h_to_o)
    error = (output - target) * output * (1 - output)
    back = (h_to_o @ error) * hidden * (1 - hidden)
    return (
        i_to_h + learning_rate * np.outer(inputs, back),
        h_to_o + learning_rate * np.outer(hidden, error),
    )


@fault("perceptron_step", "liashchynskyi/skynet#1")
def activation_twice_in_the_slopes(inputs, target, i_to_h, h_to_o, *, learning_rate):
    """The slopes put activations through the sigmoid once more."""
    hidden, output = perceived(inputs, i_to_h, h_to_o)
    h, o = sigma(hidden), sigma(output)
    error = (output - target) * o * (1 - o)
    back = (h_to_o @ error) * h * (1 - h)
    return (
        i_to_h - learning_rate * np.outer(inputs, back),
        h_to_o - learning_rate * np.outer(hidden, error),
    )


@fault("perceptron_step", "stats.stackexchange.com/q/464262")
def weights_where_activations_belong(inputs, target, i_to_h, h_to_o, *, learning_rate):
    """The gradients have the weights themselves where the layer's inputs belong."""
    hidden, output = perceived(inputs, i_to_h, h_to_o)
    error = output - target
    back = (h_to_o @ error) * hidden * (1 - hidden)
    return (
        i_to_h - learning_rate * i_to_h * back,
        h_to_o - learning_rate * h_to_o * error * output * (1 - output),
    )
