"""Mistakes with neighbors: a vector is shifted by the maximum of the one beside it."""

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.activations.mistakes.parts import share
from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[np.floating]


def shifted_beside(x: Array, axis: int) -> Array:
    """Return x less the maxima of the vectors before, the last one's for the first."""
    largest = x.max(axis=axis, keepdims=True)
    return x - np.roll(largest, 1).reshape(largest.shape)


@mistake("activations/neighbors", "softmax/finiteness")
def subtracts_a_neighbors_maximum(x: Array, *, axis: int) -> Array:
    """Subtracts the maximum of the vector before, and e^x overflows or all of the sum is 0."""
    return share(np.exp(shifted_beside(x, axis)), axis)


@mistake("activations/neighbors", "softmax_vjp/accuracy")
def differentiates_by_a_neighbors_maximum(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Subtracts the maximum of the vector before, and e^x overflows or all of the sum is 0."""
    s = share(np.exp(shifted_beside(x, axis)), axis)
    return s * (cotangent - (s * cotangent).sum(axis=axis, keepdims=True))


@mistake("activations/neighbors", "log_softmax/row-independence")
def takes_the_logarithm_by_a_neighbors_maximum(x: Array, *, axis: int) -> Array:
    """Subtracts the maximum of the vector before, and e^x overflows or all of the sum is 0."""
    d = shifted_beside(x, axis)
    return d - np.log(np.exp(d).sum(axis=axis, keepdims=True))


@mistake("activations/neighbors", "log_softmax_vjp/accuracy")
def normalizes_by_a_neighbors_maximum(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Subtracts the maximum of the vector before, and e^x overflows or all of the sum is 0."""
    s = share(np.exp(shifted_beside(x, axis)), axis)
    return cotangent - s * cotangent.sum(axis=axis, keepdims=True)
