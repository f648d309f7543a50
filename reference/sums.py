"""Sums of products, accurate even where terms cancel or leave the range; no loop over numbers."""

import numpy as np
from numpy.typing import NDArray

from nnspec.reference.arrays import Array

# NumPy sums short rows faster along the first axis, and longer ones along the last.
_SHORT = 128

# No power of two beyond this one scales a row: its reciprocal is a normal number.
_LEAST_EXPONENT = -1000

# Products that leave the range are scaled to this exponent, which leaves room for their sum.
_ROOM = 1000


def sum_of_products(a: Array, b: Array) -> Array:
    """Sum the products a·b of each row: each product is rounded, and their sum is rounded once.

    The answer s is off the exact Σ ab by at most u·Σ|ab| + n·eta for the products, and by
    (u + 4u²)·|s| + u²·max|ab| for the sum. It is infinite only if Σ ab is beyond the range, even
    where products and partial sums are. If a factor is not finite, the products without such
    factors do not count. A sum without terms, or of terms that cancel, is +0.
    """
    with np.errstate(all="ignore"):
        sums = _sums(a * b)
        lost = ~np.isfinite(sums)
        if np.any(lost):
            sums[lost] = _scaled_sums(a[lost], b[lost])
    return sums


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

    Let 2^m > n, and scale the row to at most 1. With σ = 2^m, q = (σ + x) - σ is a multiple of u·σ.
    The rest x - q is exact and at most u·σ. The q sum without any rounding, in any order
    (S. Rump, T. Ogita, S. Oishi, SIAM J. Sci. Comput. 31 (2008), doi:10.1137/050645671, lemma 3.3).
    The rests are split in the same way, with σ = 2^m times their bound. After k splits they are at
    most 2^(k(m - 53)), so that their sum errs by n²·u·2^(k(m - 53)) at most. That is below 2^-108
    for k = ⌈(59 + 2m)/(53 - m)⌉, which is 2 for n < 2,048 and 3 for n < 2^20. Two-sums add the k
    sums. A pairwise two-sum takes twice the time for rows of 1,000.
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
        total, error = _two_sum(total, np.add.reduce(q, axis=along))
        rest += error
        sigma *= 2.0 ** (m - 53)
    rest += np.add.reduce(x, axis=along)
    return np.asarray(np.ldexp(total + rest, exponents.reshape(-1)))


def _exponents(x: Array, along: int) -> NDArray[np.int32]:
    """Return the least e for each row with |x| < 2^e; a row that is not finite has any."""
    largest = x.max(axis=along, keepdims=True, initial=0.0)
    smallest = x.min(axis=along, keepdims=True, initial=0.0)
    return np.asarray(np.frexp(np.maximum(largest, -smallest))[1])


def _two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a + b as it rounds, and what rounding lost (D. Knuth 1969)."""
    total = a + b
    virtual = total - a
    return total, (a - (total - virtual)) + (b - virtual)
