"""The page `preprocessing` by every form of its formulas that a careful library would choose.

Each function computes in the format of its arrays, and sums in float32 at least.
"""

import numpy as np

from tests.pages.preprocessing import second


def _mean(x, axes):
    wide = x if x.dtype == np.float64 else x.astype(np.float32)
    return np.mean(wide, axis=axes, keepdims=True).astype(x.dtype)


def _root(train, axes):
    deviation = train - _mean(train, axes)
    root = np.sqrt(_mean(deviation * deviation, axes))
    constant = train.max(axis=axes, keepdims=True) == train.min(axis=axes, keepdims=True)
    return np.where(constant, train.dtype.type(1), root)


def less_the_mean(train, data, *, axes):
    return data - _mean(train, axes)


def over_the_deviation(train, data, *, axes):
    return (data - _mean(train, axes)) / _root(train, axes)


def times_the_reciprocal(train, data, *, axes):
    return (data - _mean(train, axes)) * (train.dtype.type(1) / _root(train, axes))


FORMS = {
    "center": (less_the_mean, second.center),
    "standardize": (over_the_deviation, times_the_reciprocal, second.standardize),
}
