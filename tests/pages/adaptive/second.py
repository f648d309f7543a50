"""The page `adaptive` again: all parameters are one vector, averages move by differences,
corrections are sums, roots come first."""

import numpy as np


def _joined(arrays):
    return np.concatenate([array.reshape(-1) for array in arrays])


def _split(vector, arrays):
    ends = np.cumsum([array.size for array in arrays])
    return [
        part.reshape(array.shape).copy()
        for part, array in zip(np.split(vector, ends[:-1]), arrays, strict=True)
    ]


def _method(begin):
    """Return a method from begin(…), a coroutine that is sent gradients and yields what they are
    multiplied with the rate by."""

    def stepped(gradient, params, steps, *, learning_rate, **parameters):
        x = _joined(params)
        kind = x.dtype.type
        rates = (
            learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps
        )
        # Sixteen bits hold no small epsilon, and the squares are formed where there is room for
        # them.
        working = np.float64 if kind is np.float64 else np.float32
        directions = begin(**{name: working(value) for name, value in parameters.items()})
        next(directions)
        for rate in rates:
            direction = directions.send(_joined(gradient(_split(x, params))).astype(working))
            x = (x - working(rate) * direction).astype(kind)
            yield _split(x, params)

    return stepped


def _averages(first, second, g):
    return first[0] + (1 - first[1]) * (g - first[0]), second[0] + (1 - second[1]) * (
        g * g - second[0]
    )


@_method
def adagrad(epsilon):
    r, direction = 0.0, None
    while True:
        g = yield direction
        r = g**2 + r
        direction = g * (1 / (epsilon + np.sqrt(r)))


@_method
def adagrad_epsilon_inside(epsilon):
    r, direction = 0.0, None
    while True:
        g = yield direction
        r = g**2 + r
        direction = g * (1 / np.sqrt(epsilon + r))


@_method
def rmsprop(decay, epsilon):
    r, direction = 0.0, None
    while True:
        g = yield direction
        r = r + (1 - decay) * (g * g - r)
        direction = g * (1 / (epsilon + np.sqrt(r)))


@_method
def rmsprop_epsilon_inside(decay, epsilon):
    r, direction = 0.0, None
    while True:
        g = yield direction
        r = r + (1 - decay) * (g * g - r)
        direction = g * (1 / np.sqrt(epsilon + r))


@_method
def adam(beta1, beta2, epsilon):
    m, v, t, direction = 0.0, 0.0, 0, None
    while True:
        g = yield direction
        t += 1
        m, v = _averages((m, beta1), (v, beta2), g)
        # Python's own numbers carry the corrections: 1 - βᵗ is as good as float64 allows.
        filled1, filled2 = 1 - float(beta1) ** t, 1 - float(beta2) ** t
        direction = m / (
            (np.sqrt(v) / g.dtype.type(filled2**0.5) + epsilon) * g.dtype.type(filled1)
        )


@_method
def adam_epsilon_hat(beta1, beta2, epsilon):
    m, v, t, direction = 0.0, 0.0, 0, None
    while True:
        g = yield direction
        t += 1
        m, v = _averages((m, beta1), (v, beta2), g)
        factor = (1 - float(beta2) ** t) ** 0.5 / (1 - float(beta1) ** t)
        direction = m / (np.sqrt(v) + epsilon) * g.dtype.type(factor)


@_method
def adam_uncorrected(beta1, beta2, epsilon):
    m, v, direction = 0.0, 0.0, None
    while True:
        g = yield direction
        m, v = _averages((m, beta1), (v, beta2), g)
        direction = m * (1 / (np.sqrt(v) + epsilon))
