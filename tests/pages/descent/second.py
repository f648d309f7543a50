"""The page `descent` again: all parameters are one vector, averages move by differences, and
Newton inverts by Gauss–Jordan."""

import numpy as np


def _joined(arrays):
    return np.concatenate([array.reshape(-1) for array in arrays])


def _split(vector, arrays):
    ends = np.cumsum([array.size for array in arrays])
    return [
        part.reshape(array.shape).copy()
        for part, array in zip(np.split(vector, ends[:-1]), arrays, strict=True)
    ]


def _rates(learning_rate, steps, kind):
    return [
        kind(rate)
        for rate in (
            learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps
        )
    ]


def _method(begin):
    """Return a method from begin(x, number): a step that is sent the rate and yields where to ask,
    is sent g and yields the new x."""

    def descended(gradient, params, steps, *, learning_rate, **parameters):
        x = _joined(params)
        method = begin(x, **{name: x.dtype.type(value) for name, value in parameters.items()})
        for rate in _rates(learning_rate, steps, x.dtype.type):
            next(method)
            g = _joined(gradient(_split(method.send(rate), params)))
            yield _split(method.send(g), params)

    return descended


@_method
def gradient_descent(x):
    while True:
        rate = yield
        g = yield x
        x = x + rate * -g
        yield x


@_method
def momentum(x, momentum):
    v = 0 * x
    while True:
        rate = yield
        v = (yield x) + v * momentum
        x = x - v * rate
        yield x


@_method
def momentum_average(x, momentum):
    u = 0 * x
    part = x.dtype.type(1) - momentum
    while True:
        rate = yield
        u = u + part * ((yield x) - u)
        x = x - rate * u
        yield x


@_method
def momentum_scaled(x, momentum):
    moved = 0 * x
    while True:
        rate = yield
        moved = moved * momentum - (yield x) * rate
        x = x + moved
        yield x


@_method
def momentum_unbiased(x, momentum):
    u, power = 0 * x, x.dtype.type(1)
    one = x.dtype.type(1)
    while True:
        rate = yield
        u = momentum * u + (one - momentum) * (yield x)
        power = power * momentum
        x = x - (rate / (one - power)) * u
        yield x


@_method
def nesterov(x, momentum):
    u = 0 * x
    part = x.dtype.type(1) - momentum
    while True:
        rate = yield
        u = u + part * ((yield x - rate * u) - u)
        x = x - rate * u
        yield x


@_method
def nesterov_sutskever(x, momentum):
    v = 0 * x
    while True:
        rate = yield
        v = v * momentum
        v = v - rate * (yield x + v)
        x = x + v
        yield x


@_method
def nesterov_reformulated(x, momentum):
    v = 0 * x
    while True:
        rate = yield
        g = yield x
        v = v * momentum + g
        x = x - rate * g - rate * momentum * v
        yield x


@_method
def nesterov_reformulated_scaled(x, momentum):
    v = 0 * x
    while True:
        rate = yield
        scaled = rate * (yield x)
        v = v * momentum + scaled
        x = x - scaled - momentum * v
        yield x


def newton(gradient, hessian, params, steps, *, learning_rate):
    (x,) = params
    for rate in _rates(learning_rate, steps, x.dtype.type):
        inverse = _inverted(hessian([x.copy()]))
        terms = inverse * gradient([x.copy()])[0]
        x = x - rate * sum(terms.T, start=0 * x)
        yield [x.copy()]


def _inverted(matrix):
    size = len(matrix)
    rows = np.concatenate([matrix, np.eye(size, dtype=matrix.dtype)], axis=1)
    for column in range(size):
        pivot = column + int(np.argmax(abs(rows[column:, column])))
        rows[[column, pivot]] = rows[[pivot, column]]
        rows[column] = rows[column] / rows[column, column]
        for other in range(size):
            if other != column:
                rows[other] = rows[other] - rows[other, column] * rows[column]
    return rows[:, size:]
