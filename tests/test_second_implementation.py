"""Another correct implementation, by other algorithms, conforms on every MUST clause in every dtype: the bounds reject no careful code.

Softmax is the exponential of log-softmax, sums run one term after another, the sigmoid is the textbook quotient, and every step
is rounded to the dtype under test; 16-bit sums are formed in float32.
"""

from types import SimpleNamespace

import numpy as np
import pytest

import reference
from conformance import suite
from conformance.formats import NAMES, cast
from conformance.implementation import InProcess
from conformance.judging import judge
from conformance.outcomes import CONFORMS


def rounding(function):
    """Let a function compute in its arguments' own dtype, step by step."""

    def answer(*arrays, **parameters):
        with np.errstate(all="ignore"):
            return np.asarray(function(*arrays, **parameters)).astype(arrays[0].dtype)

    return answer


def running_sum(terms, axis):
    wide = terms if terms.dtype in (np.float64, np.float32) else terms.astype(np.float32)
    total = np.zeros_like(np.take(wide, [0], axis=axis)) if wide.shape[axis] else np.sum(wide, axis=axis, keepdims=True)
    for place in range(wide.shape[axis]):
        total = total + np.take(wide, [place], axis=axis)
    return total


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_vjp(x, cotangent):
    s = sigmoid(x)
    return cotangent * (s * (1 - s))


def tanh_vjp(x, cotangent):
    t = np.tanh(x)
    return cotangent * (1 - t * t)


def log_softmax(x, *, axis):
    d = x - x.max(axis=axis, keepdims=True, initial=-np.inf)
    return d - np.log(running_sum(np.exp(d), axis)).astype(x.dtype)


def softmax(x, *, axis):
    return np.exp(log_softmax(x, axis=axis))


def softmax_vjp(x, cotangent, *, axis):
    s = softmax(x, axis=axis)
    return s * cotangent - s * running_sum(s * cotangent, axis).astype(x.dtype)


def log_softmax_vjp(x, cotangent, *, axis):
    return cotangent - softmax(x, axis=axis) * running_sum(cotangent, axis).astype(x.dtype)


SECOND = SimpleNamespace(
    name="second implementation",
    dtypes=NAMES,
    step=lambda x: np.where(np.isnan(x), x, (x > 0).astype(x.dtype)),
    sigmoid=rounding(sigmoid),
    sigmoid_vjp=rounding(sigmoid_vjp),
    tanh=rounding(np.tanh),
    tanh_vjp=rounding(tanh_vjp),
    relu=lambda x: np.maximum(x, x.dtype.type(0)),
    relu_vjp=lambda x, cotangent: np.where(x >= 0, cotangent, cotangent.dtype.type(0)),
    leaky_relu=lambda x, *, negative_slope: np.where(x >= 0, x, x * x.dtype.type(negative_slope)),
    leaky_relu_vjp=lambda x, cotangent, *, negative_slope: np.where(x >= 0, cotangent, cotangent * x.dtype.type(negative_slope)),
    identity=lambda x: x,
    identity_vjp=lambda x, cotangent: cotangent,
    softmax=rounding(softmax),
    softmax_vjp=rounding(softmax_vjp),
    log_softmax=rounding(log_softmax),
    log_softmax_vjp=rounding(log_softmax_vjp),
)


@pytest.mark.parametrize("dtype", NAMES)
def test_another_correct_implementation_conforms_on_every_must(dtype: str) -> None:
    source = InProcess(SECOND)
    assert set(source.description.operations) == set(reference.__all__)
    with np.errstate(all="ignore"):
        ended = [(each.id, judge(each, source)) for each in suite.plan(source.description, dtypes=(dtype,)) if each.clause.level == "MUST"]
    assert [(name, result.outcome, result.message, result.details) for name, result in ended if result.outcome != CONFORMS] == []


def test_it_is_another_implementation() -> None:
    x = cast([[0.1, 2.3, -4.5]], "float32")
    assert not np.array_equal(SECOND.softmax(x, axis=1), cast(reference.softmax(x, axis=1), "float32"))
