"""Checks of the page `normalization`: one answer beside the next, and sums over channels."""

from typing import Any

import numpy as np

from nnspec.conformance.bounds import truth
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import Array, flat, wide

# Constants for the channels, and factors. Their sums and products with the inputs of their clauses
# are numbers of every format.
_BIASES = (8.0, -16.0, 4.0, 0.5)
_FACTORS = (2.0, -4.0, 0.5, -1.0)

# The batches after the first one, as multiples of it.
_LATER = (-0.5, 2.0, -1.0)


# --- every operation of the page ---


@check("normalization/purity")
def is_pure(trial: Trial) -> None:
    """Expect the same answer around a call with each array reversed along every axis."""
    trial.repeated(*(np.ascontiguousarray(np.flip(array)) for array in trial.case.arguments))


# --- training ---


@check("batch_norm_train/bias-invariance", "batch_norm_train_unbiased/bias-invariance")
def ignores_a_bias(trial: Trial) -> None:
    """Expect a constant added to each channel to change the running mean alone."""
    bias = _biases(trial)
    first, second, allowed = _answered(trial, _biased(trial, bias))
    moved = first[1] + trial.case.parameters["momentum"] * bias
    wanted = flat([first[0], moved, first[2]])
    trial.near(flat(second), wanted, allowed, "answers after a constant was added to x")


@check("batch_norm_train/scale-invariance", "batch_norm_train_unbiased/scale-invariance")
def ignores_factors(trial: Trial) -> None:
    """Expect a factor, with epsilon times its square, to change the batch's sign at most."""
    x, epsilon = wide(trial.case.arguments[0]), trial.case.parameters["epsilon"]
    for factor in _FACTORS:
        other = _on(trial, x * factor).under(epsilon=epsilon * factor**2)
        first, second, allowed = _answered(trial, other)
        room = allowed[: first[0].size].reshape(first[0].shape)
        what = f"normalized batch after x was multiplied by {factor:g}"
        trial.near(second[0], np.sign(factor) * first[0], room, what)


@check("batch_norm_train/running-statistics", "batch_norm_train_unbiased/running-statistics")
def averages(trial: Trial) -> None:
    """Expect the statistics after several batches to be the weighted average of all of them.

    Each batch is answered from the statistics that were answered before it.
    """
    case, momentum = trial.case, trial.case.parameters["momentum"]
    x, scale, shift, *running = case.arguments
    batches = [x, *(cast(wide(x) * factor, x.dtype.name) for factor in _LATER)]
    held = average = flat(running)
    error = np.zeros(average.size)
    for batch in batches:
        given = trial.on(batch, scale, shift, *_halves(held, case))
        # The truth is linear in the statistics that it starts from: those that are held, or the
        # average so far.
        average = flat(truth.true_answer(given.case)[1:]) + (1 - momentum) * (average - held)
        held = flat(given.shape()[1:])
        error = (1 - momentum) * error + given.allowed()[x.size :] + 2.0**-50 * np.abs(average)
    trial.near(held, average, error, "running statistics after all batches")


# --- gradient ---


@check("batch_norm_train_vjp/zero-sum")
def adds_up_to_zero(trial: Trial) -> None:
    """Expect the gradients of each channel to add up to 0."""
    gradient = trial.shape()[0]
    _sums_to(trial, gradient, np.ones(gradient.shape), 0, "sum of a channel's gradients")


@check("batch_norm_train_vjp/radial")
def hardly_heeds_the_size(trial: Trial) -> None:
    """Expect along the normalized batch the small gradient that epsilon leaves."""
    x, scale, cotangent = wide(list(trial.case.arguments))
    axes, epsilon = _axes(x), trial.case.parameters["epsilon"]
    deviation = x - np.mean(x, axis=axes, keepdims=True)
    variance = np.mean(deviation**2, axis=axes) + epsilon
    normalized = deviation / _along(np.sqrt(variance), trial.case)
    along = scale * epsilon / variance**1.5 * np.sum(cotangent * normalized, axis=axes)
    what = "inner product of a channel's gradients with the normalized batch"
    _sums_to(trial, trial.shape()[0], normalized, along, what)


@check("batch_norm_train_vjp/bias-invariance")
def has_the_gradient_of_any_bias(trial: Trial) -> None:
    """Expect the same gradients after a constant is added to each channel."""
    first, second, allowed = _answered(trial, _biased(trial, _biases(trial)))
    trial.near(flat(second), flat(first), allowed, "gradients after a constant was added to x")


# --- after training ---


@check("batch_norm_eval/sample-independence")
def answers_every_sample_alone(trial: Trial) -> None:
    """Expect the same answer for a sample in its batch and alone."""
    answered = trial.shape()
    allowed = trial.allowed().reshape(answered.shape)
    x, *statistics = trial.case.arguments
    for row in range(len(x)):
        alone = trial.on(x[[row]], *statistics).shape()
        trial.near(alone, answered[[row]], 2 * allowed[[row]], f"answer for sample {row} alone")


@check("batch_norm_eval/folding")
def is_affine(trial: Trial) -> None:
    """Expect a gain times x plus an offset, which a layer before can take over."""
    case = trial.case
    x, scale, shift, mean, variance = wide(list(case.arguments))
    gain = scale / np.sqrt(variance + case.parameters["epsilon"])
    sizes = (x * _along(gain, case), _along(mean * gain, case), _along(shift, case))
    terms = np.abs(sizes[0]) + np.abs(sizes[1]) + np.abs(sizes[2])
    folded = x * _along(gain, case) + _along(shift - mean * gain, case)
    allowed = trial.allowed() + 8 * 2.0**-53 * terms
    trial.near(trial.shape(), folded, allowed, "gain times x plus offset")


# --- what several checks share ---


def _axes(x: Array) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))


def _along(vector: Array, case: Case) -> Array:
    """Return numbers for the channels in the shape that broadcasts against x."""
    return vector.reshape(-1, *(1,) * (case.arguments[0].ndim - 2))


def _on(trial: Trial, x: Array) -> Trial:
    """Return the trial on another x, rounded to its dtype."""
    first, *others = trial.case.arguments
    return trial.on(cast(x, first.dtype.name), *others)


def _biases(trial: Trial) -> Array:
    """Return a constant for each channel."""
    return np.resize(_BIASES, trial.case.arguments[0].shape[1])


def _biased(trial: Trial, bias: Array) -> Trial:
    return _on(trial, wide(trial.case.arguments[0]) + _along(bias, trial.case))


def _answered(trial: Trial, other: Trial) -> tuple[list[Array], list[Array], Array]:
    """Return the answers to two cases, and the allowance between them."""
    first, second = trial.shape(), other.shape()
    return first, second, trial.allowed() + other.allowed()


def _sums_to(trial: Trial, gradient: Array, weights: Array, total: Any, what: str) -> None:
    """Expect weighted sums over channels to have a value.

    Sums and weights in float64 add a little to the allowance of the terms.
    """
    axes, count = _axes(gradient), gradient.size // gradient.shape[1]
    terms = trial.allowed()[: gradient.size].reshape(gradient.shape)
    size = np.sum(np.abs(weights) * np.abs(gradient), axis=axes) + np.abs(total)
    allowed = np.sum(np.abs(weights) * terms, axis=axes) + (count + 16) * 2.0**-50 * size
    trial.near(np.sum(weights * gradient, axis=axes), total, allowed, what)


def _halves(running: Array, case: Case) -> list[Any]:
    """Return running mean and running variance in the dtype of the case."""
    return [cast(half, case.arguments[0].dtype.name) for half in np.split(running, 2)]
