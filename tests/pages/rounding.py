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
