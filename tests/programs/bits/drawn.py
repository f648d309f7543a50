"""Numbers for many calls, drawn by a key: some at the edges where formulas branch, some equal."""

import math
from collections.abc import Sequence

import numpy as np

from nnspec.conformance.terms.draws import uniform
from nnspec.conformance.terms.nested import Array
from tests.truth.balls import Balls, balls

# Of all numbers, an eighth is an edge, and an eighth is equal to another one of its call. A fourth
# has three binary places, so that sums of them are exact.
_EDGE, _TIE, _SHORT = -0.75, -0.5, 0.0
_EIGHTHS = 8


def numbers(
    key: str,
    shape: Sequence[int],
    low: float = -4.0,
    high: float = 4.0,
    edges: Sequence[float | Array] = (0.0,),
) -> Array:
    """Return numbers between two limits; the last axis counts the calls.

    An edge is a number, or has one for each call.
    """
    found = low + (high - low) * (uniform(key, shape) + 1) / 2
    chosen, which = uniform(f"{key}, edges", shape), uniform(f"{key}, which", shape)
    short = np.clip(np.round(found * _EIGHTHS) / _EIGHTHS, low, high)
    found = np.where((chosen >= _TIE) & (chosen < _SHORT), short, found)
    place = np.floor((which + 1) / 2 * len(edges)).astype(int)
    for number, edge in enumerate(edges):
        found = np.where((chosen < _EDGE) & (place == number), edge, found)
    if math.prod(shape[:-1]) > 1:
        flat = found.reshape(-1, shape[-1])
        tied = np.where(
            (chosen < _TIE) & (chosen >= _EDGE), np.roll(flat, 1, 0).reshape(shape), found
        )
        found = tied
    return np.asarray(found)


def powers(key: str, count: int, low: int, high: int) -> Array:
    """Return powers of two and numbers between them, one for each call."""
    exponents = low + (high - low) * (uniform(key, (count,)) + 1) / 2
    whole = uniform(f"{key}, whole", (count,)) < 0
    return np.exp2(np.where(whole, np.round(exponents), exponents))


def whole(key: str, shape: Sequence[int], low: int, high: int) -> Array:
    """Return whole numbers from low to high."""
    return np.floor(low + (high + 1 - low) * (uniform(key, shape) + 1) / 2)


def exact(array: Array) -> Balls:
    """Return numbers as balls."""
    return balls(array)
