"""Mistakes of networks on the way forward: activations, biases and their order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.networks.mistakes.parts import activated, layers_of, unshifted
from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]
Arrays = Sequence[Array]
Names = Sequence[str]


@mistake("mlp/accuracy", "mlp/depth", "mlp/order")
def mlp_forgets_the_last_activation(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Answers with the sums of the last layer."""
    return layers_of(x, weights, biases, (*activations[:-1], "identity"))[1][-1]


@mistake("mlp/accuracy", "mlp/depth")
def mlp_forgets_the_activations_between(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Activates the last layer only."""
    return layers_of(x, weights, biases, (*("identity",) * (len(weights) - 1), activations[-1]))[1][
        -1
    ]


@mistake("mlp/accuracy")
def mlp_activates_before_it_weighs(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Applies each activation to the inputs of its layer instead of to its sums."""
    z = x
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        z = activated(name, z) @ weight + bias
    return z


@mistake("mlp/accuracy", "mlp/broadcast")
def mlp_reads_weights_as_outputs_by_inputs(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Takes each weight's memory for a matrix of (outputs, inputs)."""
    return layers_of(
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
        z = activated(name, sums - sums.sum(axis=0) / len(x) + bias)
    return z


@mistake("mlp/rows")
def mlp_takes_softmax_over_the_samples(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Normalizes over the samples, and adds every bias to the first sample only."""
    z = x
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        sums = z @ weight
        sums[:1] += bias
        z = activated(name, sums, 0)
    return z


@mistake("mlp/order")
def mlp_reverses_the_activations(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Walks the activations from the last to the first."""
    return layers_of(x, weights, biases, activations[::-1])[1][-1]


@mistake("mlp/order")
def mlp_applies_the_first_activation_everywhere(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Uses one activation for all layers."""
    return layers_of(x, weights, biases, (activations[0],) * len(weights))[1][-1]


@mistake("mlp/order")
def mlp_shifts_the_activations(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Takes the activation of the next layer, and the first one for the last."""
    return layers_of(x, weights, biases, (*activations[1:], activations[0]))[1][-1]


@mistake("mlp/broadcast")
def mlp_adds_biases_down_the_samples(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Broadcasts each bias as a column wherever it fits along the samples."""
    return layers_of(
        x, weights, [bias[:, None] if bias.size == len(x) else bias for bias in biases], activations
    )[1][-1]


@mistake("mlp/depth", dtypes=("float64", "float32", "float16"))
def mlp_has_at_most_two_layers(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Knows one hidden layer and leaves out those behind it but the last that fits."""
    kept = [0, len(weights) - 1] if len(weights) % 2 == 0 else [0]
    return layers_of(
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
        z = activated(name, z @ weight + bias).astype(np.float32).astype(np.float64)
    return z


@mistake("mlp/finiteness")
def mlp_exponentiates_without_a_shift(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Computes e^x/Σe^x and its logarithm as they are written."""
    return layers_of(
        x,
        weights,
        biases,
        activations,
        own={"softmax": unshifted, "log_softmax": lambda a: np.log(unshifted(a))},
    )[1][-1]


@mistake("mlp/finiteness")
def mlp_clips_large_sums(x: Array, weights: Arrays, biases: Arrays, *, activations: Names) -> Array:
    """Clips the sums at ±30 before it exponentiates them."""
    softmax, log_softmax = (
        lambda a, name=name: activated(name, np.clip(a, -30, 30))
        for name in ("softmax", "log_softmax")
    )
    return layers_of(
        x, weights, biases, activations, own={"softmax": softmax, "log_softmax": log_softmax}
    )[1][-1]


@mistake("mlp/perceptron")
def mlp_decides_with_the_sign(
    x: Array, weights: Arrays, biases: Arrays, *, activations: Names
) -> Array:
    """Takes the sign function, -1 or 1, for the unit step."""
    return layers_of(x, weights, biases, activations, own={"step": np.sign})[1][-1]
