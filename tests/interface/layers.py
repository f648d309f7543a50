"""What users hand over: functions, classes and an object, right and wrong."""

import time

import numpy as np


def softmax(x, *, axis):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    return e / e.sum(axis=axis, keepdims=True)


def softmax_slow(x, *, axis):
    time.sleep(0.05)
    return softmax(x, axis=axis)


def softmax_of_the_suite(x, *, axis):
    from nnspec.reference import softmax as right

    return right(x, axis=axis).astype(x.dtype)


def softmax_without_shift(x, axis=-1):
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


def softmax_of_rows(x):
    return softmax(x, axis=-1)


def softmax_that_raises(x, *, axis):
    return {}["a key that is missing"]


def relu_of_float32(x):
    return np.maximum(x, 0).astype(np.float32)


def loss(y, target):
    return float(np.sum((y - target) ** 2) / 2)


def adam_of_step_zero(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    rates = learning_rate if isinstance(learning_rate, tuple) else [learning_rate] * steps
    theta = [each.copy() for each in params]
    m = [np.zeros_like(each) for each in theta]
    v = [np.zeros_like(each) for each in theta]
    for t, rate in enumerate(rates):
        for i, g in enumerate(gradient([each.copy() for each in theta])):
            m[i] = beta1 * m[i] + (1 - beta1) * g
            v[i] = beta2 * v[i] + (1 - beta2) * g * g
            theta[i] = theta[i] - rate * m[i] / (1 - beta1 ** max(t, 1)) / (
                np.sqrt(v[i] / (1 - beta2 ** max(t, 1))) + epsilon
            )
        yield [each.copy() for each in theta]


class Layers:
    """A class whose operations are static."""

    relu = staticmethod(lambda x: np.maximum(x, 0))
    softmax = staticmethod(softmax_without_shift)


class Network:
    """A class whose operations need an instance."""

    dtypes = ("float64",)

    def relu(self, x):
        return np.maximum(x, 0)
