"""The page `networks` in ball arithmetic: layers, backpropagation and the training step, stated a
second time on purpose."""

from collections.abc import Callable, Sequence

import numpy as np
from flint import arb

from tests.truth.balls import Balls, each, exponential


def linear(x: Balls, weight: Balls, bias: Balls) -> Balls:
    return x @ weight + bias


def linear_vjp(x: Balls, weight: Balls, _: Balls, cotangent: Balls) -> list[Balls]:
    return [cotangent @ weight.T, x.T @ cotangent, cotangent.sum(axis=0)]


def mlp(
    x: Balls, weights: Sequence[Balls], biases: Sequence[Balls], *, activations: Sequence[str]
) -> Balls:
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        x = _FORWARD[name](linear(x, weight, bias))
    return x


def mlp_vjp(
    x: Balls,
    weights: Sequence[Balls],
    biases: Sequence[Balls],
    cotangent: Balls,
    *,
    activations: Sequence[str],
) -> list[Balls | list[Balls]]:
    """Recurse from the first layer to the last and back: each layer asks the ones behind it for
    the gradient of its output."""
    sums = linear(x, weights[0], biases[0])
    output = _FORWARD[activations[0]](sums)
    if len(weights) == 1:
        back, behind_weights, behind_biases = cotangent, [], []
    else:
        back, behind_weights, behind_biases = mlp_vjp(
            output, weights[1:], biases[1:], cotangent, activations=activations[1:]
        )
    of_x, of_weight, of_bias = linear_vjp(
        x, weights[0], biases[0], _BACKWARD[activations[0]](sums, back)
    )
    return [of_x, [of_weight, *behind_weights], [of_bias, *behind_biases]]


def perceptron_step(
    inputs: Balls, target: Balls, i_to_h: Balls, h_to_o: Balls, *, learning_rate: float
) -> list[Balls]:
    """Weight by weight, as the equations are printed, with a sum over the output nodes."""
    pre_h = inputs @ i_to_h
    post_h = _sigmoid(pre_h)
    pre_o = post_h @ h_to_o
    s_error = (_sigmoid(pre_o) - target) * _bell(pre_o)
    new_i_to_h, new_h_to_o = i_to_h.copy(), h_to_o.copy()
    for h, o in np.ndindex(h_to_o.shape):
        new_h_to_o[h, o] -= learning_rate * (s_error[o] * post_h[h])
    for i, h in np.ndindex(i_to_h.shape):
        back = sum((s_error[o] * h_to_o[h, o] for o in range(len(target))), arb(0))
        new_i_to_h[i, h] -= learning_rate * (back * _bell(pre_h[h]) * inputs[i])
    return [new_i_to_h, new_h_to_o]


# --- activations ----------------------------------------------------------------------


def _above(a: arb) -> arb:
    """Return 1 for a > 0 and 0 for a ≤ 0; a ball that holds both, which a higher precision will
    tell apart, is answered with both."""
    return arb(1) if a > 0 else arb(0) if a <= 0 else arb(0).union(arb(1))


def _leaking(a: arb) -> arb:
    return arb(0.125) + arb(0.875) * _above(a)


def _logistic(a: arb) -> arb:
    e = exponential(-abs(a))
    return (1 if a.mid() > 0 else e) / (1 + e) if not a.contains(arb(0)) else 1 / (1 + (-a).exp())


def _density(a: arb) -> arb:
    e = exponential(-abs(a))
    return e / (1 + e) ** 2


def _softmax(a: Balls) -> Balls:
    found = a.copy()
    for row in found:
        # Any number may be subtracted from all; the largest midpoint keeps the exponentials in
        # range.
        largest = max((ball.mid() for ball in row), key=float)
        exponentials = [exponential(ball - largest) for ball in row]
        row[:] = [e / sum(exponentials, arb(0)) for e in exponentials]
    return found


def _log_softmax(a: Balls) -> Balls:
    found = a.copy()
    for row in found:
        largest = max((ball.mid() for ball in row), key=float)
        row[:] = row - largest - sum((exponential(ball - largest) for ball in row), arb(0)).log()
    return found


def _softmax_back(a: Balls, back: Balls) -> Balls:
    s = _softmax(a)
    return s * (back - (s * back).sum(axis=1, keepdims=True))


def _log_softmax_back(a: Balls, back: Balls) -> Balls:
    return back - _softmax(a) * back.sum(axis=1, keepdims=True)


_sigmoid, _bell = each(_logistic), each(_density)
_tanh, _tanh_slope = each(arb.tanh), each(lambda a: 4 * _density(2 * abs(a)))
_step, _leak = each(_above), each(_leaking)

_FORWARD: dict[str, Callable[[Balls], Balls]] = {
    "identity": lambda a: a,
    "leaky_relu": lambda a: a * _leak(a),
    "log_softmax": _log_softmax,
    "relu": lambda a: a * _step(a),
    "sigmoid": _sigmoid,
    "softmax": _softmax,
    "step": _step,
    "tanh": _tanh,
}

_BACKWARD: dict[str, Callable[[Balls, Balls], Balls]] = {
    "identity": lambda _, back: back,
    "leaky_relu": lambda a, back: back * _leak(a),
    "log_softmax": _log_softmax_back,
    "relu": lambda a, back: back * _step(a),
    "sigmoid": lambda a, back: back * _bell(a),
    "softmax": _softmax_back,
    "tanh": lambda a, back: back * _tanh_slope(a),
}
