"""Mistakes of the page `dynamics`: right for a layer or two, and wrong in depth or symmetry."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.pages.layouts import dyadic
from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]
Change = Callable[[Array], Array]
Back = Callable[[str, Array, Array, Array], Array]


def _unchanged(values: Array) -> Array:
    return values


def _right(name: str, a: Array, _: Array, delta: Array) -> Array:
    """Return the cotangent of an activation's input."""
    parameters = (
        {"axis": -1}
        if "softmax" in name
        else {"negative_slope": 0.125}
        if name == "leaky_relu"
        else {}
    )
    return np.asarray(getattr(reference, f"{name}_vjp")(a, delta, **parameters))


def _outputs(
    x: Array, weights: Sequence[Array], biases: Sequence[Array], activations: Sequence[str]
) -> tuple[list[Array], list[Array]]:
    """Return the sums of each layer, and x with the outputs of each activation."""
    sums, outputs = [], [x]
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        parameters = (
            {"axis": -1}
            if "softmax" in name
            else {"negative_slope": 0.125}
            if name == "leaky_relu"
            else {}
        )
        sums.append(outputs[-1] @ weight + bias)
        outputs.append(np.asarray(getattr(reference, name)(sums[-1], **parameters)))
    return sums, outputs


def _backward(
    x: Array,
    weights: Sequence[Array],
    biases: Sequence[Array],
    cotangent: Array,
    activations: Sequence[str],
    *,
    back: Back = _right,
    between: Change = _unchanged,
    returning: Change = _unchanged,
    inputs: Change = _unchanged,
) -> tuple[Array, list[Array], list[Array]]:
    """Return the gradients of a network, with a part of backpropagation replaced."""
    sums, outputs = _outputs(x, weights, biases, activations)
    delta = cotangent
    weight_bars: list[Array] = []
    bias_bars: list[Array] = []
    for layer in reversed(range(len(weights))):
        delta = back(activations[layer], sums[layer], outputs[layer + 1], delta)
        entering = inputs(sums[layer - 1]) if layer and inputs is not _unchanged else outputs[layer]
        weight_bars.insert(0, entering.T @ delta)
        bias_bars.insert(0, delta.sum(axis=0))
        delta = between(delta @ returning(weights[layer]).T)
    return delta, weight_bars, bias_bars


# --- depth ---------------------------------------------------------------------------------------


@mistake("mlp/linear-collapse")
def rectifies_between_linear_layers(
    x: Array, weights: Any, biases: Any, *, activations: Sequence[str]
) -> Array:
    """Puts a rectifier behind every layer but the last where the identity was asked for."""
    *hidden, last = activations
    return _outputs(
        x, weights, biases, ["relu" if name == "identity" else name for name in hidden] + [last]
    )[1][-1]


@mistake("mlp/linear-collapse")
def gives_a_bias_to_the_last_layer_alone(
    x: Array, weights: Any, biases: Any, *, activations: Sequence[str]
) -> Array:
    """Adds the bias of the last layer and leaves out all others."""
    *hidden, last = biases
    return _outputs(x, weights, [0 * bias for bias in hidden] + [last], activations)[1][-1]


@mistake("mlp_vjp/gradient-product")
def normalizes_the_gradient_on_its_way(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Brings the gradient to norm 1 after every layer, as one does against vanishing."""
    return _backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        between=lambda delta: delta / max(np.linalg.norm(delta), 1e-30),
    )


@mistake("mlp_vjp/gradient-product")
def averages_the_gradient_in_every_layer(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Divides by the number of samples in every layer instead of once in the loss."""
    return _backward(
        x, weights, biases, cotangent, activations, between=lambda delta: delta / len(x)
    )


@mistake("mlp_vjp/vanishing-gradients")
def multiplies_by_the_activation_itself(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Multiplies by the activation where its derivative is needed."""
    return _backward(
        x, weights, biases, cotangent, activations, back=lambda _name, _a, z, delta: z * delta
    )


# --- units ---------------------------------------------------------------------------------------


@mistake("mlp_vjp/zig-zag")
def centers_the_gradient_over_units(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Subtracts the mean over units from every gradient of a weight."""
    x_bar, weight_bars, bias_bars = _backward(x, weights, biases, cotangent, activations)
    return x_bar, [each - each.mean(axis=0) for each in weight_bars], bias_bars


@mistake("mlp_vjp/zig-zag")
def returns_the_direction_of_descent(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Returns the negative gradient of the biases, ready to be added."""
    x_bar, weight_bars, bias_bars = _backward(x, weights, biases, cotangent, activations)
    return x_bar, weight_bars, [-each for each in bias_bars]


@mistake("mlp_vjp/dead-units")
def judges_rectifiers_by_their_output(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Lets gradients pass a rectifier whose output is not negative, as every output is."""

    def back(name: str, a: Array, z: Array, delta: Array) -> Array:
        return np.where(z >= 0, delta, 0) if name == "relu" else _right(name, a, z, delta)

    return _backward(x, weights, biases, cotangent, activations, back=back)


@mistake("mlp_vjp/dead-units")
def leaks_through_dead_rectifiers(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Gives the rectifier a slope of 0.01 below zero on the way back only."""

    def back(name: str, a: Array, z: Array, delta: Array) -> Array:
        return np.where(a > 0, delta, 0.01 * delta) if name == "relu" else _right(name, a, z, delta)

    return _backward(x, weights, biases, cotangent, activations, back=back)


@mistake("mlp_vjp/zero-weights", "mlp_vjp/gradient-product")
def sends_gradients_back_by_fixed_weights(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Sends gradients back through fixed weights of its own, as feedback alignment does."""
    return _backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        returning=lambda weight: dyadic(weight.shape, 5).astype(weight.dtype) + 0.5,
    )


@mistake("mlp_vjp/twins")
def adds_the_gradient_of_the_unit_before(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Adds up the gradients of the weights from unit to unit, in a buffer that is not cleared."""
    x_bar, weight_bars, bias_bars = _backward(x, weights, biases, cotangent, activations)
    return x_bar, [np.cumsum(each, axis=1) for each in weight_bars], bias_bars


@mistake("mlp_vjp/twins")
def trains_every_other_unit(
    x: Array, weights: Any, biases: Any, cotangent: Array, *, activations: Any
) -> Any:
    """Drops every other unit of a layer from the gradient of its weights."""
    x_bar, weight_bars, bias_bars = _backward(x, weights, biases, cotangent, activations)
    return x_bar, [each * (np.arange(each.shape[1]) % 4 != 1) for each in weight_bars], bias_bars
