"""A minibatch step as a machine: its bound is the step itself, evaluated batch by batch with the error that it carries.

`theta` are the parameters before the batch, `g` the gradients of its samples, one a row, and `rate` the learning rate; `mean` and `sum`
run over the samples. Formulas work element by element otherwise, so all arrays of the parameters are one vector here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnspec.conformance.bounds import language
from nnspec.conformance.bounds.rounding import Rounded, compared, exact, vocabulary
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, table
from nnspec.conformance.terms.operations import arguments_of
from nnspec.spec import Formula

# The axis that sums run over.
_SAMPLES = (0,)


@dataclass(frozen=True, eq=False)
class Batches:
    """What a formula says of the parameters after every batch (rows): the value and its error."""

    value: Array
    error: Array


def batches(case: Case) -> list[list[int]]:
    """Return the indices of each batch of a case."""
    return [[int(index) for index in batch] for batch in _argument(case, "batches")]


def parameters(case: Case) -> list[Any]:
    """Return the list of parameter arrays that a case begins with."""
    return list(_argument(case, "params"))


def script(case: Case) -> list[Array]:
    """Return what a case's scripted callback answers, an array of (samples, parameters) for each batch."""
    answers = _argument(case, "gradient").script
    if not answers:
        message = (
            f"{case.operation}: the gradients of {case.name} depend on where they are asked for"
        )
        raise language.BoundError(message)
    return grouped(
        case,
        table(
            [
                answers[min(number, len(answers) - 1)]
                for number in range(sum(map(len, batches(case))))
            ]
        ),
    )


def grouped(case: Case, answers: Array) -> list[Array]:
    """Return the answers of a callback, rows in the order of asking, as an array of (samples, parameters) for each batch."""
    ends = np.cumsum([len(batch) for batch in batches(case)], dtype=np.int64)
    return [answers[end - len(batch) : end] for end, batch in zip(ends, batches(case), strict=True)]


def follow(
    stated: Formula,
    case: Case,
    samples: Sequence[Array],
    before: Array,
    dtype: str,
    accumulates_in: str,
) -> Batches:
    """Return the parameters after each batch, from those yielded before it and the gradients of its samples.

    From the second batch on, what was yielded may be a rounding of what is carried: the parameters bring u·|theta|.
    """
    arithmetic = compared(dtype, accumulates_in, _SAMPLES)
    values, errors = np.zeros(before.shape), np.zeros(before.shape)
    for place, each in enumerate(samples):
        carried = abs(before[place]) * (arithmetic.u if place else 0.0)
        after = _stepped(
            stated, case, Rounded(before[place][None], carried[None], arithmetic), each
        )
        values[place], errors[place] = after.value[0], after.error[0]
    return Batches(values, errors)


def carry(
    stated: Formula, case: Case, samples: Sequence[Array], dtype: str, accumulates_in: str
) -> Batches:
    """Return the whole trajectory, the parameters' errors carried from batch to batch."""
    theta = exact(flat(parameters(case)).reshape(1, -1), compared(dtype, accumulates_in, _SAMPLES))
    values, errors = (
        np.zeros((len(samples), theta.value.size)),
        np.zeros((len(samples), theta.value.size)),
    )
    for place, each in enumerate(samples):
        theta = _stepped(stated, case, theta, each)
        values[place], errors[place] = theta.value[0], theta.error[0]
    return Batches(values, errors)


def _argument(case: Case, name: str) -> Any:
    return case.arguments[arguments_of(case.operation).index(name)]


def _stepped(stated: Formula, case: Case, theta: Rounded, samples: Array) -> Rounded:
    arithmetic = theta.arithmetic
    names = {
        "theta": theta,
        "g": exact(samples, arithmetic),
        "rate": exact(case.parameters["learning_rate"], arithmetic),
    }
    with np.errstate(all="ignore"):
        after: Rounded = language.defined(stated, {**vocabulary(arithmetic), **names})
    return after
