"""Matrix units of float32 that are simulated: formats of factors and sums, six orders, flushing.

A seed chooses what the names leave open: the ties of a rounding, the sizes of blocks and lanes,
whether products are rounded before they are added up, and the order of the parts of factors.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product as combined

import numpy as np

FACTORS = ("float32", "tf32", "bfloat16", "bfloat16x2", "bfloat16x3")
SUMS = ("float64", "float32", "float16")
ORDERS = ("sequential", "reversed", "pairwise", "blocked", "strided", "fused")

BITS = {"tf32": 11, "bfloat16": 8}


@dataclass(frozen=True)
class Unit:
    factors: str
    sums: str
    order: str
    flushes: bool
    seed: int


def units(
    seeds: range, factors: tuple[str, ...] = FACTORS, orders: tuple[str, ...] = ORDERS
) -> Iterator[Unit]:
    for each in combined(factors, SUMS, orders, (False, True), seeds):
        yield Unit(*each)


def simulated(unit: Unit) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return the matrix product of a unit: it takes and answers numbers of float32."""
    rng = np.random.default_rng([unit.seed, *map(ord, unit.factors + unit.sums + unit.order)])
    away, fused, width = bool(rng.integers(2)), bool(rng.integers(2)), int(rng.choice([4, 8, 16]))
    passes = ("terms", "parts", "apart")[rng.integers(3)]
    backwards = bool(rng.integers(2))
    small = np.finfo(unit.sums).tiny if unit.flushes else 0.0

    def flushed(values: np.ndarray, least: float = 0.0) -> np.ndarray:
        return np.where(np.abs(values) < max(small, least), 0, values).astype(values.dtype)

    def rounded(values: np.ndarray) -> np.ndarray:
        return flushed(values.astype(unit.sums)).astype(np.float64)

    def term(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        exact = left.T[:, :, None] * right[:, None, :]
        return exact if fused or unit.order == "fused" else rounded(exact)

    def multiplied(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
        least = float(np.finfo(np.float32).tiny) if unit.flushes else 0.0
        left, right = (parts(flushed(each, least), unit.factors, away=away) for each in (x, weight))
        pairs = [(i, j) for i in range(len(left)) for j in range(len(left) - i)]
        groups = [term(left[i], right[j]) for i, j in pairs[:: -1 if backwards else 1]]
        if passes == "apart":
            total = added([summed(each, unit.order, width, rounded) for each in groups], rounded)
        else:
            axis = 1 if passes == "terms" else 0
            total = summed(
                np.stack(groups, axis=axis).reshape(-1, *groups[0].shape[1:]),
                *(unit.order, width, rounded),
            )
        return flushed(total.astype(np.float32), least).astype(np.float64)

    return multiplied


def parts(values: np.ndarray, factors: str, *, away: bool) -> list[np.ndarray]:
    """Return what a unit multiplies: the number itself, the number rounded, or its parts."""
    if factors == "float32":
        return [values]
    if factors in BITS:
        return [kept(values, BITS[factors], away=away)]
    found, rest = [], values
    for _ in range(int(factors[-1])):
        found.append(kept(rest, 8, away=away))
        rest = rest - found[-1]
    return found


def kept(values: np.ndarray, bits: int, *, away: bool) -> np.ndarray:
    """Round to so many bits, to nearest, and ties to even or away from 0."""
    significand, exponent = np.frexp(values)
    scaled = significand * 2.0**bits
    whole = np.sign(scaled) * np.floor(np.abs(scaled) + 0.5) if away else np.rint(scaled)
    return np.ldexp(whole, exponent - bits)


def summed(terms: np.ndarray, order: str, width: int, rounded: Callable) -> np.ndarray:
    """Add up along the first axis; every sum is rounded."""
    if order in ("sequential", "fused"):
        return added(list(terms), rounded)
    if order == "reversed":
        return added(list(terms[::-1]), rounded)
    if order == "blocked":
        blocks = [terms[first : first + width] for first in range(0, len(terms), width)]
        return added([added(list(block), rounded) for block in blocks], rounded)
    if order == "strided":
        lanes = np.stack([added(list(terms[lane::width]), rounded) for lane in range(width)])
        return summed(lanes, "pairwise", width, rounded)
    while len(terms) > 1:
        odd = terms[len(terms) // 2 * 2 :]
        terms = np.concatenate([rounded(terms[:-1:2] + terms[1::2]), odd])
    return terms[0]


def added(terms: list[np.ndarray], rounded: Callable) -> np.ndarray:
    total = rounded(terms[0])
    for each in terms[1:]:
        total = rounded(total + each)
    return total
