"""Mistakes of log_softmax: logarithms of numbers that underflow, sums over the wrong axis."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.activations.mistakes.parts import (
    epsilon_of,
    narrow_sum,
    right_log_softmax,
    right_softmax,
    right_softmax_vjp,
    widened,
)
from nnspec.conformance.terms.formats import NARROW, cast
from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]


@mistake("log_softmax/accuracy")
def takes_the_logarithm_of_softmax(x: Array, *, axis: int) -> Array:
    """Computes log(softmax(x)), which is -inf where softmax underflows."""
    return np.log(right_softmax(x, axis))


@mistake("log_softmax/positive-infinity")
def takes_infinity_for_a_number(x: Array, *, axis: int) -> Array:
    """Replaces inf by a large number, so that two of them share their row."""
    return right_log_softmax(np.where(np.isposinf(x), 1e30, x), axis)


@mistake("log_softmax/positive-infinity")
def leaves_an_infinite_logit_infinite(x: Array, *, axis: int) -> Array:
    """Subtracts the logarithm of the finite logits' sum, so that inf stays inf."""
    finite = np.where(np.isposinf(x), -np.inf, x)
    return x - np.log(np.exp(finite).sum(axis=axis, keepdims=True))


@mistake("log_softmax/accuracy", "log_softmax/one-class", native=True)
def adds_epsilon_to_the_exponentials(x: Array, *, axis: int) -> Array:
    """Computes d - log(ε + Σ e^d), and so answers a single class with -ε."""
    d = widened(x) - widened(x).max(axis=axis, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=axis, keepdims=True) + epsilon_of(x))


@mistake("log_softmax/accuracy", "log_softmax/range", "log_softmax/one-class")
def answers_the_probability(x: Array, *, axis: int) -> Array:
    """Answers softmax without the logarithm."""
    return right_softmax(x, axis)


@mistake("log_softmax/accuracy", dtypes=NARROW, native=True)
def sums_exponentials_in_its_own_format(x: Array, *, axis: int) -> Array:
    """Forms the sum in the 16-bit format of its arguments instead of float32."""
    d = widened(x) - widened(x).max(axis=axis, keepdims=True)
    return d - np.log(narrow_sum(np.exp(d), x, axis))


@mistake("log_softmax/accuracy")
def takes_the_binary_logarithm(x: Array, *, axis: int) -> Array:
    """Answers in bits instead of nats."""
    return right_log_softmax(x, axis) / np.log(2.0)


@mistake("log_softmax/accuracy", "log_softmax/shift-invariance", "log_softmax/axes")
def forgets_the_logarithm_of_the_sum(x: Array, *, axis: int) -> Array:
    """Answers x - max without subtracting log Σ e^(x - max)."""
    return x - x.max(axis=axis, keepdims=True)


@mistake("log_softmax/finiteness", "log_softmax/shift-invariance")
def sums_exponentials_without_a_shift(x: Array, *, axis: int) -> Array:
    """Computes x - log Σ e^x as it stands, which overflows and underflows."""
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


@mistake("log_softmax/shift-invariance", native=True)
def rounds_the_logarithm_at_the_size_of_x(x: Array, *, axis: int) -> Array:
    """Computes x - (max + log Σ e^(x - max)): the parenthesis is rounded at the size of x."""
    m = widened(x).max(axis=axis, keepdims=True)
    return widened(x) - widened(
        cast(m + np.log(np.exp(widened(x) - m).sum(axis=axis, keepdims=True)), x.dtype.name)
    )


@mistake("log_softmax/precision", native=True)
def takes_the_logarithm_of_one_and_a_little(x: Array, *, axis: int) -> Array:
    """Computes d - log Σ e^d from a rounded sum, which loses the digits of the winner."""
    d = widened(x) - widened(x).max(axis=axis, keepdims=True)
    return d - np.log(widened(cast(np.exp(d).sum(axis=axis, keepdims=True), x.dtype.name)))


@mistake("log_softmax/row-independence", "activations/neighbors")
def takes_one_maximum_for_all_rows(x: Array, *, axis: int) -> Array:
    """Subtracts the maximum of the whole array, so that rows far below it underflow."""
    d = x - x.max()
    return d - np.log(np.exp(d).sum(axis=axis, keepdims=True))


@mistake("log_softmax/masked")
def multiplies_minus_infinity_by_zero(x: Array, *, axis: int) -> Array:
    """Forms Σ softmax·x on the way, in which 0·∞ is NaN."""
    s = right_softmax(x, axis)
    return right_log_softmax(x, axis) + 0 * (s * x).sum(axis=axis, keepdims=True)


@mistake("log_softmax/nan")
def skips_nan_in_the_row(x: Array, *, axis: int) -> Array:
    """Skips NaN in the maximum and in the sum."""
    d = x - np.fmax.reduce(x, axis=axis, keepdims=True)
    return d - np.log(np.nansum(np.exp(d), axis=axis, keepdims=True))


@mistake("log_softmax_vjp/accuracy", "log_softmax_vjp/axes")
def answers_the_gradient_of_softmax(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Answers the gradient of softmax."""
    return right_softmax_vjp(x, cotangent, axis)


@mistake("log_softmax_vjp/accuracy", "log_softmax_vjp/zero-sum", "log_softmax_vjp/axes")
def forgets_the_sum(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Answers (1 - s)·cotangent, the diagonal of the Jacobian alone."""
    return cotangent * (1 - right_softmax(x, axis))


@mistake("log_softmax_vjp/accuracy", "log_softmax_vjp/zero-sum")
def sums_cotangents_over_the_batch(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Sums the cotangents of the whole array instead of the row."""
    return cotangent - right_softmax(x, axis) * cotangent.sum() * (1 if x.ndim > 1 else 2)


@mistake("log_softmax_vjp/accuracy", dtypes=NARROW, native=True)
def sums_cotangents_in_its_own_format(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Sums the cotangents in the 16-bit format of its arguments instead of float32."""
    return widened(cotangent) - right_softmax(widened(x), axis) * narrow_sum(
        widened(cotangent), x, axis
    )


@mistake("log_softmax_vjp/finiteness")
def divides_by_softmax(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Applies the chain rule to log(softmax(x)), and divides 0 by 0 if softmax underflows."""
    return right_softmax_vjp(x, cotangent / right_softmax(x, axis), axis)


@mistake("log_softmax_vjp/masked")
def forms_zero_times_infinity(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Forms Σ softmax·x on the way, in which 0·∞ is NaN."""
    s = right_softmax(x, axis)
    return (
        cotangent
        - s * cotangent.sum(axis=axis, keepdims=True)
        + 0 * (s * x).sum(axis=axis, keepdims=True)
    )


@mistake("log_softmax_vjp/nan")
def replaces_nan_by_zero(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Replaces NaN in the gradient by 0, as a guard against it does."""
    return np.nan_to_num(
        cotangent - right_softmax(x, axis) * cotangent.sum(axis=axis, keepdims=True)
    )
