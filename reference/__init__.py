"""Every formula of the specification in NumPy, float64: `reference.softmax` is clause `softmax/...` made executable."""

from reference.activations import (
    identity,
    identity_vjp,
    leaky_relu,
    leaky_relu_vjp,
    log_softmax,
    log_softmax_vjp,
    relu,
    relu_vjp,
    sigmoid,
    sigmoid_vjp,
    softmax,
    softmax_vjp,
    step,
    tanh,
    tanh_vjp,
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
