"""The page `adaptive` in balls: each method as its formula is printed, one array after the other,
sums as sums over all steps."""

import numpy as np
from flint import arb

from tests.truth.balls import each

root = each(lambda x: x.sqrt())


def _rates(learning_rate, steps):
    return [
        arb(rate)
        for rate in (
            learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps
        )
    ]


def _averages(history, beta):
    """Return the average of what every step gave, from 0: Σ (1 - β) βᵏ over the steps k before the
    last."""
    found = []
    for steps in zip(*history, strict=True):
        total = steps[-1] * (1 - beta)
        for age, step in enumerate(reversed(steps[:-1]), 1):
            total = total + step * ((1 - beta) * beta**age)
        found.append(total)
    return found


def _stepping(gradient, params, steps, learning_rate, direction):
    theta, history = [np.asarray(array, dtype=object) for array in params], []
    for t, a in enumerate(_rates(learning_rate, steps), 1):
        history.append([np.asarray(array, dtype=object) for array in gradient(theta)])
        theta = [
            np.asarray(x - a * d, dtype=object)
            for x, d in zip(theta, direction(history, t), strict=True)
        ]
        yield theta


def _squares(history):
    return [[g * g for g in step] for step in history]


def adagrad(gradient, params, steps, *, learning_rate, epsilon):
    def direction(history, _):
        sums = [
            sum(squares[1:], start=squares[0]) for squares in zip(*_squares(history), strict=True)
        ]
        return [g / (root(r) + arb(epsilon)) for g, r in zip(history[-1], sums, strict=True)]

    return _stepping(gradient, params, steps, learning_rate, direction)


def adagrad_epsilon_inside(gradient, params, steps, *, learning_rate, epsilon):
    def direction(history, _):
        sums = [
            sum(squares[1:], start=squares[0]) for squares in zip(*_squares(history), strict=True)
        ]
        return [g / root(r + arb(epsilon)) for g, r in zip(history[-1], sums, strict=True)]

    return _stepping(gradient, params, steps, learning_rate, direction)


def rmsprop(gradient, params, steps, *, learning_rate, decay, epsilon):
    def direction(history, _):
        averages = _averages(_squares(history), arb(decay))
        return [g / (root(r) + arb(epsilon)) for g, r in zip(history[-1], averages, strict=True)]

    return _stepping(gradient, params, steps, learning_rate, direction)


def rmsprop_epsilon_inside(gradient, params, steps, *, learning_rate, decay, epsilon):
    def direction(history, _):
        averages = _averages(_squares(history), arb(decay))
        return [g / root(r + arb(epsilon)) for g, r in zip(history[-1], averages, strict=True)]

    return _stepping(gradient, params, steps, learning_rate, direction)


def _adam(gradient, params, steps, learning_rate, beta1, beta2, quotient):
    beta1, beta2 = arb(beta1), arb(beta2)

    def direction(history, t):
        pairs = zip(_averages(history, beta1), _averages(_squares(history), beta2), strict=True)
        return [quotient(m, v, 1 - beta1**t, 1 - beta2**t) for m, v in pairs]

    return _stepping(gradient, params, steps, learning_rate, direction)


def adam(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    def quotient(m, v, filled1, filled2):
        return (m / filled1) / (root(v / filled2) + arb(epsilon))

    return _adam(gradient, params, steps, learning_rate, beta1, beta2, quotient)


def adam_epsilon_hat(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    def quotient(m, v, filled1, filled2):
        return m * (filled2.sqrt() / filled1) / (root(v) + arb(epsilon))

    return _adam(gradient, params, steps, learning_rate, beta1, beta2, quotient)


def adam_uncorrected(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    def quotient(m, v, *_):
        return m / (root(v) + arb(epsilon))

    return _adam(gradient, params, steps, learning_rate, beta1, beta2, quotient)
