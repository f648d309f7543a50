"""Edges of range: careful algorithms conform, and each public fault is rejected by its clause."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.run import plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import computed
from nnspec.conformance.terms.nested import flat
from nnspec.conformance.terms.outcomes import BREAKS, CONFORMS
from tests.pages.losses import forms
from tests.truth import oracle

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

Answer = Callable[..., Any]

ENDS = (
    *("losses/negative-targets", "losses/overflow", "losses/nearly-equal", "losses/zero-cotangent"),
    *("sigmoid_cross_entropy/small-targets", "softmax_cross_entropy/small-targets"),
    *("softmax_cross_entropy/finiteness", "softmax_cross_entropy_vjp/finiteness"),
    *("sparse_softmax_cross_entropy/finiteness", "sigmoid_cross_entropy/finiteness"),
    *("softmax_cross_entropy/range", "sum_squared_error/range"),
    *("activations/zero-cotangent", "networks/zero-cotangent", "networks/overflow"),
)

CAREFUL = (
    *(forms.maximum_less_the_product, forms.weighted_magnitude, forms.logarithms_of_both_sigmoids),
)


def outcomes(operation: str, answer: Answer, clause: str, dtype: str) -> set[str]:
    """Return how the cases of a clause end for an operation in a dtype."""
    library = SimpleNamespace(name="it", dtypes=(dtype,), **{operation: answer})
    source = InProcess(library)
    planned = plan.plan(source.description, only=(clause,))
    with np.errstate(all="ignore"):
        return {attempt(each, source).outcome for each in planned if each.operation == operation}


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize("form", CAREFUL)
def test_careful_forms_keep_small_targets(form: Answer, dtype: str) -> None:
    clause = "sigmoid_cross_entropy/small-targets"
    assert outcomes("sigmoid_cross_entropy", form, clause, dtype) == {CONFORMS}


@pytest.mark.parametrize("dtype", NAMES)
def test_halves_of_differences_keep_the_range(dtype: str) -> None:
    def squares(y: Any, target: Any) -> Any:
        error = y - target
        return np.asarray(np.sum(error / np.asarray(2, dtype=y.dtype) * error), dtype=y.dtype)

    assert outcomes("sum_squared_error", squares, "sum_squared_error/range", dtype) == {CONFORMS}


@pytest.mark.parametrize("clause", ENDS)
def test_the_reference_agrees_with_ball_arithmetic_at_the_edges(clause: str) -> None:
    compared = 0
    for dtype in NAMES:
        for each in plan.plan(plan.EVERYTHING, dtypes=(dtype,), only=(clause,)):
            case = each.case
            arguments = [
                argument if getattr(argument, "dtype", None) == np.int64 else widened(argument)
                for argument in case.arguments
            ]
            true = oracle.truth(case.operation, arguments, dict(case.parameters))[0]
            answered = getattr(reference, case.operation)(*arguments, **case.parameters)
            found = np.ravel(flat(answered))
            np.testing.assert_allclose(found, np.ravel(true), rtol=1e-13, atol=1e-300)
            compared += found.size
    assert compared > 0


def widened(argument: Any) -> Any:
    """Return an array, or a list of arrays, in float64."""
    if isinstance(argument, list):
        return [widened(each) for each in argument]
    return np.asarray(argument, dtype=np.float64)


# The smallest instances of public faults, each with the clause that rejects it and its formats.
def weighs_exponentials(logits: Any, targets: Any, cotangent: Any) -> Any:
    """Take e^z times the cotangent, and divide by the sum: 0·∞ in a masked sample."""
    with np.errstate(all="ignore"):
        weighed = np.exp(logits) * cotangent[:, None]
        shares = weighed / np.exp(logits).sum(axis=1, keepdims=True)
    return shares * targets.sum(axis=1, keepdims=True) - targets * cotangent[:, None]


def takes_the_logit_from_itself(logits: Any, targets: Any) -> Any:
    """Take (1 - t) z - log σ(z), as a loss that is 0 for -10⁸ and 10⁻⁹."""
    one = np.asarray(1, dtype=logits.dtype)
    return (one - targets) * logits - (np.minimum(logits, 0) - np.log1p(np.exp(-np.abs(logits))))


def saturates(x: Any, weight: Any, bias: Any) -> Any:
    """Answer the largest number of float16 where a sum is beyond it."""
    with np.errstate(all="ignore"):
        found = x @ weight + bias
    top = np.finfo(found.dtype).max
    return np.clip(found, -top, top)


@pytest.mark.parametrize(
    ("operation", "answer", "clause", "dtype"),
    [
        ("softmax_cross_entropy_vjp", weighs_exponentials, "losses/zero-cotangent", "float32"),
        (
            "sigmoid_cross_entropy",
            takes_the_logit_from_itself,
            "sigmoid_cross_entropy/small-targets",
            "float32",
        ),
        ("linear", saturates, "networks/overflow", "float16"),
    ],
)
def test_a_public_fault_is_rejected(
    operation: str, answer: Answer, clause: str, dtype: str
) -> None:
    assert BREAKS in outcomes(operation, computed(answer, native=True), clause, dtype)


def test_the_loss_of_a_small_target_is_a_tenth() -> None:
    arguments = [np.array([-1e8]), np.array([1e-9])]
    assert reference.sigmoid_cross_entropy(*arguments) == pytest.approx(0.1, rel=1e-15)
    assert oracle.truth("sigmoid_cross_entropy", arguments, {})[0] == pytest.approx(0.1, rel=1e-15)
