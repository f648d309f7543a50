"""Entropy, cross-entropies and divergence, in nats; only what says so clips or normalizes."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, axis_of, each_row, like, number, real
from nnspec.reference.sums import sum_of_costs, sum_of_products

__all__ = [
    "cross_entropy",
    "cross_entropy_clipped",
    "cross_entropy_renormalized",
    "entropy",
    "kl_divergence",
]

# 1/3, 1/5, … of the series of artanh: for |s| ≤ 1/3 the terms that are left out sum to less than
# 2⁻⁵².
_SERIES = tuple(1.0 / (2 * k + 3) for k in range(15))

# The difference of two numbers whose quotient lies between these is exact (P. Sterbenz 1974); a
# quotient that rounds to one of them may lie outside.
_HALF, _TWO = 0.5, 2.0

_TINY, _HUGE = 2.0**-1022, float(np.finfo(np.float64).max)


def entropy(p: ArrayLike, *, axis: int) -> Array:
    """Entropy of the distributions along an axis.

    Formula
        H(p) = -Σ p log p with 0 log 0 = 0, each term rounded and their sum rounded once.
    Shapes
        p: any shape with one axis or more; answer: p's shape without `axis`.
    Units
        Nats.
    Accuracy
        `3.01*u*sum(where(p > 0, abs(p*log(p)), 0)) + u*abs(y) + n*eta`, for a logarithm within one
        ulp; 0.61 of it measured.
    Edge cases
        An axis of length 0 gives 0; NaN gives NaN, inf gives -inf. p need not sum to 1; an element
        above 1 makes its term negative.
    Raises
        TypeError if p does not hold real numbers. ValueError if it holds negative numbers or has no
        such axis.
    Source
        C. Shannon (1948), doi:10.1002/j.1538-7305.1948.tb01338.x. Summed by NumPy,
        scipy.special.entr loses up to 17 more ulp.
    """
    p = _shares("p", real("p", p))
    return _along(axis_of(p, axis), lambda p: sum_of_costs(p, -np.log(p)), p)


def cross_entropy(p: ArrayLike, q: ArrayLike, *, axis: int) -> Array:
    """Cross-entropy of q relative to p along an axis: the cost of q's code for samples of p.

    Formula
        H(p, q) = -Σ p log q with 0 log q = 0, also for q = 0, each term rounded and their sum
        rounded once.
    Shapes
        p: any shape with one axis or more; q like p; answer: p's shape without `axis`.
    Units
        Nats.
    Accuracy
        `3.01*u*sum(where(p > 0, abs(p*log(q)), 0)) + u*abs(y) + n*eta`, for a logarithm within one
        ulp; 0.63 of it measured, all of it below the normal range.
    Edge cases
        +inf where p > 0 = q; an axis of length 0 gives 0; NaN gives NaN.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if it holds negative
        numbers, the shapes differ or p has no such axis.
    Source
        I. J. Good, J. R. Stat. Soc. B 14 (1952), doi:10.1111/j.2517-6161.1952.tb00104.x.
    """
    p = _shares("p", real("p", p))
    q = _shares("q", like("q", q, "p", p))
    return _along(axis_of(p, axis), lambda p, q: sum_of_costs(p, -np.log(q)), p, q)


def cross_entropy_clipped(p: ArrayLike, q: ArrayLike, *, axis: int, epsilon: float) -> Array:
    """Cross-entropy of q, clipped to [epsilon, 1 - epsilon], relative to p along an axis.

    Formula
        -Σ p log min(max(q, ε), 1 - ε). Since the logarithm is monotonic, its value is clipped, to
        [log ε, log1p(-ε)]: 1 - ε would be rounded. Each term is rounded and their sum rounded once.
    Shapes
        p: any shape with one axis or more; q like p; answer: p's shape without `axis`.
    Units
        Nats.
    Accuracy
        `4*u*abs(y) + n*eta`, for logarithms within one ulp, since no term is negative; 0.63 of it
        measured.
    Edge cases
        If ε is 0, q is clipped to [0, 1]: +inf where p > 0 = q. A p of 0 adds nothing. An axis of
        length 0 gives 0; NaN gives NaN.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if it holds negative
        numbers, the shapes differ, p has no such axis or epsilon is outside [0, 1/2].
    Source
        sklearn.metrics.log_loss, with ε the machine epsilon; I. J. Good, J. R. Stat. Soc. B 14
        (1952), doi:10.1111/j.2517-6161.1952.tb00104.x.
    """
    p = _shares("p", real("p", p))
    q = _shares("q", like("q", q, "p", p))
    ends = clipped_costs(epsilon)
    return _along(
        axis_of(p, axis),
        lambda p, q: sum_of_costs(p, np.clip(-np.log(q), *ends)),
        p,
        q,
    )


def cross_entropy_renormalized(p: ArrayLike, q: ArrayLike, *, axis: int, epsilon: float) -> Array:
    """Cross-entropy of q, divided by its sum and then clipped, relative to p along an axis.

    Formula
        -Σ p log min(max(r, ε), 1 - ε), r = q/Σq. With q_k the largest, -log r_j is computed as
        log(1 + Σ_{i≠k} q_i/q_k) - log(q_j/q_k). Neither part is negative, and log1p keeps the
        digits of an r_k next to 1. The cost is clipped to [-log1p(-ε), -log ε].
    Shapes
        p: any shape with one axis or more; q like p; answer: p's shape without `axis`.
    Units
        Nats.
    Accuracy
        `9*u*abs(y) + n*eta*(1 + sum(p))`, for logarithms within one ulp, since no term is negative;
        0.50 of it measured.
    Edge cases
        If ε is 0, nothing is clipped: +inf where p > 0 = q. A p of 0 adds nothing. A q that sums
        to 0 or is infinite gives NaN, as NaN does. An axis of length 0 gives 0.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if it holds negative
        numbers, the shapes differ, p has no such axis or epsilon is outside [0, 1/2].
    Source
        keras.ops.categorical_crossentropy; I. J. Good, J. R. Stat. Soc. B 14 (1952),
        doi:10.1111/j.2517-6161.1952.tb00104.x.
    """
    p = _shares("p", real("p", p))
    q = _shares("q", like("q", q, "p", p))
    ends = clipped_costs(epsilon)
    return _along(
        axis_of(p, axis),
        lambda p, q: sum_of_costs(p, np.clip(_relative_costs(q), *ends)),
        p,
        q,
    )


def clipped_costs(epsilon: float) -> tuple[float, float]:
    """Return the costs of the shares 1 - ε and ε. Raises ValueError if ε is outside [0, 1/2]."""
    epsilon = number("epsilon", epsilon)
    if not 0 <= epsilon <= 0.5:  # noqa: PLR2004  beyond it ε exceeds 1 - ε
        message = f"epsilon must be in [0, 1/2]; got {epsilon}"
        raise ValueError(message)
    return -math.log1p(-epsilon) + 0.0, -math.log(epsilon) if epsilon else math.inf


def kl_divergence(p: ArrayLike, q: ArrayLike, *, axis: int) -> Array:
    """Kullback–Leibler divergence of p from q along an axis.

    Formula
        KL(p‖q) = -Σ p log(q/p) with 0 log(q/0) = 0. If p and q are within a factor of two, a term
        is computed as d + d ψ(t), d = p - q, t = d/q, ψ(t) = ((1 + t) log(1 + t) - t)/t. The
        differences d are exact and nearly cancel in the sum. d ψ is never negative, and ψ comes
        from the series of artanh(t/(2 + t)). The sum of all parts is rounded once.
    Shapes
        p: any shape with one axis or more; q like p; answer: p's shape without `axis`.
    Units
        Nats.
    Accuracy
        `u*abs(y) + 12*u*(abs(y) + abs(sum(p - q)) + sum(where(p > 2*q, p*abs(log(p/q)),
        where(2*p < q, where(p > 0, p*abs(log(p/q)), 0), 0)))) + n*eta`; 0.34 of it measured.
    Edge cases
        +inf where p > 0 = q; 0, exactly, for p = q; an axis of length 0 gives 0; NaN gives NaN.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if it holds negative
        numbers, the shapes differ or p has no such axis.
    Source
        S. Kullback, R. Leibler (1951), doi:10.1214/aoms/1177729694. scipy.special.rel_entr loses
        all digits where p and q nearly agree.
    """
    p = _shares("p", real("p", p))
    q = _shares("q", like("q", q, "p", p))
    return _along(axis_of(p, axis), _divergences, p, q)


def _divergences(p: Array, q: Array) -> Array:
    ratios = p / q
    near = (ratios > _HALF) & (ratios < _TWO)
    differences = np.where(near, p - q, 0.0)
    factors = np.where(near, _bent(differences / q), _logarithms(ratios, p, q))
    if np.count_nonzero(p) < p.size:
        np.copyto(factors, 0.0, where=(p == 0) & ~np.isnan(q))
    return sum_of_products(np.where(near, differences, p), factors, differences)


def _relative_costs(q: Array) -> Array:
    """Return -log(q/Σq) of each row; neither part of the sum is negative."""
    if not q.size:
        return q.copy()
    largest = q.max(axis=1, keepdims=True)
    ratios = q / largest
    others = ratios.copy()
    others[np.arange(len(q)), q.argmax(axis=1)] = 0.0
    logarithms = np.log(ratios)
    # A quotient below the normal range has lost its digits.
    lost = ratios < np.finfo(np.float64).tiny
    np.subtract(np.log(q), np.log(largest), out=logarithms, where=lost)
    return np.asarray(np.log1p(sum_of_products(others, np.ones_like(q)))[:, None] - logarithms)


def _logarithms(ratios: Array, p: Array, q: Array) -> Array:
    """Return log(p/q), by two logarithms where the quotient has lost its digits.

    It has lost them outside the normal range, and there the logarithms are far from each other.
    """
    least = np.minimum.reduce(ratios, axis=None, initial=1.0)
    largest = np.maximum.reduce(ratios, axis=None, initial=1.0)
    logarithms = np.log(ratios)
    # A comparison with NaN is false.
    if not (least >= _TINY and largest <= _HUGE):
        lost = ~((ratios >= _TINY) & (ratios <= _HUGE))
        logarithms[lost] = np.log(p[lost]) - np.log(q[lost])
    return logarithms


def _bent(t: Array) -> Array:
    """Return ψ(t) = ((1 + t) log(1 + t) - t)/t for -1/2 ≤ t ≤ 1, within 8 u.

    It is s(1 + (1 + s)(s/3 + s³/5 + …)), s = t/(2 + t): log(1 + t) is 2 artanh s. Here s is within
    10/3 u, so the bracket is within 3 u, and the terms that are left out are below 2/3 u.
    """
    s = t / (2.0 + t)
    square = s * s
    series = square * _SERIES[-1]
    series += _SERIES[-2]
    for coefficient in _SERIES[-3::-1]:
        series *= square
        series += coefficient
    bent = 1.0 + s
    bent *= s
    bent *= series
    bent += 1.0
    bent *= s
    return bent


@np.errstate(all="ignore")
def _along(axis: int, function: Callable[..., Array], *arrays: Array) -> Array:
    """Apply a function of rows along an axis, block by block."""
    if axis < arrays[0].ndim - 1:
        arrays = tuple(np.ascontiguousarray(np.moveaxis(array, axis, -1)) for array in arrays)
    *shape, length = arrays[0].shape
    rows = [array.reshape(math.prod(shape), length) for array in arrays]
    return each_row(function, *rows, axis=1).reshape(shape)


def _shares(name: str, values: Array) -> Array:
    # The least number other than NaN.
    if (least := np.fmin.reduce(values, axis=None, initial=0.0)) < 0:
        message = f"{name} must not be negative; got {float(least)}"
        raise ValueError(message)
    return values
