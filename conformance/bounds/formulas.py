"""The formulas of the operations, evaluated with 106 bits: what is true to the last bit of float64.

Each formula is written once more, in the language of bounds and in the plainest form whose terms
do not cancel. Operations whose docstring states a running error are evaluated by the formula that
stands there. `pca`, `whiten` and `newton` solve equations and have no formula without a loop. The
gradient of `mlp`, taken in pairs, differs from the oracle in a few adversarial cases, for reasons
that are not known. The truth of these four is the reference's.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from nnspec.conformance.bounds import language, pairs
from nnspec.conformance.bounds.networks import SLOPE
from nnspec.conformance.bounds.pairs import Pair, paired, total, where
from nnspec.spec import Formula, formula

_Axes = tuple[int, ...] | None

_SIGMOID = "where(x > 0, 1, e)/(1 + e)` with `e = exp(-abs(x))"
_SOFTMAX = "`e = exp(z)`, `s = e/sum(e)`"
_COSTS = "`c = log1p(sum(where(z < 0, exp(z), 0)) + (sum(where(z >= 0, 1, 0)) - 1)) - z`"
_DEVIATIONS = (
    "`z = x - min(x)`, `d = z - mean(z)`, `v = mean(d*d)`, `s = sqrt(v + epsilon)`, "
    "`mu = min(x) + mean(z)`, `h = d/s`"
)
_NORMALIZED = (
    "`channel(scale)*h + channel(shift), (1 - momentum)*running_mean + momentum*vector(mu), "
    "(1 - momentum)*running_variance + momentum*k*vector(v)` with "
)
# Costs of shares q/Σq: no part is negative, and log1p keeps the digits of a share next to 1.
_RELATIVE = (
    "`m = max(q)`, `c = log1p(sum(where(q < m, q/m, 0)) + (sum(where(q >= m, 1, 0)) - 1))"
    " - where(q < m, log(q/m), 0)`"
)
_CENTERED = "`w = train - min(train)`, `c = (data - min(train)) - mean(w)`"

_FORMULAS: Mapping[str, str] = {
    "leaky_relu": "`where(x > 0, x, negative_slope*x)`",
    "leaky_relu_vjp": "`where(x > 0, cotangent, negative_slope*cotangent)`",
    "sigmoid": f"`{_SIGMOID}`",
    "sigmoid_vjp": "`cotangent*e/((1 + e)*(1 + e))` with `e = exp(-abs(x))`",
    "tanh": "`where(x > 0, -1, 1)*e/(2 + e)` with `e = expm1(-2*abs(x))`",
    "tanh_vjp": "`4*cotangent*e/((1 + e)*(1 + e))` with `e = exp(-2*abs(x))`",
    "softmax": f"`s` with `z = x - max(x)`, {_SOFTMAX}",
    "softmax_vjp": f"`s*(cotangent - sum(s*cotangent))` with `z = x - max(x)`, {_SOFTMAX}",
    "log_softmax": f"`-c` with `z = x - max(x)`, {_COSTS}",
    "log_softmax_vjp": f"`cotangent - s*sum(cotangent)` with `z = x - max(x)`, {_SOFTMAX}",
    "entropy": "`-sum(where(p > 0, p*log(p), 0))`",
    "cross_entropy": "`-sum(where(p > 0, p*log(q), 0))`",
    "cross_entropy_clipped": (
        "`-sum(where(p > 0, p*min(log(max(q, epsilon)), log1p(-epsilon)), 0))`"
    ),
    "cross_entropy_renormalized": (
        "`sum(where(p > 0, p*where(q > 0, max(d, -log1p(-epsilon)), -log(epsilon)), 0))` with "
        f"{_RELATIVE}, `d = where(epsilon > 0, min(c, -log(epsilon)), c)`"
    ),
    "kl_divergence": "`sum(where(p > 0, q*excess((p - q)/q), q)) + sum(p - q)`",
    "sum_squared_error": "`sum((y - target)*(y - target))/2`",
    "sum_squared_error_vjp": "`cotangent*(y - target)`",
    "one_hot_cross_entropy": "`-log(sum(one_hot(labels, q)*q))`",
    "one_hot_cross_entropy_clipped": (
        "`-min(log(max(s, epsilon)), log1p(-epsilon))` with `s = sum(one_hot(labels, q)*q)`"
    ),
    "softmax_cross_entropy": (
        f"`sum(where(abs(targets) > 0, targets*c, 0))` with `z = logits - max(logits)`, {_COSTS}"
    ),
    "softmax_cross_entropy_vjp": (
        "`column(cotangent)*(s*others(targets) - targets*others(s))` with "
        f"`z = logits - max(logits)`, {_SOFTMAX}"
    ),
    "sparse_softmax_cross_entropy": (
        f"`sum(one_hot(labels, logits)*c)` with `z = logits - max(logits)`, {_COSTS}"
    ),
    "sparse_softmax_cross_entropy_vjp": (
        "`column(cotangent)*(s*others(t) - t*others(s))` with "
        f"`t = one_hot(labels, logits)`, `z = logits - max(logits)`, {_SOFTMAX}"
    ),
    "sigmoid_cross_entropy": (
        "`abs(logits)*where(logits > 0, 1 - targets, targets) + log1p(exp(-abs(logits)))`"
    ),
    "sigmoid_cross_entropy_vjp": (
        "`cotangent*(p*(1 - targets) - targets*q)` with `e = exp(-abs(logits))`, `k = 1 + e`, "
        "`p = where(logits > 0, 1, e)/k`, `q = where(logits < 0, 1, e)/k`"
    ),
    "clip_by_norm": "`g*where(norm(g) > max_norm, max_norm/norm(g), 1)`",
    "clip_by_global_norm": "`g*where(k > max_norm, max_norm/k, 1)` with `k = norm(gradients)`",
    "clip_by_global_norm_epsilon": (
        "`g*where(k > max_norm, max_norm/k, 1)` with `k = norm(gradients) + epsilon`"
    ),
    "batch_norm_train": f"{_NORMALIZED} `k = 1`, {_DEVIATIONS}",
    "batch_norm_train_unbiased": f"{_NORMALIZED} `k = n/(n - 1)`, {_DEVIATIONS}",
    "batch_norm_train_vjp": (
        "`channel(scale)/s*((g - mean(g)) - h*mean(g*h)), vector(sum(g*h)), vector(sum(g))` with "
        f"`g = cotangent`, {_DEVIATIONS}"
    ),
    "batch_norm_eval": (
        "`channel(scale)*((x - channel(mean))/sqrt(channel(variance) + epsilon)) + channel(shift)`"
    ),
    "center": f"`c` with {_CENTERED}",
    "standardize": (
        f"`where(max(train) > min(train), c/sqrt(mean(d*d)), c)` with {_CENTERED}, "
        "`d = w - mean(w)`"
    ),
}


# Its docstring states a running error, but pairs do not keep it in every adversarial case.
_BY_THE_REFERENCE = ("mlp_vjp",)


@lru_cache(maxsize=None)
def formula_of(operation: str) -> Formula | None:
    """Return the formula of an operation, or None if it has none in the language."""
    if operation in _FORMULAS:
        return formula(_FORMULAS[operation])
    if operation in _BY_THE_REFERENCE:
        return None
    stated = language.of_reference(operation)
    return stated if stated.running else None


def evaluated(stated: Formula, quantities: Mapping[str, Any], axes: _Axes) -> Any:
    """Return what a formula says of these quantities, as pairs; of several answers a list.

    A formula of `g` and `gradients` is that of each array in turn.
    """
    names = {name: exact(value) for name, value in quantities.items()}
    words = vocabulary(axes, np.ndim(quantities["x"]) if "x" in quantities else 2)
    with np.errstate(all="ignore"):
        if "gradients" in names:
            words = language.with_one_norm(words, names)
            return [language.defined(stated, {**names, "g": g}, words) for g in names["gradients"]]
        return language.defined(stated, names, words)


def exact(value: Any) -> Any:
    """Return numbers, arrays and lists of them as pairs; leave the rest alone."""
    if isinstance(value, (list, tuple)):
        return [exact(item) for item in value]
    numbers = isinstance(value, (int, float, np.ndarray, np.number)) and not isinstance(value, bool)
    return paired(value) if numbers else value


def vocabulary(axes: _Axes = None, dimensions: int = 2) -> dict[str, Any]:
    """Return what the words of the language stand for among pairs."""
    channels = (-1, *(1,) * (dimensions - 2))
    return {
        "__builtins__": {},
        "sum": lambda values: total(values, axes, keepdims=True),
        "others": lambda values: pairs.others(values, axes),
        "mean": lambda values: _mean(values, axes),
        "max": lambda *values: _extreme(np.maximum, axes, *values),
        "min": lambda *values: _extreme(np.minimum, axes, *values),
        "where": where,
        "abs": lambda values: abs(paired(values)),
        "sqrt": lambda values: pairs.root(paired(values)),
        "exp": pairs.exp,
        "expm1": pairs.expm1,
        "log": pairs.log,
        "log1p": pairs.log1p,
        "excess": pairs.excess,
        "norm": _norm,
        "T": _transposed,
        "one_hot": _one_hot,
        "channel": lambda values: values.each(lambda part: part.reshape(channels)),
        "vector": lambda values: values.each(lambda part: part.reshape(-1)),
        "column": lambda values: values.each(lambda part: part[..., None]),
        "column_sums": lambda values: total(values, 0),
        "identity": lambda values: values,
        "sigmoid": partial(_activated, "sigmoid"),
        "mlp": _mlp,
    }


def _mean(values: Pair, axes: _Axes) -> Pair:
    found = total(values, axes, keepdims=True)
    return found / (values.hi.size / max(found.hi.size, 1))


def _extreme(pick: np.ufunc, axes: _Axes, values: Any, *others: Any) -> Pair:
    if not others:
        return pairs.extreme(pick, values, axes)
    larger = paired(values) > paired(others[0])
    return where(larger if pick is np.maximum else ~larger, values, others[0])


def _norm(values: Any) -> Pair:
    found = paired(0.0)
    for part in values if isinstance(values, list) else [values]:
        found = found + total(part * part, None)
    return pairs.root(found)


def _transposed(values: Pair) -> Pair:
    return values.each(lambda part: np.swapaxes(part, -1, -2))


def _one_hot(labels: Pair, like: Pair) -> Pair:
    return paired(np.arange(like.hi.shape[-1]) == labels.hi[..., None])


# --- networks ---


# Activations whose answers are exact have no formula above.
_EXACT: Mapping[str, Callable[[Pair], Pair]] = {
    "step": lambda x: where(x > 0, 1.0, 0.0),
    "relu": lambda x: where(x > 0, x, 0.0),
    "identity": lambda x: x,
}


def _activated(name: str, x: Pair) -> Pair:
    """Return an activation of the last axis, by its own formula."""
    stated = formula_of(name)
    if stated is None:
        return _EXACT[name](x)
    activated: Pair = evaluated(stated, {"x": x, "negative_slope": SLOPE}, axes=(-1,))
    return activated


def _mlp(
    x: Pair, weights: Sequence[Pair], biases: Sequence[Pair], activations: Sequence[str]
) -> Pair:
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        x = _activated(name, x @ weight + bias)
    return x
