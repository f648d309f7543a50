"""Cross-entropies of probabilities and labels; only the loss that says so clips them."""

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array
from nnspec.reference.information import clipped_costs
from nnspec.reference.losses import samples

__all__ = ["one_hot_cross_entropy", "one_hot_cross_entropy_clipped"]


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
    chosen = _chosen(q, labels)
    with np.errstate(all="ignore"):
        return 0.0 - np.log(chosen)


def one_hot_cross_entropy_clipped(q: ArrayLike, labels: ArrayLike, *, epsilon: float) -> Array:
    """Cross-entropy of probabilities, clipped to [epsilon, 1 - epsilon], relative to a label.

    Formula
        -log min(max(q_j, ε), 1 - ε), j the row's label. The logarithm is clipped, to
        [log ε, log1p(-ε)], since 1 - ε would be rounded.
    Shapes
        q: (m, k); labels: (m,), integers in [0, k); answer: (m,). Sums run along axis -1.
    Units
        Nats.
    Accuracy
        `2*ulp(y)`; 0.57 ulp measured.
    Edge cases
        If ε is 0, q is clipped to [0, 1]: +inf where q_j = 0.
    Raises
        TypeError if q does not hold real numbers or labels does not hold integers. ValueError if a
        shape is wrong, a label is outside [0, k), q is negative or epsilon is outside [0, 1/2].
    Source
        sklearn.metrics.log_loss, with ε the machine epsilon; I. J. Good, J. R. Stat. Soc. B 14
        (1952), doi:10.1111/j.2517-6161.1952.tb00104.x.
    """
    chosen, ends = _chosen(q, labels), clipped_costs(epsilon)
    with np.errstate(all="ignore"):
        return np.clip(0.0 - np.log(chosen), *ends)


def _chosen(q: ArrayLike, labels: ArrayLike) -> Array:
    """Return the label's probability of each row."""
    q = samples.rows("q", q)
    chosen = q[np.arange(len(q)), samples.labels(labels, q)]
    if np.any(q < 0):
        message = f"q must not be negative; got {float(np.min(q))}"
        raise ValueError(message)
    return np.asarray(chosen)
