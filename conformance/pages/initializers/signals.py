"""Deep networks of an implementation's own operations, and how much a layer enlarges a signal.

The weights are the initializer's. The implementation's `linear`, its activation and their `_vjp`
pass the signal up and the gradient down. `depth.py` compares; this module does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.pages.layouts import dyadic
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import Array, shapes, wide
from nnspec.conformance.terms.outcomes import Malformed

# Named inputs are spread over [-4, 4). This factor makes their variance nearly 1, and loses no
# digit.
_UNIT = 7 / 16

# The signs of so few responses are doubtful that they make up less of a growth, but once in e¹⁰⁰.
_UNSURE = 0.05

# Fixed numbers of a network are multiples of 1/32 and this beside them: none of them is 0.
_BESIDE_ZERO = 1 / 64


@dataclass(frozen=True)
class Activation:
    """The activation of a network: an operation, its parameters, and its slope left of 0.

    A rectifier has the slope 1 right of 0, so that f(cx) = c f(x) for c > 0.
    """

    operation: str
    parameters: Mapping[str, float]
    left: float

    @property
    def square(self) -> float:
        """The mean of f(z)² where z is symmetric and has the mean square 1."""
        return (1 + self.left**2) / 2


IDENTITY = Activation("identity", {}, 1.0)
RELU = Activation("relu", {}, 0.0)
TANH = Activation("tanh", {}, 1.0)


def rectifier(slope: float) -> Activation:
    """Return the rectifier with this slope on the left."""
    return Activation("leaky_relu", {"negative_slope": slope}, slope) if slope else RELU


@dataclass(frozen=True)
class Weights:
    """The weights of a layer, and the variance of their law."""

    drawn: Any
    variance: float

    @property
    def fans(self) -> tuple[int, int]:
        """The numbers of inputs and of outputs."""
        first, second = self.drawn.shape
        return first, second


@dataclass(frozen=True)
class Layer:
    """The weights of a layer and what passed through it.

    `signal` goes in, `response` comes out of the linear part, and `output` out of the activation.
    """

    weights: Weights
    signal: Any
    response: Any
    output: Any


@dataclass(frozen=True)
class Turn:
    """The gradient at the activation of a layer: above it, and below it."""

    layer: Layer
    above: Any
    below: Any


@dataclass(frozen=True)
class Growth:
    """The factor of a mean square in a layer, over the factor that is due.

    `units` terms make up the mean. The sign of a response near 0 may be one of rounding: `unsure`
    is the part of the factor that hangs on these signs.
    """

    factor: float
    units: int
    widens: bool
    unsure: float = 0.0


def square(values: Any) -> np.float64:
    """Return the sum of squares."""
    return np.float64(np.sum(np.square(wide(values))))


# --- through the layers ---


def up(
    trial: Trial, weights: Sequence[Weights], activation: Activation, signal: Any
) -> list[Layer]:
    """Pass a signal through a layer for each array of weights. Return the layers in their order."""
    passed = []
    for each in weights:
        units = each.fans[1]
        bias = cast(np.zeros(units), trial.format.name)
        response = trial.implementation.linear(signal, each.drawn, bias)
        output = _active(trial, activation, _shaped(response, (1, units), "linear"))
        passed.append(Layer(each, signal, response, output))
        signal = output
    return passed


def beside(trial: Trial, weights: Sequence[Weights], activation: Activation) -> list[Layer]:
    """Return layers whose responses are fixed numbers, positive or negative as often.

    The slopes of the activations are therefore independent of the weights.
    """
    passed, signal = [], start(trial, weights[0].fans[0])
    for number, each in enumerate(weights):
        response = start(trial, each.fans[1], 97 * (number + 1))
        output = _active(trial, activation, response)
        passed.append(Layer(each, signal, response, output))
        signal = output
    return passed


def start(trial: Trial, units: int, offset: int = 0) -> Any:
    """Return a fixed signal, or a fixed gradient, of the variance 1."""
    return cast((dyadic((1, units), offset) + _BESIDE_ZERO) * _UNIT, trial.format.name)


def down(trial: Trial, layers: Sequence[Layer], activation: Activation) -> list[Turn]:
    """Pass a gradient back from the last activation to the first. Return the turns in order."""
    turns: list[Turn] = []
    gradient = start(trial, layers[-1].weights.fans[1], 5)
    vjp = f"{activation.operation}_vjp"
    for layer in reversed(layers):
        if turns:
            upper = turns[-1]
            drawn = upper.layer.weights.drawn
            bias = cast(np.zeros(drawn.shape[1]), trial.format.name)
            answer = trial.implementation.linear_vjp(upper.layer.signal, drawn, bias, upper.below)
            gradient = _shaped(answer[0], layer.output.shape, "linear_vjp")
            # Nobody looks at the gradients of the weights and of the bias.
            if shapes(answer) == [gradient.shape, drawn.shape, bias.shape]:
                trial.implementation.decides(answer, gradient.size)
        below = trial.implementation.call(vjp, (layer.response, gradient), activation.parameters)
        turns.append(Turn(layer, gradient, _shaped(below, gradient.shape, vjp)))
    return turns


def _active(trial: Trial, activation: Activation, response: Any) -> Any:
    answer = trial.implementation.call(activation.operation, (response,), activation.parameters)
    return _shaped(answer, response.shape, activation.operation)


def _shaped(answer: Any, needed: tuple[int, ...], operation: str) -> Any:
    """Return an answer that has the shape that is needed. Raises Malformed if it has not."""
    if shapes(answer) != needed:
        message = f"{operation} answered with shape {shapes(answer)}; {needed} was needed"
        raise Malformed(message)
    return answer


# --- how much a layer enlarges the mean square ---


def of_signal(layer: Layer, activation: Activation) -> Growth:
    """Return the growth of the signal in a layer."""
    fan_in, fan_out = layer.weights.fans
    due = layer.weights.variance * activation.square * square(layer.signal) * fan_out
    with np.errstate(all="ignore"):
        return Growth(float(square(layer.output) / due), fan_out, fan_in < fan_out)


def of_gradient(upper: Turn, lower: Turn, activation: Activation, *, fixed: bool) -> Growth:
    """Return the growth of the gradient from below an activation to below the one before.

    If responses are `fixed`, it is known how many are positive. Otherwise half of them are due, and
    the part of the gradient along the signal is not random: it is taken off.
    """
    weights = upper.layer.weights
    fan_in, fan_out = weights.fans
    slopes = np.where(wide(lower.layer.response) > 0, 1.0, activation.left)
    share = square(slopes) if fixed else activation.square * fan_in
    due = weights.variance * share * square(upper.below)
    free, unsure = wide(lower.below), 0.0
    with np.errstate(all="ignore"):
        if not fixed and activation is not IDENTITY:
            free = free - _along(upper, lower)
            near = np.abs(wide(lower.layer.response)) <= _rounding_of(lower.layer)
            doubtful = (1 + activation.left**2) * square(wide(lower.above)[near])
            unsure = float(np.fmin(doubtful / due, _UNSURE))
        return Growth(float(square(free) / due), fan_in, fan_in < fan_out, unsure)


def _along(upper: Turn, lower: Turn) -> Array:
    """Return the part of a gradient along the signal, as it is below the activation."""
    signal, above, below = (wide(each) for each in (upper.layer.signal, lower.above, lower.below))
    slopes = np.divide(below, above, out=np.zeros(below.shape), where=above != 0)
    part: Array = slopes * signal * (np.sum(signal * above) / square(signal))
    return part


def _rounding_of(layer: Layer) -> Array:
    """Return how far rounding moves the responses of a layer, at most."""
    lengths = np.sqrt(np.sum(np.square(wide(layer.weights.drawn)), axis=0, keepdims=True))
    u = np.finfo(layer.signal.dtype).eps
    found: Array = (layer.weights.fans[0] + 9) * u * lengths * np.sqrt(square(layer.signal))
    return found
