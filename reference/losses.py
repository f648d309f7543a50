"""Losses and their gradients; cross-entropies of logits never clip a probability."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.reference.arrays import Array, each_element, each_row, like, real, two_difference
from nnspec.reference.sums import sum_of_products

__all__ = [
    "one_hot_cross_entropy",
    "sigmoid_cross_entropy",
    "sigmoid_cross_entropy_vjp",
    "softmax_cross_entropy",
    "softmax_cross_entropy_vjp",
    "sparse_softmax_cross_entropy",
    "sparse_softmax_cross_entropy_vjp",
    "sum_squared_error",
    "sum_squared_error_vjp",
]

# In rows shorter than this, einsum takes a third of the time of a pairwise sum.
_SHORT = 128


def sum_squared_error(y: ArrayLike, target: ArrayLike) -> Array:
    """Half the sum of the squared errors.

    Formula
        E = ½ Σ (y - t)², each half of a square rounded and their sum rounded once.
    Shapes
        y: any shape; target like y; answer: ().
    Accuracy
        `5*u*abs(y) + n*eta`; 0.59 of it measured.
    Edge cases
        The error of an empty array is 0; NaN gives NaN. It is inf only if E is beyond the range.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if the shapes differ.
    Source
        D. Rumelhart, G. Hinton, R. Williams (1986), doi:10.1038/323533a0, equation 3.
    """
    y = real("y", y)
    with np.errstate(all="ignore"):
        errors = (y - like("target", target, "y", y)).reshape(1, -1)
        return np.asarray(sum_of_products(errors, 0.5 * errors)[0])


def sum_squared_error_vjp(y: ArrayLike, target: ArrayLike, cotangent: ArrayLike) -> Array:
    """Gradient of half the sum of the squared errors.

    Formula
        ȳ = cotangent (y - t).
    Shapes
        y: any shape; target like y; cotangent: (); answer like y.
    Accuracy
        `4*u*abs(y) + tiny`; 0.49 of it measured.
    Edge cases
        Where y - t is beyond the range, the answer is infinite.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if the shapes differ.
    Source
        D. Rumelhart, G. Hinton, R. Williams (1986), doi:10.1038/323533a0, equation 4.
    """
    y = real("y", y)
    target, cotangent = (
        like("target", target, "y", y),
        like("cotangent", cotangent, "the error", np.zeros(())),
    )
    with np.errstate(all="ignore"):
        slopes = np.asarray(y - target)
        slopes *= cotangent
    return slopes


def one_hot_cross_entropy(q: ArrayLike, labels: ArrayLike) -> Array:
    """Cross-entropy of probabilities relative to the one-hot distribution at a label.

    Formula
        -log q_j, j the row's label. The test for negative q takes a third of the time.
    Shapes
        q: (m, k); labels: (m,), integers in [0, k); answer: (m,). Sums run along axis -1.
    Units
        Nats.
    Accuracy
        `2*ulp(y)`; 0.59 ulp measured.
    Edge cases
        +inf where q_j = 0.
    Raises
        TypeError if q does not hold real numbers or labels does not hold integers. ValueError if a
        shape is wrong, a label is outside [0, k) or q is negative.
    Source
        I. J. Good, J. R. Stat. Soc. B 14 (1952), doi:10.1111/j.2517-6161.1952.tb00104.x.
    """
    q = _rows("q", q)
    chosen = q[np.arange(len(q)), _labels(labels, q)]
    if np.any(q < 0):
        message = f"q must not be negative; got {float(np.min(q))}"
        raise ValueError(message)
    with np.errstate(all="ignore"):
        return 0.0 - np.log(chosen)


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
        + 2*n*eta*(1 + sum(abs(targets)))`; 0.21 of it measured.
    Edge cases
        A target of 0 adds nothing. Finite logits and targets give a finite loss, unless the loss
        itself is beyond the range.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if logits is not a matrix
        with one column or more, or the shapes differ.
    Source
        J. Bridle (1990), doi:10.1007/978-3-642-76153-9_28.
    """
    logits = _rows("logits", logits)
    targets = like("targets", targets, "logits", logits)
    with np.errstate(all="ignore"):
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
    logits = _rows("logits", logits)
    targets = like("targets", targets, "logits", logits)
    cotangent = like("cotangent", cotangent, "the losses", logits[:, 0])
    with np.errstate(all="ignore"):
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
        `(n + 12)*u*abs(y) + 2*n*eta`; 0.25 of it and 2.8 ulp measured.
    Raises
        TypeError if logits does not hold real numbers or labels does not hold integers. ValueError
        if a shape is wrong or a label is outside [0, k).
    Source
        J. Bridle (1990), doi:10.1007/978-3-642-76153-9_28.
    """
    logits = _rows("logits", logits)
    chosen = np.arange(len(logits)), _labels(labels, logits)
    with np.errstate(all="ignore"):
        return each_row(_costs, logits, axis=1)[chosen]


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
        `(2*n + 12)*u*abs(y) + 2*n*eta*(1 + column(abs(cotangent)))`, proved in `_slopes_of_labels`;
        0.21 of it measured. The entry of a label that is far ahead has correct digits too.
    Raises
        TypeError if labels does not hold integers, or another argument real numbers. ValueError if
        a shape is wrong or a label is outside [0, k).
    Source
        J. Bridle (1990), doi:10.1007/978-3-642-76153-9_28.
    """
    logits = _rows("logits", logits)
    chosen = _labels(labels, logits)
    cotangent = like("cotangent", cotangent, "the losses", logits[:, 0])
    with np.errstate(all="ignore"):
        return each_row(_slopes_of_labels, logits, chosen, cotangent, axis=1)


def sigmoid_cross_entropy(logits: ArrayLike, targets: ArrayLike) -> Array:
    """Binary cross-entropy of sigmoid(logits), element by element.

    Formula
        -t log σ(z) - (1 - t) log(1 - σ(z)), computed as |z| w + log(1 + e^-|z|), where the weight w
        is 1 - t for z > 0, else t, and |z| w is 0 where w is 0: the limit at infinities, where ∞·0
        would be NaN.
    Shapes
        logits: any shape; targets like logits; answer like logits.
    Units
        Nats.
    Accuracy
        `4*u*(min(abs(logits), huge)*where(logits > 0, abs(1 - targets), abs(targets)) + log(1
        + exp(-abs(logits)))) + 4*u*abs(y) + tiny`; 0.34 of it measured.
    Edge cases
        inf gives 0 for target 1, and -inf gives 0 for target 0. Both give inf for any other target
        in [0, 1]. NaN gives NaN.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if the shapes differ.
    Source
        D. R. Cox, J. R. Stat. Soc. B 20 (1958), doi:10.1111/j.2517-6161.1958.tb00292.x.
    """
    z = real("logits", logits)
    t = like("targets", targets, "logits", z)
    return each_element(_binary_costs, z, t)


def sigmoid_cross_entropy_vjp(logits: ArrayLike, targets: ArrayLike, cotangent: ArrayLike) -> Array:
    """Gradient of the binary cross-entropy of sigmoid(logits).

    Formula
        z̄ = cotangent (σ(z) - t), computed as cotangent ((1 - t) - σ(-z)) for z ≥ 0: a target of 1
        leaves -cotangent σ(-z), which keeps its digits where σ(z) rounds to 1.
    Shapes
        logits: any shape; targets and cotangent like logits; answer like logits.
    Accuracy
        `(8*u*(sigmoid(logits)*abs(1 - targets) + abs(targets)*sigmoid(-logits))
        + 2*eta*(1 + abs(targets)))*abs(cotangent) + 2*eta`, proved in `_binary_slopes`; 0.51 of it
        measured.
    Edge cases
        -inf gives -cotangent·targets, inf gives cotangent·(1 - targets), NaN gives NaN.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if the shapes differ.
    Source
        D. R. Cox, J. R. Stat. Soc. B 20 (1958), doi:10.1111/j.2517-6161.1958.tb00292.x.
    """
    z = real("logits", logits)
    t, cotangent = like("targets", targets, "logits", z), like("cotangent", cotangent, "logits", z)
    return each_element(_binary_slopes, z, t, cotangent)


def _binary_costs(z: Array, t: Array) -> Array:
    weights = np.where(z > 0, 1.0 - t, t)
    costs = np.abs(z)
    soft = np.log1p(np.exp(-costs))
    costs *= weights
    np.copyto(costs, 0.0, where=weights == 0)
    costs += soft
    return costs


def _binary_slopes(z: Array, t: Array, cotangent: Array) -> Array:
    """Return σ(z) - t, times the cotangent, by the tail r = σ(-|z|).

    Let P = σ(z)|1 - t| + |t|σ(-z). If exp is within one ulp, r ≤ P is off by 4u. For z ≥ 0, 1 - t
    is off by u|1 - t| ≤ 2u·P. Difference and cotangent add 2u·P.
    """
    tail = np.exp(-np.abs(z))
    tail /= 1.0 + tail
    slopes = np.subtract(~np.signbit(z), t)
    slopes -= np.copysign(tail, z)
    slopes *= cotangent
    return slopes


def _losses(logits: Array, targets: Array) -> Array:
    costs = _costs(logits)
    unit = 1.0
    if np.any(np.isinf(costs)):
        # A difference of logits may be beyond the range where its product with the target is not.
        unit = 4.0
        gaps = logits.max(axis=1, keepdims=True) / unit - logits / unit
        costs = np.where(np.isinf(costs), gaps, costs / unit)
    np.copyto(costs, 0.0, where=(targets == 0) & ~np.isnan(costs))
    return unit * sum_of_products(targets, costs)


def _costs(logits: Array) -> Array:
    """Return -log softmax of each row, by log1p of the terms other than the largest."""
    shifted, tail = two_difference(logits, logits.max(axis=1, keepdims=True))
    others = _exponentials(shifted, tail)
    others[np.arange(len(logits)), shifted.argmax(axis=1)] = 0.0
    return np.asarray((np.log1p(others.sum(axis=1, keepdims=True)) - tail) - shifted)


def _slopes(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Return Σt · softmax - t of each row, times its cotangent.

    Let P = s_j Σ_{i≠j} |t_i| + |t_j| Σ_{i≠j} s_i. A share is off by (n + 8) u, as `_softmax` says.
    At the largest logit, the sum of the other shares is off by (2n + 6) u. That of the targets is
    off by (n - 2) u, and products, difference and cotangent make the error (2n + 9) u·P, to first
    order. At every other logit, Σ_{i≠j} s_i is at least ½. So Σ|t| · s is at most P there, and |t|
    at most 2 P: the plain difference is off by (2n + 14) u·P.
    """
    slopes, ahead, rest = _softmax(logits)
    beside, first, share = targets.copy(), targets[ahead], slopes[ahead]
    beside[ahead] = 0.0
    others = _row_sums(beside)
    slopes *= (others + first)[:, None]
    slopes -= targets
    slopes[ahead] = share * others - first * rest
    slopes *= cotangent[:, None]
    return slopes


def _slopes_of_labels(logits: Array, labels: NDArray[np.int64], cotangent: Array) -> Array:
    """Return softmax - 1 at the label of each row, and softmax elsewhere, times its cotangent.

    The sum of the other shares is off by (2n + 6) u of itself, as in `_slopes`. If the label is not
    ahead, 1 - s is at least ½, and (n + 8) u·s is at most that of 1 - s. The rest is two roundings.
    """
    slopes, (rows, ahead), rest = _softmax(logits)
    slopes[rows, labels] = np.where(labels == ahead, -rest, slopes[rows, labels] - 1.0)
    slopes *= cotangent[:, None]
    return slopes


def _softmax(logits: Array) -> tuple[Array, tuple[NDArray[np.intp], NDArray[np.intp]], Array]:
    """Return softmax of each row, the place of its largest logit, and the sum of all others'.

    If exp is within one ulp, 2u, a term is off by 4u. The n - 1 terms beside the largest, which is
    1, add up with an error of (n + 2) u, and all n with (n + 3) u. The quotient of a term is off by
    (n + 8) u, and that of the sum of the others by (2n + 6) u, to first order.
    """
    ahead = np.arange(len(logits)), logits.argmax(axis=1)
    terms = _exponentials(*two_difference(logits, logits[ahead][:, None]))
    largest = terms[ahead]
    terms[ahead] = 0.0
    rest = _row_sums(terms)
    terms[ahead] = largest
    totals = rest + largest
    terms /= totals[:, None]
    return terms, ahead, rest / totals


def _row_sums(rows: Array) -> Array:
    short = rows.shape[1] < _SHORT
    return np.asarray(np.einsum("ij->i", rows) if short else np.add.reduce(rows, axis=1))


def _exponentials(shifted: Array, tail: Array) -> Array:
    """Return e^(shifted + tail); the next term of the series, tail²/2, is below u²·shifted²/2."""
    terms = np.exp(shifted)
    terms *= 1.0 + tail
    return terms


def _rows(name: str, values: ArrayLike) -> Array:
    array = real(name, values)
    if array.ndim != 2 or not array.shape[1]:  # noqa: PLR2004  rows and classes
        message = (
            f"{name} must be a matrix with one row a sample and at least one class; "
            f"got shape {array.shape}"
        )
        raise ValueError(message)
    return array


def _labels(labels: ArrayLike, rows: Array) -> NDArray[np.int64]:
    array = np.asarray(labels)
    if array.dtype.kind not in "iu" and array.size:
        message = f"labels must hold integers; got dtype {array.dtype}"
        raise TypeError(message)
    if array.shape != rows.shape[:1] or np.any((array < 0) | (array >= rows.shape[1])):
        message = (
            f"labels must be {rows.shape[0]} integers in [0, {rows.shape[1]}); got {array.tolist()}"
        )
        raise ValueError(message)
    return array.astype(np.int64)
