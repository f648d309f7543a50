"""The page `normalization` by every form of its formulas that a careful library would choose.

Each function computes in the format of its arrays, and sums in float32 at least.
"""

import numpy as np

from tests.pages.normalization import second


def _sum(x):
    wide = x if x.dtype == np.float64 else x.astype(np.float32)
    return np.sum(np.moveaxis(wide, 1, -1).reshape(-1, x.shape[1]), axis=0)


def _mean(x):
    return (_sum(x) / np.float32(x.size // x.shape[1])).astype(x.dtype)


def _along(vector, x):
    return vector.reshape(-1, *(1,) * (x.ndim - 2))


def _statistics(x):
    mean = _mean(x)
    deviation = x - _along(mean, x)
    return mean, deviation, _mean(deviation * deviation)


def _root(variance, epsilon):
    return np.sqrt(variance + variance.dtype.type(epsilon))


def _trained(x, scale, shift, running, *, momentum, epsilon, missing):
    kind, count = x.dtype.type, x.size // x.shape[1]
    mean, deviation, variance = _statistics(x)
    y = deviation / _along(_root(variance, epsilon), x) * _along(scale, x) + _along(shift, x)
    kept = variance * kind(count / max(count - missing, 1))
    old, new = kind(1) - kind(momentum), kind(momentum)
    return y, old * running[0] + new * mean, old * running[1] + new * kept


def two_passes(x, scale, shift, running_mean, running_variance, *, momentum, epsilon):
    running = running_mean, running_variance
    return _trained(x, scale, shift, running, momentum=momentum, epsilon=epsilon, missing=0)


def two_passes_unbiased(x, scale, shift, running_mean, running_variance, *, momentum, epsilon):
    running = running_mean, running_variance
    return _trained(x, scale, shift, running, momentum=momentum, epsilon=epsilon, missing=1)


def three_terms(x, scale, cotangent, *, epsilon):
    _, deviation, variance = _statistics(x)
    root = _root(variance, epsilon)
    h = deviation / _along(root, x)
    inner = cotangent - _along(_mean(cotangent), x) - h * _along(_mean(cotangent * h), x)
    return inner * _along(scale / root, x), _sum(cotangent * h), _sum(cotangent)


def deviation_over_the_root(x, scale, shift, mean, variance, *, epsilon):
    deviation = (x - _along(mean, x)) / _along(_root(variance, epsilon), x)
    return deviation * _along(scale, x) + _along(shift, x)


def deviation_times_the_gain(x, scale, shift, mean, variance, *, epsilon):
    gain = scale * (x.dtype.type(1) / _root(variance, epsilon))
    return (x - _along(mean, x)) * _along(gain, x) + _along(shift, x)


FORMS = {
    "batch_norm_train": (two_passes, second.batch_norm_train),
    "batch_norm_train_unbiased": (two_passes_unbiased, second.batch_norm_train_unbiased),
    "batch_norm_train_vjp": (three_terms, second.batch_norm_train_vjp),
    "batch_norm_eval": (
        deviation_over_the_root,
        deviation_times_the_gain,
        second.batch_norm_eval,
    ),
}
