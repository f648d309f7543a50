"""Checks of the page `networks`: a batch beside its samples, equal units, and backpropagation."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnspec.conformance.bounds import truth
from nnspec.conformance.judge import arithmetic
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.factors import FACTORS
from nnspec.conformance.terms.formats import FORMATS, cast
from nnspec.conformance.terms.nested import Array, flat, leaves, like, mapped, wide


@check("networks/purity")
def is_pure(trial: Trial) -> None:
    """Expect the same answer around a call with the numbers of each array reversed."""
    trial.repeated(*(mapped(_turned, argument) for argument in trial.case.arguments))


@check("networks/empty")
def has_as_many_dimensions(trial: Trial) -> None:
    """Expect the right answers, in as many dimensions as the true ones."""
    answered = np.array([array.ndim for array in leaves(trial.answer())])
    needed = [array.ndim for array in leaves(truth.true_answer(trial.case))]
    trial.near(answered, needed, 0, "number of dimensions")


@check("linear/rows", "mlp/rows")
def answers_every_sample_alone(trial: Trial) -> None:
    """Expect the right answers for a batch, and the same for each of its samples alone."""
    whole = trial.answer()
    for row, allowed in enumerate(_allowed(trial)):
        alone = _sample(trial, row)
        answered = alone.answer()[0]
        both = allowed + _allowed(alone)[0]
        alone.near(answered, wide(whole[row]), both, f"answer for sample {row} alone")


@check("linear_vjp/batch", "mlp_vjp/batch")
def adds_samples_up(trial: Trial) -> None:
    """Expect the right gradients of a batch, which are the sums of those of its samples."""
    whole = trial.answer()
    samples = [_sample(trial, row) for row in range(len(trial.case.arguments[0]))]
    answered = [wide(each.answer()) for each in samples]
    total, slack = _added(answered), _added([_allowed(each) for each in samples])
    own = 2.0**-52 * len(samples) * _added([mapped(abs, each) for each in answered])
    allowed = trial.allowed() + slack + own
    trial.near(flat(whole), total, allowed, "sum of the samples' gradients")


@check("mlp_vjp/symmetry")
def treats_twins_alike(trial: Trial) -> None:
    """Expect the right gradients, which are equal for two units with equal weights."""
    _, weights, biases = wide(trial.answer())
    _, of_weights, of_biases = _allowed(trial)
    pairs = (
        (weights[0][:, :2], of_weights[0][:, :2], "weights coming in"),
        (biases[0][:2], of_biases[0][:2], "biases"),
        (weights[1][:2].T, of_weights[1][:2].T, "weights going out"),
    )
    for values, allowed, which in pairs:
        room = allowed.sum(axis=-1)
        trial.near(values[..., 1], values[..., 0], room, f"gradient of the second unit's {which}")


@check("perceptron_step/backpropagation")
def propagates_back(trial: Trial) -> None:
    """Expect the step of backpropagation from half the sum of squared errors.

    It is formed here, in float64, by the general equations, and is as exact as the reference.
    """
    inputs, target, *weights = (wide(argument) for argument in trial.case.arguments)
    outputs = [inputs[None, :]]
    for weight in weights:
        outputs.append(1 / (1 + np.exp(-(outputs[-1] @ weight))))
    back, stepped = outputs[-1] - target, []
    layers = list(zip(weights, outputs[:-1], outputs[1:], strict=True))
    for weight, below, above in reversed(layers):
        derivative = back * above * (1 - above)
        stepped.append(weight - trial.case.parameters["learning_rate"] * (below.T @ derivative))
        back = derivative @ weight.T
    allowed = trial.bound() + 2 * truth.truth(trial.case)[2]
    trial.near(flat(trial.shape()), flat(stepped[::-1]), allowed, "weights after the step")


@check("networks/arithmetic")
def multiplies_as_declared(trial: Trial) -> None:
    """Expect the right answer, and a product that keeps the declared bits of factors and sums.

    A training step is asked for its answer alone: its sums go through activations.
    """
    found = None
    if trial.case.operation != "perceptron_step":
        found = arithmetic.measured(functools.partial(_product, trial), trial.format.name)
        trial.measure("factors", found.factors)
        trial.measure("sums", found.sums)
        trial.measure("subnormal numbers", found.subnormal)
    trial.answer()
    if found is not None:
        implementation = trial.implementation
        factors = FACTORS[implementation.multiplies_in or trial.format.name]
        _keeps(trial, "a factor", found.factor_bits, factors.sure)
        sums = FORMATS[implementation.accumulates_in]
        _keeps(trial, "a sum", found.sum_bits, sums.precision)


def _keeps(trial: Trial, which: str, bits: int | None, needed: int) -> None:
    """Expect so many bits or more, unless it is undecided how many there are."""
    if bits is not None:
        trial.between(np.asarray(float(bits)), needed, np.inf, f"bits of {which}")


def _product(trial: Trial, left: Array, right: Array) -> Array:
    """Return the product of two matrices, as the operation of a case forms it.

    A layer without a bias answers it. The way back multiplies a cotangent by a transposed weight.
    """
    dtype, operation = trial.format.name, trial.case.operation
    x, weight = left, right
    ends = []
    if operation.endswith("_vjp"):
        x, weight = np.zeros((len(left), right.shape[1])), np.ascontiguousarray(right.T)
        ends = [cast(left, dtype)]
    layer = [cast(each, dtype) for each in (weight, np.zeros(weight.shape[1]))]
    if operation.startswith("mlp"):
        alone = trial.under(activations=("identity",))
        answered = alone.on(cast(x, dtype), *([each] for each in layer), *ends).shape()
    else:
        answered = trial.on(cast(x, dtype), *layer, *ends).shape()
    return np.asarray(answered[0] if ends else answered)


def _added(gradients: Sequence[Any]) -> Array:
    """Return the gradients of a batch from those of its samples, flat.

    Those of x stand one after the other, those of weights and biases are added.
    """
    inputs = np.concatenate([flat(of_x) for of_x, *_ in gradients])
    others = np.sum([flat(list(leaves(rest))) for _, *rest in gradients], axis=0)
    return np.concatenate([inputs.reshape(-1), others])


def _sample(trial: Trial, row: int) -> Trial:
    """Return the trial of one sample: a row of x, and of the cotangent if there is one."""
    x, weights, biases, *cotangents = trial.case.arguments
    cut = (each[row : row + 1] for each in cotangents)
    return trial.on(x[row : row + 1], weights, biases, *cut)


def _allowed(trial: Trial) -> Any:
    """Return the clause's bound and the truth's own error, nested as the answers are."""
    return like(trial.allowed().reshape(-1), truth.true_answer(trial.case))


def _turned(array: Array) -> Array:
    """Return the numbers of an array in the opposite order."""
    return np.ascontiguousarray(array[(slice(None, None, -1),) * array.ndim])
