"""The page `normalization` by other algorithms: Welford's updates, one term after the other, and
every step rounded to the dtype.

16-bit statistics are updated in float32 and rounded when they are complete; the mean is multiplied
by the gain before it is taken off.
"""

import numpy as np


def batch_norm_train(x, scale, shift, running_mean, running_variance, *, momentum, epsilon):
    return _trained(x, scale, shift, running_mean, running_variance, momentum, epsilon, 0)


def batch_norm_train_unbiased(
    x, scale, shift, running_mean, running_variance, *, momentum, epsilon
):
    return _trained(x, scale, shift, running_mean, running_variance, momentum, epsilon, 1)


def batch_norm_train_vjp(x, scale, cotangent, *, epsilon):
    count = x.size // x.shape[1]
    mean, squares = _updated(x)
    gain = _gain(squares / squares.dtype.type(count), x.dtype.type(1), epsilon, x)
    deviation = x - _along(mean.astype(x.dtype), x)
    total = _summed(cotangent)
    dot = _summed(cotangent * deviation)
    # g - Σ g/n - d · Σ (g d)/(v + ε)/n
    moved = deviation * _along(gain * gain * (dot / x.dtype.type(count)), x)
    inner = cotangent - _along(total / x.dtype.type(count), x) - moved
    return inner * _along(scale * gain, x), dot * gain, total


def batch_norm_eval(x, scale, shift, mean, variance, *, epsilon):
    gain = _gain(variance, scale, epsilon, x)
    return x * _along(gain, x) + _along(shift - mean * gain, x)


def _trained(x, scale, shift, running_mean, running_variance, momentum, epsilon, missing):
    kind = x.dtype.type
    count = x.size // x.shape[1]
    mean, squares = _updated(x)
    variance = (squares / squares.dtype.type(count)).astype(x.dtype)
    mean = mean.astype(x.dtype)
    gain = _gain(variance, scale, epsilon, x)
    kept = (squares / squares.dtype.type(max(count - missing, 1))).astype(x.dtype)
    y = x * _along(gain, x) + _along(shift - mean * gain, x)
    return (
        y,
        running_mean + kind(momentum) * (mean - running_mean),
        running_variance + kind(momentum) * (kept - running_variance),
    )


def _gain(variance, scale, epsilon, x):
    root = np.sqrt(variance.astype(x.dtype) + x.dtype.type(epsilon))
    return scale * (x.dtype.type(1) / root)


def _updated(x):
    """Return the mean and the sum of squared deviations of each channel, updated value by value
    (B. P. Welford 1962)."""
    mean = squares = np.zeros(x.shape[1], dtype=_accumulator(x))
    for number, values in enumerate(_values(x), 1):
        delta = values - mean
        mean = mean + delta / mean.dtype.type(number)
        squares = squares + delta * (values - mean)
    return mean, squares


def _summed(x):
    total = np.zeros(x.shape[1], dtype=_accumulator(x))
    for values in _values(x):
        total = total + values
    return total.astype(x.dtype)


def _values(x):
    return np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]).astype(_accumulator(x))


def _accumulator(x):
    return x.dtype if x.dtype in (np.float64, np.float32) else np.dtype(np.float32)


def _along(vector, x):
    return vector.reshape(-1, *(1,) * (x.ndim - 2))
