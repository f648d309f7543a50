"""Sums of products, accurate even where terms cancel or leave the range; no loop over numbers."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nnspec.reference.arrays import Array, largest, least

# NumPy sums rows shorter than these faster along the first axis, or by einsum.
_SHORT = 128

# No power of two beyond these scales a row: it and its reciprocal are normal numbers.
_LEAST_EXPONENT = -1000
_MOST_EXPONENT = 1000

# Products that leave the range are scaled to this exponent, which leaves room for their sum.
_ROOM = 1000

_U = 2.0**-53

# Longer rows than these have no sum that one split is enough for.
_LONG = 2**16

# One split is enough where what it leaves open is below this share of the sum's own rounding.
_SHARE = 2.0**-20


def sum_of_products(a: Array, b: Array, terms: Array | None = None) -> Array:
    """Sum the products a·b of each row: each product is rounded, and their sum is rounded once.

    `terms` are added, which are no products. The answer s is off the exact Σ ab by at most
    u·Σ|ab| + n·eta for the products, and by (1 + 2^-20)·u·|s| + u²·max|ab| for the sum. It is
    infinite only if Σ ab is beyond the range, even where products and partial sums are. If a factor
    is not finite, the products without such factors do not count. A sum without terms, or of terms
    that cancel, is +0.

    Callers let NumPy ignore floating-point errors. Most rows are summed by one split, with one
    power of two for all rows, and `_split` proves the bound. A sum may be halfway between two
    numbers, to 2^-20 of their distance. Its last bit may depend on the other rows, and on the order
    in which BLAS adds. The other rows are summed by `_sums`, and those that leave the range by
    `_scaled_sums`.
    """
    products = a * b if terms is None else np.concatenate([a * b, terms], axis=1)
    sums, enough = _split(products)
    sizes = np.abs(sums)
    # A comparison with NaN is false.
    if not least(sizes) >= enough:
        rest = ~(sizes >= enough)
        sums[rest] = _sums(products[rest])
        lost = ~np.isfinite(sums)
        if np.any(lost):
            if terms is not None:
                a, b = np.hstack([a, terms]), np.hstack([b, np.ones_like(terms)])
            sums[lost] = _scaled_sums(a[lost], b[lost])
    return sums


def sum_of_costs(weights: Array, costs: Array) -> Array:
    """Sum the products of each row, where an infinite cost of weight 0 is 0, which it is set to."""
    if np.count_nonzero(weights) < weights.size:
        np.copyto(costs, 0.0, where=(weights == 0) & ~np.isnan(costs))
    return sum_of_products(weights, costs)


def row_sums(x: Array) -> Array:
    """Return NumPy's sum of each row, in the order that is fastest for rows of this length."""
    if x.shape[1] < _SHORT:
        return np.asarray(np.einsum("ij->i", x))
    return np.asarray(np.add.reduce(x, axis=1))


def _sums_in_any_order(x: Array) -> Array:
    """Return the sum of each row of finite numbers, in the order that is fastest."""
    sums: Array = x.dot(_ones(x.shape[1])) if x.shape[1] < _SHORT else np.add.reduce(x, axis=1)
    return sums


@lru_cache(maxsize=_SHORT)
def _ones(count: int) -> Array:
    return np.ones(count)


def _split(x: Array) -> tuple[Array, float]:
    """Sum each row by one split; the bound of `sum_of_products` holds for |s| ≥ the second answer.

    Let 2^m > n and σ = 2^m·2^e with |x| < 2^e. Then q = (σ + x) - σ is a multiple of u·σ, and the
    rest x - q is exact and at most u·σ. The q sum without any rounding, in any order
    (S. Rump, T. Ogita, S. Oishi, SIAM J. Sci. Comput. 31 (2008), doi:10.1137/050645671, lemma 3.3).
    The n rests sum with an error of n·u·n·u·σ at most. Where that is at most 2^-20·u·|s|, the
    answer s = fl(Σq + Σ(x - q)) is off by (1 + 2^-20)·u·|s| at most.
    """
    count = x.shape[1]
    if count > _LONG:
        return np.full(len(x), np.nan), math.inf
    bound = max(largest(x), -least(x))
    exponent = math.frexp(bound)[1] + count.bit_length()
    if not bound < math.inf or exponent > _MOST_EXPONENT:
        return np.full(len(x), np.nan), math.inf
    sigma = math.ldexp(1.0, exponent)
    q = x + sigma
    q -= sigma
    sums = _sums_in_any_order(q)
    np.subtract(x, q, out=q)
    sums += _sums_in_any_order(q)
    # A row of zeros is not among them.
    return sums, max(count * count * _U * sigma / _SHARE, 2.0**-1074)


def _scaled_sums(a: Array, b: Array) -> Array:
    """Sum the products of rows whose products or sums leave the range."""
    finite = np.isfinite(a) & np.isfinite(b)
    exponents = np.where(finite, np.frexp(a)[1] + np.frexp(b)[1], 0).max(axis=1) - _ROOM
    exponents = np.maximum(exponents, 0)
    # Where a/2^e becomes subnormal, it loses less than 2^-1074·|b| < 2^-50, beside 2^998 or more.
    products = np.where(finite, np.ldexp(a, -exponents[:, None]) * b, 0.0)
    infinite = np.where(finite, 0.0, a * b).sum(axis=1)
    return np.asarray(np.where(finite.all(axis=1), np.ldexp(_sums(products), exponents), infinite))


def _sums(rows: Array) -> Array:
    """Sum each row; the answer s is off the exact sum by at most (u + 4u²)·|s| + u²·max|row|.

    The rows are scaled to at most 1, each by its own power of two, and split as in `_split`. The
    rests are split in the same way, with σ = 2^m times their bound. After k splits they are at
    most 2^(k(m - 53)), so that their sum errs by n²·u·2^(k(m - 53)) at most. That is below 2^-108
    for k = ⌈(59 + 2m)/(53 - m)⌉, which is 2 for n < 2,048 and 3 for n < 2^20. Two-sums add the k
    sums.
    """
    count = rows.shape[1]
    along = 1 if len(rows) == 1 or count >= _SHORT else 0
    x = rows if along else np.ascontiguousarray(rows.T)
    exponents = np.maximum(_exponents(x, along), _LEAST_EXPONENT)
    x = x * np.ldexp(1.0, -exponents)
    m = count.bit_length()
    sigma, total, rest = 2.0**m, np.zeros(len(rows)), np.zeros(len(rows))
    for _ in range(-(-(59 + 2 * m) // (53 - m))):
        q = (sigma + x) - sigma
        x -= q
        total, error = two_sum(total, np.add.reduce(q, axis=along))
        rest += error
        sigma *= 2.0 ** (m - 53)
    rest += np.add.reduce(x, axis=along)
    return np.asarray(np.ldexp(total + rest, exponents.reshape(-1)))


def _exponents(x: Array, along: int) -> NDArray[np.int32]:
    """Return the least e for each row with |x| < 2^e; a row that is not finite has any."""
    highest = x.max(axis=along, keepdims=True, initial=0.0)
    lowest = x.min(axis=along, keepdims=True, initial=0.0)
    return np.asarray(np.frexp(np.maximum(highest, -lowest))[1])


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a + b as it rounds, and what rounding lost (D. Knuth 1969)."""
    total = a + b
    virtual = total - a
    return total, (a - (total - virtual)) + (b - virtual)
