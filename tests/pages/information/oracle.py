"""The page `information` in ball arithmetic: sums as written, with the limits 0 log 0 = 0 and p
log 0 = -inf."""

from typing import Any

import numpy as np
from flint import arb

from tests.truth.balls import Balls, each

_INFINITE = arb("inf")


def entropy(p: Balls, *, axis: int) -> Balls:
    return _summed(each(lambda a: arb(0) if a == 0 else -a * a.log())(p), axis)


def cross_entropy(p: Balls, q: Balls, *, axis: int) -> Balls:
    return _summed(each(lambda a, b: _or_limit(a, b, lambda: -a * b.log()))(p, q), axis)


def kl_divergence(p: Balls, q: Balls, *, axis: int) -> Balls:
    return _summed(each(lambda a, b: _or_limit(a, b, lambda: a * (a / b).log()))(p, q), axis)


def _or_limit(a: arb, b: arb, term: Any) -> arb:
    if a == 0:
        return arb(0)
    return _INFINITE if b == 0 else term()


def _summed(terms: Balls, axis: int) -> Balls:
    rows = np.moveaxis(terms, axis, -1)
    found = np.empty(rows.shape[:-1], dtype=object)
    for place in np.ndindex(found.shape):
        # An infinite term is exact, and no ball is left around it.
        found[place] = (
            _INFINITE
            if any(term == _INFINITE for term in rows[place])
            else sum(rows[place], arb(0))
        )
    return found
