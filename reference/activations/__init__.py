"""Activations and their derivatives. Ball arithmetic measures each `Accuracy` bound."""

from nnspec.reference.activations.rectifiers import (
    identity,
    identity_vjp,
    leaky_relu,
    leaky_relu_vjp,
    relu,
    relu_vjp,
    step,
)
from nnspec.reference.activations.sigmoids import sigmoid, sigmoid_vjp, tanh, tanh_vjp
from nnspec.reference.activations.softmax import (
    log_softmax,
    log_softmax_vjp,
    softmax,
    softmax_vjp,
)

__all__ = [
    "identity",
    "identity_vjp",
    "leaky_relu",
    "leaky_relu_vjp",
    "log_softmax",
    "log_softmax_vjp",
    "relu",
    "relu_vjp",
    "sigmoid",
    "sigmoid_vjp",
    "softmax",
    "softmax_vjp",
    "step",
    "tanh",
    "tanh_vjp",
]
