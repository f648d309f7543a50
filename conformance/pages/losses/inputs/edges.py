"""Edges of range: cotangents of 0, the largest logits, the smallest targets, targets below 0."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.conformance.pages.layouts import dyadic, held, named
from nnspec.conformance.pages.losses.inputs.sets import built
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS

Array = NDArray[np.float64]

# A logit so low that 1.5 over it is a normal number below half the roundoff.
_LOW = {"float64": -1e18, "float32": -1e8, "float16": -16384.0, "bfloat16": -1e8}

_ZERO = np.zeros(3)

# Targets of five samples that sum to 1.
_DISTRIBUTIONS = np.array(
    [
        [0.5, 0.25, 0.125, 0.125],
        [0.0, 0.0, 1.0, 0.0],
        [0.25, 0.25, 0.25, 0.25],
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 0.75, 0.0, 0.25],
    ]
)


@named
def zero_cotangents(operation: str, dtype: str) -> Iterator[Case]:
    """Cotangents of 0: of some samples, of all, and of the samples with the largest numbers."""
    ordinary = dyadic((5, 4), 17)
    top = FORMATS[dtype].maximum
    # Errors are differences, and those of the largest numbers of two signs leave the range.
    high = top / 2 if operation.startswith("sum") else top
    extreme = np.array(
        [
            [high, -high, 0.0, 1.0],
            [-high, -high, -high, high],
            [high, high, high, high],
            [100.0, -100.0, 0.5, -2.0],
            [0.5, -1.0, 2.0, -0.25],
        ]
    )
    for name, logits, lit in (
        ("some", ordinary, (1, 0, 0, 1, 1)),
        ("all", ordinary, (0, 0, 0, 0, 0)),
        ("extreme", extreme, (0, 0, 0, 0, 1)),
    ):
        case = built(operation, f"zeros-{name}", dtype, logits, _DISTRIBUTIONS)
        yield _weighed(case, dtype, lit)


def _weighed(case: Case, dtype: str, lit: ArrayLike) -> Case:
    """Return a case whose samples keep their cotangents where they are lit; others have 0.

    One number is the cotangent of all samples, and is lit with all of them.
    """
    *others, cotangent = case.arguments
    factors = np.asarray(lit, dtype=np.float64)
    factors = factors.reshape(-1, *(1,) * (cotangent.ndim - 1)) if cotangent.ndim else factors.min()
    weighed = held(np.asarray(cotangent, dtype=np.float64) * factors, dtype)
    return case.changed(arguments=(*others, weighed))


@named
def largest(operation: str, dtype: str) -> Iterator[Case]:
    """Logits at the ends of the range, whose differences lie in it; gradients at the very ends."""
    top = FORMATS[dtype].maximum
    if not operation.endswith("_vjp") and not operation.startswith("sigmoid"):
        top = top / 2
    logits = np.array(
        [
            [top, -top, 0.0],
            [-top, top, top],
            [-top, -top, -top],
            [top / 2, top / 4, -top],
            [0.0, -top, -top / 2],
        ]
    )
    targets = np.array(
        [[1.0, 0, 0], [0.5, 0, 0.5], [0, 1.0, 0], [0, 0.25, 0.75], [0.75, 0.125, 0.125]]
    )
    yield built(operation, "largest", dtype, logits, targets)


@named
def too_far_apart(operation: str, dtype: str) -> Iterator[Case]:
    """Logits whose difference is beyond the range; targets of 0 and 1/8 where it is."""
    top = FORMATS[dtype].maximum
    logits = np.array([[top, -top, 0.0], [-top, top, top], [-top, 0.0, top]])
    targets = np.array([[1.0, 0, 0], [0, 0.5, 0.5], [0.125, 0.25, 0.625]])
    yield built(operation, "too-far-apart", dtype, logits, targets)


@named
def small_targets(operation: str, dtype: str) -> Iterator[Case]:
    """Targets below the roundoff, at logits so low that the product of the two decides the loss."""
    fmt = FORMATS[dtype]
    low = _LOW[dtype]
    products = np.array([1.5, 0.75, 0.625])
    sizes = np.array([low, low / 2, low / 8])
    least = max(fmt.u / 2**6, 4 * fmt.tiny)
    shares = np.concatenate([-products / sizes, [1.25 * least, 1.75 * least]])
    sizes = np.concatenate([sizes, [-64.0, -16.0]])
    if operation.startswith("sigmoid"):
        yield built(operation, "small-targets", dtype, sizes, shares)
        return
    none = np.zeros(sizes.size)
    logits = np.stack([none, sizes, none], axis=1)
    targets = np.stack([none + 0.5, shares, none + 0.5], axis=1)
    yield built(operation, "small-targets", dtype, logits, targets)


@named
def negative_targets(operation: str, dtype: str) -> Iterator[Case]:
    """Targets below 0 and above 1, which sum to 1."""
    targets = np.array(
        [
            [-0.25, -0.25, 2.0, -0.25, -0.25],
            [0.5, -1.5, 1.75, 0.125, 0.125],
            [1.0, -1.0, 1.5, 0.5, -1.0],
        ]
    )
    yield built(operation, "negative-targets", dtype, dyadic((3, 5), 7), targets)


@named
def nearly_equal(operation: str, dtype: str) -> Iterator[Case]:
    """Large numbers whose differences are a few of their last places."""
    base = 2.0 / (2 * FORMATS[dtype].u)
    places = np.array([1.0, 2.0, -3.0, 5.0, -8.0, 0.0])
    yield built(
        operation, "nearly-equal", dtype, base + 2 * places + 16.0, np.full(places.size, base + 16)
    )


@named
def overflowing(operation: str, dtype: str) -> Iterator[Case]:
    """Numbers that lie in the range, and whose loss or gradient is far beyond it."""
    top = FORMATS[dtype].maximum
    if operation == "sum_squared_error_vjp":
        case = built(operation, "overflowing", dtype, np.array([top / 2, -top / 2, 1.0]), _ZERO)
        *others, _ = case.arguments
        yield case.changed(arguments=(*others, held(np.asarray(8.0), dtype)))
    elif operation == "sum_squared_error":
        yield built(operation, "overflowing", dtype, np.array([top / 2, -top / 4, 1.0]), _ZERO)
    else:
        # The label of the first sample is the second class.
        logits = np.array([[top, -top, 0.0], [1.0, 2.0, 0.0]])
        targets = np.array([[0.0, 1.0, 0.0], [0.25, 0.5, 0.25]])
        yield built(operation, "overflowing", dtype, logits, targets)


@named
def large_squares(operation: str, dtype: str) -> Iterator[Case]:
    """Errors whose square is beyond the range, while half of it is not."""
    root = np.ldexp(1.25, (FORMATS[dtype].maximum_exponent + 1) // 2)
    yield built(operation, "large-squares", dtype, np.array([root, 0.0]), np.zeros(2))
