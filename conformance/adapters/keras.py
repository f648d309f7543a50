"""Keras 3.15 on TensorFlow 2.21, on the CPU: ops, layers, optimizers and initializers."""

import os
from functools import partial

os.environ.update(
    {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    | os.environ
)

import keras
import tensorflow as tf
from keras import initializers, layers, ops, optimizers

# TensorFlow's own functions come first, and those of Keras replace them below.
from nnspec.conformance.adapters.tensorflow import *  # noqa: F403  a glossary
from nnspec.conformance.adapters.tensorflow import answered, both, expected_failures

name, version, dtypes = (
    "keras",
    f"{keras.__version__}, tensorflow {tf.__version__}",
    ("float64", "float32", "float16", "bfloat16"),
)
fixed = {
    key: {"negative_slope": 0.0}
    for key in ("kaiming_normal", "kaiming_uniform", "kaiming_truncated_normal")
}
expected_failures = {
    **expected_failures,
    "networks/sizes[linear_vjp]": "BiasAddGrad, behind ops.add of a bias, adds up in bfloat16",
    "cross_entropy_renormalized/accuracy": "ops.sum adds float16 up in float16",
    "standardize/units": "layers.Normalization divides by 1e-7 where the deviation is smaller",
}
# From probabilities Keras computes other formulas: it renormalizes and clips.
del cross_entropy, cross_entropy_clipped, kl_divergence  # noqa: F821  TensorFlow's
del one_hot_cross_entropy, one_hot_cross_entropy_clipped  # noqa: F821
_NAMES = {"beta1": "beta_1", "beta2": "beta_2", "decay": "rho", "std": "stddev"}
_ACTIVATIONS = {
    "step": lambda a: ops.heaviside(a, 0),
    "leaky_relu": partial(ops.leaky_relu, negative_slope=0.125),
    "identity": tf.identity,
}


def _mlp(x, weights, biases, *, activations):
    for weight, bias, activation in zip(weights, biases, activations, strict=True):
        function = _ACTIVATIONS.get(activation) or getattr(ops, activation)
        x = function(ops.add(ops.matmul(x, weight), bias))  # as layers.Dense.call does
    return x


def cross_entropy_renormalized(p, q, *, axis, epsilon):
    keras.config.set_epsilon(epsilon)
    answer = answered(ops.categorical_crossentropy, p, q, axis=axis)
    keras.config.set_epsilon(1e-7)
    return answer


def _stepped(make, gradient, params, steps, *, learning_rate, **settings):
    # Keras keeps the learning rate in this format.
    keras.config.set_floatx("float64" if params[0].dtype == "float64" else "float32")
    variables = [keras.Variable(each, dtype=each.dtype.name) for each in params]
    optimizer = make(
        learning_rate=1.0, **{_NAMES.get(key, key): float(value) for key, value in settings.items()}
    )
    optimizer.build(variables)
    # Many steps are worth tracing, as keras.Model.fit does.
    apply = optimizer.apply if steps < 64 else tf.function(optimizer.apply)
    for rate in (
        learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps
    ):
        optimizer.learning_rate = rate
        apply([tf.constant(each) for each in gradient([each.numpy() for each in variables])])
        yield [each.numpy() for each in variables]


def _drawn(make, *shape, dtype, **given):
    named = {_NAMES.get(key, key): value for key, value in given.items() if key != "negative_slope"}
    return make(**named)(tf.nest.flatten(shape), dtype).numpy()


def _normalized(x, scale, shift, mean, variance, *, training=True, momentum=0.0, epsilon):
    # The momentum of Keras is the weight of the old statistics.
    layer = layers.BatchNormalization(
        axis=1, momentum=1 - momentum, epsilon=epsilon, dtype=x.dtype.name
    )
    layer.build(x.shape)
    return tf.nest.flatten(
        layer.stateless_call([scale, shift], [mean, variance], x, training=training)
    )


def _standardized(train, data, *, axes):
    layer = layers.Normalization(
        sorted({*range(train.ndim)} - {axis % train.ndim for axis in axes}), dtype=train.dtype.name
    )
    layer.adapt(train)
    return layer(data)


def perceptron_step(inputs, target, i_to_h, h_to_o, *, learning_rate):
    _, pull = both(
        lambda weights, x: tf.nn.l2_loss(
            ops.sigmoid(ops.sigmoid(x @ weights[0]) @ weights[1]) - target
        )
    )
    return next(
        gradient_descent(
            lambda at: pull(at, inputs[None], inputs.dtype.type(1)),
            [i_to_h, h_to_o],
            1,
            learning_rate=learning_rate,
        )
    )


def newton(gradient, hessian, params, steps, *, learning_rate):
    solved = partial(
        answered, lambda curvature, slope: [tf.linalg.solve(curvature, slope[:, None])[:, 0]]
    )
    return gradient_descent(
        lambda at: solved(hessian(at), *gradient(at)), params, steps, learning_rate=learning_rate
    )


def minibatch_descent(gradient, params, batches, *, learning_rate):
    mean = partial(
        answered,
        lambda *samples: [ops.mean(tf.stack(each), 0) for each in zip(*samples, strict=True)],
    )
    turns = iter([int(index) for index in batch] for batch in batches)

    def means(at):
        return mean(*(gradient(at, index) for index in next(turns)))

    return gradient_descent(means, params, len(batches), learning_rate=learning_rate)


def batch_norm_train_vjp(x, scale, cotangent, *, epsilon):
    _, slopes = both(
        lambda x, scale, shift: _normalized(x, scale, shift, shift, shift, epsilon=epsilon)[0],
        slice(3),
    )
    return slopes(x, scale, 0 * scale, cotangent)


_forward = partial(partial, answered)
step = _forward(_ACTIVATIONS["step"])
sigmoid, sigmoid_vjp = both(ops.sigmoid)
tanh, tanh_vjp = both(ops.tanh)
relu, relu_vjp = both(ops.relu)
leaky_relu, leaky_relu_vjp = both(ops.leaky_relu)
softmax, softmax_vjp = both(ops.softmax)
log_softmax, log_softmax_vjp = both(ops.log_softmax)
mlp, mlp_vjp = both(_mlp, slice(3))
linear, linear_vjp = both(
    lambda x, weight, bias: _mlp(x, [weight], [bias], activations=["identity"]), slice(3)
)
gradient_descent = momentum_scaled = partial(_stepped, optimizers.SGD)
nesterov_reformulated_scaled = partial(_stepped, partial(optimizers.SGD, nesterov=True))
adagrad_epsilon_inside = partial(
    _stepped, partial(optimizers.Adagrad, initial_accumulator_value=0.0)
)
rmsprop_epsilon_inside, adam_epsilon_hat = (
    partial(_stepped, optimizers.RMSprop),
    partial(_stepped, optimizers.Adam),
)
zeros, constant, normal = (
    partial(_drawn, make)
    for make in (initializers.Zeros, initializers.Constant, initializers.RandomNormal)
)
xavier_uniform, kaiming_uniform = (
    partial(_drawn, initializers.GlorotUniform),
    partial(_drawn, initializers.HeUniform),
)
xavier_truncated_normal, kaiming_truncated_normal = (
    partial(_drawn, initializers.GlorotNormal),
    partial(_drawn, initializers.HeNormal),
)
_uncut = partial(
    _drawn, initializers.VarianceScaling, distribution="untruncated_normal", mode="fan_in"
)
xavier_fan_in_normal, xavier_normal, kaiming_normal = (
    _uncut,
    partial(_uncut, mode="fan_avg"),
    partial(_uncut, scale=2.0),
)
batch_norm_train = _forward(_normalized)
batch_norm_eval = _forward(
    lambda *given, epsilon: _normalized(*given, training=False, epsilon=epsilon)[0]
)
center = _forward(lambda train, data, axes: data - ops.mean(train, axes, keepdims=True))
standardize = _forward(_standardized)
