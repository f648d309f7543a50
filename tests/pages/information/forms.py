"""The page `information` by every form of its formulas that a careful library would choose.

Each function computes in the format of its arrays, and sums in float32 at least.
"""

import numpy as np

from tests.pages.rounding import pairwise_sum, running_sum


def _sequential(terms, axis):
    return np.squeeze(running_sum(terms, axis), axis)


def _pairwise(terms, axis):
    return np.squeeze(pairwise_sum(terms, axis), axis)


def _log(p, where):
    return np.log(np.where(where, p, p.dtype.type(1)))


def _terms(p, of):
    return np.where(p > 0, p * np.where((of == 0) & (p > 0), -np.inf, _log(of, of > 0)), 0)


def entropy_term_by_term(p, *, axis):
    return -_sequential(_terms(p, p).astype(p.dtype), axis)


def entropy_of_negative_terms(p, *, axis):
    return _pairwise((-_terms(p, p)).astype(p.dtype), axis)


def cross_entropy_term_by_term(p, q, *, axis):
    return -_sequential(_terms(p, q).astype(p.dtype), axis)


def cross_entropy_pairwise(p, q, *, axis):
    return _pairwise((-_terms(p, q)).astype(p.dtype), axis)


def _clipped(q, epsilon):
    least, one = q.dtype.type(epsilon), q.dtype.type(1)
    return np.minimum(np.maximum(q, least), one - least)


def _clipped_logarithm(q, epsilon):
    least, one = q.dtype.type(epsilon), q.dtype.type(1)
    return np.minimum(np.maximum(np.log(q), np.log(least)), np.log(one - least))


def _shares(q, sums, axis):
    return q / sums(q, axis).astype(q.dtype)


def cross_entropy_clipped_before_the_logarithm(p, q, *, axis, epsilon):
    return -_sequential(np.where(p > 0, p * np.log(_clipped(q, epsilon)), 0).astype(p.dtype), axis)


def cross_entropy_clipped_behind_the_logarithm(p, q, *, axis, epsilon):
    costs = -_clipped_logarithm(q, epsilon)
    return _pairwise(np.where(p > 0, p * costs, 0).astype(p.dtype), axis)


def cross_entropy_renormalized_term_by_term(p, q, *, axis, epsilon):
    shares = _shares(q, running_sum, axis)
    return cross_entropy_clipped_before_the_logarithm(p, shares, axis=axis, epsilon=epsilon)


def cross_entropy_renormalized_pairwise(p, q, *, axis, epsilon):
    shares = _shares(q, pairwise_sum, axis)
    return cross_entropy_clipped_behind_the_logarithm(p, shares, axis=axis, epsilon=epsilon)


def kl_divergence_by_the_logarithms(p, q, *, axis):
    difference = np.where(q > 0, _log(p, p > 0) - _log(q, q > 0), np.inf)
    return _pairwise(np.where(p > 0, p * difference.astype(p.dtype), 0).astype(p.dtype), axis)


def kl_divergence_by_the_quotient(p, q, *, axis):
    ratio = np.where(p > 0, p / np.where(p > 0, q, p.dtype.type(1)), p.dtype.type(1))
    return _sequential((p * np.log(ratio.astype(p.dtype))).astype(p.dtype), axis)


def kl_divergence_by_two_products(p, q, *, axis):
    products = _terms(p, p).astype(p.dtype) - _terms(p, q).astype(p.dtype)
    return _sequential(products.astype(p.dtype), axis)


FORMS = {
    "entropy": (entropy_term_by_term, entropy_of_negative_terms),
    "cross_entropy": (cross_entropy_term_by_term, cross_entropy_pairwise),
    "cross_entropy_clipped": (
        cross_entropy_clipped_before_the_logarithm,
        cross_entropy_clipped_behind_the_logarithm,
    ),
    "cross_entropy_renormalized": (
        cross_entropy_renormalized_term_by_term,
        cross_entropy_renormalized_pairwise,
    ),
    "kl_divergence": (
        kl_divergence_by_the_logarithms,
        kl_divergence_by_the_quotient,
        kl_divergence_by_two_products,
    ),
}
