"""Formulas as SciPy offers them, and as people write them with NumPy."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special, stats

Function = Callable[..., Any]


def _rows(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return values[np.arange(len(values)), labels]


def _expit_slope(x: np.ndarray, cotangent: np.ndarray) -> np.ndarray:
    s = special.expit(x)
    return cotangent * s * (1 - s)


def _softmax_slope(x: np.ndarray, cotangent: np.ndarray, *, axis: int) -> np.ndarray:
    s = special.softmax(x, axis=axis)
    return s * (cotangent - np.sum(s * cotangent, axis=axis, keepdims=True))


def _plain_softmax(x: np.ndarray, *, axis: int) -> np.ndarray:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def _log_softmax_slope(x: np.ndarray, cotangent: np.ndarray, *, axis: int) -> np.ndarray:
    return cotangent - special.softmax(x, axis=axis) * np.sum(cotangent, axis=axis, keepdims=True)


def _sparse_slope(logits: np.ndarray, labels: np.ndarray, cotangent: np.ndarray) -> np.ndarray:
    s = special.softmax(logits, axis=1)
    s[np.arange(len(s)), labels] -= 1
    return cotangent[:, None] * s


def _soft_slope(logits: np.ndarray, targets: np.ndarray, cotangent: np.ndarray) -> np.ndarray:
    return cotangent[:, None] * (
        targets.sum(axis=1, keepdims=True) * special.softmax(logits, axis=1) - targets
    )


_NETWORK = {
    "identity": (lambda a: a, np.ones_like),
    "leaky_relu": (lambda a: np.where(a > 0, a, 0.125 * a), lambda y: np.where(y > 0, 1.0, 0.125)),
    "relu": (lambda a: np.maximum(a, 0), lambda y: (y > 0).astype(float)),
    "sigmoid": (special.expit, lambda y: y * (1 - y)),
    "tanh": (np.tanh, lambda y: 1 - y * y),
}


def _forward(
    x: np.ndarray,
    weights: Sequence[np.ndarray],
    biases: Sequence[np.ndarray],
    activations: Sequence[str],
) -> list[np.ndarray]:
    outputs = [x]
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        outputs.append(_NETWORK[name][0](outputs[-1] @ weight + bias))
    return outputs


def _mlp(x: np.ndarray, weights: Any, biases: Any, *, activations: Sequence[str]) -> np.ndarray:
    return _forward(x, weights, biases, activations)[-1]


def _mlp_slopes(
    x: np.ndarray, weights: Any, biases: Any, cotangent: np.ndarray, *, activations: Sequence[str]
) -> Any:
    outputs, of_weights, of_biases = _forward(x, weights, biases, activations), [], []
    for before, after, weight, name in reversed(
        list(zip(outputs, outputs[1:], weights, activations, strict=False))
    ):
        delta = cotangent * _NETWORK[name][1](after)
        of_weights.insert(0, before.T @ delta)
        of_biases.insert(0, delta.sum(axis=0))
        cotangent = delta @ weight.T
    return cotangent, of_weights, of_biases


def _perceptron(
    inputs: np.ndarray,
    target: np.ndarray,
    i_to_h: np.ndarray,
    h_to_o: np.ndarray,
    *,
    learning_rate: float,
) -> Any:
    hidden = special.expit(inputs @ i_to_h)
    output = special.expit(hidden @ h_to_o)
    error = (output - target) * output * (1 - output)
    back = (h_to_o @ error) * hidden * (1 - hidden)
    return i_to_h - learning_rate * inputs[:, None] * back, h_to_o - learning_rate * hidden[
        :, None
    ] * error


def _permuted(count: int, batch_size: int, *, seed: int) -> list[np.ndarray]:
    order = np.random.default_rng(seed).permutation(count)
    return np.array_split(order, range(batch_size, count, batch_size))


def _channels(x: np.ndarray) -> tuple[tuple[int, ...], Function]:
    return (0, *range(2, x.ndim)), lambda v: v.reshape(-1, *(1,) * (x.ndim - 2))


def _batch_norm(*, unbiased: bool) -> Function:
    def trained(
        x: Any,
        scale: Any,
        shift: Any,
        running_mean: Any,
        running_variance: Any,
        *,
        momentum: float,
        epsilon: float,
    ) -> Any:
        axes, channel = _channels(x)
        mean, variance = x.mean(axis=axes), x.var(axis=axes)
        y = channel(scale) * (x - channel(mean)) / np.sqrt(channel(variance) + epsilon) + channel(
            shift
        )
        new = x.var(axis=axes, ddof=1) if unbiased else variance
        return (
            y,
            (1 - momentum) * running_mean + momentum * mean,
            (1 - momentum) * running_variance + momentum * new,
        )

    return trained


def _batch_norm_slopes(x: Any, scale: Any, cotangent: Any, *, epsilon: float) -> Any:
    axes, channel = _channels(x)
    root = np.sqrt(channel(x.var(axis=axes)) + epsilon)
    normalized = (x - channel(x.mean(axis=axes))) / root
    of_scale, of_shift = (cotangent * normalized).sum(axis=axes), cotangent.sum(axis=axes)
    n = x.size // len(of_scale)
    return (
        channel(scale)
        / root
        * (cotangent - channel(of_shift) / n - normalized * channel(of_scale) / n),
        of_scale,
        of_shift,
    )


def _batch_norm_eval(
    x: Any, scale: Any, shift: Any, mean: Any, variance: Any, *, epsilon: float
) -> Any:
    _, channel = _channels(x)
    factor = scale / np.sqrt(variance + epsilon)
    return x * channel(factor) + channel(shift - mean * factor)


def _standardize(train: np.ndarray, data: np.ndarray, *, axes: tuple[int, ...]) -> np.ndarray:
    return (data - train.mean(axis=axes, keepdims=True)) / train.std(axis=axes, keepdims=True)


def _eigen(*, whitened: bool) -> Function:
    def scores(train: np.ndarray, data: np.ndarray, *, components: int) -> np.ndarray:
        values, vectors = np.linalg.eigh(np.cov(train, rowvar=False).reshape(train.shape[1], -1))
        vectors, values = vectors[:, ::-1][:, :components], values[::-1][:components]
        # The reference's choice of signs, so that scores can be compared.
        first = np.argmax(np.abs(vectors) > 0.6 * np.abs(vectors).max(axis=0), axis=0)
        found = (data - train.mean(axis=0)) @ (
            vectors * np.sign(np.take_along_axis(vectors, first[None], axis=0))
        )
        return found / np.sqrt(values) if whitened else found

    return scores


def _truncated(variance: Function) -> Function:
    def drawn(
        fan_in: int, fan_out: int, *, seed: int, dtype: str, negative_slope: float = 0.0
    ) -> np.ndarray:
        std = np.sqrt(variance(fan_in, fan_out, negative_slope)) / stats.truncnorm.std(-2, 2)
        return stats.truncnorm.rvs(-2, 2, scale=std, size=(fan_in, fan_out), random_state=seed)

    return drawn


def _drawn(law: str, variance: Function) -> Function:
    def drawn(
        fan_in: int, fan_out: int, *, seed: int, dtype: str, negative_slope: float = 0.0
    ) -> np.ndarray:
        generator, spread = (
            np.random.default_rng(seed),
            float(np.sqrt(variance(fan_in, fan_out, negative_slope))),
        )
        if law == "normal":
            return generator.normal(0.0, spread, size=(fan_in, fan_out))
        return generator.uniform(-np.sqrt(3) * spread, np.sqrt(3) * spread, size=(fan_in, fan_out))

    return drawn


def _xavier(fan_in: int, fan_out: int, _: float) -> float:
    return 2 / (fan_in + fan_out)


def _kaiming(fan_in: int, _: int, negative_slope: float) -> float:
    return 2 / (1 + negative_slope**2) / fan_in


IDIOMS: Mapping[str, Mapping[str, Function]] = {
    "identity": {"numpy.copy": np.copy},
    "identity_vjp": {"numpy.copy": lambda x, c: np.copy(c)},
    "step": {"x > 0": lambda x: (x > 0).astype(np.float64)},
    "sigmoid": {
        "scipy.special.expit": special.expit,
        "1/(1 + exp(-x))": lambda x: 1 / (1 + np.exp(-x)),
        "(1 + tanh(x/2))/2": lambda x: 0.5 * (1 + np.tanh(0.5 * x)),
    },
    "sigmoid_vjp": {"c s (1 - s), scipy": _expit_slope},
    "tanh": {"2 expit(2x) - 1": lambda x: 2 * special.expit(2 * x) - 1},
    "tanh_vjp": {
        "c (1 - tanh²)": lambda x, c: c * (1 - np.tanh(x) ** 2),
        "c/cosh²": lambda x, c: c / np.cosh(x) ** 2,
    },
    "relu": {"numpy.maximum": lambda x: np.maximum(x, 0.0), "x (x > 0)": lambda x: x * (x > 0)},
    "relu_vjp": {
        "c (x > 0)": lambda x, c: c * (x > 0),
        "where(x > 0, c, 0)": lambda x, c: np.where(x > 0, c, 0.0),
    },
    "leaky_relu": {"numpy.maximum": lambda x, *, negative_slope: np.maximum(x, negative_slope * x)},
    "leaky_relu_vjp": {
        "where(x > 0, c, a c)": lambda x, c, *, negative_slope: np.where(
            x > 0, c, negative_slope * c
        )
    },
    "softmax": {"scipy.special.softmax": special.softmax, "exp(x - max)/sum": _plain_softmax},
    "softmax_vjp": {"s (c - sum(s c)), scipy": _softmax_slope},
    "log_softmax": {
        "scipy.special.log_softmax": special.log_softmax,
        "x - scipy.special.logsumexp": lambda x, *, axis: (
            x - special.logsumexp(x, axis=axis, keepdims=True)
        ),
    },
    "log_softmax_vjp": {"c - s sum(c), scipy": _log_softmax_slope},
    "entropy": {"scipy.special.entr": lambda p, *, axis: np.sum(special.entr(p), axis=axis)},
    "cross_entropy": {
        "scipy.special.xlogy": lambda p, q, *, axis: -np.sum(special.xlogy(p, q), axis=axis)
    },
    "cross_entropy_clipped": {
        "scipy.special.xlogy of a clip": lambda p, q, *, axis, epsilon: (
            -np.sum(special.xlogy(p, np.clip(q, epsilon, 1 - epsilon)), axis=axis)
        )
    },
    "cross_entropy_renormalized": {
        "p log clip(q/sum(q))": lambda p, q, *, axis, epsilon: (
            -np.sum(
                p * np.log(np.clip(q / q.sum(axis=axis, keepdims=True), epsilon, 1 - epsilon)),
                axis=axis,
            )
        )
    },
    "kl_divergence": {
        "scipy.special.rel_entr": lambda p, q, *, axis: np.sum(special.rel_entr(p, q), axis=axis),
        "p log(p/q)": lambda p, q, *, axis: np.sum(p * np.log(p / q), axis=axis),
    },
    "sum_squared_error": {
        "sum((y - t)²)/2": lambda y, t: 0.5 * np.sum((y - t) ** 2),
        "d·d/2": lambda y, t: 0.5 * np.vdot(y - t, y - t),
    },
    "sum_squared_error_vjp": {"c (y - t)": lambda y, t, c: c * (y - t)},
    "one_hot_cross_entropy": {"-log(q[label])": lambda q, labels: -np.log(_rows(q, labels))},
    "one_hot_cross_entropy_clipped": {
        "-log(clip(q[label]))": lambda q, labels, *, epsilon: (
            -np.log(np.clip(_rows(q, labels), epsilon, 1 - epsilon))
        )
    },
    "softmax_cross_entropy": {
        "scipy.special.log_softmax": lambda z, t: (
            -np.sum(t * special.log_softmax(z, axis=1), axis=1)
        )
    },
    "softmax_cross_entropy_vjp": {"scipy.special.softmax": _soft_slope},
    "sparse_softmax_cross_entropy": {
        "scipy.special.log_softmax": lambda z, labels: (
            -_rows(special.log_softmax(z, axis=1), labels)
        ),
        "scipy.special.logsumexp": lambda z, labels: (
            special.logsumexp(z, axis=1) - _rows(z, labels)
        ),
    },
    "sparse_softmax_cross_entropy_vjp": {"scipy.special.softmax": _sparse_slope},
    "sigmoid_cross_entropy": {
        "max(z, 0) - z t + log1p": lambda z, t: (
            np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))
        ),
        "logaddexp(0, z) - t z": lambda z, t: np.logaddexp(0, z) - t * z,
    },
    "sigmoid_cross_entropy_vjp": {
        "scipy.special.expit": lambda z, t, c: c * (special.expit(z) - t)
    },
    "linear": {"x @ w + b": lambda x, w, b: x @ w + b},
    "linear_vjp": {"products": lambda x, w, b, c: (c @ w.T, x.T @ c, c.sum(axis=0))},
    "mlp": {"textbook": _mlp},
    "mlp_vjp": {"textbook": _mlp_slopes},
    "perceptron_step": {"textbook": _perceptron},
    "minibatches": {"numpy.array_split": _permuted},
    "draws": {
        "Generator.choice": lambda count, size, batches, *, seed: list(
            np.random.default_rng(seed).choice(count, (batches, size))
        )
    },
    "zeros": {"numpy.zeros": np.zeros},
    "constant": {"numpy.full": lambda shape, *, value, dtype: np.full(shape, value)},
    "normal": {
        "Generator.normal": lambda shape, *, std, seed, dtype: np.random.default_rng(seed).normal(
            0.0, std, size=shape
        )
    },
    "xavier_fan_in_normal": {"Generator.normal": _drawn("normal", lambda n, m, slope: 1 / n)},
    "xavier_normal": {"Generator.normal": _drawn("normal", _xavier)},
    "xavier_uniform": {"Generator.uniform": _drawn("uniform", _xavier)},
    "xavier_truncated_normal": {"scipy.stats.truncnorm": _truncated(_xavier)},
    "kaiming_normal": {"Generator.normal": _drawn("normal", _kaiming)},
    "kaiming_uniform": {"Generator.uniform": _drawn("uniform", _kaiming)},
    "kaiming_truncated_normal": {"scipy.stats.truncnorm": _truncated(_kaiming)},
    "batch_norm_train": {"numpy.mean, numpy.var": _batch_norm(unbiased=False)},
    "batch_norm_train_unbiased": {"numpy.mean, numpy.var": _batch_norm(unbiased=True)},
    "batch_norm_train_vjp": {"numpy.mean, numpy.var": _batch_norm_slopes},
    "batch_norm_eval": {"x factor + term": _batch_norm_eval},
    "center": {
        "data - numpy.mean": lambda train, data, *, axes: (
            data - train.mean(axis=axes, keepdims=True)
        )
    },
    "standardize": {"numpy.mean, numpy.std": _standardize},
    "pca": {"numpy.linalg.eigh": _eigen(whitened=False)},
    "whiten": {"numpy.linalg.eigh": _eigen(whitened=True)},
}
