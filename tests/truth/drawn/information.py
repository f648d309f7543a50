"""The page `information`: shares of any size, beside each other, at a factor of two, and sums
whose last term takes the others back."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnspec.conformance.terms.operations import arguments_of, parameters_of
from tests.truth.drawn.digests import (
    LEAST,
    MOST,
    Array,
    one,
    positive,
    rows_of,
    stepped,
    whole,
)

Call = tuple[list[Any], dict[str, Any]]

# Long rows take the oracle's time: short ones come more often.
_FEW = (*range(1, 14), 10, 17)
LENGTHS = (*_FEW, 40, *_FEW, 127, *_FEW, 128, 200, *_FEW, 1025)

# Newton's steps that bring the root of p log p to its last bits.
_ROOT_STEPS = 40


def calls(operation: str, turn: int) -> Iterator[Call]:
    """Yield the calls of a turn: rows of one length, along the last axis or the first."""
    name, length = f"{operation} {turn}", LENGTHS[turn % len(LENGTHS)]
    rows = 20 if length <= 200 else 10
    pairs = (_entropy if operation == "entropy" else _pairs)(name, rows, length)
    if operation.endswith("renormalized"):
        # Shares that sum to 0 cannot be divided by their sum.
        pairs[1][~pairs[1].any(axis=1)] = 1.0
    given = pairs[: len(arguments_of(operation))]
    settings = epsilon(name, operation)
    yield (
        (given, {"axis": -1, **settings})
        if turn % 2
        else ([np.ascontiguousarray(each.T) for each in given], {"axis": 0, **settings})
    )


def epsilon(name: str, operation: str) -> dict[str, float]:
    """Return where an operation clips shares, if it does: nowhere, anywhere, or to one half."""
    if "epsilon" not in parameters_of(operation):
        return {}
    drawn = float(positive(f"{name} epsilon", (), -60, -1))
    return {"epsilon": (0.0, drawn, 2.0**-52, 0.5)[one(f"{name} clips", 0, 4)]}


def _entropy(name: str, rows: int, length: int) -> list[Array]:
    p, _ = _pairs(name, rows, length)
    # p log p of numbers above 1 has the other sign: the last number takes the sum back to 0.
    mixed = positive(f"{name} mixed", (rows, length), -6, 3)
    with np.errstate(all="ignore"):
        wanted = -np.sum(mixed[:, :-1] * np.log(mixed[:, :-1]), axis=1)
        last = np.maximum(wanted, 1.0)
        for _ in range(_ROOT_STEPS):
            last = last - (last * np.log(last) - wanted) / (np.log(last) + 1.0)
    mixed[:, -1] = np.where(wanted > 0, last, mixed[:, -1])
    p[1::5] = mixed[1::5]
    return [p]


def _pairs(name: str, rows: int, length: int) -> list[Array]:
    """Return p and q, each row of another kind."""
    shape = (rows, length)
    p, q = (positive(f"{name} {each}", shape, -30, 0) for each in "pq")
    any_p, any_q = (positive(f"{name} any {each}", shape, LEAST, MOST) for each in "pq")
    beside = stepped(name, p, 9)
    near = p * (1.0 + positive(f"{name} near", shape, -50, -1))
    doubled = stepped(f"{name} two", p * np.ldexp(1.0, whole(f"{name} d", shape, -1, 2)), 2)
    dark = np.where(whole(f"{name} zero", shape, 0, 3) == 0, 0.0, p)
    both = np.where(dark == 0.0, 0.0, q)
    hot = np.where(np.arange(length) == whole(f"{name} hot", (rows, 1), 0, length), 1.0, 0.0)
    top = positive(f"{name} top", shape, MOST - 2, MOST)
    # Each term of the entropy is in the range, and their sum need not be.
    brink = positive(f"{name} brink", shape, MOST - 12, MOST - 10)
    low = positive(f"{name} low", shape, LEAST, -1015)
    kinds = [
        (p, q),
        (p, beside),
        (any_p, any_q),
        (p, _closing(name, p, q)),
        (p, doubled),
        (dark, q),
        (dark, both),
        (hot, q),
        (p, near),
        (top, stepped(f"{name} t", top, 9)),
        (low, q),
        (low, stepped(f"{name} l", low, 9)),
        (p, low),
        (p, dark),
        (any_p, any_q[:, ::-1]),
        (brink, low),
    ]
    return [rows_of([kind[side] for kind in kinds]) for side in (0, 1)]


def _closing(name: str, p: Array, q: Array) -> Array:
    """Return q with elements above 1, whose last one takes back the sum of p log q."""
    q = q * np.ldexp(1.0, 30 * whole(f"{name} above", q.shape, 0, 2))
    with np.errstate(all="ignore"):
        rest = np.sum(p[:, :-1] * np.log(q[:, :-1]), axis=1)
        last = np.exp(-rest / p[:, -1])
    q[:, -1] = np.where((last > 0) & np.isfinite(last), last, q[:, -1])
    return q
