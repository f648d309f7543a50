"""The page `activations` again: softmax is the exponential of log-softmax, the sigmoid the
textbook quotient."""

import numpy as np

from tests.pages.rounding import rounding, running_sum


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _sigmoid_vjp(x, cotangent):
    s = _sigmoid(x)
    return cotangent * (s * (1 - s))


def _tanh_vjp(x, cotangent):
    t = np.tanh(x)
    return cotangent * (1 - t * t)


def _log_softmax(x, *, axis):
    d = x - x.max(axis=axis, keepdims=True, initial=-np.inf)
    return d - np.log(running_sum(np.exp(d), axis)).astype(x.dtype)


def _softmax(x, *, axis):
    return np.exp(_log_softmax(x, axis=axis))


def _softmax_vjp(x, cotangent, *, axis):
    s = _softmax(x, axis=axis)
    return s * cotangent - s * running_sum(s * cotangent, axis).astype(x.dtype)


def _log_softmax_vjp(x, cotangent, *, axis):
    return cotangent - _softmax(x, axis=axis) * running_sum(cotangent, axis).astype(x.dtype)


def step(x):
    return np.where(np.isnan(x), x, (x > 0).astype(x.dtype))


def relu(x):
    return np.maximum(x, x.dtype.type(0))


def relu_vjp(x, cotangent):
    return np.where(x >= 0, cotangent, cotangent.dtype.type(0))


def leaky_relu(x, *, negative_slope):
    return np.where(x >= 0, x, x * x.dtype.type(negative_slope))


def leaky_relu_vjp(x, cotangent, *, negative_slope):
    return np.where(x >= 0, cotangent, cotangent * x.dtype.type(negative_slope))


def identity(x):
    return x


def identity_vjp(x, cotangent):
    return cotangent


sigmoid = rounding(_sigmoid)
sigmoid_vjp = rounding(_sigmoid_vjp)
tanh = rounding(np.tanh)
tanh_vjp = rounding(_tanh_vjp)
softmax = rounding(_softmax)
softmax_vjp = rounding(_softmax_vjp)
log_softmax = rounding(_log_softmax)
log_softmax_vjp = rounding(_log_softmax_vjp)
