"""The page `networks` again: sums term after term, every layer rounded, derivatives from stored
outputs, layers by recursion."""

import numpy as np

from tests.pages.activations import second as elementary


def _rounded(wide, like):
    with np.errstate(over="ignore"):
        return wide.astype(like.dtype)


def _product(left, right):
    """Form each sum term after term, of 16-bit factors in float32."""
    wide = left.dtype if left.dtype in (np.float64, np.float32) else np.dtype(np.float32)
    left, right = left.astype(wide), right.astype(wide)
    total = np.zeros((left.shape[0], right.shape[1]), dtype=wide)
    for j in reversed(range(left.shape[1])):
        total = total + left[:, j : j + 1] * right[j]
    return total


def _ones(rows, like):
    return np.ones((rows, 1), dtype=like.dtype)


def linear(x, weight, bias):
    return _rounded(_product(x, weight), x) + bias


def linear_vjp(x, weight, bias, cotangent):
    of_bias = _product(_ones(len(x), x).T, cotangent)
    return tuple(
        _rounded(each, x)
        for each in (_product(cotangent, weight.T), _product(x.T, cotangent), of_bias[0])
    )


def _activated(name, sums):
    if name == "leaky_relu":
        return elementary.leaky_relu(sums, negative_slope=0.125)
    if name in ("softmax", "log_softmax"):
        return getattr(elementary, name)(sums, axis=1)
    return getattr(elementary, name)(sums)


def _back(name, output, cotangent):
    """Return the cotangent of an activation's sums from its output alone."""
    one = output.dtype.type(1)
    if name == "sigmoid":
        return cotangent * output * (one - output)
    if name == "tanh":
        return cotangent * ((one - output) * (one + output))
    if name in ("relu", "leaky_relu"):
        return np.where(
            output > 0,
            cotangent,
            cotangent * output.dtype.type(0.125 if name == "leaky_relu" else 0),
        )
    if name == "softmax":
        return output * (cotangent - _over_units(output * cotangent))
    if name == "log_softmax":
        with np.errstate(under="ignore"):
            return cotangent - np.exp(output) * _over_units(cotangent)
    return cotangent


def _over_units(terms):
    return _rounded(_product(terms, _ones(terms.shape[1], terms)), terms)


def mlp(x, weights, biases, *, activations):
    if not weights:
        return x
    return mlp(
        _activated(activations[0], linear(x, weights[0], biases[0])),
        weights[1:],
        biases[1:],
        activations=activations[1:],
    )


def mlp_vjp(x, weights, biases, cotangent, *, activations):
    if not weights:
        return cotangent, [], []
    output = _activated(activations[0], linear(x, weights[0], biases[0]))
    back, of_weights, of_biases = mlp_vjp(
        output, weights[1:], biases[1:], cotangent, activations=activations[1:]
    )
    of_x, of_weight, of_bias = linear_vjp(
        x, weights[0], biases[0], _back(activations[0], output, back)
    )
    return of_x, [of_weight, *of_weights], [of_bias, *of_biases]


def perceptron_step(inputs, target, i_to_h, h_to_o, *, learning_rate):
    rate, one = inputs.dtype.type(learning_rate), inputs.dtype.type(1)
    post_h = elementary.sigmoid(_rounded(_product(inputs[None], i_to_h), inputs))[0]
    post_o = elementary.sigmoid(_rounded(_product(post_h[None], h_to_o), inputs))[0]
    s_error = (post_o - target) * post_o * (one - post_o)
    hidden = _rounded(_product(h_to_o, s_error[:, None]), inputs)[:, 0] * post_h * (one - post_h)
    return i_to_h - rate * (inputs[:, None] * hidden), h_to_o - rate * (post_h[:, None] * s_error)
