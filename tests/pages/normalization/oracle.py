"""The page `normalization` in ball arithmetic: the paper's definitions, and the gradient by its
chain rule through both statistics."""

from typing import Any

import numpy as np
from flint import arb

from tests.truth.balls import Balls, each

_root = each(arb.sqrt)


def batch_norm_train(
    x: Balls,
    scale: Balls,
    shift: Balls,
    running_mean: Balls,
    running_variance: Balls,
    *,
    momentum: float,
    epsilon: float,
) -> list[Balls]:
    return _trained(x, scale, shift, running_mean, running_variance, momentum, epsilon, arb(1))


def batch_norm_train_unbiased(
    x: Balls,
    scale: Balls,
    shift: Balls,
    running_mean: Balls,
    running_variance: Balls,
    *,
    momentum: float,
    epsilon: float,
) -> list[Balls]:
    n = x.size // x.shape[1]
    return _trained(
        x, scale, shift, running_mean, running_variance, momentum, epsilon, arb(n) / (n - 1)
    )


def batch_norm_train_vjp(
    x: Balls, scale: Balls, cotangent: Balls, *, epsilon: float
) -> list[Balls]:
    axes = _axes(x)
    n = x.size // x.shape[1]
    _, d, variance = _moments(x)
    root = _root(variance + arb(epsilon))
    # The chain rule: the gradients with respect to x̂, the variance, the mean, and by these three
    # with respect to x.
    of_normalized = cotangent * _along(scale, x)
    of_variance = -np.sum(of_normalized * d, axis=axes, keepdims=True) / (2 * root**3)
    of_mean = -np.sum(of_normalized, axis=axes, keepdims=True) / root
    gradient = of_normalized / root + of_variance * 2 * d / n + of_mean / n
    return [gradient, np.sum(cotangent * d / root, axis=axes), np.sum(cotangent, axis=axes)]


def batch_norm_eval(
    x: Balls, scale: Balls, shift: Balls, mean: Balls, variance: Balls, *, epsilon: float
) -> Balls:
    root = _root(_along(variance, x) + arb(epsilon))
    return _along(scale, x) * (x - _along(mean, x)) / root + _along(shift, x)


def _trained(
    x: Balls,
    scale: Balls,
    shift: Balls,
    mean: Balls,
    variance: Balls,
    momentum: float,
    epsilon: float,
    correction: arb,
) -> list[Balls]:
    batch_mean, d, batch_variance = _moments(x)
    y = d / _root(batch_variance + arb(epsilon)) * _along(scale, x) + _along(shift, x)
    old, new = 1 - arb(momentum), arb(momentum)
    return [
        y,
        mean * old + batch_mean.ravel() * new,
        variance * old + batch_variance.ravel() * correction * new,
    ]


def _moments(x: Balls) -> tuple[Balls, Balls, Balls]:
    axes, n = _axes(x), x.size // x.shape[1]
    total = np.sum(x, axis=axes, keepdims=True)
    # n·x - Σx is exact, so that a constant channel deviates by exactly 0 at any precision.
    d = (n * x - total) / n
    return total / n, d, np.sum(d * d, axis=axes, keepdims=True) / n


def _axes(x: Balls) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))


def _along(vector: Any, x: Balls) -> Balls:
    return vector.reshape((-1, *(1,) * (x.ndim - 2)))
