"""The page `losses` in ball arithmetic: the textbook forms, with the largest logit taken out."""

from typing import Any

import numpy as np
from flint import arb

from tests.pages.information.oracle import clipped_cost
from tests.truth.balls import Balls, each, exponential


def sum_squared_error(y: Balls, target: Balls) -> Balls:
    return np.array(
        sum((error * error for error in (y - target).reshape(-1)), arb(0)) / 2, dtype=object
    )


def sum_squared_error_vjp(y: Balls, target: Balls, cotangent: Balls) -> Balls:
    return each(lambda a, b, c: (a - b) * c)(y, target, cotangent)


def one_hot_cross_entropy(q: Balls, labels: Any) -> Balls:
    return each(lambda share: arb("inf") if share == 0 else -share.log())(
        q[np.arange(len(q)), labels]
    )


def one_hot_cross_entropy_clipped(q: Balls, labels: Any, *, epsilon: float) -> Balls:
    return each(lambda share: clipped_cost(share, epsilon))(q[np.arange(len(q)), labels])


def softmax_cross_entropy(logits: Balls, targets: Balls) -> Balls:
    return _summed(targets * (_normalizers(logits)[:, None] - logits))


def softmax_cross_entropy_vjp(logits: Balls, targets: Balls, cotangent: Balls) -> Balls:
    # The largest logits have more digits before the point than the ball of a normalizer holds.
    powers = each(exponential)(logits - np.array([[max(row)] for row in logits], dtype=object))
    shares = powers / _summed(powers)[:, None]
    return cotangent[:, None] * (_summed(targets)[:, None] * shares - targets)


def sparse_softmax_cross_entropy(logits: Balls, labels: Any) -> Balls:
    return _normalizers(logits) - logits[np.arange(len(logits)), labels]


def sparse_softmax_cross_entropy_vjp(logits: Balls, labels: Any, cotangent: Balls) -> Balls:
    return softmax_cross_entropy_vjp(logits, _one_hot(labels, logits.shape), cotangent)


def sigmoid_cross_entropy(logits: Balls, targets: Balls) -> Balls:
    return each(_binary)(logits, targets)


def sigmoid_cross_entropy_vjp(logits: Balls, targets: Balls, cotangent: Balls) -> Balls:
    return each(lambda z, t, c: c * (_sigmoid(z) - t))(logits, targets, cotangent)


def _sigmoid(z: arb) -> arb:
    """Return 1/(1 + e^-z); of e^z and e^-z, the one below 1 is taken, for Arb's exponents end."""
    falling = exponential(-abs(z))
    return falling / (1 + falling) if z < 0 else 1 / (1 + falling)


def _binary(z: arb, t: arb) -> arb:
    if z.is_finite() or z.is_nan():
        return max(z, arb(0)) + (1 + exponential(-abs(z))).log() - z * t
    weight = 1 - t if z > 0 else t
    return abs(z) * weight if weight != 0 else arb(0)


def _summed(rows: Balls) -> Balls:
    return np.array([sum(row, arb(0)) for row in rows], dtype=object)


def _normalizers(logits: Balls) -> Balls:
    """Return log Σ e^z of each row. The largest logit is taken out, for Arb's exponents end too."""
    return np.array(
        [max(row) + sum((exponential(z - max(row)) for z in row), arb(0)).log() for row in logits],
        dtype=object,
    )


def _one_hot(labels: Any, shape: tuple[int, ...]) -> Balls:
    return each(lambda a: arb(float(a)))(np.eye(shape[1])[labels])
