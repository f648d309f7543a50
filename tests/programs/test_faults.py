"""Faults that people reported, told again as programs of their own, are what one edit answers.

Each is written as a user would write it, in NumPy, and not by our trees. The best edit of its
behavior has to name the right place; the sources are public.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.programs.behaviors import behavior_of

Arrays = list[np.ndarray]


def stepping(
    start: Callable[..., Any], step: Callable[..., Any]
) -> Callable[..., Iterator[Arrays]]:
    """An optimizer that moves each array by `step(state, g, rate, t, …)`, which answers both."""

    def optimizer(gradient: Any, params: Arrays, steps: int, *, learning_rate: Any, **others: Any):
        theta = [array.copy() for array in params]
        states = [start(array) for array in params]
        rates = np.broadcast_to(learning_rate, steps)
        for t, rate in enumerate(rates, 1):
            for k, g in enumerate(gradient(theta)):
                states[k], move = step(states[k], g, rate, t, **others)
                theta[k] = theta[k] - move
            yield [array.copy() for array in theta]

    return optimizer


def zeros(array: np.ndarray) -> Any:
    return np.zeros_like(array), np.zeros_like(array)


def adam_without_memory(state, g, rate, t, *, beta1, beta2, epsilon):
    m, v = (1 - beta1) * g, (1 - beta2) * g * g
    return state, rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


def adam_with_a_sum_of_gradients(state, g, rate, t, *, beta1, beta2, epsilon):
    m, v, total = state
    total = total + g
    m, v = beta1 * m + (1 - beta1) * total, beta2 * v + (1 - beta2) * total**2
    move = rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
    return (m, v, total), move


def rmsprop_whole_at_first(state, g, rate, t, *, decay, epsilon):
    r = g * g if t == 1 else decay * state + (1 - decay) * g * g
    return r, rate * g / (np.sqrt(r) + epsilon)


def nesterov_minus(state, g, rate, t, *, momentum):
    v = momentum * state + g
    return v, rate * (g - momentum * v)


def clip_by_fourth_powers(gradients, *, max_norm):
    norm = np.sqrt(sum(np.sum(np.square(np.square(g))) for g in gradients))
    return [g * min(1.0, max_norm / norm) for g in gradients]


def moments(x):
    axes = tuple(k for k in range(x.ndim) if k != 1)
    mean = np.mean(x, axis=axes, keepdims=True)
    return axes, mean, np.mean((x - mean) ** 2, axis=axes, keepdims=True)


def batch_norm_by_inverse_deviation(x, scale, cotangent, *, epsilon):
    axes, mean, variance = moments(x)
    deviation = np.sqrt(1 / np.sqrt(variance + epsilon) + epsilon)
    return batch_norm_gradient(x, scale, cotangent, axes, mean, deviation, lambda term: term)


def batch_norm_gradient(x, scale, cotangent, axes, mean, deviation, one_term):
    hat, gain = (x - mean) / deviation, scale.reshape(-1, *[1] * (x.ndim - 2))
    middle = np.mean(cotangent, axis=axes, keepdims=True)
    last = hat * np.mean(cotangent * hat, axis=axes, keepdims=True)
    of_x = (gain * cotangent - one_term(gain) * middle - gain * last) / deviation
    return [of_x, np.sum(cotangent * hat, axis=axes), np.sum(cotangent, axis=axes)]


def batch_norm_without_one_scale(x, scale, cotangent, *, epsilon):
    axes, mean, variance = moments(x)
    deviation = np.sqrt(variance + epsilon)
    return batch_norm_gradient(x, scale, cotangent, axes, mean, deviation, np.ones_like)


def softmax(z, axis=-1):
    e = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def divergence_without_brackets(p, q, *, axis):
    with np.errstate(all="ignore"):
        return np.sum(np.where(p > 0, p * np.log(p) - np.log(q), 0), axis=axis)


def perceptron_by_the_sum(inputs, target, i_to_h, h_to_o, *, learning_rate):
    post_h = sigmoid(inputs @ i_to_h)
    pre_o = post_h @ h_to_o
    signal = (sigmoid(pre_o) - target) * pre_o * (1 - pre_o)
    of_h = (h_to_o @ signal) * post_h * (1 - post_h)
    return [
        i_to_h - learning_rate * np.outer(inputs, of_h),
        h_to_o - learning_rate * np.outer(post_h, signal),
    ]


def bias_before_the_derivative(x, weights, biases, cotangent, *, activations):
    functions = {"tanh": np.tanh, "sigmoid": sigmoid, "relu": lambda a: np.maximum(a, 0)}
    functions["softmax"] = softmax
    slopes = {
        "tanh": lambda a, g: g * (1 - np.tanh(a) ** 2),
        "sigmoid": lambda a, g: g * sigmoid(a) * (1 - sigmoid(a)),
        "relu": lambda a, g: g * (a > 0),
        "softmax": lambda a, g: softmax(a) * (g - np.sum(softmax(a) * g, axis=-1, keepdims=True)),
    }
    z, sums = [x], []
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        sums.append(z[-1] @ weight + bias)
        z.append(functions[name](sums[-1]))
    g, of_weights, of_biases = cotangent, [], []
    for k in reversed(range(len(weights))):
        of_biases.insert(0, np.sum(g, axis=0))
        d = slopes[activations[k]](sums[k], g)
        of_weights.insert(0, z[k].T @ d)
        g = d @ weights[k].T
    return [g, of_weights, of_biases]


FAULTS = [
    # kaj/rust-autograd#16: moments are computed and not stored, while the count goes on.
    ("adam", stepping(zeros, adam_without_memory), "m and v not stored"),
    # ConvNetSharp#29: gradients are not cleared between the steps.
    (
        "adam",
        stepping(lambda a: (*zeros(a), np.zeros_like(a)), adam_with_a_sum_of_gradients),
        "g → Σ of all g so far throughout",
    ),
    # MatrixSlow#28: the first square enters whole.
    (
        "rmsprop",
        stepping(np.zeros_like, rmsprop_whole_at_first),
        "r begins with its first new value, taken whole",
    ),
    # Paddle#12231: the sign of the momentum term.
    (
        "nesterov_reformulated",
        stepping(np.zeros_like, nesterov_minus),
        "g + μ·v → g − μ·v",
    ),
    # entrenar#311: the square of a square under the root.
    ("clip_by_global_norm", clip_by_fourth_powers, "gradients² → gradients^4"),
    # FlagGems#5222: the inverse deviation taken for the variance.
    ("batch_norm_train_vjp", batch_norm_by_inverse_deviation, "v → 1/√(v + ε)"),
    # MIOpen#104: one of three terms without the scale.
    (
        "batch_norm_train_vjp",
        batch_norm_without_one_scale,
        "(ȳ − h·mean(ȳ·h))/s − 1/s·mean(ȳ)",
    ),
    # cTensor#31: the result times the cotangent again.
    ("sigmoid_vjp", lambda x, c: c * c * sigmoid(x) * (1 - sigmoid(x)), "ȳ → ȳ²"),
    # tvm#7340: g·1 − t².
    ("tanh_vjp", lambda x, c: c * 1 - np.tanh(x) ** 2, "ȳ·(1 − t²) → ȳ − t²"),
    # swift-apis#51: logits taken for probabilities.
    (
        "sparse_softmax_cross_entropy",
        lambda z, labels: -np.log(np.take_along_axis(z, labels[:, None], 1))[:, 0],
        "softmax(logits) → logits",
    ),
    # autoencoders#5: p log p − log q.
    (
        "kl_divergence",
        divergence_without_brackets,
        "p·(log(p) − log(q)) → p·log(p) − log(q)",
    ),
    # ai.stackexchange 2588: s(1 − s) of the sum and not of its sigmoid.
    ("sigmoid_vjp", lambda x, c: c * x * (1 - x), "sigmoid(x) → x"),
    ("perceptron_step", perceptron_by_the_sum, "(post_h @ h_to_o)·(1 − post_h @ h_to_o)"),
    # stackoverflow 76450489: a sum over samples instead of classes.
    (
        "softmax_cross_entropy",
        lambda z, t: -np.sum(t * np.log(softmax(z)), axis=0),
        "over axis 0",
    ),
    # deepcourse#9: the bias gradient before the activation's derivative.
    ("mlp_vjp", bias_before_the_derivative, "column_sums(d) → column_sums(g)"),
    # softmax_vjp with a mean for the sum.
    (
        "softmax_vjp",
        lambda x, c, *, axis: (
            softmax(x, axis) * (c - np.mean(softmax(x, axis) * c, axis=axis, keepdims=True))
        ),
        "Σ(s·ȳ) → mean(s·ȳ)",
    ),
]


@pytest.mark.parametrize(("operation", "fault", "told"), FAULTS)
def test_a_reported_fault_is_the_behavior_of_one_edit(
    operation: str, fault: Callable[..., Any], told: str
) -> None:
    with np.errstate(all="ignore"):
        found = behavior_of(operation, fault)
    assert found is not None
    assert told in found.edit.change


def test_a_right_implementation_and_a_strange_one_are_no_behavior() -> None:
    assert behavior_of("sigmoid", sigmoid) is None
    assert behavior_of("sigmoid", lambda x: np.arctan(x) / np.pi + 0.5) is None
