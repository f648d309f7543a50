"""Cross-entropies of softmax from logits, and their gradients."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.reference.arrays import Array, each_row, like, two_difference
from nnspec.reference.losses import samples
from nnspec.reference.sums import row_sums, sum_of_costs, sum_of_products

__all__ = [
    "softmax_cross_entropy",
    "softmax_cross_entropy_vjp",
    "sparse_softmax_cross_entropy",
    "sparse_softmax_cross_entropy_vjp",
]


def softmax_cross_entropy(logits: ArrayLike, targets: ArrayLike) -> Array:
    """Cross-entropy of softmax(logits) relative to targets, which need not sum to 1.

    Formula
        -Σ t log softmax(z) = Σ_j t_j ((z_k - z_j) + log(1 + Σ_{i≠k} e^{z_i - z_k})), z_k the
        largest: log1p keeps the digits of a loss that is nearly 0. Each z_i - z_k is computed in
        two parts whose sum is exact, as in softmax. The sum of the products is rounded once.
    Shapes
        logits: (m, k); targets like logits; answer: (m,). Sums run along axis -1.
    Units
        Nats.
    Accuracy
        `(n + 12)*u*sum(where(abs(targets) > 0, abs(targets*log_softmax(logits)), 0)) + u*abs(y)
        + 2*n*eta*(1 + sum(abs(targets)))`: the costs are proved in `_costs`, and the products and
        their sum add (u + 4u²)·|y| and u each; 0.21 of it measured.
    Edge cases
        A target of 0 adds nothing. Finite logits and targets give a finite loss, unless the loss
        itself is beyond the range.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if logits is not a matrix
        with one column or more, or the shapes differ.
    Source
        J. Bridle (1990), doi:10.1007/978-3-642-76153-9_28.
    """
    logits = samples.rows("logits", logits)
    targets = like("targets", targets, "logits", logits)
    return each_row(_losses, logits, targets, axis=1)


def softmax_cross_entropy_vjp(logits: ArrayLike, targets: ArrayLike, cotangent: ArrayLike) -> Array:
    """Gradient of the cross-entropy of softmax(logits).

    Formula
        z̄ = cotangent (Σt · softmax(z) - t), one cotangent a row, with softmax s as in softmax. At
        the largest logit k, where the two terms may be nearly equal, their difference is computed
        as s_k Σ_{i≠k} t_i - t_k Σ_{i≠k} s_i.
    Shapes
        logits: (m, k); targets like logits; cotangent: (m,); answer like logits.
        Sums run along axis -1.
    Accuracy
        `column(abs(cotangent))*(2*(n + 12)*u*(softmax(logits)*others(abs(targets))
        + abs(targets)*others(softmax(logits))) + 2*n*eta*(1 + sum(abs(targets)))) + 2*eta`, proved
        in `_slopes`; 0.13 of it measured. If one class has all of the targets, that is 2(n + 12) u
        of each entry.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if logits is not a matrix
        with one column or more, or the shapes differ.
    Source
        J. Bridle (1990), doi:10.1007/978-3-642-76153-9_28.
    """
    logits = samples.rows("logits", logits)
    targets = like("targets", targets, "logits", logits)
    cotangent = like("cotangent", cotangent, "the losses", logits[:, 0])
    return each_row(_slopes, logits, targets, cotangent, axis=1)


def sparse_softmax_cross_entropy(logits: ArrayLike, labels: ArrayLike) -> Array:
    """Cross-entropy of softmax(logits) relative to the one-hot distribution at a label.

    Formula
        -log softmax(z)_j, computed as (z_k - z_j) + log(1 + Σ_{i≠k} e^{z_i - z_k}), z_k the
        largest. Each z_i - z_k is computed in two parts whose sum is exact, as in softmax.
    Shapes
        logits: (m, k); labels: (m,), integers in [0, k); answer: (m,). Sums run along axis -1.
    Units
        Nats.
    Accuracy
        `(n + 12)*u*abs(y) + 2*n*eta`, proved in `_costs`; 0.25 of it and 2.8 ulp measured.
    Raises
        TypeError if logits does not hold real numbers or labels does not hold integers. ValueError
        if a shape is wrong or a label is outside [0, k).
    Source
        J. Bridle (1990), doi:10.1007/978-3-642-76153-9_28.
    """
    logits = samples.rows("logits", logits)
    return each_row(_losses_of_labels, logits, samples.labels(labels, logits), axis=1)


def sparse_softmax_cross_entropy_vjp(
    logits: ArrayLike, labels: ArrayLike, cotangent: ArrayLike
) -> Array:
    """Gradient of the cross-entropy of softmax(logits) at a label.

    Formula
        z̄ = cotangent (softmax(z) - one_hot(j)), one cotangent a row, with softmax s as in softmax.
        If the label has the largest logit, its entry is computed as -cotangent Σ_{i≠j} s_i.
    Shapes
        logits: (m, k); labels: (m,), integers in [0, k); cotangent: (m,); answer like logits.
        Sums run along axis -1.
    Accuracy
        `(n + 14)*u*abs(y) + 2*n*eta*(1 + column(abs(cotangent)))`, proved in `_slopes_of_labels`;
        0.21 of it measured. The entry of a label that is far ahead has correct digits too.
    Raises
        TypeError if labels does not hold integers, or another argument real numbers. ValueError if
        a shape is wrong or a label is outside [0, k).
    Source
        J. Bridle (1990), doi:10.1007/978-3-642-76153-9_28.
    """
    logits = samples.rows("logits", logits)
    chosen = samples.labels(labels, logits)
    cotangent = like("cotangent", cotangent, "the losses", logits[:, 0])
    return each_row(_slopes_of_labels, logits, chosen, cotangent, axis=1)


@np.errstate(all="ignore")
def _losses(logits: Array, targets: Array) -> Array:
    costs, finite = _costs(logits)
    if finite:
        return sum_of_products(targets, costs)
    unit = 1.0
    if np.isinf(np.fmax.reduce(costs, axis=None, initial=0.0)):
        # A difference of logits may be beyond the range where its product with the target is not.
        unit = 4.0
        gaps = logits.max(axis=1, keepdims=True) / unit - logits / unit
        costs = np.where(np.isinf(costs), gaps, costs / unit)
    return unit * sum_of_costs(targets, costs)


@np.errstate(all="ignore")
def _losses_of_labels(logits: Array, labels: NDArray[np.int64]) -> Array:
    costs, _ = _costs(logits)
    return costs.take(_starts(*logits.shape) + labels)


def _costs(logits: Array) -> tuple[Array, bool]:
    """Return -log softmax of each row, by log1p of the terms other than the largest.

    Say as well whether all differences of logits are finite: all costs are, then.

    If exp and log1p are within one ulp, 2u, the answer y is off by (n + 6) u·y at most, to first
    order. A term is off by 2u of exp, u of 1 + τ and u of the product: e^τ - 1 - τ is below u²·d²/2
    for d = z_i - z_k, and d² < 2²⁰ where e^d is not 0. Adding n - 1 terms and a 0 gives n + 2.
    log(1 + s) magnifies no relative error of s ≥ 0, and log1p adds 2. From it, |z_j - z_k| is
    subtracted in two parts, of which no sum cancels: they add u each. The six u that the bound has
    more pay for terms of second order, up to (n + 12)² < 12/u.
    """
    ahead = _places(logits)
    shifted, tail, finite = two_difference(logits, logits.take(ahead)[:, None])
    others = _exponentials(shifted, tail)
    others.put(ahead, 0.0)
    costs = np.empty_like(others)
    costs[...] = np.log1p(row_sums(others))[:, None]
    costs -= tail
    costs -= shifted
    return costs, finite


@np.errstate(all="ignore")
def _slopes(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Return Σt · softmax - t of each row, times its cotangent.

    At the largest logit their difference may be far below both terms, and is computed as
    s_k Σ_{i≠k} t_i - t_k Σ_{i≠k} s_i: each product is off by (2n + 10) u of it, to first order. At
    every other logit j, Σ_{i≠j} s_i is at least ½. There s_j t_j ≤ t_j Σ_{i≠j} s_i, so the error
    (2n + 10) u·s_j·Σ|t| of the first term is within the bound as well.
    """
    slopes, ahead, rest = _softmax(logits)
    beside, first, share = targets.copy(), targets.take(ahead), slopes.take(ahead)
    beside.put(ahead, 0.0)
    others = row_sums(beside)
    slopes *= (others + first)[:, None]
    slopes -= targets
    slopes.put(ahead, share * others - first * rest)
    slopes *= cotangent[:, None]
    return slopes


@np.errstate(all="ignore")
def _slopes_of_labels(logits: Array, labels: NDArray[np.int64], cotangent: Array) -> Array:
    """Return softmax - one-hot of each row, times its cotangent.

    A label k that is ahead has -Σ_{i≠k} s_i, whose error `_softmax` states. For any other label
    s_j ≤ ½, so that the error (n + 8) u·s_j is at most that of 1 - s_j. Two roundings follow.
    """
    slopes, ahead, rest = _softmax(logits)
    chosen = _starts(*logits.shape) + labels
    slopes.put(chosen, np.where(chosen == ahead, -rest, slopes.take(chosen) - 1.0))
    slopes *= cotangent[:, None]
    return slopes


def _softmax(logits: Array) -> tuple[Array, NDArray[np.intp], Array]:
    """Return softmax of each row, the place of its largest logit, and the sum of all others'.

    If exp is within one ulp, a term is off by 4u, as in `_costs`. The sum of n terms is off by
    (n + 3) u, and the quotient by (n + 8) u, to first order. The relative error δ of the sum of all
    others, (n + 2) u, stands in both parts of its quotient: δ s_k and 2u are left of it.
    """
    ahead = _places(logits)
    shifted, tail, _ = two_difference(logits, logits.take(ahead)[:, None])
    terms = _exponentials(shifted, tail)
    largest = terms.take(ahead)
    terms.put(ahead, 0.0)
    rest = row_sums(terms)
    terms.put(ahead, largest)
    totals = rest + largest
    terms /= totals[:, None]
    return terms, ahead, rest / totals


def _places(logits: Array) -> NDArray[np.intp]:
    """Return the place of the largest logit of each row, counted from the first of the matrix."""
    places: NDArray[np.intp] = logits.argmax(axis=1)
    places += _starts(*logits.shape)
    return places


@lru_cache(maxsize=8)
def _starts(rows: int, length: int) -> NDArray[np.intp]:
    """Return the place of the first logit of each row."""
    return np.arange(0, rows * length, length)


def _exponentials(shifted: Array, tail: Array) -> Array:
    """Return e^(shifted + tail); the next term of the series, tail²/2, is below u²·shifted²/2."""
    terms = np.exp(shifted)
    terms *= 1.0 + tail
    return terms
