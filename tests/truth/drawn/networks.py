"""The page `networks`: sums that a bias takes back to their last rounding, and chains of drawn
activations, widths and gains."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.truth.drawn.digests import (
    Array,
    full,
    one,
    positive,
    product_remainder,
    stepped,
)

Call = tuple[list[Any], dict[str, Any]]

_SPREADS = (1, 8, 60, 300)
_NAMES = ("identity", "leaky_relu", "log_softmax", "relu", "sigmoid", "softmax", "tanh", "step")


def calls(operation: str, turn: int) -> Iterator[Call]:
    """Yield the calls of a turn."""
    name = f"{operation} {turn}"
    if operation == "perceptron_step":
        yield _sample(name)
    elif operation.startswith("linear"):
        yield _layer(name, turn, with_cotangent=operation.endswith("vjp"))
    else:
        yield _network(name, turn, with_cotangent=operation.endswith("vjp"))


def _layer(name: str, turn: int, *, with_cotangent: bool) -> Call:
    spread = _SPREADS[turn % len(_SPREADS)]
    m, n, k = (one(f"{name} {each}", 1, 12) for each in "mnk")
    x = full(f"{name} x", (m, n), -spread, spread)
    weight = full(f"{name} w", (n, k), -spread, spread)
    bias = full(f"{name} b", (k,), -spread, spread)
    sample = one(f"{name} sample", 0, m)
    closing = product_remainder(np.broadcast_to(x[sample], (k, n)), weight.T)
    bias = np.where(turn % 2, stepped(name, closing, 1), bias)
    cotangent = full(f"{name} c", (m, k), -spread, spread)
    if m > 1:
        # The gradient with respect to the weights of one input is nearly 0.
        cotangent[-1] = product_remainder(
            np.broadcast_to(x[:-1, 0], (k, m - 1)), cotangent[:-1].T
        ) / float(x[-1, 0])
    return [x, weight, bias, *([cotangent] if with_cotangent else [])], {}


def _network(name: str, turn: int, *, with_cotangent: bool) -> Call:
    depth = 1 + turn % 4
    widths = [one(f"{name} width {each}", 1, 7) for each in range(depth + 1)]
    known = _NAMES[:-1] if with_cotangent else _NAMES
    activations = [known[one(f"{name} σ {each}", 0, len(known))] for each in range(depth)]
    samples = one(f"{name} samples", 1, 5)
    weights: list[Array] = []
    biases: list[Array] = []
    for layer in range(depth):
        gain = one(f"{name} gain {layer}", -6, 5)
        weights.append(
            full(f"{name} w {layer}", (widths[layer], widths[layer + 1]), gain - 2, gain)
        )
        biases.append(full(f"{name} b {layer}", (widths[layer + 1],), -9, 2))
    x = full(f"{name} x", (samples, widths[0]), -6, 3)
    if turn % 3 == 0:
        biases[0] = product_remainder(np.broadcast_to(x[0], weights[0].T.shape), weights[0].T)
        biases[0] = stepped(name, biases[0], 2)
    cotangent = full(f"{name} c", (samples, widths[-1]), -20, 20)
    arguments = [x, weights, biases, *([cotangent] if with_cotangent else [])]
    return arguments, {"activations": activations}


def _sample(name: str) -> Call:
    n, h, k = (one(f"{name} {each}", 1, 7) for each in "nhk")
    gain = one(f"{name} gain", -3, 5)
    arguments = [
        full(f"{name} x", (n,), -8, 2),
        positive(f"{name} t", (k,), -20, 0),
        full(f"{name} i", (n, h), gain - 3, gain),
        full(f"{name} o", (h, k), gain - 3, gain),
    ]
    return arguments, {"learning_rate": float(full(f"{name} rate", (), -10, 4))}
