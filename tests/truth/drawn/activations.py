"""The page `activations`: every exponent, halfway between the multiples of log 2 by which kernels
reduce their arguments, and rows whose cotangents cancel exactly."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from nnspec.conformance.terms.operations import arguments_of, parameters_of
from tests.truth.drawn.digests import (
    ETA,
    HUGE,
    INF,
    LEAST,
    MOST,
    NAN,
    TINY,
    Array,
    chosen,
    full,
    one,
    positive,
    remainder,
    rows_of,
    stepped,
    uniform,
    whole,
)

Call = tuple[list[Any], dict[str, Any]]

_LENGTHS = (*range(1, 20), 31, 64, 127, 128, 129, 255)
_EDGES = (0.0, -0.0, ETA, -ETA, TINY, -TINY, HUGE, -HUGE, 1.0, -1.0)

# Where the exponential of a gap is lost beside 1, leaves the normal range, or is lost altogether.
_GAPS = tuple(bits * math.log(2) for bits in (52, 53, 54, 1021, 1022, 1074, 1075))

# Twice the sum of 256 cotangents is in range.
_SUMMED = MOST - 10


def calls(operation: str, turn: int) -> Iterator[Call]:
    """Yield the calls of a turn."""
    name, count = f"{operation} {turn}", len(arguments_of(operation))
    if "axis" in parameters_of(operation):
        length = _LENGTHS[turn % len(_LENGTHS)]
        given = [logits(name, 10, length, masked=True), _cotangents(name, 10, length)][:count]
        yield (
            (given, {"axis": 1})
            if turn % 2
            else ([np.ascontiguousarray(each.T) for each in given], {"axis": 0})
        )
        return
    x = elements(name, 150)
    # Limits, in the first places.
    x[:3] = (INF, -INF, NAN)
    given = [x, full(f"{name} c", (150,), LEAST, MOST)][:count]
    slopes = [float(full(f"{name} slope", (), -4, 4)), float(full(f"{name} s", (), LEAST, 60))]
    if "negative_slope" in parameters_of(operation):
        yield given, {"negative_slope": slopes[turn % 2]}
    else:
        yield given, {}


def elements(name: str, count: int) -> Array:
    """Return numbers of every size, among them arguments that are hard to reduce."""
    shape = (count,)
    halves = (whole(f"{name} halves", shape, -1080, 1080) + 0.5) * math.log(2)
    kinds = [
        full(f"{name} any", shape, LEAST, MOST),
        full(f"{name} ordinary", shape, -40, 11),
        full(f"{name} near", shape, -4, 4),
        uniform(f"{name} falling", shape, -750.0, 0.0),
        stepped(name, halves, 3),
        stepped(name, halves / 2, 3),
        chosen(f"{name} edges", shape, _EDGES),
    ]
    return rows_of(kinds)


def logits(name: str, rows: int, length: int, *, masked: bool = False) -> Array:
    """Return rows of logits: of any size, ordinary, tied, neighbors, one ahead, shifted, huge."""
    shape, column = (rows, length), (rows, 1)
    base = full(f"{name} base", column, -20, 60)
    ahead = np.arange(length) == whole(f"{name} ahead", column, 0, length)
    gaps = stepped(f"{name} gap", chosen(f"{name} gaps", shape, _GAPS), 4)
    same = stepped(f"{name} same", chosen(f"{name} one gap", column, _GAPS), 4) + 0.0 * gaps
    pair = full(f"{name} pair", (rows, 2), -3, 10)
    ordinary = full(f"{name} ordinary", shape, -30, 10)
    kinds = [
        full(f"{name} any", shape, LEAST, MOST),
        ordinary,
        np.take_along_axis(pair, whole(f"{name} tied", shape, 0, 2), axis=1),
        stepped(name, base + 0.0 * ordinary, 5),
        np.where(ahead, full(f"{name} winner", shape, LEAST, -40), -gaps),
        np.where(ahead, 0.0, -same),
        full(f"{name} shift", column, 40, 60) + ordinary,
        np.where(ahead, positive(f"{name} first", shape, -1, 3), full(f"{name} r", shape, 3, 9)),
        full(f"{name} huge", shape, MOST - 2, MOST),
        -positive(f"{name} down", shape, 5, 9) + uniform(f"{name} less", shape, 0, 1),
    ]
    found = rows_of(kinds)
    if masked:
        found[-1, whole(f"{name} mask", (length,), 0, 2) == 1] = -INF
        found[-1, one(f"{name} left", 0, length)] = 1.5
        found[-2, one(f"{name} no", 0, length)] = chosen(f"{name} limit", (), [INF, NAN, -3.0])
    return found


def _cotangents(name: str, rows: int, length: int) -> Array:
    """Return rows of cotangents, of which every second one sums to 0 but for its last rounding."""
    shape = (rows, length)
    ordinary = full(f"{name} c", shape, -30, 3)
    closed = ordinary.copy()
    place = one(f"{name} closing", 0, length)
    closed[:, place] = 0.0
    closed[:, place] = remainder(closed)
    constant = stepped(f"{name} alike", full(f"{name} one", (rows, 1), -9, 9) + 0 * ordinary, 2)
    kinds = [
        ordinary,
        closed,
        full(f"{name} any", shape, LEAST, _SUMMED),
        constant,
        full(f"{name} small", shape, LEAST, -1000),
        closed,
        full(f"{name} large", shape, _SUMMED - 3, _SUMMED),
    ]
    return rows_of(kinds)
