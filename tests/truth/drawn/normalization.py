"""The page `normalization`: channels of any size and any distance from 0, of two values, of one
value but for its last bits, and such as sum to 0 exactly."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.truth.drawn.digests import (
    Array,
    full,
    one,
    positive,
    remainder,
    stepped,
    uniform,
    whole,
)

Call = tuple[list[Any], dict[str, Any]]

_LENGTHS = (*range(2, 20), 31, 64, 127, 130, 257)
_CHANNELS = 7


def calls(operation: str, turn: int) -> Iterator[Call]:
    """Yield the calls of a turn: seven channels, each of another kind."""
    name, length = f"{operation} {turn}", _LENGTHS[turn % len(_LENGTHS)]
    rows = _channels(name, length)
    x = rows.T.copy()
    if length % 2 == 0 and turn % 3 == 0:
        x = np.ascontiguousarray(rows.reshape(_CHANNELS, 2, length // 2, 1).swapaxes(0, 1))
    vector = (_CHANNELS,)
    scale, shift, mean = (full(f"{name} {each}", vector, -9, 9) for each in ("γ", "β", "μ"))
    variance = positive(f"{name} v", vector, -20, 20)
    epsilon = float(positive(f"{name} epsilon", (), -30, 2))
    if operation == "batch_norm_train_vjp":
        yield [x, scale, _cotangent(name, x, turn)], {"epsilon": epsilon}
    elif operation == "batch_norm_eval":
        # A sample beside the mean: the difference is a few last bits.
        first = x.reshape(x.shape[0], _CHANNELS, -1)[0, :, 0]
        mean = np.where(turn % 2, stepped(name, first, 9), mean)
        yield [x, scale, shift, mean, variance], {"epsilon": epsilon}
    else:
        near = float(positive(f"{name} near", (), -50, -2))
        momentum = (0.0, 0.1, 1.0, near, 1.0 - near)[one(f"{name} momentum", 0, 5)]
        yield (
            [x, scale, shift if turn % 2 else 0.0 * shift, mean, variance],
            {"momentum": momentum, "epsilon": epsilon},
        )


def _channels(name: str, length: int) -> Array:
    shape = (length,)
    center = one(f"{name} center", -150, 150)
    closed = full(f"{name} closed", (1, length), -20, 3)
    closed[0, -1] = 0.0
    closed[0, -1] = remainder(closed)[0]
    pair = full(f"{name} pair", (2,), -4, 8)
    alike = stepped(name, np.full(shape, float(full(f"{name} one", (), -20, 20))), 1)
    far = float(full(f"{name} far", (), 20, 45))
    return np.stack([
        full(f"{name} ordinary", shape, -9, 3),
        full(f"{name} sized", shape, center, center + 3),
        closed[0],
        pair[whole(f"{name} of two", shape, 0, 2)],
        alike,
        far + full(f"{name} beside", shape, -8, 2),
        full(f"{name} wide", shape, -60, 10),
    ])  # fmt: skip


def _cotangent(name: str, x: Array, turn: int) -> Array:
    """Return a cotangent: ordinary, constant but for its last bits, or the batch itself."""
    ordinary = full(f"{name} g", x.shape, -20, 5)
    constant = stepped(f"{name} g", np.full(x.shape, float(uniform(name, (), 1.0, 2.0))), 2)
    return (ordinary, constant, x, x * x.shape[0] + ordinary)[turn % 4]
