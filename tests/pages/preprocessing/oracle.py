"""The page `preprocessing` in ball arithmetic: moments as printed, and components from an exact
basis of the centered rows.

With the centered rows C = W R, R the exact reduced basis of their space, the eigenvectors of CᵀC
beside the null space are Rᵀx for the
eigenvectors x of the small matrix (WᵀW)(RRᵀ), whose eigenvalues are those of CᵀC: isolated ones,
which Arb encloses with proof.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np
from flint import acb_mat, arb, ctx, fmpq, fmpq_mat

from tests.truth.balls import Balls, each

# Bits beyond those of the answer: eigenvalues that are nothing but the rounding of train have to
# be told from each other too.
_SPARE = 400

_root = each(lambda value: value.sqrt())


def center(train: Balls, data: Balls, *, axes: tuple[int, ...]) -> Balls:
    return data - _mean(train, axes)


def standardize(train: Balls, data: Balls, *, axes: tuple[int, ...]) -> Balls:
    deviation = train - _mean(train, axes)
    variance = _mean(deviation * deviation, axes)
    # Constant features are told by their numbers: the ball of their mean need not be a point.
    first = train[
        tuple(
            slice(1) if axis in _counted(axes, train) else slice(None) for axis in range(train.ndim)
        )
    ]
    constant = np.all(train == first, axis=axes, keepdims=True)
    return (data - np.where(constant, first, _mean(train, axes))) / _root(
        np.where(constant, arb(1), variance)
    )


def pca(train: Balls, data: Balls, *, components: int) -> Balls:
    scores, _ = _scores(train, data, components)
    return scores


def whiten(train: Balls, data: Balls, *, components: int) -> Balls:
    scores, values = _scores(train, data, components)
    return scores / _root(values / (len(train) - 1))


def _mean(x: Balls, axes: tuple[int, ...]) -> Balls:
    total = np.sum(x, axis=axes, keepdims=True)
    return total / (x.size // total.size)


def _counted(axes: tuple[int, ...], x: Balls) -> set[int]:
    return {axis % x.ndim for axis in axes}


def _scores(train: Balls, data: Balls, components: int) -> tuple[Balls, Balls]:
    """Return the scores and the eigenvalues of CᵀC, the first coordinate of more than 0.6 of the
    largest one positive."""
    rows = [[Fraction(float(value.mid())) for value in row] for row in train]
    means = [sum(column, Fraction(0)) / len(rows) for column in zip(*rows, strict=True)]
    deviations = [[value - mean for value, mean in zip(row, means, strict=True)] for row in rows]
    # Arb isolates eigenvalues that are near 1: a power of two takes them there exactly.
    unit = Fraction(2) ** math.frexp(max(abs(float(each)) for row in deviations for each in row))[1]
    centered = fmpq_mat([[_ratio(value / unit) for value in row] for row in deviations])
    reduced, rank = centered.rref()
    basis = fmpq_mat(reduced.tolist()[:rank])
    pivots = [next(place for place, value in enumerate(row) if value) for row in basis.tolist()]
    weights = fmpq_mat([[row[place] for place in pivots] for row in centered.tolist()])
    small = (weights.transpose() * weights) * (basis * basis.transpose())
    # The matrix is real and its eigenvalues are simple: so are they and, once an entry is 1,
    # their eigenvectors.
    with ctx.workprec(ctx.prec + _SPARE):
        values, right = acb_mat(small.tolist()).eig(right=True)
    order = sorted(range(rank), key=lambda place: -float(values[place].real.mid()))[:components]
    columns = [_component(basis, [right[row, place] for row in range(rank)]) for place in order]
    mean = np.array([arb(_ratio(value)) for value in means], dtype=object)
    return (data - mean) @ np.array(columns, dtype=object).T, np.array(
        [values[place].real * arb(_ratio(unit * unit)) for place in order], dtype=object
    )


def _component(basis: fmpq_mat, x: list[Any]) -> Balls:
    """Return Rᵀx of length one and with its sign."""
    largest = max(x, key=lambda value: float(abs(value).mid()))
    real = [(value / largest).real for value in x]
    vector = np.array(
        [
            sum((arb(r) * v for r, v in zip(row, real, strict=True)), arb(0))
            for row in basis.transpose().tolist()
        ],
        dtype=object,
    )
    vector = vector / sum(value * value for value in vector).sqrt()
    most = max(abs(float(value.mid())) for value in vector)
    leading = next(value for value in vector if abs(float(value.mid())) > 0.6 * most)
    return vector if leading > 0 else -vector


def _ratio(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)
