"""Checks of the page `networks`: answers, a batch beside its samples, equal units, and the training step by the general equations."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnspec.conformance.bounds import truth
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, leaves, like, mapped, wide


@check("networks/purity")
def keeps_state(trial: Trial) -> None:
    """A call changes its arguments, an earlier answer, or the answer to a later call with the same arguments."""
    other = dataclasses.replace(
        trial.case, arguments=tuple(mapped(_turned, argument) for argument in trial.case.arguments)
    )
    trial.repeated(other)


@check("networks/empty")
def fails_on_empty_batches(trial: Trial) -> None:
    """A batch of no samples, or a sample of no inputs, is not answered by arrays of its kind."""
    answered = np.array([array.ndim for array in leaves(trial.answer())])
    trial.near(
        answered,
        [array.ndim for array in leaves(truth.true_answer(trial.case))],
        0,
        "number of dimensions",
    )


@check("linear/rows")
def linear_mixes_samples(trial: Trial) -> None:
    """The answer for a sample depends on the samples beside it."""
    _rows_stand_alone(trial)


@check("mlp/rows")
def mlp_mixes_samples(trial: Trial) -> None:
    """The answer for a sample depends on the samples beside it."""
    _rows_stand_alone(trial)


@check("linear_vjp/batch")
def linear_vjp_does_not_add_samples_up(trial: Trial) -> None:
    """The gradients of a batch are not the sums of those of its samples."""
    _samples_add_up(trial)


@check("mlp_vjp/batch")
def mlp_vjp_does_not_add_samples_up(trial: Trial) -> None:
    """The gradients of a batch are not the sums of those of its samples."""
    _samples_add_up(trial)


@check("mlp_vjp/symmetry")
def tells_twins_apart(trial: Trial) -> None:
    """Two units with equal weights, coming in and going out, have unequal gradients."""
    _, weights, biases = wide(trial.answer())
    _, of_weights, of_biases = _allowances(trial)
    pairs = (
        (weights[0][:, :2], of_weights[0][:, :2], "weights coming in"),
        (biases[0][:2], of_biases[0][:2], "biases"),
        (weights[1][:2].T, of_weights[1][:2].T, "weights going out"),
    )
    for values, allowed, what in pairs:
        trial.near(
            values[..., 1],
            values[..., 0],
            allowed.sum(axis=-1),
            f"gradient of the second unit's {what}",
        )


@check("perceptron_step/backpropagation")
def step_is_not_backpropagation(trial: Trial) -> None:
    """The step is not that of backpropagation from half the sum of squared errors."""
    inputs, target, *weights = (wide(argument) for argument in trial.case.arguments)
    outputs = [inputs[None, :]]
    for weight in weights:
        outputs.append(1 / (1 + np.exp(-(outputs[-1] @ weight))))
    back, stepped = outputs[-1] - target, []
    for weight, below, above in reversed(
        list(zip(weights, outputs[:-1], outputs[1:], strict=True))
    ):
        derivative = back * above * (1 - above)
        stepped.append(weight - trial.case.parameters["learning_rate"] * (below.T @ derivative))
        back = derivative @ weight.T
    # The expected values are computed here, in float64, by the other equations: they are as exact as the reference's are.
    own = 2 * truth.truth(trial.case)[2]
    answered = trial.shape()
    trial.near(flat(answered), flat(stepped[::-1]), trial.bound() + own, "weights after the step")


def _rows_stand_alone(trial: Trial) -> None:
    whole = trial.answer()
    for row, allowed in enumerate(_allowances(trial)):
        alone = _sample(trial.case, row)
        answered = trial.of(alone).answer()
        both = allowed + _allowances(trial.of(alone))[0]
        trial.of(alone).near(
            answered[0], whole[row].astype(np.float64), both, f"answer for sample {row} alone"
        )


def _samples_add_up(trial: Trial) -> None:
    whole = trial.answer()
    samples = [_sample(trial.case, row) for row in range(len(trial.case.arguments[0]))]
    answered = [wide(trial.of(each).answer()) for each in samples]
    allowances = [_allowances(trial.of(each)) for each in samples]
    total, slack = (_added(parts) for parts in (answered, allowances))
    own = 2.0**-52 * len(samples) * _added([mapped(abs, each) for each in answered])
    allowed = trial.bound() + truth.truth(trial.case)[2] + slack + own
    trial.near(flat(whole), total, allowed, "sum of the samples' gradients")


def _added(gradients: Sequence[Any]) -> Array:
    """Return the gradients of a batch from those of its samples, flat: of x one after the other, of weights and biases their sum."""
    inputs = np.concatenate([flat(of_x) for of_x, *_ in gradients])
    return np.concatenate(
        [inputs.reshape(-1), np.sum([flat(list(leaves(rest))) for _, *rest in gradients], axis=0)]
    )


def _sample(case: Case, row: int) -> Case:
    """Return the case of one sample of a batch: one row of x, and of the cotangent where there is one."""
    x, *others = case.arguments
    cut = [each[row : row + 1] for each in others[2:]]
    return dataclasses.replace(case, arguments=(x[row : row + 1], *others[:2], *cut), truth=None)


def _allowances(trial: Trial) -> Any:
    """Return what is allowed to each answer, in the nesting of the answers."""
    allowed = (trial.bound() + truth.truth(trial.case)[2]).reshape(-1)
    return like(allowed, truth.true_answer(trial.case))


def _turned(array: Array) -> Array:
    """Return the numbers of an array in the opposite order."""
    return np.ascontiguousarray(array[(slice(None, None, -1),) * array.ndim])
