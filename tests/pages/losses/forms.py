"""The page `losses` by every form of its formulas that a careful library would choose.

Each function computes in the format of its arrays, and sums in float32 at least.
"""

import numpy as np

from tests.pages.rounding import running_sum


def _kept(values, like):
    return np.asarray(values).astype(like.dtype)


def _pairwise(terms):
    return np.sum(terms if terms.dtype == np.float64 else terms.astype(np.float32), axis=1)


def _sums(terms):
    return _kept(_pairwise(terms), terms)[:, None]


def _hot(labels, like):
    return (np.arange(like.shape[1]) == labels[:, None]).astype(like.dtype)


def _chosen(rows, labels):
    return rows[np.arange(len(rows)), labels]


def half_of_the_sum(y, target):
    squares = ((y - target) * (y - target)).reshape(1, -1)
    return _kept(running_sum(squares, 1)[0, 0] if squares.size else 0.0, y) / y.dtype.type(2)


def sum_of_halves(y, target):
    squares = (y.dtype.type(0.5) * (y - target) ** y.dtype.type(2)).reshape(1, -1)
    return _pairwise(squares)[0]


def slope_of_the_square(y, target, cotangent):
    return cotangent * (y - target)


def slope_of_automatic_derivatives(y, target, cotangent):
    return (cotangent * y.dtype.type(0.5)) * (y.dtype.type(2) * (y - target))


def logarithm(q, labels):
    return -np.log(_chosen(q, labels))


def logarithm_of_the_clipped_share(q, labels, *, epsilon):
    least, one = q.dtype.type(epsilon), q.dtype.type(1)
    return -np.log(np.minimum(np.maximum(_chosen(q, labels), least), one - least))


def clipped_logarithm(q, labels, *, epsilon):
    least, one = q.dtype.type(epsilon), q.dtype.type(1)
    return np.clip(-np.log(_chosen(q, labels)), -np.log(one - least), -np.log(least))


def _shifted(logits):
    return logits - logits.max(axis=1, keepdims=True)


def _log_softmax(logits):
    shifted = _shifted(logits)
    return shifted - np.log(_sums(np.exp(shifted)))


def _softmax(logits):
    terms = np.exp(_shifted(logits))
    return terms / _sums(terms)


def _products(targets, terms):
    with np.errstate(invalid="ignore"):
        return np.where(targets == 0, targets * 0, targets * terms)


def minus_products(logits, targets):
    return -_pairwise(_products(targets, _log_softmax(logits)))


def products_with_differences(logits, targets):
    shifted = _shifted(logits)
    return _pairwise(_products(targets, np.log(_sums(np.exp(shifted))) - shifted))


def minus_the_logarithm_at_the_label(logits, labels):
    return -_chosen(_log_softmax(logits), labels)


def logarithm_of_the_sum_less_the_label(logits, labels):
    shifted = _shifted(logits)
    return np.log(_sums(np.exp(shifted)))[:, 0] - _chosen(shifted, labels)


def softmax_times_the_sum(logits, targets, cotangent):
    return cotangent[:, None] * (_softmax(logits) * _sums(targets) - targets)


def exponential_of_the_logarithm(logits, targets, cotangent):
    return cotangent[:, None] * (_sums(targets) * np.exp(_log_softmax(logits)) - targets)


def softmax_less_one(logits, labels, cotangent):
    return cotangent[:, None] * (_softmax(logits) - _hot(labels, logits))


def exponential_less_one(logits, labels, cotangent):
    return (np.exp(_log_softmax(logits)) - _hot(labels, logits)) * cotangent[:, None]


def _soft(logits):
    return np.log1p(np.exp(-np.abs(logits)))


def maximum_less_the_product(logits, targets):
    return np.maximum(logits, logits.dtype.type(0)) - logits * targets + _soft(logits)


def weighted_magnitude(logits, targets):
    one = logits.dtype.type(1)
    return np.abs(logits) * np.where(logits > 0, one - targets, targets) + _soft(logits)


def logarithms_of_both_sigmoids(logits, targets):
    zero, one = logits.dtype.type(0), logits.dtype.type(1)
    of_one, of_zero = (np.minimum(z, zero) - _soft(z) for z in (logits, -logits))
    return -(targets * of_one + (one - targets) * of_zero)


def sigmoid_less_the_target(logits, targets, cotangent):
    e, one = np.exp(-np.abs(logits)), logits.dtype.type(1)
    return cotangent * (np.where(logits >= 0, one / (one + e), e / (one + e)) - targets)


def weighted_tails(logits, targets, cotangent):
    e, one = np.exp(-np.abs(logits)), logits.dtype.type(1)
    tail = e / (one + e)
    return cotangent * np.where(logits >= 0, (one - targets) - tail, tail - targets)


def derivatives_of_both_logarithms(logits, targets, cotangent):
    zero, one = logits.dtype.type(0), logits.dtype.type(1)
    of_one, of_zero = (np.exp(z - (np.maximum(z, zero) + _soft(z))) for z in (logits, -logits))
    return cotangent * ((one - targets) * of_one - targets * of_zero)


FORMS = {
    "sum_squared_error": (half_of_the_sum, sum_of_halves),
    "sum_squared_error_vjp": (slope_of_the_square, slope_of_automatic_derivatives),
    "one_hot_cross_entropy": (logarithm,),
    "one_hot_cross_entropy_clipped": (logarithm_of_the_clipped_share, clipped_logarithm),
    "softmax_cross_entropy": (minus_products, products_with_differences),
    "sparse_softmax_cross_entropy": (
        minus_the_logarithm_at_the_label,
        logarithm_of_the_sum_less_the_label,
    ),
    "softmax_cross_entropy_vjp": (softmax_times_the_sum, exponential_of_the_logarithm),
    "sparse_softmax_cross_entropy_vjp": (softmax_less_one, exponential_less_one),
    "sigmoid_cross_entropy": (
        maximum_less_the_product,
        weighted_magnitude,
        logarithms_of_both_sigmoids,
    ),
    "sigmoid_cross_entropy_vjp": (
        sigmoid_less_the_target,
        weighted_tails,
        derivatives_of_both_logarithms,
    ),
}
