"""Distributions beside others whose sums are of another size."""

from collections.abc import Iterator

from nnspec.conformance.pages.information.inputs.sets import filled
from nnspec.conformance.pages.layouts import named, scattered
from nnspec.conformance.pages.neighbors import of_vectors, powers
from nnspec.conformance.terms.cases import Case

# A sum is 2⁸ times its neighbor's, and no number is subnormal in float16.
_POWER = 4


@named
def neighbors(operation: str, dtype: str) -> Iterator[Case]:
    """Along every axis of two to five dimensions, vectors beside others whose sums are far away.

    They differ one by one, in blocks of eight, and the first or the last one from all others. Where
    a sum of p is large, that of q is small, so that no logarithm of a quotient cancels.
    """
    for name, level, axis in of_vectors():
        p = scattered(f"neighbors {name} p", level.shape, 0.5, 1.0) * powers(level, _POWER)
        q = scattered(f"neighbors {name} q", level.shape, 0.5, 1.0) * powers(1 - level, _POWER)
        yield filled(operation, name, p, q, dtype, axis=axis)
