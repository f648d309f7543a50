"""Mistakes of the page `dynamics`: right for a layer or two, and wrong in depth or symmetry."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnspec.conformance.pages.layouts import dyadic
from nnspec.conformance.pages.networks.mistakes.parts import Array, Layer, backward, layers_of
from nnspec.conformance.terms.mistakes import mistake

# --- depth ---------------------------------------------------------------------------------------


@mistake("mlp/linear-collapse")
def rectifies_between_linear_layers(
    x: Array, weights: Any, biases: Any, *, activations: Sequence[str]
) -> Array:
    """Puts a rectifier behind every layer but the last where the identity was asked for."""
    *hidden, last = activations
    return layers_of(
        x, weights, biases, ["relu" if name == "identity" else name for name in hidden] + [last]
    )[1][-1]


@mistake("mlp/linear-collapse")
def gives_a_bias_to_the_last_layer_alone(
    x: Array, weights: Any, biases: Any, *, activations: Sequence[str]
) -> Array:
    """Adds the bias of the last layer and leaves out all others."""
    *hidden, last = biases
    return layers_of(x, weights, [0 * bias for bias in hidden] + [last], activations)[1][-1]


@mistake("mlp_vjp/gradient-product")
def normalizes_the_gradient_on_its_way(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Brings the gradient to norm 1 after every layer, as one does against vanishing."""
    return backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        between=lambda delta: delta / max(np.linalg.norm(delta), 1e-30),
    )


# --- units ---------------------------------------------------------------------------------------


@mistake("mlp_vjp/zig-zag")
def centers_the_gradient_over_units(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Subtracts the mean over units from every gradient of a weight."""
    x_bar, weight_bars, bias_bars = backward(x, weights, biases, cotangent, activations)
    return x_bar, [each - each.mean(axis=0) for each in weight_bars], bias_bars


@mistake("mlp_vjp/zig-zag")
def returns_the_direction_of_descent(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Returns the negative gradient of the biases, ready to be added."""
    x_bar, weight_bars, bias_bars = backward(x, weights, biases, cotangent, activations)
    return x_bar, weight_bars, [-each for each in bias_bars]


@mistake("mlp_vjp/dead-units")
def judges_rectifiers_by_their_output(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Lets gradients pass a rectifier whose output is not negative, as every output is."""

    def derivative(layer: Layer, back: Array) -> Array:
        return np.where(layer.output >= 0, back, 0) if layer.name == "relu" else layer.vjp(back)

    return backward(x, weights, biases, cotangent, activations, derivative=derivative)


@mistake("mlp_vjp/dead-units")
def leaks_through_dead_rectifiers(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Gives the rectifier a slope of 0.01 below zero on the way back only."""

    def derivative(layer: Layer, back: Array) -> Array:
        leaking = np.where(layer.sums > 0, back, 0.01 * back)
        return leaking if layer.name == "relu" else layer.vjp(back)

    return backward(x, weights, biases, cotangent, activations, derivative=derivative)


@mistake("mlp_vjp/zero-weights", "mlp_vjp/gradient-product")
def sends_gradients_back_by_fixed_weights(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Sends gradients back through fixed weights of its own, as feedback alignment does."""
    return backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        through=lambda layer, _: dyadic(layer.weight.shape, 5).astype(layer.weight.dtype) + 0.5,
    )


@mistake("mlp_vjp/twins")
def adds_the_gradient_of_the_unit_before(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Adds up the gradients of the weights from unit to unit, in a buffer that is not cleared."""
    x_bar, weight_bars, bias_bars = backward(x, weights, biases, cotangent, activations)
    return x_bar, [np.cumsum(each, axis=1) for each in weight_bars], bias_bars


@mistake("mlp_vjp/twins")
def trains_every_other_unit(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Drops every other unit of a layer from the gradient of its weights."""
    x_bar, weight_bars, bias_bars = backward(x, weights, biases, cotangent, activations)
    return x_bar, [each * (np.arange(each.shape[1]) % 4 != 1) for each in weight_bars], bias_bars
