"""Checks of the page `normalization`: most clauses are judged by the answers alone, the others compare one answer with the next."""

import dataclasses
from typing import Any

import numpy as np

from nnspec.conformance.bounds import truth
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import Array, flat

# Constants a channel, and factors: sums and products with the inputs of their clauses are numbers of every format.
_BIASES = (8.0, -16.0, 4.0, 0.5)
_FACTORS = (2.0, -4.0, 0.5, -1.0)

# What the batches after the first one are, as multiples of it.
_LATER = (-0.5, 2.0, -1.0)


# --- every operation of the page -----------------------------------------------------------------


@check("normalization/purity")
def keeps_state(trial: Trial) -> None:
    """A call changes its arguments, an earlier answer, or the answer to a later call with the same arguments."""
    other = dataclasses.replace(
        trial.case,
        arguments=tuple(np.ascontiguousarray(np.flip(array)) for array in trial.case.arguments),
    )
    trial.repeated(other)


# --- training ------------------------------------------------------------------------------------


@check("batch_norm_train/bias-invariance")
def training_sees_a_bias(trial: Trial) -> None:
    """A constant added to a channel changes more than its running mean."""
    _ignores_a_bias(trial)


@check("batch_norm_train_unbiased/bias-invariance")
def unbiased_training_sees_a_bias(trial: Trial) -> None:
    """A constant added to a channel changes more than its running mean."""
    _ignores_a_bias(trial)


@check("batch_norm_train/scale-invariance")
def training_sees_a_factor(trial: Trial) -> None:
    """A factor, with epsilon multiplied by its square, changes more than the sign of the normalized batch."""
    _ignores_factors(trial)


@check("batch_norm_train_unbiased/scale-invariance")
def unbiased_training_sees_a_factor(trial: Trial) -> None:
    """A factor, with epsilon multiplied by its square, changes more than the sign of the normalized batch."""
    _ignores_factors(trial)


@check("batch_norm_train/running-statistics")
def training_loses_statistics(trial: Trial) -> None:
    """The running statistics after several batches are not the average that the momentum prescribes."""
    _average(trial)


@check("batch_norm_train_unbiased/running-statistics")
def training_loses_unbiased_statistics(trial: Trial) -> None:
    """The running statistics after several batches are not the average that the momentum prescribes."""
    _average(trial)


# --- gradient ------------------------------------------------------------------------------------


@check("batch_norm_train_vjp/zero-sum")
def gradient_sees_a_constant(trial: Trial) -> None:
    """The gradients of a channel do not add up to 0."""
    gradient = trial.shape()[0]
    _sums_to(trial, gradient, np.ones(gradient.shape), 0, "sum of a channel's gradients")


@check("batch_norm_train_vjp/radial")
def gradient_sees_the_size(trial: Trial) -> None:
    """The gradient along the normalized batch is not the small one that epsilon leaves."""
    x, scale, cotangent = _wide(trial.case)
    gradient = trial.shape()[0]
    axes, epsilon = _axes(x), trial.case.parameters["epsilon"]
    deviation = x - np.mean(x, axis=axes, keepdims=True)
    variance = np.mean(deviation**2, axis=axes) + epsilon
    normalized = deviation / _along(np.sqrt(variance), trial.case)
    along = scale * epsilon / variance**1.5 * np.sum(cotangent * normalized, axis=axes)
    _sums_to(
        trial,
        gradient,
        normalized,
        along,
        "inner product of a channel's gradients with the normalized batch",
    )


@check("batch_norm_train_vjp/bias-invariance")
def gradient_sees_a_bias(trial: Trial) -> None:
    """A constant added to a channel changes its gradients."""
    bias = np.resize(_BIASES, trial.case.arguments[0].shape[1])
    first, second, allowed = _compared(
        trial, _with_x(trial.case, _wide(trial.case)[0] + _along(bias, trial.case))
    )
    trial.near(flat(second), flat(first), allowed, "gradients after a constant was added to x")


# --- after training ------------------------------------------------------------------------------


@check("batch_norm_eval/sample-independence")
def prediction_depends_on_the_batch(trial: Trial) -> None:
    """A sample alone is answered differently from the same sample in its batch."""
    answered = trial.shape()
    allowed = trial.allowed().reshape(answered.shape)
    for place in range(answered.shape[0]):
        alone = trial.of(_with_x(trial.case, trial.case.arguments[0][[place]])).shape()
        trial.near(
            alone, answered[[place]], 2 * allowed[[place]], f"answer for sample {place} alone"
        )


@check("batch_norm_eval/folding")
def prediction_is_not_affine(trial: Trial) -> None:
    """The answer is not the gain times x plus the offset that a layer before it can take over."""
    x, scale, shift, mean, variance = _wide(trial.case)
    gain = scale / np.sqrt(variance + trial.case.parameters["epsilon"])
    offset = shift - mean * gain
    terms = (
        np.abs(x * _along(gain, trial.case))
        + np.abs(_along(mean * gain, trial.case))
        + np.abs(_along(shift, trial.case))
    )
    folded = x * _along(gain, trial.case) + _along(offset, trial.case)
    answered = trial.shape()
    allowed = trial.allowed() + 8 * 2.0**-53 * terms
    trial.near(answered, folded, allowed, "gain times x plus offset")


# --- what several checks share -------------------------------------------------------------------


def _wide(case: Case) -> list[Any]:
    return [array.astype(np.float64) for array in case.arguments]


def _axes(x: Array) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))


def _along(vector: Array, case: Case) -> Array:
    """Return numbers a channel in the shape that broadcasts against x."""
    return vector.reshape(-1, *(1,) * (case.arguments[0].ndim - 2))


def _with_x(case: Case, x: Any) -> Case:
    """Return the case with another x, rounded to its dtype, and without a stored truth."""
    return dataclasses.replace(
        case, arguments=(cast(x, case.arguments[0].dtype.name), *case.arguments[1:]), truth=None
    )


def _ignores_a_bias(trial: Trial) -> None:
    """Expect a batch with a constant added to each channel to be answered like the batch, but for the running mean."""
    bias = np.resize(_BIASES, trial.case.arguments[0].shape[1])
    first, second, allowed = _compared(
        trial, _with_x(trial.case, _wide(trial.case)[0] + _along(bias, trial.case))
    )
    wanted = [first[0], first[1] + trial.case.parameters["momentum"] * bias, first[2]]
    trial.near(flat(second), flat(wanted), allowed, "answers after a constant was added to x")


def _ignores_factors(trial: Trial) -> None:
    """Expect a batch times a factor, with epsilon times its square, to be normalized alike but for the factor's sign."""
    for factor in _FACTORS:
        parameters = {
            **trial.case.parameters,
            "epsilon": trial.case.parameters["epsilon"] * factor**2,
        }
        other = dataclasses.replace(
            _with_x(trial.case, _wide(trial.case)[0] * factor), parameters=parameters
        )
        first, second, allowed = _compared(trial, other)
        what = f"normalized batch after x was multiplied by {factor:g}"
        trial.near(
            second[0],
            np.sign(factor) * first[0],
            allowed[: first[0].size].reshape(first[0].shape),
            what,
        )


def _compared(trial: Trial, other: Case) -> tuple[list[Array], list[Array], Array]:
    """Return the answers to two cases and what is allowed between them."""
    first, second = trial.shape(), trial.of(other).shape()
    return first, second, trial.allowed() + trial.of(other).allowed()


def _sums_to(trial: Trial, gradient: Array, weights: Array, total: Any, what: str) -> None:
    """Expect weighted sums over channels to have a value; sum and weights in float64 add a little to what is allowed in the terms."""
    axes, count = _axes(gradient), gradient.size // gradient.shape[1]
    terms = trial.allowed()[: gradient.size].reshape(gradient.shape)
    own = (
        (count + 16)
        * 2.0**-50
        * (np.sum(np.abs(weights) * np.abs(gradient), axis=axes) + np.abs(total))
    )
    allowed = np.sum(np.abs(weights) * terms, axis=axes) + own
    trial.near(np.sum(weights * gradient, axis=axes), total, allowed, what)


def _average(trial: Trial) -> None:
    """Expect the statistics after several batches, each answered from those before it, to be the weighted average of all."""
    momentum = trial.case.parameters["momentum"]
    batches = [
        trial.case,
        *(_with_x(trial.case, _wide(trial.case)[0] * factor) for factor in _LATER),
    ]
    held, average, error = (
        flat(trial.case.arguments[3:]),
        flat(trial.case.arguments[3:]),
        np.zeros(2 * trial.case.arguments[3].size),
    )
    for batch in batches:
        given = dataclasses.replace(
            batch, arguments=(*batch.arguments[:3], *_halves(held, trial.case))
        )
        size = batch.arguments[0].size
        # The truth is linear in the statistics that it starts from: those that are held, or the average so far.
        average = flat(truth.true_answer(given)[1:]) + (1 - momentum) * (average - held)
        held = flat(trial.of(given).shape()[1:])
        error = (
            (1 - momentum) * error + trial.of(given).allowed()[size:] + 2.0**-50 * np.abs(average)
        )
    trial.near(held, average, error, "running statistics after all batches")


def _halves(running: Array, case: Case) -> list[Any]:
    """Return running mean and running variance in the dtype of the case."""
    return [cast(half, case.arguments[0].dtype.name) for half in np.split(running, 2)]
