"""The page `losses`: the logits of the page `activations`, targets whose products cancel, errors
of neighbors, and squares at both ends of the range."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnspec.conformance.terms.operations import arguments_of
from tests.truth.drawn.activations import elements, logits
from tests.truth.drawn.digests import (
    INF,
    LEAST,
    MOST,
    Array,
    chosen,
    full,
    one,
    positive,
    rows_of,
    stepped,
    uniform,
    whole,
)
from tests.truth.drawn.information import LENGTHS, epsilon

Call = tuple[list[Any], dict[str, Any]]

_ROWS = 10


def calls(operation: str, turn: int) -> Iterator[Call]:
    """Yield the calls of a turn."""
    name, length = f"{operation} {turn}", LENGTHS[turn % len(LENGTHS)]
    made = (
        _squares(name, operation, length)
        if operation.startswith("sum")
        else [_binary(name)]
        if operation.startswith("sigmoid")
        else [_rows(name, length)]
    )
    for given in made:
        arguments = [given[argument]() for argument in arguments_of(operation)]
        yield arguments, epsilon(name, operation)


def _rows(name: str, length: int) -> dict[str, Callable[[], Any]]:
    return {
        "logits": lambda: logits(name, _ROWS, length),
        "targets": lambda: _targets(name, length),
        "labels": lambda: whole(f"{name} label", (_ROWS,), 0, length),
        "q": lambda: np.abs(logits(name, _ROWS, length)),
        "cotangent": lambda: np.where(
            np.arange(_ROWS) % 3 == 0,
            full(f"{name} any", (_ROWS,), LEAST, MOST - 40),
            full(f"{name} c", (_ROWS,), -8, 8),
        ),
    }


def _targets(name: str, length: int) -> Array:
    """Return targets: shares, one hot, of both signs, of any size, and such as take the loss back.

    The turn of the kinds is not that of the logits, so that each meets each.
    """
    shape, column = (_ROWS, length), (_ROWS, 1)
    soft = positive(f"{name} soft", shape, -12, 0)
    signed = full(f"{name} signed", shape, -8, 3)
    hot = np.where(np.arange(length) == whole(f"{name} hot", column, 0, length), 1.0, 0.0)
    closing = _taking_back(signed, logits(name, _ROWS, length), one(f"{name} place", 0, length))
    kinds = [
        soft,
        hot,
        signed,
        closing,
        np.where(whole(f"{name} some", shape, 0, 2) == 0, 0.0, soft),
        full(f"{name} any", shape, LEAST, 900),
        closing,
    ]
    return np.roll(rows_of(kinds), one(f"{name} roll", 0, _ROWS), axis=0)


def _taking_back(targets: Array, z: Array, place: int) -> Array:
    """Return targets of which one makes the loss of its row nearly 0, where it can be."""
    with np.errstate(all="ignore"):
        shifted = z - np.max(z, axis=1, keepdims=True)
        costs = np.log(np.sum(np.exp(shifted), axis=1, keepdims=True)) - shifted
        others = np.sum(np.delete(targets * costs, place, axis=1), axis=1)
        closing = -others / costs[:, place]
    found = targets.copy()
    found[:, place] = np.where(
        np.isfinite(closing) & (np.abs(closing) < 2.0**900), closing, found[:, place]
    )
    return found


def _binary(name: str) -> dict[str, Callable[[], Any]]:
    shape = (150,)
    kinds = [
        full(f"{name} signed", shape, -30, 4),
        chosen(f"{name} ends", shape, [0.0, 1.0]),
        stepped(name, np.ones(shape), 9),
        positive(f"{name} share", shape, -60, 0),
        full(f"{name} any", shape, LEAST, MOST),
    ]
    order = whole(f"{name} order", shape, 0, len(kinds))
    # The limits at infinite logits, for targets of 0 and 1 and any others.
    order[:6] = (1, 1, 1, 0, 0, 3)
    z = elements(name, 150)
    z[:6] = (INF, -INF, INF, -INF, INF, -INF)
    return {
        "logits": lambda: z,
        "targets": lambda: np.choose(order, kinds),
        "cotangent": lambda: full(f"{name} c", shape, LEAST, MOST - 40),
    }


def _squares(name: str, operation: str, length: int) -> Iterator[dict[str, Callable[[], Any]]]:
    shape = (length,) if operation == "sum_squared_error" else (10, length)
    near = full(f"{name} near", shape, -30, 30)
    half = uniform(f"{name} half", shape, 1.0, 1.25) * 2.0**511
    pairs = [
        (full(f"{name} y", shape, -9, 9), full(f"{name} t", shape, -9, 9)),
        (near, stepped(name, near, 40)),
        (full(f"{name} y any", shape, LEAST, 509), full(f"{name} t any", shape, LEAST, 509)),
        (full(f"{name} y low", shape, -560, -500), full(f"{name} t low", shape, -560, -500)),
        (full(f"{name} y top", shape, 500, 515), full(f"{name} t top", shape, 500, 515)),
        # The square of one error is out of range, and half of it is not.
        (half, -stepped(name, half, 1_000)),
        (full(f"{name} y all", shape, LEAST, MOST), full(f"{name} t all", shape, LEAST, MOST)),
    ]
    for number, (y, target) in enumerate(pairs):
        yield {
            "y": lambda y=y: y,
            "target": lambda target=target: target,
            "cotangent": lambda number=number: full(f"{name} {number} c", (), LEAST, MOST),
        }
