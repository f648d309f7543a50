"""Mistakes of the page `networks`: what students, kernels and rewrites of backpropagation get wrong, and every one of them is rejected."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling
from nnspec.conformance.terms.nested import mapped

Array = NDArray[Any]
Arrays = Sequence[Array]
Names = Sequence[str]
Gradients = tuple[Array, list[Array], list[Array]]

_PARAMETERS: dict[str, dict[str, Any]] = {
    "leaky_relu": {"negative_slope": 0.125},
    "softmax": {"axis": -1},
    "log_softmax": {"axis": -1},
}

NARROW = ("float16", "bfloat16")

# --- of every operation ------------------------------------------------------------------------------------------------------------


@spoiling("networks/layouts")
def takes_a_matrix_in_fortran_order_for_its_transpose(operation: Operation) -> Operation:
    """Hands Fortran-ordered memory to a matrix product that expects rows."""

    def mistaken(array: Array) -> Array:
        fortran = array.flags.f_contiguous and not array.flags.c_contiguous
        return array.ravel(order="K").reshape(array.shape) if fortran else array

    return lambda *arguments, **parameters: operation(
        *(mapped(mistaken, each) for each in arguments), **parameters
    )


# --- linear ------------------------------------------------------------------------------------------------------------------------


@mistake("linear/accuracy")
def linear_forgets_the_bias(x: Array, weight: Array, bias: Array) -> Array:
    """Computes the weighted sums alone."""
    return x @ weight


@mistake("linear/accuracy")
def linear_takes_the_bias_for_a_threshold(x: Array, weight: Array, bias: Array) -> Array:
    """Subtracts the bias, as a threshold is."""
    return x @ weight - bias


@mistake("linear/accuracy", "linear/broadcast")
def linear_reads_the_weight_as_outputs_by_inputs(x: Array, weight: Array, bias: Array) -> Array:
    """Takes the weight's memory for a matrix of (outputs, inputs)."""
    return x @ weight.reshape(weight.shape[::-1]).T + bias


@mistake("linear/accuracy")
def linear_averages_over_the_inputs(x: Array, weight: Array, bias: Array) -> Array:
    """Divides the weighted sum by the number of inputs."""
    return x @ weight / x.shape[1] + bias


@mistake("linear/accuracy", dtypes=("float64",))
def linear_sums_in_float32(x: Array, weight: Array, bias: Array) -> Array:
    """Forms the sums of float64 products in float32."""
    return (x.astype(np.float32) @ weight.astype(np.float32)).astype(x.dtype) + bias


@mistake("linear/accuracy", dtypes=NARROW, native=True)
def linear_sums_in_the_narrow_format(x: Array, weight: Array, bias: Array) -> Array:
    """Accumulates 16-bit products in 16 bits, one after the other."""
    total = np.zeros((x.shape[0], weight.shape[1]), dtype=x.dtype)
    for j in range(x.shape[1]):
        total = total + x[:, j, None] * weight[j]
    return total + bias


@mistake("linear/accuracy", dtypes=("float32",))
def linear_rounds_its_factors_to_bfloat16(x: Array, weight: Array, bias: Array) -> Array:
    """Multiplies in a matrix unit that keeps eight bits of each factor."""
    return _eight_bits(x) @ _eight_bits(weight) + bias


@mistake("linear/accuracy", "linear/rows")
def linear_adds_the_bias_to_the_first_sample_only(x: Array, weight: Array, bias: Array) -> Array:
    """Adds the bias to the first row, as memory of one row's length invites to."""
    found = x @ weight
    found[:1] += bias
    return found


@mistake("linear/rows")
def linear_centers_the_batch(x: Array, weight: Array, bias: Array) -> Array:
    """Subtracts the batch's mean from every sample."""
    return (x - x.sum(axis=0) / len(x)) @ weight + bias


@mistake("linear/broadcast")
def linear_adds_the_bias_down_the_samples(x: Array, weight: Array, bias: Array) -> Array:
    """Broadcasts the bias as a column wherever it fits along the samples."""
    return x @ weight + (bias[:, None] if bias.size == len(x) else bias)


@mistake("linear/nan")
def linear_skips_weights_of_zero(x: Array, weight: Array, bias: Array) -> Array:
    """Leaves out products with weights of 0, of NaN too."""
    terms = np.where(weight == 0, 0, x[:, :, None] * weight)
    return terms.sum(axis=1) + bias


@mistake("linear/nan")
def linear_replaces_nan_by_zero(x: Array, weight: Array, bias: Array) -> Array:
    """Takes NaN for 0, as sums that skip missing values do."""
    return np.nan_to_num(x) @ weight + bias


# --- linear_vjp --------------------------------------------------------------------------------------------------------------------


@mistake("linear_vjp/accuracy", "linear_vjp/batch")
def linear_vjp_averages_over_the_samples(
    x: Array, weight: Array, bias: Array, cotangent: Array
) -> Any:
    """Divides the gradients of weight and bias by the batch's length."""
    return cotangent @ weight.T, x.T @ cotangent / len(x), cotangent.sum(axis=0) / len(x)


@mistake("linear_vjp/accuracy", "linear_vjp/batch")
def linear_vjp_averages_the_bias_gradient(
    x: Array, weight: Array, bias: Array, cotangent: Array
) -> Any:
    """Takes the mean over the samples for the bias and the sum for the weight."""
    return cotangent @ weight.T, x.T @ cotangent, cotangent.sum(axis=0) / len(x)


@mistake("linear_vjp/accuracy", "linear_vjp/batch")
def linear_vjp_keeps_the_last_sample(x: Array, weight: Array, bias: Array, cotangent: Array) -> Any:
    """Overwrites the gradients of weight and bias sample by sample instead of adding to them."""
    return cotangent @ weight.T, np.outer(x[-1], cotangent[-1]), cotangent[-1]


@mistake("linear_vjp/accuracy")
def linear_vjp_keeps_the_bias_gradient_of_each_sample(
    x: Array, weight: Array, bias: Array, cotangent: Array
) -> Any:
    """Does not sum the bias's gradient over the samples, so that the next step broadcasts the bias to a matrix."""
    return cotangent @ weight.T, x.T @ cotangent, cotangent.copy()


@mistake("linear_vjp/accuracy")
def linear_vjp_loses_the_bias(x: Array, weight: Array, bias: Array, cotangent: Array) -> Any:
    """Answers 0 for the bias, whose broadcasting automatic differentiation did not see."""
    return cotangent @ weight.T, x.T @ cotangent, np.zeros_like(bias)


@mistake("linear_vjp/accuracy", "linear_vjp/broadcast")
def linear_vjp_reads_the_weight_as_outputs_by_inputs(
    x: Array, weight: Array, bias: Array, cotangent: Array
) -> Any:
    """Propagates through the weight's memory taken for a matrix of (outputs, inputs)."""
    return cotangent @ weight.reshape(weight.shape[::-1]), x.T @ cotangent, cotangent.sum(axis=0)


@mistake("linear_vjp/accuracy", "linear_vjp/broadcast")
def linear_vjp_answers_the_weight_gradient_as_outputs_by_inputs(
    x: Array, weight: Array, bias: Array, cotangent: Array
) -> Any:
    """Lays the weight's gradient out as (outputs, inputs)."""
    return cotangent @ weight.T, (cotangent.T @ x).reshape(weight.shape), cotangent.sum(axis=0)


@mistake("linear_vjp/broadcast")
def linear_vjp_sums_the_bias_over_the_outputs(
    x: Array, weight: Array, bias: Array, cotangent: Array
) -> Any:
    """Sums the cotangent along the wrong axis."""
    return cotangent @ weight.T, x.T @ cotangent, cotangent.sum(axis=1)


@mistake("linear_vjp/accuracy", dtypes=("float64",))
def linear_vjp_sums_in_float32(x: Array, weight: Array, bias: Array, cotangent: Array) -> Any:
    """Forms the sums of float64 products in float32."""
    narrow, factors = (
        cotangent.astype(np.float32),
        (x.astype(np.float32), weight.astype(np.float32)),
    )
    return tuple(
        each.astype(x.dtype)
        for each in (narrow @ factors[1].T, factors[0].T @ narrow, narrow.sum(axis=0))
    )


@mistake("linear_vjp/accuracy", dtypes=NARROW, native=True)
def linear_vjp_sums_in_the_narrow_format(
    x: Array, weight: Array, bias: Array, cotangent: Array
) -> Any:
    """Accumulates 16-bit gradients in 16 bits, one sample after the other."""
    weight_bar, bias_bar = np.zeros_like(weight), np.zeros_like(bias)
    for row, back in zip(x, cotangent, strict=True):
        weight_bar = weight_bar + row[:, None] * back
        bias_bar = bias_bar + back
    return cotangent @ weight.T, weight_bar, bias_bar


# --- mlp ---------------------------------------------------------------------------------------------------------------------------


@mistake("mlp/accuracy", "mlp/depth", "mlp/order")
def mlp_forgets_the_last_activation(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Answers with the sums of the last layer."""
    return _layers(x, weights, biases, (*activations[:-1], "identity"))[1][-1]


@mistake("mlp/accuracy", "mlp/depth", "mlp/order")
def mlp_forgets_the_biases(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Computes weighted sums alone."""
    return _layers(x, weights, [np.zeros_like(bias) for bias in biases], activations)[1][-1]


@mistake("mlp/accuracy", "mlp/depth")
def mlp_forgets_the_activations_between(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Activates the last layer only."""
    return _layers(x, weights, biases, (*("identity",) * (len(weights) - 1), activations[-1]))[1][
        -1
    ]


@mistake("mlp/accuracy")
def mlp_activates_before_it_weighs(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Applies each activation to the inputs of its layer instead of to its sums."""
    z = x
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        z = _activated(name, z) @ weight + bias
    return z


@mistake("mlp/accuracy")
def mlp_adds_the_bias_after_the_activation(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Adds each bias to the activation's output."""
    z = x
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        z = _activated(name, z @ weight) + bias
    return z


@mistake("mlp/accuracy", "mlp/broadcast")
def mlp_reads_weights_as_outputs_by_inputs(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Takes each weight's memory for a matrix of (outputs, inputs)."""
    return _layers(
        x, [weight.reshape(weight.shape[::-1]).T for weight in weights], biases, activations
    )[1][-1]


@mistake("mlp/rows")
def mlp_centers_the_batch(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Subtracts the batch's mean from the sums of every layer."""
    z = x
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        sums = z @ weight
        z = _activated(name, sums - sums.sum(axis=0) / len(x) + bias)
    return z


@mistake("mlp/rows")
def mlp_takes_softmax_over_the_samples(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Normalizes over the samples instead of the units, and adds every bias to the first sample only."""
    z = x
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        sums = z @ weight
        sums[:1] += bias
        z = _activated(name, sums, 0)
    return z


@mistake("mlp/order")
def mlp_reverses_the_activations(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Walks the activations from the last to the first."""
    return _layers(x, weights, biases, activations[::-1])[1][-1]


@mistake("mlp/order")
def mlp_applies_the_first_activation_everywhere(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Uses one activation for all layers."""
    return _layers(x, weights, biases, (activations[0],) * len(weights))[1][-1]


@mistake("mlp/order")
def mlp_shifts_the_activations(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Takes the activation of the next layer, and the first one for the last."""
    return _layers(x, weights, biases, (*activations[1:], activations[0]))[1][-1]


@mistake("mlp/broadcast")
def mlp_adds_biases_down_the_samples(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Broadcasts each bias as a column wherever it fits along the samples."""
    return _layers(
        x, weights, [bias[:, None] if bias.size == len(x) else bias for bias in biases], activations
    )[1][-1]


@mistake("mlp/depth", dtypes=("float64", "float32", "float16"))
def mlp_has_at_most_two_layers(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Knows one hidden layer and leaves out those behind it but the last that fits."""
    kept = [0, len(weights) - 1] if len(weights) % 2 == 0 else [0]
    return _layers(
        x, [weights[i] for i in kept], [biases[i] for i in kept], [activations[i] for i in kept]
    )[1][-1]


@mistake("mlp/accuracy", "mlp/depth", dtypes=("float64",))
def mlp_computes_in_float32(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Keeps weights and signals in float32."""
    narrow = [
        [each.astype(np.float32).astype(np.float64) for each in arrays]
        for arrays in (weights, biases)
    ]
    z = x
    for weight, bias, name in zip(*narrow, activations, strict=True):
        z = _activated(name, z @ weight + bias).astype(np.float32).astype(np.float64)
    return z


@mistake("mlp/finiteness")
def mlp_exponentiates_without_a_shift(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Computes e^x/Σe^x and its logarithm as they are written."""
    return _layers(
        x,
        weights,
        biases,
        activations,
        own={"softmax": _unshifted, "log_softmax": lambda a: np.log(_unshifted(a))},
    )[1][-1]


@mistake("mlp/finiteness")
def mlp_clips_large_sums(x: Array, weights: Arrays, biases: Arrays, *, activations: Names) -> Array:
    """Clips the sums at ±30 before it exponentiates them."""
    softmax, log_softmax = (
        lambda a, name=name: _activated(name, np.clip(a, -30, 30))
        for name in ("softmax", "log_softmax")
    )
    return _layers(
        x, weights, biases, activations, own={"softmax": softmax, "log_softmax": log_softmax}
    )[1][-1]


@mistake("mlp/perceptron")
def mlp_decides_with_the_sign(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Takes the sign function, -1 or 1, for the unit step."""
    return _layers(x, weights, biases, activations, own={"step": np.sign})[1][-1]


@mistake("mlp/perceptron")
def mlp_takes_the_bias_for_a_threshold(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Subtracts the biases, as thresholds are."""
    return _layers(x, weights, [-bias for bias in biases], activations)[1][-1]


# --- mlp_vjp -----------------------------------------------------------------------------------------------------------------------


@mistake("mlp_vjp/accuracy", "mlp_vjp/batch")
def mlp_vjp_averages_over_the_samples(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Divides the gradients of weights and biases by the batch's length."""
    of_x, of_weights, of_biases = _backward(x, weights, biases, cotangent, activations)
    return of_x, [each / len(x) for each in of_weights], [each / len(x) for each in of_biases]


@mistake("mlp_vjp/accuracy", "mlp_vjp/batch")
def mlp_vjp_keeps_the_last_sample(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Overwrites the gradients of weights and biases sample by sample instead of adding to them."""
    last = _backward(x[-1:], weights, biases, cotangent[-1:], activations)
    return _backward(x, weights, biases, cotangent, activations)[0], last[1], last[2]


@mistake("mlp_vjp/accuracy", "mlp_vjp/depth", "mlp_vjp/vanishing-gradients")
def mlp_vjp_forgets_the_derivatives(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Propagates through the weights alone."""
    return _backward(
        x, weights, biases, cotangent, activations, derivative=lambda _, __, ___, back: back
    )


@mistake("mlp_vjp/accuracy", "mlp_vjp/depth", "mlp_vjp/order")
def mlp_vjp_forgets_the_last_derivative(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Takes the cotangent for the gradient of the last sums."""
    return _backward(
        x, weights, biases, cotangent, activations, derivative=_but_identity_at(len(weights) - 1)
    )


@mistake("mlp_vjp/accuracy", "mlp_vjp/order")
def mlp_vjp_takes_the_derivative_at_the_output(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Evaluates each derivative at the activation's output instead of at its input, as if activated twice."""
    return _backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        derivative=lambda name, sums, _, back: _vjp(name, _activated(name, sums), back),
    )


@mistake("mlp_vjp/accuracy")
def mlp_vjp_takes_softmax_unit_by_unit(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Takes the diagonal of softmax's Jacobian for all of it, and the derivative of sigmoid for its logarithm's."""

    def derivative(name: str, sums: Array, _: int, back: Array) -> Array:
        if name not in ("softmax", "log_softmax"):
            return _vjp(name, sums, back)
        s = reference.softmax(sums, axis=-1)
        return back * (s * (1 - s) if name == "softmax" else 1 - s)

    return _backward(x, weights, biases, cotangent, activations, derivative=derivative)


@mistake("mlp_vjp/accuracy")
def mlp_vjp_updates_weights_on_the_way(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Propagates each layer's gradient through weights that have already been updated with it."""
    return _backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        through=lambda weight, weight_bar: weight - weight_bar,
    )


@mistake("mlp_vjp/accuracy", "mlp_vjp/broadcast")
def mlp_vjp_reads_weights_as_outputs_by_inputs(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Propagates through each weight's memory taken for a matrix of (outputs, inputs)."""
    return _backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        through=lambda weight, _: weight.reshape(weight.shape[::-1]).T,
    )


@mistake("mlp_vjp/broadcast")
def mlp_vjp_transposes_weight_gradients(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Lays the weights' gradients out as (outputs, inputs)."""
    of_x, of_weights, of_biases = _backward(x, weights, biases, cotangent, activations)
    return of_x, [each.T.copy() for each in of_weights], of_biases


@mistake("mlp_vjp/accuracy")
def mlp_vjp_loses_the_biases(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Answers 0 for the biases, whose broadcasting automatic differentiation did not see."""
    of_x, of_weights, of_biases = _backward(x, weights, biases, cotangent, activations)
    return of_x, of_weights, [np.zeros_like(each) for each in of_biases]


@mistake("mlp_vjp/accuracy")
def mlp_vjp_forgets_the_biases_going_forward(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Takes derivatives and signals of a network without biases."""
    return _backward(x, weights, [np.zeros_like(bias) for bias in biases], cotangent, activations)


@mistake("mlp_vjp/accuracy", "mlp_vjp/order")
def mlp_vjp_answers_from_the_last_layer_to_the_first(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Answers with gradients in the order in which it finds them."""
    of_x, of_weights, of_biases = _backward(x, weights, biases, cotangent, activations)
    return of_x, of_weights[::-1], of_biases[::-1]


@mistake("mlp_vjp/accuracy")
def mlp_vjp_pairs_gradients_with_the_layer_above(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Multiplies each layer's gradient by its own output instead of its input."""
    _, outputs = _layers(x, weights, biases, activations)
    of_x, of_weights, of_biases = _backward(x, weights, biases, cotangent, activations)
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
    """Takes the derivatives from the first activation to the last, going from the last layer to the first."""
    last = len(weights) - 1
    return _backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        derivative=lambda _, sums, i, back: _vjp(activations[last - i], sums, back),
    )


@mistake("mlp_vjp/depth", dtypes=("float64", "float32", "float16"))
def mlp_vjp_cuts_the_chain_after_four_layers(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Truncates backpropagation: layers more than four below the last have no gradients."""
    top = len(weights) - 4
    return _backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        through=lambda weight, _, i: weight * (i != top),
        numbered=True,
    )


@mistake("mlp_vjp/accuracy", "mlp_vjp/depth", dtypes=("float64",))
def mlp_vjp_computes_in_float32(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Keeps the gradients that it propagates in float32."""
    return _backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        derivative=lambda name, sums, _, back: (
            _vjp(name, sums, back).astype(np.float32).astype(np.float64)
        ),
    )


@mistake("mlp_vjp/finiteness")
def mlp_vjp_exponentiates_without_a_shift(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Propagates through e^x/Σe^x and its logarithm as they are written."""

    def derivative(name: str, sums: Array, _: int, back: Array) -> Array:
        if name not in ("softmax", "log_softmax"):
            return _vjp(name, sums, back)
        s = _unshifted(sums)
        back = back if name == "softmax" else back / s
        return s * (back - (s * back).sum(axis=-1, keepdims=True))

    return _backward(x, weights, biases, cotangent, activations, derivative=derivative)


@mistake("mlp_vjp/finiteness")
def mlp_vjp_clips_large_sums(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Clips the sums at ±1 before it exponentiates them."""

    def derivative(name: str, sums: Array, _: int, back: Array) -> Array:
        return _vjp(name, np.clip(sums, -1, 1), back)

    return _backward(x, weights, biases, cotangent, activations, derivative=derivative)


@mistake("mlp_vjp/zero-weights")
def mlp_vjp_adds_an_epsilon_to_zero_weights(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Replaces weights of 0 by small numbers, "for stability"."""
    return _backward(
        x,
        weights,
        biases,
        cotangent,
        activations,
        through=lambda weight, _: np.where(weight == 0, 0.0078125, weight),
    )


@mistake("mlp_vjp/symmetry")
def mlp_vjp_gives_a_tie_to_the_first_unit(
    x: Array, weights: Arrays, biases: Arrays, cotangent: Array, *, activations: Names
) -> Any:
    """Propagates to the first of units that answer equally and to none of the others, as a maximum does."""

    def derivative(name: str, sums: Array, _: int, back: Array) -> Array:
        earlier = np.tril(np.ones((sums.shape[1],) * 2, dtype=bool), -1)
        tied = np.any((sums[:, :, None] == sums[:, None, :]) & earlier, axis=2)
        return np.where(tied, 0, _vjp(name, sums, back))

    return _backward(x, weights, biases, cotangent, activations, derivative=derivative)


# --- perceptron_step ---------------------------------------------------------------------------------------------------------------


@mistake("perceptron_step/order", "perceptron_step/backpropagation")
def updates_the_output_weights_first(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array, *, learning_rate: float
) -> Any:
    """Computes the hidden layer's gradient with weights to the output that it has just updated."""
    post_h, _, signal = _signals(inputs, target, i_to_h, h_to_o)
    updated = h_to_o - learning_rate * np.outer(post_h, signal)
    return i_to_h - learning_rate * np.outer(
        inputs, updated @ signal * post_h * (1 - post_h)
    ), updated


@mistake("perceptron_step/accuracy", "perceptron_step/backpropagation")
def climbs(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array, *, learning_rate: float
) -> Any:
    """Adds the gradient: the error is target minus output, and it is still subtracted."""
    return _stepped(inputs, target, i_to_h, h_to_o, -learning_rate)


@mistake("perceptron_step/accuracy")
def forgets_the_learning_rate(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array, *, learning_rate: float
) -> Any:
    """Subtracts the whole gradient."""
    return _stepped(inputs, target, i_to_h, h_to_o, 1.0)


@mistake("perceptron_step/accuracy", "perceptron_step/backpropagation")
def descends_the_squared_error_without_a_half(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array, *, learning_rate: float
) -> Any:
    """Takes the gradient of the sum of squared errors, twice as large."""
    return _stepped(inputs, target, i_to_h, h_to_o, 2 * learning_rate)


@mistake("perceptron_step/accuracy")
def forgets_the_derivative_of_the_output(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array, *, learning_rate: float
) -> Any:
    """Takes the final error for the error signal, as cross-entropy allows and squared error does not."""
    return _stepped(inputs, target, i_to_h, h_to_o, learning_rate, at_output=np.ones_like)


@mistake("perceptron_step/accuracy")
def forgets_the_derivative_of_the_hidden_nodes(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array, *, learning_rate: float
) -> Any:
    """Passes the error signal on through the weights alone."""
    return _stepped(inputs, target, i_to_h, h_to_o, learning_rate, at_hidden=np.ones_like)


@mistake("perceptron_step/accuracy")
def takes_derivatives_of_post_activations(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array, *, learning_rate: float
) -> Any:
    """Evaluates f' at the post-activation signals instead of the pre-activation ones."""
    twice = _logistic_derivative_at
    return _stepped(inputs, target, i_to_h, h_to_o, learning_rate, at_output=twice, at_hidden=twice)


@mistake("perceptron_step/accuracy")
def forgets_the_weight_to_the_output(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array, *, learning_rate: float
) -> Any:
    """Gives every hidden node the whole error signal."""
    post_h, _, signal = _signals(inputs, target, i_to_h, h_to_o)
    hidden = signal.sum() * post_h * (1 - post_h)
    return i_to_h - learning_rate * np.outer(inputs, hidden), h_to_o - learning_rate * np.outer(
        post_h, signal
    )


@mistake("perceptron_step/accuracy")
def trains_the_output_weights_only(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array, *, learning_rate: float
) -> Any:
    """Leaves the weights between input and hidden nodes as they are."""
    post_h, _, signal = _signals(inputs, target, i_to_h, h_to_o)
    return i_to_h.copy(), h_to_o - learning_rate * np.outer(post_h, signal)


@mistake("perceptron_step/accuracy")
def multiplies_by_the_hidden_pre_activation(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array, *, learning_rate: float
) -> Any:
    """Takes the hidden nodes' pre-activation signals for their post-activation ones in the gradient of their weights."""
    pre_h = inputs @ i_to_h
    _, _, signal = _signals(inputs, target, i_to_h, h_to_o)
    return _stepped(inputs, target, i_to_h, h_to_o, learning_rate)[
        0
    ], h_to_o - learning_rate * np.outer(pre_h, signal)


@mistake("perceptron_step/accuracy")
def answers_the_gradients(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array, *, learning_rate: float
) -> Any:
    """Answers what should have been subtracted from the weights."""
    stepped = _stepped(inputs, target, i_to_h, h_to_o, learning_rate)
    return i_to_h - stepped[0], h_to_o - stepped[1]


# --- right pieces, to be taken apart ---------------------------------------------------------------------------------------------------


def _activated(name: str, sums: Array, axis: int = -1) -> Array:
    parameters = _PARAMETERS.get(name, {})
    return getattr(reference, name)(
        sums, **({"axis": axis} if "axis" in parameters else parameters)
    )


def _vjp(name: str, sums: Array, back: Array) -> Array:
    return getattr(reference, f"{name}_vjp")(sums, back, **_PARAMETERS.get(name, {}))


def _layers(
    x: Array,
    weights: Arrays,
    biases: Arrays,
    activations: Names,
    own: dict[str, Callable[[Array], Array]] | None = None,
) -> tuple[list[Array], list[Array]]:
    """Return what goes into each activation, and x with what comes out of each, some activations being the mistake's own."""
    sums, outputs = [], [x]
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        sums.append(outputs[-1] @ weight + bias)
        outputs.append((own or {}).get(name, lambda a, name=name: _activated(name, a))(sums[-1]))
    return sums, outputs


def _backward(
    x: Array,
    weights: Arrays,
    biases: Arrays,
    cotangent: Array,
    activations: Names,
    *,
    derivative: Callable[[str, Array, int, Array], Array] = lambda name, sums, _, back: _vjp(
        name, sums, back
    ),
    through: Callable[..., Array] = lambda weight, _: weight,
    numbered: bool = False,
) -> Gradients:
    """Propagate back, with the mistake's own derivatives of activations, or through its own weights."""
    sums, outputs = _layers(x, weights, biases, activations)
    back, of_weights, of_biases = cotangent, [], []
    for i in reversed(range(len(weights))):
        delta = derivative(activations[i], sums[i], i, back)
        of_weights.append(outputs[i].T @ delta)
        of_biases.append(delta.sum(axis=0))
        back = delta @ through(weights[i], of_weights[-1], *((i,) if numbered else ())).T
    return back, of_weights[::-1], of_biases[::-1]


def _but_identity_at(layer: int) -> Callable[[str, Array, int, Array], Array]:
    return lambda name, sums, i, back: back if i == layer else _vjp(name, sums, back)


def _unshifted(sums: Array) -> Array:
    e = np.exp(sums)
    return e / e.sum(axis=-1, keepdims=True)


def _logistic(sums: Array) -> Array:
    return 1 / (1 + np.exp(-sums))


def _logistic_derivative_at(post: Array) -> Array:
    return _logistic(post) * (1 - _logistic(post))


def _signals(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array
) -> tuple[Array, Array, Array]:
    """Return the post-activation signals of hidden and output nodes, and the error signal."""
    post_h = _logistic(inputs @ i_to_h)
    post_o = _logistic(post_h @ h_to_o)
    return post_h, post_o, (post_o - target) * post_o * (1 - post_o)


def _stepped(
    inputs: Array,
    target: Array,
    i_to_h: Array,
    h_to_o: Array,
    learning_rate: float,
    at_output: Callable[[Array], Array] = lambda post: post * (1 - post),
    at_hidden: Callable[[Array], Array] = lambda post: post * (1 - post),
) -> tuple[Array, Array]:
    """Step with derivatives that are functions of the post-activation signals, the mistake's own or the right ones."""
    post_h, post_o, _ = _signals(inputs, target, i_to_h, h_to_o)
    signal = (post_o - target) * at_output(post_o)
    hidden = h_to_o @ signal * at_hidden(post_h)
    return i_to_h - learning_rate * np.outer(inputs, hidden), h_to_o - learning_rate * np.outer(
        post_h, signal
    )


def _eight_bits(array: Array) -> Array:
    """Return numbers with eight bits, the rest cut off, as float32."""
    return (array.astype(np.float32).view(np.int32) & np.int32(-65536)).view(np.float32)
