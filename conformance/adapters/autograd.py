"""HIPS autograd: functions of autograd.numpy and autograd.scipy, and misc.optimizers.

Each vjp is autograd.make_vjp's. Written from the sources of autograd 1.9. The state of
misc.optimizers.rmsprop starts at 1, so it is no operation here.
"""

from functools import partial
from importlib import metadata

import autograd.numpy as np
from autograd import grad, make_vjp
from autograd.misc import optimizers
from autograd.scipy.special import expit, logsumexp

name = "autograd"
version = metadata.version("autograd")
dtypes = ("float64", "float32")
_NAMES = {"momentum": "mass", "beta1": "b1", "beta2": "b2", "epsilon": "eps"}


def _both(function, wanted=1):
    # With a tuple of argument numbers the gradients keep their dtypes. With one number those of
    # np.maximum and np.where are float64.
    def gradient(*given, **parameters):
        *given, cotangent = given
        found = make_vjp(function, tuple(range(wanted)))(*given, **parameters)[0](cotangent)
        return found[0] if wanted == 1 else found

    return function, gradient


def _log_softmax(x, *, axis):
    # autograd's examples compute x - logsumexp(x), whose rounding errors are as large as those of
    # the logits.
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - logsumexp(shifted, axis=axis, keepdims=True)


def _labelled(x, labels):
    return x[np.arange(len(labels)), labels]


def one_hot_cross_entropy(q, labels):
    return -np.log(_labelled(q, labels))


def one_hot_cross_entropy_clipped(q, labels, *, epsilon):
    return -np.log(np.clip(_labelled(q, labels), epsilon, 1 - epsilon))


# autograd's examples use np.maximum as relu; its derivative is ½ if its arguments are equal.
relu, relu_vjp = _both(lambda x: np.maximum(x, 0))
leaky_relu, leaky_relu_vjp = _both(
    lambda x, *, negative_slope: np.where(x > 0, x, negative_slope * x)
)
sigmoid, sigmoid_vjp = _both(expit)
tanh, tanh_vjp = _both(np.tanh)
softmax, softmax_vjp = _both(lambda x, *, axis: np.exp(_log_softmax(x, axis=axis)))
log_softmax, log_softmax_vjp = _both(_log_softmax)
sum_squared_error, sum_squared_error_vjp = _both(lambda y, target: np.sum((y - target) ** 2) / 2)
softmax_cross_entropy, softmax_cross_entropy_vjp = _both(
    lambda x, targets: -np.sum(targets * _log_softmax(x, axis=1), axis=1)
)
sparse_softmax_cross_entropy, sparse_softmax_cross_entropy_vjp = _both(
    lambda x, labels: -_labelled(_log_softmax(x, axis=1), labels)
)
sigmoid_cross_entropy, sigmoid_cross_entropy_vjp = _both(
    lambda x, t: t * np.logaddexp(0, -x) + (1 - t) * np.logaddexp(0, x)
)
linear, linear_vjp = _both(lambda x, weight, bias: np.dot(x, weight) + bias, 3)

_ACTIVATIONS = {
    "identity": lambda a: a,
    "leaky_relu": partial(leaky_relu, negative_slope=0.125),
    "log_softmax": partial(log_softmax, axis=-1),
    "relu": relu,
    "sigmoid": sigmoid,
    "softmax": partial(softmax, axis=-1),
    "step": lambda a: np.heaviside(a, 0),
    "tanh": tanh,
}
step = _ACTIVATIONS["step"]


def _mlp(x, weights, biases, *, activations):
    for weight, bias, activation in zip(weights, biases, activations, strict=True):
        x = _ACTIVATIONS[activation](linear(x, weight, bias))
    return x


mlp, mlp_vjp = _both(_mlp, 3)


def _normalized(x, scale, shift, *, epsilon):
    axes, channels = (0, *range(2, x.ndim)), (-1, *[1] * (x.ndim - 2))
    scaled = (x - np.mean(x, axes, keepdims=True)) / np.sqrt(
        np.var(x, axes, keepdims=True) + epsilon
    )
    return np.reshape(scale, channels) * scaled + np.reshape(shift, channels)


def batch_norm_train_vjp(x, scale, cotangent, *, epsilon):
    _, slopes = _both(_normalized, 3)
    return slopes(x, scale, 0 * scale, cotangent, epsilon=epsilon)


def _stepped(optimize, gradient, params, steps, *, learning_rate, **settings):
    if isinstance(learning_rate, (tuple, list)):
        raise NotImplementedError(
            "the optimizers of autograd.misc have one step_size for all steps"
        )
    # The optimizers call the callback with the parameters before each step.
    passed = []
    named = {_NAMES[key]: value for key, value in settings.items()}
    last = optimize(
        lambda at, _: gradient(at),
        [*params],
        lambda at, *_: passed.append(at),
        steps,
        learning_rate,
        **named,
    )
    return [*passed, last][1:]


gradient_descent = partial(_stepped, partial(optimizers.sgd, mass=0.0))
momentum_average = partial(_stepped, optimizers.sgd)
adam = partial(_stepped, optimizers.adam)


def perceptron_step(inputs, target, i_to_h, h_to_o, *, learning_rate):
    slopes = grad(
        lambda weights: sum_squared_error(
            expit(np.dot(expit(np.dot(inputs, weights[0])), weights[1])), target
        )
    )
    return gradient_descent(slopes, [i_to_h, h_to_o], 1, learning_rate=learning_rate)[0]


def minibatch_descent(gradient, params, batches, *, learning_rate):
    turns = iter(batches)

    def means(at):
        samples = [gradient(at, int(index)) for index in next(turns)]
        return [np.mean(np.stack(each), axis=0) for each in zip(*samples, strict=True)]

    return gradient_descent(means, params, len(batches), learning_rate=learning_rate)
