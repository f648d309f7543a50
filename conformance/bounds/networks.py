"""Carries errors through a network: forward layer by layer, and back through the stored outputs.

The way back computes the derivative of an activation from its stored output, which may be off by
the bound of its accuracy clause. A library may compute it from the sum before the activation, or
round to a narrow format after every layer: both stay within the error found here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.bounds.rounding import Rounded, times

Array = NDArray[np.float64]

# A leaky_relu in a network has this negative slope.
SLOPE = 0.125


@dataclass(frozen=True)
class Activation:
    """An activation on a sum that carries an error, and its way back.

    The way back takes the sum, the output and the cotangent of the output to that of the sum.
    """

    forward: Callable[[Rounded], Rounded]
    back: Callable[[Rounded, Rounded, Rounded], Rounded]


def linear(x: Rounded, weight: Rounded, bias: Rounded) -> Rounded:
    """Return x @ weight + bias, where the bias may be the first term of each sum or the last.

    As the first of k + 1 terms it is rounded in every addition, by γ(k + 1)|b| at most. The
    products are rounded once more than without it.
    """
    arithmetic, count = x.arithmetic, x.value.shape[-1]
    terms = (abs(x.value) + x.error) @ (abs(weight.value) + weight.error)
    added = count if arithmetic.factors is None else count * arithmetic.factors.products
    without, beside = arithmetic.gamma(added), arithmetic.gamma(added + 1)
    once_more = beside - without if np.isfinite(beside) else beside
    later = times(beside, abs(bias.value) + bias.error) + times(once_more, terms)
    last = x @ weight + bias
    return Rounded(last.value, last.error + later, arithmetic)


def mlp(
    x: Rounded, weights: Sequence[Rounded], biases: Sequence[Rounded], activations: Sequence[str]
) -> Rounded:
    """Return the answer of a network."""
    return _layers(x, weights, biases, activations)[1][-1]


def mlp_vjp(
    x: Rounded,
    weights: Sequence[Rounded],
    biases: Sequence[Rounded],
    cotangent: Rounded,
    activations: Sequence[str],
) -> tuple[Rounded, list[Rounded], list[Rounded]]:
    """Return the gradients with respect to x, the weights and the biases."""
    sums, outputs = _layers(x, weights, biases, activations)
    back, weight_bars, bias_bars = cotangent, list(weights), list(biases)
    for i in reversed(range(len(weights))):
        back = ACTIVATIONS[activations[i]].back(sums[i], outputs[i + 1], back)
        weight_bars[i], bias_bars[i] = outputs[i].transposed() @ back, column_sums(back)
        back = back @ weights[i].transposed()
    return back, weight_bars, bias_bars


def column(values: Rounded) -> Rounded:
    """Return a vector as a matrix of one column."""
    return values.reshaped((-1, 1))


def column_sums(values: Rounded) -> Rounded:
    """Return the sum of the rows of a matrix."""
    return values.summed(0, keepdims=False)


def _layers(
    x: Rounded, weights: Sequence[Rounded], biases: Sequence[Rounded], activations: Sequence[str]
) -> tuple[list[Rounded], list[Rounded]]:
    """Return the sums that go into the activations, and x followed by their outputs."""
    sums, outputs = [], [x]
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        sums.append(linear(outputs[-1], weight, bias))
        outputs.append(ACTIVATIONS[name].forward(sums[-1]))
    return sums, outputs


# --- Forward ---


def _step(a: Rounded) -> Rounded:
    undecided = (abs(a.value) <= a.error) & (a.error > 0)
    return Rounded(reference.step(a.value), np.where(undecided, 1.0, 0.0), a.arithmetic)


def _sigmoid(a: Rounded) -> Rounded:
    return a.through(
        reference.sigmoid,
        reference.sigmoid_vjp(_nearest_to_zero(a), np.ones(a.value.shape)),
        a.arithmetic.units.activation,
    )


def _tanh(a: Rounded) -> Rounded:
    return a.through(
        reference.tanh,
        reference.tanh_vjp(_nearest_to_zero(a), np.ones(a.value.shape)),
        a.arithmetic.units.activation,
    )


def _relu(a: Rounded) -> Rounded:
    # If a sum is below 0 with all its error, the answer is 0 and no error passes.
    return a.through(reference.relu, np.where(a.value + a.error > 0, 1.0, 0.0), 0)


def _leaky_relu(a: Rounded) -> Rounded:
    return a.through(
        lambda values: reference.leaky_relu(values, negative_slope=SLOPE),
        np.where(a.value + a.error > 0, 1.0, SLOPE),
        1,
    )


def _identity(a: Rounded) -> Rounded:
    return a


def _softmax(a: Rounded) -> Rounded:
    s, exponent = reference.softmax(a.value, axis=-1), _error_of_logarithm(a)
    flushed = np.where(s * np.exp(-exponent) < a.arithmetic.tiny, a.arithmetic.tiny, 0.0)
    # Two probabilities are never further apart than 1.
    return Rounded(s, np.fmin(s * np.expm1(exponent) + flushed, 1.0), a.arithmetic)


def _log_softmax(a: Rounded) -> Rounded:
    y, error = reference.log_softmax(a.value, axis=-1), _error_of_logarithm(a)
    tiny, u = a.arithmetic.tiny, a.arithmetic.u
    return Rounded(
        y, error + u * (abs(y) + error) + np.where(abs(y) - error < tiny, tiny, 0.0), a.arithmetic
    )


def _nearest_to_zero(a: Rounded) -> Array:
    """Return the points within the error at which a bell-shaped derivative is largest."""
    return np.maximum(abs(a.value) - a.error, 0.0)


def _error_of_logarithm(a: Rounded) -> Array:
    """Return how far the logarithm of softmax may be off.

    The errors e of the logits move it by at most e_i + log Σ s_j exp(e_j), where s is the softmax
    of their values. The textbook computation adds the bound of softmax/accuracy; there the same
    errors may have widened the distances from the maximum.
    """
    e, tiny, u = a.error, a.arithmetic.tiny, a.arithmetic.u
    s, count = reference.softmax(a.value, axis=-1), a.value.shape[-1]
    moved = e + np.log1p(np.sum(s * np.expm1(e), axis=-1, keepdims=True))
    distance = (
        np.max(a.value, axis=-1, keepdims=True) - a.value + e + np.max(e, axis=-1, keepdims=True)
    )
    flushed = np.sum(np.exp(-distance - u * (distance + 10)) < tiny, axis=-1, keepdims=True)
    units, for_each = a.arithmetic.units.logarithm
    roundings = u * (
        2 * distance
        + np.sum(s * distance, axis=-1, keepdims=True)
        + for_each * np.log(count)
        + units
    )
    return np.asarray(moved + roundings + a.arithmetic.gamma(count) + tiny * flushed)


# --- Back: from the cotangent of an output to the cotangent of its sum ---


def _no_way_back(_: Rounded, __: Rounded, ___: Rounded) -> Rounded:
    message = "a step passes no gradient back"
    raise ValueError(message)


def _sigmoid_back(_: Rounded, s: Rounded, cotangent: Rounded) -> Rounded:
    return cotangent * s.through(
        lambda values: values * (1 - values),
        abs(1 - 2 * s.value) + 2 * s.error,
        s.arithmetic.units.derivative,
    )


def _tanh_back(_: Rounded, t: Rounded, cotangent: Rounded) -> Rounded:
    return cotangent * t.through(
        lambda values: 1 - values * values,
        2 * (abs(t.value) + t.error),
        t.arithmetic.units.derivative,
    )


def _knee_back(slope: float) -> Callable[[Rounded, Rounded, Rounded], Rounded]:
    def back(a: Rounded, _: Rounded, cotangent: Rounded) -> Rounded:
        derivative = np.where(a.value > 0, 1.0, slope)
        # If the sign is uncertain, either slope is right; at 0 any number between them is.
        undecided = np.where(abs(a.value) <= a.error, 1.0 - slope, 0.0)
        return cotangent * Rounded(derivative, undecided, a.arithmetic)

    return back


def _identity_back(_: Rounded, __: Rounded, cotangent: Rounded) -> Rounded:
    return cotangent


def _softmax_back(_: Rounded, s: Rounded, cotangent: Rounded) -> Rounded:
    product = s * cotangent
    return product - s * product.summed(-1)


def _log_softmax_back(_: Rounded, y: Rounded, cotangent: Rounded) -> Rounded:
    s = y.through(np.exp, np.exp(y.value + y.error), y.arithmetic.units.elementary)
    return cotangent - s * cotangent.summed(-1)


ACTIVATIONS: Mapping[str, Activation] = {
    "step": Activation(_step, _no_way_back),
    "sigmoid": Activation(_sigmoid, _sigmoid_back),
    "tanh": Activation(_tanh, _tanh_back),
    "relu": Activation(_relu, _knee_back(0.0)),
    "leaky_relu": Activation(_leaky_relu, _knee_back(SLOPE)),
    "identity": Activation(_identity, _identity_back),
    "softmax": Activation(_softmax, _softmax_back),
    "log_softmax": Activation(_log_softmax, _log_softmax_back),
}
