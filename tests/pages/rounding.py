"""How the second implementation computes: in its arguments' own dtype, rounded at every step,
16-bit sums formed in float32."""

import numpy as np


def rounding(function):
    """Let a function compute in its arguments' own dtype, step by step."""

    def answer(*arrays, **parameters):
        with np.errstate(all="ignore"):
            return np.asarray(function(*arrays, **parameters)).astype(arrays[0].dtype)

    return answer


def running_sum(terms, axis):
    wide = terms if terms.dtype in (np.float64, np.float32) else terms.astype(np.float32)
    total = (
        np.zeros_like(np.take(wide, [0], axis=axis))
        if wide.shape[axis]
        else np.sum(wide, axis=axis, keepdims=True)
    )
    for place in range(wide.shape[axis]):
        total = total + np.take(wide, [place], axis=axis)
    return total


def pairwise_sum(terms, axis):
    wide = terms if terms.dtype in (np.float64, np.float32) else terms.astype(np.float32)
    return np.sum(wide, axis=axis, keepdims=True)


def sum_in_the_format(terms, axis):
    """Add one term after the other, each sum rounded to the format of the terms."""
    total = np.zeros_like(terms.sum(axis=axis, keepdims=True), dtype=terms.dtype)
    for place in range(terms.shape[axis]):
        total = (total + np.take(terms, [place], axis=axis)).astype(terms.dtype)
    return total
