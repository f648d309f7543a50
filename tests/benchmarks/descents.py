"""Optimizers and clipping as people write them: they change one array after the other in place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import linalg

from tests.benchmarks.formulas import Function

Update = Callable[..., Any]


def _loop(update: Update, moments: int, ahead: Update | None = None) -> Function:
    """Return the loop that people write: it changes one array after the other in place."""

    def method(
        gradient: Function, params: Any, steps: int, *, learning_rate: Any, **parameters: float
    ) -> Iterator[Any]:
        theta = [np.array(each) for each in params]
        states = [np.zeros((moments, *each.shape)) for each in theta]
        rates = (
            learning_rate if isinstance(learning_rate, (list, tuple)) else [learning_rate] * steps
        )
        for t, rate in enumerate(rates, 1):
            points = [
                ahead(w, s, rate, **parameters) if ahead else w.copy()
                for w, s in zip(theta, states, strict=True)
            ]
            for w, s, g in zip(theta, states, gradient(points), strict=True):
                w -= update(s, g, rate, t, **parameters)  # noqa: PLW2901  in place, as people write it
            yield [w.copy() for w in theta]

    return method


def _accumulated(s: Any, g: Any, momentum: float, weight: float = 1.0) -> Any:
    s[0] *= momentum
    s[0] += weight * g
    return s[0]


def _averaged(s: Any, g: Any, beta1: float, beta2: float) -> Any:
    s[0] *= beta1
    s[0] += (1 - beta1) * g
    s[1] *= beta2
    s[1] += (1 - beta2) * g * g
    return s


def _squares(s: Any, g: Any, decay: float | None = None) -> Any:
    if decay is not None:
        s[0] *= decay
    s[0] += g * g if decay is None else (1 - decay) * g * g
    return s[0]


def _scaled_nesterov(s: Any, g: Any, a: float, _: int, momentum: float) -> Any:
    return momentum * _accumulated(s, g, momentum, a) + a * g


def _adam(s: Any, g: Any, a: float, t: int, *, beta1: float, beta2: float, epsilon: float) -> Any:
    m, v = _averaged(s, g, beta1, beta2)
    return a * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


def _adam_hat(
    s: Any, g: Any, a: float, t: int, *, beta1: float, beta2: float, epsilon: float
) -> Any:
    m, v = _averaged(s, g, beta1, beta2)
    return a * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + epsilon)


def _adam_uncorrected(
    s: Any, g: Any, a: float, _: int, *, beta1: float, beta2: float, epsilon: float
) -> Any:
    m, v = _averaged(s, g, beta1, beta2)
    return a * m / (np.sqrt(v) + epsilon)


def _newton(
    gradient: Function, hessian: Function, params: Any, steps: int, *, learning_rate: float
) -> Iterator[Any]:
    theta = params[0]
    for _ in range(steps):
        (g,) = gradient([theta])
        theta = theta - learning_rate * linalg.solve(hessian([theta]), g)
        yield [theta]


def _minibatch(
    gradient: Function, params: Any, batches: Any, *, learning_rate: float
) -> Iterator[Any]:
    theta = list(params)
    for batch in batches:
        samples = [gradient([w.copy() for w in theta], index) for index in batch]
        theta = [
            w - learning_rate * np.mean(each, axis=0)
            for w, each in zip(theta, zip(*samples, strict=True), strict=True)
        ]
        yield theta


def _clip(norm: Function) -> Function:
    def clipped(
        gradients: Sequence[np.ndarray], *, max_norm: float, epsilon: float = 0.0
    ) -> list[np.ndarray]:
        factor = min(1.0, max_norm / (norm(gradients) + epsilon))
        return [g * factor for g in gradients]

    return clipped


def _each(clipped: Function) -> Function:
    return lambda gradients, *, max_norm: [clipped([g], max_norm=max_norm)[0] for g in gradients]


def _square_root(gradients: Sequence[np.ndarray]) -> float:
    return float(np.sqrt(sum(np.sum(g * g) for g in gradients)))


def _nrm2(gradients: Sequence[np.ndarray]) -> float:
    return float(np.hypot.reduce([linalg.blas.dnrm2(g.ravel()) for g in gradients], initial=0.0))


def _norms(gradients: Sequence[np.ndarray]) -> float:
    return float(np.linalg.norm([np.linalg.norm(g) for g in gradients]))


IDIOMS: Mapping[str, Mapping[str, Function]] = {
    "gradient_descent": {"in place": _loop(lambda s, g, a, t: a * g, 0)},
    "momentum": {
        "in place": _loop(lambda s, g, a, t, momentum: a * _accumulated(s, g, momentum), 1)
    },
    "momentum_average": {
        "in place": _loop(
            lambda s, g, a, t, momentum: a * _accumulated(s, g, momentum, 1 - momentum), 1
        )
    },
    "momentum_scaled": {
        "in place": _loop(lambda s, g, a, t, momentum: _accumulated(s, g, momentum, a), 1)
    },
    "momentum_unbiased": {
        "in place": _loop(
            lambda s, g, a, t, momentum: (
                a * _accumulated(s, g, momentum, 1 - momentum) / (1 - momentum**t)
            ),
            1,
        )
    },
    "nesterov": {
        "in place": _loop(
            lambda s, g, a, t, momentum: a * _accumulated(s, g, momentum, 1 - momentum),
            1,
            lambda w, s, a, momentum: w - a * s[0],
        )
    },
    "nesterov_sutskever": {
        "in place": _loop(
            lambda s, g, a, t, momentum: _accumulated(s, g, momentum, a),
            1,
            lambda w, s, a, momentum: w - momentum * s[0],
        )
    },
    "nesterov_reformulated": {
        "in place": _loop(
            lambda s, g, a, t, momentum: a * (g + momentum * _accumulated(s, g, momentum)), 1
        )
    },
    "nesterov_reformulated_scaled": {"in place": _loop(_scaled_nesterov, 1)},
    "newton": {"scipy.linalg.solve": _newton},
    "adagrad": {
        "in place": _loop(
            lambda s, g, a, t, epsilon: a * g / (np.sqrt(_squares(s, g)) + epsilon), 1
        )
    },
    "adagrad_epsilon_inside": {
        "in place": _loop(lambda s, g, a, t, epsilon: a * g / np.sqrt(_squares(s, g) + epsilon), 1)
    },
    "rmsprop": {
        "in place": _loop(
            lambda s, g, a, t, decay, epsilon: a * g / (np.sqrt(_squares(s, g, decay)) + epsilon), 1
        )
    },
    "rmsprop_epsilon_inside": {
        "in place": _loop(
            lambda s, g, a, t, decay, epsilon: a * g / np.sqrt(_squares(s, g, decay) + epsilon), 1
        )
    },
    "adam": {"in place": _loop(_adam, 2)},
    "adam_epsilon_hat": {"in place": _loop(_adam_hat, 2)},
    "adam_uncorrected": {"in place": _loop(_adam_uncorrected, 2)},
    "clip_by_value": {
        "numpy.clip": lambda gradients, *, limit: [np.clip(g, -limit, limit) for g in gradients],
        "minimum(maximum)": lambda gradients, *, limit: [
            np.minimum(np.maximum(g, -limit), limit) for g in gradients
        ],
    },
    "clip_by_norm": {
        "numpy.linalg.norm": _each(_clip(_norms)),
        "scipy.linalg.blas.dnrm2": _each(_clip(_nrm2)),
    },
    "clip_by_global_norm": {
        "sqrt(sum(g²))": _clip(_square_root),
        "scipy.linalg.blas.dnrm2": _clip(_nrm2),
    },
    "clip_by_global_norm_epsilon": {
        "sqrt(sum(g²))": _clip(_square_root),
        "scipy.linalg.blas.dnrm2": _clip(_nrm2),
    },
    "minibatch_descent": {"numpy.mean": _minibatch},
}
