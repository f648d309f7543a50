"""Losses and their gradients; only the loss that says so clips a probability."""

from nnspec.reference.losses.probabilities import (
    one_hot_cross_entropy,
    one_hot_cross_entropy_clipped,
)
from nnspec.reference.losses.sigmoid import (
    sigmoid_cross_entropy,
    sigmoid_cross_entropy_vjp,
)
from nnspec.reference.losses.softmax import (
    softmax_cross_entropy,
    softmax_cross_entropy_vjp,
    sparse_softmax_cross_entropy,
    sparse_softmax_cross_entropy_vjp,
)
from nnspec.reference.losses.squares import (
    sum_squared_error,
    sum_squared_error_vjp,
)

__all__ = [
    "one_hot_cross_entropy",
    "one_hot_cross_entropy_clipped",
    "sigmoid_cross_entropy",
    "sigmoid_cross_entropy_vjp",
    "softmax_cross_entropy",
    "softmax_cross_entropy_vjp",
    "sparse_softmax_cross_entropy",
    "sparse_softmax_cross_entropy_vjp",
    "sum_squared_error",
    "sum_squared_error_vjp",
]
