"""The page `descent` in balls: each method as its formula is printed, one parameter after the
other; Newton's system is solved by Arb."""

import numpy as np
from flint import arb, arb_mat

ZERO = arb(0)


def _zeros(arrays):
    found = []
    for array in arrays:
        zeros = np.empty(np.shape(array), dtype=object)
        zeros.fill(ZERO)
        found.append(zeros)
    return found


def _each(function, *lists):
    return [np.asarray(function(*arrays), dtype=object) for arrays in zip(*lists, strict=True)]


def _rates(learning_rate, steps):
    return [
        arb(rate)
        for rate in (
            learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps
        )
    ]


def gradient_descent(gradient, params, steps, *, learning_rate):
    theta = params
    for a in _rates(learning_rate, steps):
        theta = _each(lambda x, g, a=a: x - a * g, theta, gradient(theta))
        yield theta


def momentum(gradient, params, steps, *, learning_rate, momentum):
    theta, v, mu = params, _zeros(params), arb(momentum)
    for a in _rates(learning_rate, steps):
        v = _each(lambda v, g: mu * v + g, v, gradient(theta))
        theta = _each(lambda x, v, a=a: x - a * v, theta, v)
        yield theta


def momentum_average(gradient, params, steps, *, learning_rate, momentum):
    theta, u, mu = params, _zeros(params), arb(momentum)
    for a in _rates(learning_rate, steps):
        u = _each(lambda u, g: mu * u + (1 - mu) * g, u, gradient(theta))
        theta = _each(lambda x, u, a=a: x - a * u, theta, u)
        yield theta


def momentum_scaled(gradient, params, steps, *, learning_rate, momentum):
    theta, v, mu = params, _zeros(params), arb(momentum)
    for a in _rates(learning_rate, steps):
        v = _each(lambda v, g, a=a: mu * v + a * g, v, gradient(theta))
        theta = _each(lambda x, v: x - v, theta, v)
        yield theta


def momentum_unbiased(gradient, params, steps, *, learning_rate, momentum):
    theta, u, mu = params, _zeros(params), arb(momentum)
    for t, a in enumerate(_rates(learning_rate, steps), 1):
        u = _each(lambda u, g: mu * u + (1 - mu) * g, u, gradient(theta))
        theta = _each(lambda x, u, a=a, t=t: x - a * u / (1 - mu**t), theta, u)
        yield theta


def nesterov(gradient, params, steps, *, learning_rate, momentum):
    theta, u, mu = params, _zeros(params), arb(momentum)
    for a in _rates(learning_rate, steps):
        ahead = _each(lambda x, u, a=a: x - a * u, theta, u)
        u = _each(lambda u, g: mu * u + (1 - mu) * g, u, gradient(ahead))
        theta = _each(lambda x, u, a=a: x - a * u, theta, u)
        yield theta


def nesterov_sutskever(gradient, params, steps, *, learning_rate, momentum):
    theta, v, mu = params, _zeros(params), arb(momentum)
    for a in _rates(learning_rate, steps):
        ahead = _each(lambda x, v: x + mu * v, theta, v)
        v = _each(lambda v, g, a=a: mu * v - a * g, v, gradient(ahead))
        theta = _each(lambda x, v: x + v, theta, v)
        yield theta


def nesterov_reformulated(gradient, params, steps, *, learning_rate, momentum):
    theta, v, mu = params, _zeros(params), arb(momentum)
    for a in _rates(learning_rate, steps):
        g = gradient(theta)
        v = _each(lambda v, g: mu * v + g, v, g)
        theta = _each(lambda x, g, v, a=a: x - a * (g + mu * v), theta, g, v)
        yield theta


def nesterov_reformulated_scaled(gradient, params, steps, *, learning_rate, momentum):
    theta, v, mu = params, _zeros(params), arb(momentum)
    for a in _rates(learning_rate, steps):
        g = gradient(theta)
        v = _each(lambda v, g, a=a: mu * v + a * g, v, g)
        theta = _each(lambda x, g, v, a=a: x - (a * g + mu * v), theta, g, v)
        yield theta


def newton(gradient, hessian, params, steps, *, learning_rate):
    (theta,) = params
    for a in _rates(learning_rate, steps):
        (g,) = gradient([theta])
        solved = arb_mat(hessian([theta]).tolist()).solve(arb_mat([[each] for each in g]))
        theta = np.array([x - a * solved[row, 0] for row, x in enumerate(theta)], dtype=object)
        yield [theta]
