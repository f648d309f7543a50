"""The page `preprocessing`: features of any size, and components turned by reflections."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.truth.drawn.digests import Array, full, one, remainder, stepped, uniform

Call = tuple[list[Any], dict[str, Any]]

_LENGTHS = (*range(2, 18), 40, 127, 130, 257)


def calls(operation: str, turn: int) -> Iterator[Call]:
    """Yield the calls of a turn."""
    name = f"{operation} {turn}"
    if operation in ("pca", "whiten"):
        yield _components(name)
        return
    length = _LENGTHS[turn % len(_LENGTHS)]
    train = _features(name, length)
    data = np.concatenate([train[:3], _features(f"{name} data", 10), stepped(name, train[:5], 9)])
    if turn % 4 == 3:
        train, data = (each.reshape(len(each), -1, 2) for each in (train, data))
        yield [train, data], {"axes": (0, -1)}
    else:
        yield [train, data], {"axes": (0,)}


def _features(name: str, rows: int) -> Array:
    """Return features, the last of which are ordinary: a pair may share its statistics."""
    shape, base = (rows,), name.removesuffix(" data")
    center = one(f"{base} center", -1000, 1000)
    shift = float(full(f"{base} far", (), 20, 48))
    closed = full(f"{name} closed", (1, rows), -20, 3)
    closed[0, -1] = 0.0
    closed[0, -1] = remainder(closed)[0]
    constant = np.full(shape, float(full(f"{base} one", (), -20, 20)))
    return np.stack([
        full(f"{name} sized", shape, center, center + 2),
        full(f"{name} sized too", shape, center, center + 3),
        shift + full(f"{name} beside", shape, -8, 2),
        shift + full(f"{name} beside too", shape, -8, 2),
        constant,
        constant,
        stepped(name, constant, 3),
        stepped(f"{name} too", constant, 3),
        closed[0],
        full(f"{name} wide", shape, -60, 10),
    ], axis=1)  # fmt: skip


def _components(name: str) -> Call:
    """Return train = 1 μᵀ + P D Q of reflections P and Q, with deviations a quarter apart."""
    rows, features = one(f"{name} rows", 2, 9), one(f"{name} features", 1, 7)
    rank = min(rows - 1, features)
    ratios = uniform(f"{name} ratios", (rank,), 1.13, 3.0)
    deviations = np.ldexp(np.cumprod(ratios)[::-1], one(f"{name} scale", -300, 300))
    left = _reflected(f"{name} left", rows, np.ones(rows))[:, 1 : rank + 1]
    right = _reflected(f"{name} right", features, full(f"{name} v", (features,), -3, 3))[:, :rank]
    spread = (left * deviations) @ right.T
    mean = full(f"{name} mean", (features,), -3, 3) * float(deviations[0])
    mean = mean * 2.0 ** one(f"{name} offset", 0, 30)
    scale = float(deviations[0])
    data = mean + scale * full(f"{name} data", (12, features), -6, 2)
    return [spread + mean, data], {"components": one(f"{name} components", 1, rank + 1)}


def _reflected(name: str, length: int, first: Array) -> Array:
    """Return an orthogonal matrix whose first column is along `first`: a reflection, and another
    one of the columns after it."""
    q = _reflection(first)
    rest = np.eye(length)
    if length > 1:
        rest[1:, 1:] = _reflection(full(f"{name} rest", (length - 1,), -3, 3))
    return np.asarray(q @ rest)


def _reflection(first: Array) -> Array:
    """Return the reflection that takes the first axis to the direction of a vector."""
    v = first / float(np.sum(first * first)) ** 0.5
    v = v + np.where(np.arange(len(v)) == 0, np.copysign(1.0, v[0]), 0.0)
    return np.eye(len(v)) - 2.0 * np.outer(v, v) / float(np.sum(v * v))
