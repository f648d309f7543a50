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


def cross_entropy_clipped(p: Balls, q: Balls, *, axis: int, epsilon: float) -> Balls:
    costs = each(lambda b: clipped_cost(b, epsilon))(q)
    return _summed(each(lambda a, cost: arb(0) if a == 0 else a * cost)(p, costs), axis)


def cross_entropy_renormalized(p: Balls, q: Balls, *, axis: int, epsilon: float) -> Balls:
    totals = np.expand_dims(_summed(q, axis), axis)
    return cross_entropy_clipped(
        p, each(lambda b, total: b / total)(q, totals), axis=axis, epsilon=epsilon
    )


def clipped_cost(share: arb, epsilon: float) -> arb:
    """Return -log min(max(q, ε), 1 - ε). A ball around an end is kept, and holds the end too."""
    clipped = min(max(share, arb(epsilon)), 1 - arb(epsilon))
    return _INFINITE if clipped == 0 else -clipped.log()


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
