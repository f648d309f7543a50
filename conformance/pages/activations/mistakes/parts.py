"""The right parts of wrong implementations."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.formats import FORMATS, cast

Array = NDArray[Any]


def right_sigmoid(x: Array) -> Array:
    """Return sigmoid without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def exponentials(x: Array, axis: int) -> Array:
    """Return e^x of every row, shifted by its maximum."""
    return np.exp(x - x.max(axis=axis, keepdims=True))


def share(terms: Array, axis: int) -> Array:
    """Return terms divided by their sum."""
    return terms / terms.sum(axis=axis, keepdims=True)


def right_softmax(x: Array, axis: int) -> Array:
    """Return softmax along an axis."""
    return share(exponentials(x, axis), axis)


def right_log_softmax(x: Array, axis: int) -> Array:
    """Return the logarithm of softmax along an axis."""
    d = x - x.max(axis=axis, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=axis, keepdims=True))


def right_softmax_vjp(x: Array, cotangent: Array, axis: int) -> Array:
    """Return softmax's vector-Jacobian product."""
    s = right_softmax(x, axis)
    return s * (cotangent - (s * cotangent).sum(axis=axis, keepdims=True))


def widened(x: Array) -> Array:
    """Return an array in float64."""
    return x.astype(np.float64)


def narrow_sum(terms: Array, x: Array, axis: int) -> Array:
    """Add terms one after another, each sum rounded to the format of x."""
    sums = np.add.accumulate(cast(terms, x.dtype.name), axis=axis)
    return widened(np.take(sums, [-1], axis=axis))


def off_by(y: Array, x: Array) -> Array:
    """Return y, off by six ulp of the format of x."""
    return y + np.sign(y) * 6 * FORMATS[x.dtype.name].ulp(y)


def flushed(y: Array, x: Array) -> Array:
    """Return y with the subnormal numbers of the format of x replaced by 0."""
    return np.where(np.abs(y) < FORMATS[x.dtype.name].tiny, 0, y)


def epsilon_of(x: Array) -> float:
    """Return a small number that the format of x still sees beside 1."""
    return {"float64": 1e-12, "float32": 1e-5}.get(x.dtype.name, 0.1)
