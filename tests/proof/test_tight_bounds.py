"""A bound is as wide as the algorithms that a careful library would choose, and no wider."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.run import plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import FORMATS, NAMES
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.outcomes import BREAKS, CONFORMS

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

Answer = Callable[..., Any]


def outcomes(operation: str, answer: Answer, dtype: str, **fixed: float) -> set[str]:
    """Return how the MUST cases of an operation end in a dtype."""
    said = {operation: fixed} if fixed else {}
    library = SimpleNamespace(name="it", dtypes=(dtype,), fixed=said, **{operation: answer})
    source = InProcess(library)
    planned = plan.plan(source.description, only=(operation,))
    with np.errstate(all="ignore"):
        return {attempt(each, source).outcome for each in planned if each.clause.level == "MUST"}


def number(x: np.ndarray, value: float) -> np.generic:
    """Return a number in the format of an array."""
    return np.asarray(value).astype(x.dtype)[()]


def _where(x, *, negative_slope):
    return np.where(x > 0, x, number(x, negative_slope) * x)


def _two_rectifiers(x, *, negative_slope):
    zero = number(x, 0)
    return np.maximum(x, zero) - number(x, negative_slope) * np.maximum(-x, zero)


def _factor(x, *, negative_slope):
    return x * np.where(x > 0, number(x, 1), number(x, negative_slope))


def _in_float32(x, *, negative_slope):
    wide = x.astype(np.result_type(x.dtype, np.float32) if x.dtype.itemsize > 2 else np.float32)
    return np.where(wide > 0, wide, wide.dtype.type(negative_slope) * wide).astype(x.dtype)


def _backward(x, cotangent, *, negative_slope):
    return np.where(x > 0, cotangent, number(x, negative_slope) * cotangent)


def _backward_by_a_mask(x, cotangent, *, negative_slope):
    return cotangent * np.where(x > 0, number(x, 1), number(x, negative_slope))


def _squares(y, target, cotangent):
    return cotangent * (y - target)


def _squares_of_autodiff(y, target, cotangent):
    return (cotangent * number(y, 0.5)) * (number(y, 2) * (y - target))


def _squares_backward(y, target, cotangent):
    return -((target - y) * cotangent)


def _log(q, labels):
    return -np.log(q[np.arange(len(q)), labels])


def _log_of_the_reciprocal_base(q, labels):
    wide = q.astype(np.float32) if q.dtype.itemsize == 2 else q
    return -np.log(wide[np.arange(len(q)), labels]).astype(q.dtype)


def _clip_and_log(q, labels, *, epsilon):
    one, least = number(q, 1), number(q, epsilon)
    shares = np.minimum(np.maximum(q, least), one - least)
    return -np.log(shares[np.arange(len(q)), labels])


def _clip_the_log(q, labels, *, epsilon):
    wide = q.astype(np.float32) if q.dtype.itemsize == 2 else q
    ends = number(wide, np.log(epsilon)), number(wide, np.log1p(-epsilon))
    return -np.clip(np.log(wide[np.arange(len(q)), labels]), *ends).astype(q.dtype)


def _clip_and_sum(p, q, *, axis, epsilon):
    one, least = number(q, 1), number(q, epsilon)
    terms = p * np.log(np.minimum(np.maximum(q, least), one - least))
    return -np.sum(terms, axis=axis, dtype=np.result_type(p.dtype, np.float32)).astype(p.dtype)


def _divide_clip_and_sum(p, q, *, axis, epsilon):
    total = np.sum(q, axis=axis, keepdims=True, dtype=np.result_type(q.dtype, np.float32))
    return _clip_and_sum(p, q / total.astype(q.dtype), axis=axis, epsilon=epsilon)


def _subtract_logarithms(p, q, *, axis, epsilon):
    wide = q.astype(np.result_type(q.dtype, np.float32))
    costs = np.log(np.sum(wide, axis=axis, keepdims=True)) - np.log(wide)
    costs = np.clip(costs, -np.log1p(-epsilon), -np.log(epsilon) if epsilon else np.inf)
    return np.sum(np.where(p > 0, p * costs, 0), axis=axis).astype(p.dtype)


CAREFUL = {
    "leaky_relu": (_where, _two_rectifiers, _factor, _in_float32),
    "leaky_relu_vjp": (_backward, _backward_by_a_mask),
    "sum_squared_error_vjp": (_squares, _squares_of_autodiff, _squares_backward),
    "one_hot_cross_entropy": (_log, _log_of_the_reciprocal_base),
    "one_hot_cross_entropy_clipped": (_clip_and_log, _clip_the_log),
    "cross_entropy_clipped": (_clip_and_sum,),
    "cross_entropy_renormalized": (_divide_clip_and_sum, _subtract_logarithms),
}


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize(
    ("operation", "answer"),
    [(operation, answer) for operation, answers in CAREFUL.items() for answer in answers],
)
def test_every_careful_algorithm_conforms(operation: str, answer: Answer, dtype: str) -> None:
    assert outcomes(operation, answer, dtype) == {CONFORMS}


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize("slope", [0.01, 0.1, 0.3, 1 / 3, -0.7])
@pytest.mark.parametrize(
    ("operation", "answer"), [("leaky_relu", _where), ("leaky_relu_vjp", _backward)]
)
def test_a_library_may_round_a_slope_that_it_fixes(
    operation: str, answer: Answer, slope: float, dtype: str
) -> None:
    assert outcomes(operation, answer, dtype, negative_slope=slope) == {CONFORMS}


CLIPS = {
    "one_hot_cross_entropy_clipped": _clip_and_log,
    "cross_entropy_clipped": _clip_and_sum,
    "cross_entropy_renormalized": _divide_clip_and_sum,
}


# In float16, 1e-7 is below the normal numbers, and has one digit.
ENDS = [
    (dtype, epsilon)
    for dtype in NAMES
    for epsilon in (1e-7, 1e-3, 0.1, 0.2)
    if epsilon >= FORMATS[dtype].tiny
]


@pytest.mark.parametrize(("dtype", "epsilon"), ENDS)
@pytest.mark.parametrize("operation", CLIPS)
def test_a_library_may_round_an_end_of_a_clip_that_it_fixes(
    operation: str, epsilon: float, dtype: str
) -> None:
    assert outcomes(operation, CLIPS[operation], dtype, epsilon=epsilon) == {CONFORMS}


# What 8 ulp, 6u and 8u let through, in units of u: a factor of the answer that is wrong by so much.
WRONG = [
    *(("leaky_relu", dtype, 4) for dtype in NAMES),
    *(("leaky_relu_vjp", dtype, 4) for dtype in NAMES),
    *(("sum_squared_error_vjp", dtype, 5) for dtype in NAMES),
    *(("one_hot_cross_entropy", dtype, 5) for dtype in ("float16", "bfloat16")),
    *(("one_hot_cross_entropy_clipped", dtype, 5) for dtype in ("float16", "bfloat16")),
]
ROUNDOFF = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}


@pytest.mark.parametrize(("operation", "dtype", "units"), WRONG)
def test_a_scale_that_is_wrong_by_a_few_roundings_is_denied(
    operation: str, dtype: str, units: int
) -> None:
    right = rounded(operation)

    def scaled(*arguments: Any, **parameters: Any) -> Any:
        answered = right(*arguments, **parameters)
        factor = np.float64(1 + units * ROUNDOFF[dtype])
        return (answered.astype(np.float64) * factor).astype(answered.dtype)

    assert BREAKS in outcomes(operation, scaled, dtype)
