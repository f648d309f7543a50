"""Mistakes of backpropagation: derivatives, weights and layers in the wrong place."""

from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.pages.networks.mistakes.parts import (
    Array,
    Arrays,
    Layer,
    Names,
    backward,
    layers_of,
    unshifted,
    vjp,
)
from nnspec.conformance.terms.mistakes import mistake


@mistake("mlp_vjp/accuracy", "mlp_vjp/batch")
def mlp_vjp_keeps_the_last_sample(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Overwrites the gradients of weights and biases sample by sample instead of adding to them."""
    last = backward(x[-1:], weights, biases, cotangent[-1:], activations)
    return backward(x, weights, biases, cotangent, activations)[0], last[1], last[2]


@mistake("mlp_vjp/accuracy", "mlp_vjp/depth", "mlp_vjp/vanishing-gradients")
def mlp_vjp_forgets_the_derivatives(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Propagates through the weights alone."""
    return backward(x, weights, biases, cotangent, activations, derivative=lambda _, back: back)


@mistake("mlp_vjp/accuracy", "mlp_vjp/depth", "mlp_vjp/order")
def mlp_vjp_forgets_the_last_derivative(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Takes the cotangent for the gradient of the last sums."""
    last = len(weights) - 1
    return backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        derivative=lambda layer, back: back if layer.number == last else layer.vjp(back),
    )


@mistake("mlp_vjp/accuracy")
def mlp_vjp_takes_softmax_unit_by_unit(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Takes the Jacobian's diagonal for softmax, and sigmoid's derivative for its logarithm."""

    def derivative(layer: Layer, back: Array) -> Array:
        if layer.name not in ("softmax", "log_softmax"):
            return layer.vjp(back)
        s = reference.softmax(layer.sums, axis=-1)
        return back * (s * (1 - s) if layer.name == "softmax" else 1 - s)

    return backward(x, weights, biases, cotangent, activations, derivative=derivative)


@mistake("mlp_vjp/accuracy")
def mlp_vjp_updates_weights_on_the_way(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Propagates each layer's gradient through weights that have already been updated with it."""
    return backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        through=lambda layer, weight_bar: layer.weight - weight_bar,
    )


@mistake("mlp_vjp/accuracy", "mlp_vjp/broadcast")
def mlp_vjp_reads_weights_as_outputs_by_inputs(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Propagates through each weight's memory taken for a matrix of (outputs, inputs)."""
    return backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        through=lambda layer, _: layer.weight.reshape(layer.weight.shape[::-1]).T,
    )


@mistake("mlp_vjp/broadcast")
def mlp_vjp_transposes_weight_gradients(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Lays the weights' gradients out as (outputs, inputs)."""
    of_x, of_weights, of_biases = backward(x, weights, biases, cotangent, activations)
    return of_x, [each.T.copy() for each in of_weights], of_biases


@mistake("mlp_vjp/accuracy")
def mlp_vjp_loses_the_biases(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Answers 0 for the biases, whose broadcasting automatic differentiation did not see."""
    of_x, of_weights, of_biases = backward(x, weights, biases, cotangent, activations)
    return of_x, of_weights, [np.zeros_like(each) for each in of_biases]


@mistake("mlp_vjp/accuracy", "mlp_vjp/order")
def mlp_vjp_answers_from_the_last_layer_to_the_first(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Answers with gradients in the order in which it finds them."""
    of_x, of_weights, of_biases = backward(x, weights, biases, cotangent, activations)
    return of_x, of_weights[::-1], of_biases[::-1]


@mistake("mlp_vjp/accuracy")
def mlp_vjp_pairs_gradients_with_the_layer_above(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Multiplies each layer's gradient by its own output instead of its input."""
    _, outputs = layers_of(x, weights, biases, activations)
    of_x, of_weights, of_biases = backward(x, weights, biases, cotangent, activations)
    above = [
        np.resize(output.sum(axis=0), weight.shape[::-1]).T
        for output, weight in zip(outputs[1:], of_weights, strict=True)
    ]
    return (
        of_x,
        [output * bias_bar for output, bias_bar in zip(above, of_biases, strict=True)],
        of_biases,
    )


@mistake("mlp_vjp/order")
def mlp_vjp_reverses_the_derivatives(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Takes derivatives from the first activation on, though it goes from the last layer."""
    last = len(weights) - 1
    return backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        derivative=lambda layer, back: vjp(activations[last - layer.number], layer.sums, back),
    )


@mistake("mlp_vjp/depth", dtypes=("float64", "float32", "float16"))
def mlp_vjp_cuts_the_chain_after_four_layers(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Truncates backpropagation: layers more than four below the last have no gradients."""
    top = len(weights) - 4
    return backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        through=lambda layer, _: layer.weight * (layer.number != top),
    )


@mistake("mlp_vjp/accuracy", "mlp_vjp/depth", dtypes=("float64",))
def mlp_vjp_computes_in_float32(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Keeps the gradients that it propagates in float32."""
    return backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        derivative=lambda layer, back: layer.vjp(back).astype(np.float32).astype(np.float64),
    )


@mistake("mlp_vjp/finiteness")
def mlp_vjp_exponentiates_without_a_shift(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Propagates through e^x/Σe^x and its logarithm as they are written."""

    def derivative(layer: Layer, back: Array) -> Array:
        if layer.name not in ("softmax", "log_softmax"):
            return layer.vjp(back)
        s = unshifted(layer.sums)
        back = back if layer.name == "softmax" else back / s
        return s * (back - (s * back).sum(axis=-1, keepdims=True))

    return backward(x, weights, biases, cotangent, activations, derivative=derivative)


@mistake("mlp_vjp/finiteness")
def mlp_vjp_clips_large_sums(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Clips the sums at ±1 before it exponentiates them."""
    return backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        derivative=lambda layer, back: layer.vjp(back, np.clip(layer.sums, -1, 1)),
    )


@mistake("mlp_vjp/zero-weights")
def mlp_vjp_adds_an_epsilon_to_zero_weights(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Replaces weights of 0 by small numbers, "for stability"."""
    return backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        through=lambda layer, _: np.where(layer.weight == 0, 0.0078125, layer.weight),
    )


@mistake("mlp_vjp/symmetry")
def mlp_vjp_gives_a_tie_to_the_first_unit(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Propagates to the first of units that answer equally, as a maximum does."""

    def derivative(layer: Layer, back: Array) -> Array:
        sums = layer.sums
        earlier = np.tril(np.ones((sums.shape[1],) * 2, dtype=bool), -1)
        tied = np.any((sums[:, :, None] == sums[:, None, :]) & earlier, axis=2)
        return np.where(tied, 0, layer.vjp(back))

    return backward(x, weights, biases, cotangent, activations, derivative=derivative)
