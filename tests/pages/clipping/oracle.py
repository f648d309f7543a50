"""The page `clipping` in ball arithmetic: a square root of a sum of squares, and a comparison that
is decided on the squares."""

import numpy as np
from flint import arb

from tests.truth.balls import Balls, balls, floats


def clip_by_value(gradients: list[Balls], *, limit: float) -> list[Balls]:
    """Return min(max(g, -limit), limit)."""
    return [balls(np.clip(floats(g), -limit, limit)) for g in gradients]


def clip_by_norm(gradients: list[Balls], *, max_norm: float) -> list[Balls]:
    """Return each array clipped alone."""
    return [_clipped([g], max_norm, 0.0)[0] for g in gradients]


def clip_by_global_norm(gradients: list[Balls], *, max_norm: float) -> list[Balls]:
    """Return all arrays times min(1, max_norm/norm)."""
    return _clipped(gradients, max_norm, 0.0)


def clip_by_global_norm_epsilon(
    gradients: list[Balls], *, max_norm: float, epsilon: float
) -> list[Balls]:
    """Return all arrays times min(1, max_norm/(norm + epsilon))."""
    return _clipped(gradients, max_norm, epsilon)


def _clipped(gradients: list[Balls], max_norm: float, epsilon: float) -> list[Balls]:
    elements = [value for g in gradients for value in g.ravel()]
    squares = sum((value * value for value in elements), arb(0))
    room = arb(max_norm) - arb(epsilon)
    # norm + epsilon ≤ max_norm, compared as squares: these are exact where the root is a ball.
    # Without room only a norm of 0 is in it.
    if (room >= 0 and squares <= room * room) or (not epsilon and squares == 0):
        return gradients
    factor = arb(max_norm) / (squares.sqrt() + arb(epsilon))
    return [np.asarray(g * factor, dtype=object) for g in gradients]
