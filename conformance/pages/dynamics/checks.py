"""Checks of the page `dynamics`: theorems about whole networks, from the answers of the operations that make them up."""

import dataclasses
from typing import Any

import numpy as np

from nnspec.conformance.bounds import language
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import Array, flat, wide


@check("mlp/linear-collapse")
def a_linear_stack_is_more_than_a_layer(trial: Trial) -> None:
    """A stack of linear layers is not one linear layer."""
    answered = trial.answer()
    x, weights, biases = trial.case.arguments
    product, offset = np.eye(x.shape[1]), np.zeros(x.shape[1])
    for weight, bias in zip(wide(weights), wide(biases), strict=True):
        product, offset = product @ weight, offset @ weight + bias
    single = trial.implementation.linear(
        x, cast(product, _dtype(trial.case)), cast(offset, _dtype(trial.case))
    )
    trial.near(single, flat(answered), 0, "the one linear layer that it equals")


@check("mlp_vjp/vanishing-gradients")
def the_gradient_does_not_vanish(trial: Trial) -> None:
    """The gradient through sigmoid layers is larger than a quarter of itself to the power of the depth."""
    x_bar, _, _ = trial.shape()
    quantities = {
        "cotangent": wide(trial.case.arguments[3]),
        "k": float(len(trial.case.arguments[1])),
    }
    limit = language.evaluate(
        trial.stated(),
        quantities,
        dtype=trial.format.name,
        accumulates_in=trial.implementation.accumulates_in,
        axes=None,
    )
    trial.between(np.asarray(np.linalg.norm(x_bar)), 0, limit, "norm of the gradient")


@check("mlp_vjp/zig-zag")
def gradients_do_not_share_a_sign(trial: Trial) -> None:
    """A gradient of a weight does not have the sign of the unit it comes from times that of the unit it goes to."""
    _, (_, weight_bar), (_, bias_bar) = trial.shape()
    x, (weight, _), (bias, _), _ = trial.case.arguments
    hidden = wide(
        trial.implementation.mlp(
            x, [weight], [bias], activations=trial.case.parameters["activations"][:1]
        )
    )
    expected = np.sign(hidden).T * np.sign(bias_bar)
    trial.between(weight_bar * expected, 0, np.inf, "gradient times the sign it should have")
    trial.near(
        weight_bar[(hidden == 0).ravel()], 0, 0, "gradient of a weight from a unit that is 0"
    )
    trial.near(
        np.sign(bias_bar), np.sign(wide(trial.case.arguments[3]))[0], 0, "sign of a bias's gradient"
    )


@check("mlp_vjp/twins")
def twins_are_told_apart(trial: Trial) -> None:
    """Units with equal weights have unequal gradients, and training tells them apart."""
    for _ in range(2):
        _, weight_bars, bias_bars = trial.answer()
        x, weights, biases, cotangent = trial.case.arguments
        first, second = wide(weights)
        for one, other in _twins(first, second, wide(biases)[0]):
            for name, gradients in (
                ("incoming", wide(weight_bars)[0].T),
                ("outgoing", wide(weight_bars)[1]),
                ("bias", wide(bias_bars)[0]),
            ):
                what = (
                    f"gradient of the {name} weights" if name != "bias" else "gradient of the bias"
                )
                trial.near(gradients[one], gradients[other], 0, f"{what} of a unit and of its twin")
        stepped = (x, _stepped(weights, weight_bars), _stepped(biases, bias_bars), cotangent)
        trial = trial.of(dataclasses.replace(trial.case, arguments=stepped))


@check("batch_norm_train/zero-centered")
def a_channel_keeps_one_sign(trial: Trial) -> None:
    """A normalized channel has values of one sign only."""
    normalized, _, _ = trial.shape()
    axes = (0, *range(2, normalized.ndim))
    trial.between(
        normalized.min(axis=axes), -np.inf, np.nextafter(0, -1), "smallest value of a channel"
    )
    trial.between(
        normalized.max(axis=axes), np.nextafter(0, 1), np.inf, "largest value of a channel"
    )


def _dtype(case: Case) -> str:
    """Return the dtype of the first array among the arguments."""
    return str(case.arguments[0].dtype.name)


def _twins(first: Array, second: Array, bias: Array) -> list[tuple[int, int]]:
    """Return the pairs of hidden units with equal incoming and outgoing weights and biases."""
    units = [(tuple(first[:, unit]), bias[unit], tuple(second[unit])) for unit in range(bias.size)]
    return [
        (one, other)
        for other in range(bias.size)
        for one in range(other)
        if units[one] == units[other]
    ]


def _stepped(parameters: Any, gradients: Any) -> list[Any]:
    """Return the parameters after a step of gradient descent with rate 1/4, which is exact on these inputs."""
    return [
        cast(wide(each) - 0.25 * wide(gradient), each.dtype.name)
        for each, gradient in zip(parameters, gradients, strict=True)
    ]
