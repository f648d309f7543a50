"""Mistakes with neighbors: a sample's logits are shifted by the maximum of the one before."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]


def _shifted(logits: Array) -> Array:
    """Return logits less the maxima of the samples before, the last one's for the first."""
    return logits - np.roll(logits.max(axis=-1, keepdims=True), 1, axis=0)


def _share(logits: Array) -> Array:
    """Return softmax by the maximum of the sample before."""
    e = np.exp(_shifted(logits))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def _logarithm(logits: Array) -> Array:
    """Return the logarithm of softmax by the maximum of the sample before."""
    d = _shifted(logits)
    return np.asarray(d - np.log(np.exp(d).sum(axis=-1, keepdims=True)))


def _one_hot(labels: Array, logits: Array) -> Array:
    return (np.arange(logits.shape[1]) == labels[:, None]).astype(logits.dtype)


@mistake("losses/neighbors", "softmax_cross_entropy/finiteness")
def costs_by_a_neighbors_maximum(logits: Array, targets: Array) -> Array:
    """Subtracts the maximum of the sample before, and e^z overflows or all of the sum is 0."""
    return -(targets * _logarithm(logits)).sum(axis=-1)


@mistake("losses/neighbors", "softmax_cross_entropy_vjp/finiteness")
def differentiates_by_a_neighbors_maximum(logits: Array, targets: Array, cotangent: Array) -> Array:
    """Subtracts the maximum of the sample before, and e^z overflows or all of the sum is 0."""
    total = targets.sum(axis=-1, keepdims=True)
    return cotangent[:, None] * (_share(logits) * total - targets)


@mistake("losses/neighbors", "sparse_softmax_cross_entropy/finiteness")
def finds_the_label_by_a_neighbors_maximum(logits: Array, labels: Array) -> Array:
    """Subtracts the maximum of the sample before, and e^z overflows or all of the sum is 0."""
    return -np.take_along_axis(_logarithm(logits), labels[:, None], axis=-1)[:, 0]


@mistake("losses/neighbors", "sparse_softmax_cross_entropy_vjp/finiteness")
def subtracts_the_label_by_a_neighbors_maximum(
    logits: Array, labels: Array, cotangent: Array
) -> Array:
    """Subtracts the maximum of the sample before, and e^z overflows or all of the sum is 0."""
    return cotangent[:, None] * (_share(logits) - _one_hot(labels, logits))
