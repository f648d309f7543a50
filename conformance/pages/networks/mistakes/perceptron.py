"""Mistakes of a training step of the perceptron with a hidden layer."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]


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
    """Takes the final error for the error signal, as cross-entropy allows."""
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
    """Takes the hidden nodes' pre-activations for post-activations in the gradient of weights."""
    pre_h = inputs @ i_to_h
    _, _, signal = _signals(inputs, target, i_to_h, h_to_o)
    return _stepped(inputs, target, i_to_h, h_to_o, learning_rate)[
        0
    ], h_to_o - learning_rate * np.outer(pre_h, signal)


@mistake("perceptron_step/accuracy")
def answers_the_gradients(
    inputs: Array, target: Array, i_to_h: Array, h_to_o: Array, *, learning_rate: float
) -> Any:
    """Answers the gradients instead of the weights after the step."""
    stepped = _stepped(inputs, target, i_to_h, h_to_o, learning_rate)
    return i_to_h - stepped[0], h_to_o - stepped[1]


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
    """Step with derivatives that are functions of the post-activation signals."""
    post_h, post_o, _ = _signals(inputs, target, i_to_h, h_to_o)
    signal = (post_o - target) * at_output(post_o)
    hidden = h_to_o @ signal * at_hidden(post_h)
    return i_to_h - learning_rate * np.outer(inputs, hidden), h_to_o - learning_rate * np.outer(
        post_h, signal
    )
