"""The page `losses` again: log-sum-exp less the logit, terms rounded one by one and summed in
turn, targets spelled out."""

import numpy as np

from tests.pages.rounding import rounding, running_sum


def _hot(labels, like):
    return (np.arange(like.shape[1]) == labels[:, None]).astype(like.dtype)


def _row_sum(terms):
    return running_sum(terms, 1)


def _softmax(logits):
    terms = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (terms / _row_sum(terms)).astype(logits.dtype)


def _clipped_loss(q, labels, *, epsilon):
    one, least = q.dtype.type(1), q.dtype.type(epsilon)
    shares = np.minimum(np.maximum(q, least), one - least)
    return -np.log(shares[np.arange(len(q)), labels])


def _softmax_loss(logits, targets):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return _row_sum(targets * (np.log(_row_sum(np.exp(shifted))) - shifted))[:, 0]


def _softmax_gradient(logits, targets, cotangent):
    return cotangent[:, None] * (
        _row_sum(targets).astype(logits.dtype) * _softmax(logits) - targets
    )


def _sigmoid_loss(logits, targets):
    return np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))


def _sigmoid_gradient(logits, targets, cotangent):
    e = np.exp(-np.abs(logits))
    return cotangent * (np.where(logits >= 0, 1 / (1 + e), e / (1 + e)) - targets)


sum_squared_error = rounding(
    lambda y, target: (
        running_sum(((y - target) * (y - target)).reshape(-1), 0)[0] / 2 if y.size else y.sum()
    )
)
sum_squared_error_vjp = rounding(lambda y, target, cotangent: cotangent * (y - target))
one_hot_cross_entropy = rounding(lambda q, labels: -np.log(q[np.arange(len(q)), labels]))
one_hot_cross_entropy_clipped = rounding(_clipped_loss)
softmax_cross_entropy = rounding(_softmax_loss)
softmax_cross_entropy_vjp = rounding(_softmax_gradient)
sparse_softmax_cross_entropy = rounding(
    lambda logits, labels: _softmax_loss(logits, _hot(labels, logits))
)
sparse_softmax_cross_entropy_vjp = rounding(
    lambda logits, labels, cotangent: _softmax_gradient(logits, _hot(labels, logits), cotangent)
)
sigmoid_cross_entropy = rounding(_sigmoid_loss)
sigmoid_cross_entropy_vjp = rounding(_sigmoid_gradient)
