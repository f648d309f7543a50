"""Checks of the page `dynamics`: theorems on whole networks, from their operations' answers."""

from typing import Any

import numpy as np

from nnspec.conformance.bounds import language
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import Array, flat, wide


@check("mlp/linear-collapse")
def collapses(trial: Trial) -> None:
    """Expect the right answer of linear layers, and the same of the one layer they equal."""
    answered = trial.answer()
    x, weights, biases = trial.case.arguments
    product, offset = np.eye(x.shape[1]), np.zeros(x.shape[1])
    for weight, bias in zip(wide(weights), wide(biases), strict=True):
        product, offset = product @ weight, offset @ weight + bias
    layer = (cast(each, x.dtype.name) for each in (product, offset))
    single = trial.implementation.linear(x, *layer)
    trial.near(single, flat(answered), 0, "the one linear layer that it equals")


@check("mlp_vjp/vanishing-gradients")
def vanishes(trial: Trial) -> None:
    """Expect a gradient through k sigmoid layers no longer than the clause says."""
    _, weights, _, cotangent = trial.case.arguments
    limit = language.evaluate(
        trial.stated(),
        {"cotangent": wide(cotangent), "k": float(len(weights))},
        dtype=trial.format.name,
        accumulates_in=trial.implementation.accumulates_in,
        axes=None,
    )
    of_x, _, _ = trial.shape()
    trial.between(np.asarray(np.linalg.norm(of_x)), 0, limit, "norm of the gradient")


@check("mlp_vjp/zig-zag")
def shares_signs(trial: Trial) -> None:
    """Expect the sign of each weight's gradient to follow from the two units it connects.

    It is the sign of the unit that it comes from, times that of the bias that it goes to.
    """
    _, (_, of_weight), (_, of_bias) = trial.shape()
    x, (weight, _), (bias, _), cotangent = trial.case.arguments
    first = trial.case.parameters["activations"][:1]
    hidden = wide(trial.implementation.mlp(x, [weight], [bias], activations=first))
    due = of_weight * (np.sign(hidden).T * np.sign(of_bias))
    trial.between(due, 0, np.inf, "gradient times the sign it should have")
    idle = of_weight[(hidden == 0).ravel()]
    trial.near(idle, 0, 0, "gradient of a weight from a unit that is 0")
    trial.near(np.sign(of_bias), np.sign(wide(cotangent))[0], 0, "sign of a bias's gradient")


@check("mlp_vjp/twins")
def keeps_twins_alike(trial: Trial) -> None:
    """Expect the right gradients, equal for units with equal weights, before and after a step."""
    for _ in range(2):
        _, of_weights, of_biases = trial.answer()
        x, weights, biases, cotangent = trial.case.arguments
        kinds = {
            "incoming weights": wide(of_weights)[0].T,
            "outgoing weights": wide(of_weights)[1],
            "bias": wide(of_biases)[0],
        }
        first, second = wide(weights)
        for one, other in _twins(first, second, wide(biases)[0]):
            for kind, gradients in kinds.items():
                what = f"gradient of the {kind} of a unit and of its twin"
                trial.near(gradients[one], gradients[other], 0, what)
        trial = trial.on(x, _stepped(weights, of_weights), _stepped(biases, of_biases), cotangent)


@check("batch_norm_train/zero-centered")
def has_both_signs(trial: Trial) -> None:
    """Expect values of either sign in every normalized channel."""
    normalized, _, _ = trial.shape()
    axes = (0, *range(2, normalized.ndim))
    least, most = normalized.min(axis=axes), normalized.max(axis=axes)
    trial.between(least, -np.inf, np.nextafter(0, -1), "smallest value of a channel")
    trial.between(most, np.nextafter(0, 1), np.inf, "largest value of a channel")


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
    """Return the parameters after a step of gradient descent with rate 1/4.

    It is exact on these inputs.
    """
    return [
        cast(wide(each) - 0.25 * wide(gradient), each.dtype.name)
        for each, gradient in zip(parameters, gradients, strict=True)
    ]
