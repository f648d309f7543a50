"""Checks of the page `dynamics`: theorems about whole networks, from the answers of the operations that make them up."""

import dataclasses
from typing import Any

import numpy as np

from conformance import bounds, expect
from conformance.answers import Array, flat, wide
from conformance.checking import Case, check
from conformance.formats import cast
from conformance.implementation import Implementation

ANSWERS = {
    "mlp_vjp/gradient-product": "The gradient through linear layers is not the product of their weights.",
    "mlp_vjp/dead-units": "A gradient passes a rectifier that is negative for every sample, or misses a living one.",
    "mlp_vjp/zero-weights": "With all weights 0 a gradient is found below the last layer, or none in it.",
}

_DEPTH = 6
_SAMPLES = 16


@check("mlp/linear-collapse")
def a_linear_stack_is_more_than_a_layer(implementation: Implementation, case: Case) -> None:
    """A stack of linear layers is not one linear layer."""
    answered = expect.answer(implementation, case)
    x, weights, biases = case.arguments
    product, offset = np.eye(x.shape[1]), np.zeros(x.shape[1])
    for weight, bias in zip(wide(weights), wide(biases), strict=True):
        product, offset = product @ weight, offset @ weight + bias
    single = implementation.linear(x, cast(product, _dtype(case)), cast(offset, _dtype(case)))
    expect.near(implementation, case, single, flat(answered), 0, "the one linear layer that it equals")


@check("mlp_vjp/vanishing-gradients")
def the_gradient_does_not_vanish(implementation: Implementation, case: Case) -> None:
    """The gradient through sigmoid layers is larger than a quarter of itself to the power of the depth."""
    x_bar, _, _ = expect.shape(implementation, case)
    quantities = {"cotangent": wide(case.arguments[3]), "k": float(len(case.arguments[1]))}
    limit = bounds.evaluate(
        expect.stated(case), quantities, dtype=implementation.format.name, accumulates_in=implementation.accumulates_in, axes=None
    )
    expect.between(implementation, case, np.asarray(np.linalg.norm(x_bar)), 0, limit, "norm of the gradient")


@check("mlp_vjp/zig-zag")
def gradients_do_not_share_a_sign(implementation: Implementation, case: Case) -> None:
    """A gradient of a weight does not have the sign of the unit it comes from times that of the unit it goes to."""
    _, (_, weight_bar), (_, bias_bar) = expect.shape(implementation, case)
    x, (weight, _), (bias, _), _ = case.arguments
    hidden = wide(implementation.mlp(x, [weight], [bias], activations=case.parameters["activations"][:1]))
    expected = np.sign(hidden).T * np.sign(bias_bar)
    expect.between(implementation, case, weight_bar * expected, 0, np.inf, "gradient times the sign it should have")
    expect.near(implementation, case, weight_bar[(hidden == 0).ravel()], 0, 0, "gradient of a weight from a unit that is 0")
    expect.near(implementation, case, np.sign(bias_bar), np.sign(wide(case.arguments[3]))[0], 0, "sign of a bias's gradient")


@check("mlp_vjp/symmetry")
def twins_are_told_apart(implementation: Implementation, case: Case) -> None:
    """Units with equal weights have unequal gradients, and training tells them apart."""
    for _ in range(2):
        _, weight_bars, bias_bars = expect.answer(implementation, case)
        x, weights, biases, cotangent = case.arguments
        first, second = wide(weights)
        for one, other in _twins(first, second, wide(biases)[0]):
            for name, gradients in (("incoming", wide(weight_bars)[0].T), ("outgoing", wide(weight_bars)[1]), ("bias", wide(bias_bars)[0])):
                what = f"gradient of the {name} weights" if name != "bias" else "gradient of the bias"
                expect.near(implementation, case, gradients[one], gradients[other], 0, f"{what} of a unit and of its twin")
        case = dataclasses.replace(case, arguments=(x, _stepped(weights, weight_bars), _stepped(biases, bias_bars), cotangent))


@check("batch_norm_train/zero-centered")
def a_channel_keeps_one_sign(implementation: Implementation, case: Case) -> None:
    """A normalized channel has values of one sign only."""
    normalized, _, _ = expect.shape(implementation, case)
    axes = (0, *range(2, normalized.ndim))
    expect.between(implementation, case, normalized.min(axis=axes), -np.inf, np.nextafter(0, -1), "smallest value of a channel")
    expect.between(implementation, case, normalized.max(axis=axes), np.nextafter(0, 1), np.inf, "largest value of a channel")


@check("xavier_fan_in_normal/signal")
def xavier_loses_the_signal(implementation: Implementation, case: Case) -> None:
    """The signal's variance does not follow from that of the weights in a deep network of linear or tanh layers."""
    _follows(implementation, case, 1 / case.arguments[0], ("identity", "tanh"))


@check("kaiming_normal/signal")
def kaiming_loses_the_signal(implementation: Implementation, case: Case) -> None:
    """The signal's variance does not follow from that of the weights in a deep network of rectifiers."""
    _follows(implementation, case, 2 / case.arguments[0], ("relu",))


@check("normal/signal")
def normal_loses_the_signal(implementation: Implementation, case: Case) -> None:
    """The signal's variance does not follow from that of the weights in a deep tanh network."""
    _follows(implementation, case, case.parameters["std"] ** 2, ("tanh",))


@check("xavier_normal/gradient-signal")
def xavier_loses_the_gradient(implementation: Implementation, case: Case) -> None:
    """The gradient's variance does not follow from that of the weights."""
    fan_in, fan_out = case.arguments
    for layer in range(_DEPTH):
        weight = wide(_drawn(implementation, case, layer))
        delta = _signal((_SAMPLES, fan_out), layer)
        _chi_square(implementation, case, delta, delta @ weight.T, 2 / (fan_in + fan_out))


def _dtype(case: Case) -> str:
    """Return the dtype of the first array among the arguments."""
    return str(case.arguments[0].dtype.name)


def _twins(first: Array, second: Array, bias: Array) -> list[tuple[int, int]]:
    """Return the pairs of hidden units with equal incoming and outgoing weights and biases."""
    units = [(tuple(first[:, unit]), bias[unit], tuple(second[unit])) for unit in range(bias.size)]
    return [(one, other) for other in range(bias.size) for one in range(other) if units[one] == units[other]]


def _stepped(parameters: Any, gradients: Any) -> list[Any]:
    """Return the parameters after a step of gradient descent with rate 1/4, which is exact on these inputs."""
    return [cast(wide(each) - 0.25 * wide(gradient), each.dtype.name) for each, gradient in zip(parameters, gradients, strict=True)]


def _follows(implementation: Implementation, case: Case, variance: float, activations: tuple[str, ...]) -> None:
    """Expect the pre-activations of every layer to have the variance that the layer's activations and the weights' variance give."""
    for activation in activations:
        signal = cast(_signal((_SAMPLES, 512), 0), implementation.format.name)
        for layer in range(_DEPTH):
            weight = _drawn(implementation, case, layer)
            bias = cast(np.zeros(weight.shape[1]), implementation.format.name)
            response = implementation.linear(signal, weight, bias)
            _chi_square(implementation, case, wide(signal), wide(response), variance)
            signal = getattr(implementation, activation)(response)


def _drawn(implementation: Implementation, case: Case, layer: int) -> Any:
    """Return the weights of a layer, drawn with a seed of its own."""
    drawn = dataclasses.replace(case, parameters={**case.parameters, "seed": case.parameters["seed"] + layer})
    expect.shape(implementation, drawn)
    return getattr(implementation, case.operation)(*drawn.arguments, **drawn.parameters)


def _chi_square(implementation: Implementation, case: Case, signal: Array, response: Array, variance: float) -> None:
    """Expect the responses to independent normal weights, made independent of the signals, to have the variance of the weights."""
    _, triangle = np.linalg.qr(signal.T)
    independent = np.linalg.solve(triangle.T, response)
    count = float(response.size)
    limit = bounds.evaluate(expect.stated(case), {"n": count}, dtype="float64", accumulates_in="float64", axes=None)
    ratio = np.asarray(np.mean(np.square(independent)) / variance)
    expect.near(implementation, case, ratio, 1, limit, "variance of the signal over its due")


def _signal(shape: tuple[int, int], layer: int) -> Array:
    """Return samples that are linearly independent: integers of [-128, 128) in an order without pattern, by columns."""
    k = np.arange(shape[0] * shape[1], dtype=np.int64) + 7919 * layer
    return np.asarray(((k * 2654435761 % 2**32) // 2**24 - 127.5).reshape(shape) / 74.0, dtype=np.float64)
