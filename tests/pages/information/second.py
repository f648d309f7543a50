"""The page `information` again: terms rounded one by one, summed in turn, with quotients where the
reference has differences."""

import numpy as np

from tests.pages.rounding import rounding, running_sum


def _logarithm(values):
    return np.log(np.where(values > 0, values, 1)).astype(values.dtype)


def _total(terms, axis):
    return np.squeeze(running_sum(terms, axis), axis=axis)


def _entropy(p, *, axis):
    return -_total(p * _logarithm(p), axis)


def _cross_entropy(p, q, *, axis):
    return -_total(np.where((p > 0) & (q == 0), p.dtype.type(-np.inf), p * _logarithm(q)), axis)


def _cross_entropy_clipped(p, q, *, axis, epsilon):
    one, least = q.dtype.type(1), q.dtype.type(epsilon)
    return -_total(p * np.log(np.minimum(np.maximum(q, least), one - least)), axis)


def _cross_entropy_renormalized(p, q, *, axis, epsilon):
    return _cross_entropy_clipped(p, q / running_sum(q, axis), axis=axis, epsilon=epsilon)


def _kl_divergence(p, q, *, axis):
    quotient = np.where((p > 0) & (q > 0), p / np.where(q > 0, q, q.dtype.type(1)), p.dtype.type(1))
    return _total(
        np.where((p > 0) & (q == 0), p.dtype.type(np.inf), p * _logarithm(quotient)), axis
    )


entropy = rounding(_entropy)
cross_entropy = rounding(_cross_entropy)
cross_entropy_clipped = rounding(_cross_entropy_clipped)
cross_entropy_renormalized = rounding(_cross_entropy_renormalized)
kl_divergence = rounding(_kl_divergence)
