"""The words of programs on arrays of balls.

The last axis of every array counts the calls, so that NumPy's rules for axes from the left, and
for broadcasting, are those of one call. A number that is the same in all calls has length 1 there.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from flint import arb

from nnspec.conformance.programs.words import AXES
from tests.truth.balls import Balls

# Of equal coordinates of an eigenvector, the first above this part of the largest decides its sign.
LEADING = arb(0.6)

_INFINITE = arb(math.inf)

# Whole exponents below this one are products.
_MANY = 8


def unary(function: Callable[[arb], arb]) -> Callable[[Balls], Balls]:
    """Return a function of a ball as one of arrays."""
    found = np.frompyfunc(function, 1, 1)
    return lambda values: np.asarray(found(values), dtype=object)


def _root(x: arb) -> arb:
    """Enclose a square root; a ball that reaches below 0 stands for a sum of squares near 0."""
    if x.is_exact() or x > 0 or x < 0 or not x.is_finite():
        return x.sqrt()
    return arb(0).union(x.upper().sqrt())


def _log(x: arb) -> arb:
    return -_INFINITE if x.is_zero() else x.log()


def quotient(left: Balls, right: Balls) -> Balls:
    """Divide as IEEE 754 does: by 0, what is not 0 becomes infinite."""
    found = np.asarray(left / right, dtype=object)
    zeros = np.broadcast_to(np.asarray(right == 0, dtype=bool), found.shape)
    for place in zip(*np.nonzero(zeros), strict=True):
        found[place] = np.broadcast_to(left, found.shape)[place] * _INFINITE
    return found


root, middle = unary(_root), unary(arb.mid)
exp, log = unary(arb.exp), unary(_log)
largest, smallest = np.frompyfunc(arb.max, 2, 1), np.frompyfunc(arb.min, 2, 1)


def above(left: Balls, right: Balls) -> Any:
    """Say where the middle of one ball is above that of another."""
    return np.asarray(middle(left) > middle(right), dtype=bool)


COMPARISONS: Mapping[str, Callable[[Balls, Balls], Any]] = {
    ">": above,
    "<": lambda left, right: above(right, left),
    ">=": lambda left, right: ~above(right, left),
    "<=": lambda left, right: ~above(left, right),
    "==": lambda left, right: ~above(left, right) & ~above(right, left),
    "!=": lambda left, right: above(left, right) | above(right, left),
}


def power(base: Balls, exponent: Balls) -> Balls:
    """Raise to a power; a whole exponent takes the product, so that a ball may hold 0."""
    if exponent.size == 1 and exponent[0].is_integer() and 0 < exponent[0] < _MANY:
        found = base
        for _ in range(int(float(exponent[0])) - 1):
            found = found * base
        return found
    return base**exponent


def where(condition: Any, left: Balls, right: Balls) -> Balls:
    """Choose between two values; a number that is not 0 counts as true."""
    if condition.dtype == object:
        condition = COMPARISONS["!="](condition, ball(0))
    return np.where(condition, left, right)


def ball(value: float) -> Balls:
    """Return a number that is the same in all calls."""
    return np.array([arb(value)], dtype=object)


def _reduced(pairwise: np.ufunc, values: Balls, axes: tuple[int, ...] | None) -> Balls:
    """Reduce an array along axes of one call, as far as it has them, and keep them."""
    for axis in _held(values, axes):
        values = pairwise.reduce(values, axis=axis, keepdims=True)
    return values


def _held(values: Balls, axes: tuple[int, ...] | None) -> list[int]:
    count = values.ndim - 1
    chosen = range(count) if axes is None else axes
    return [axis % count for axis in chosen if -count <= axis < count]


def _one_of(values: Balls, axes: tuple[int, ...] | None, place: int) -> Balls:
    for axis in _held(values, axes):
        values = np.take(values, [place], axis=axis)
    return values


def _mean(values: Balls, axes: tuple[int, ...] | None) -> Balls:
    summed = _reduced(np.add, values, axes)
    return summed / ball(values[..., 0].size // max(summed[..., 0].size, 1))


_REDUCTIONS: Mapping[str, Callable[[Balls, tuple[int, ...] | None], Balls]] = {
    "sum": partial(_reduced, np.add),
    "mean": _mean,
    "max": partial(_reduced, largest),
    "min": partial(_reduced, smallest),
}


def _norm(values: Balls) -> Balls:
    return root(_reduced(np.add, values * values, None))


def _or_pairwise(along: Callable[[Balls], Balls], pairwise: np.ufunc) -> Callable[..., Balls]:
    return lambda values, *others: pairwise(values, *others) if others else along(values)


def product(left: Balls, right: Balls) -> Balls:
    """Multiply matrices or vectors, call by call."""
    if right.ndim == 2:
        return np.add.reduce(left * right, axis=-2)
    if left.ndim not in (2, 3) or right.ndim != 3:
        raise ValueError("no matrices")
    return np.add.reduce(left[..., None, :] * right, axis=-3)


def picked(labels: Balls, like: Balls) -> Balls:
    """Return 1 where the label points, counted from the end below 0."""
    count = arb(like.shape[-2])
    return one_hot(unary(lambda label: label - count * (label / count).floor())(labels), like)


def one_hot(labels: Balls, like: Balls) -> Balls:
    """Return 1 where the label points, else 0."""
    places = np.array([[arb(k)] for k in range(like.shape[-2])], dtype=object)
    points = COMPARISONS["=="](places, labels[..., None, :])
    return np.where(points, arb(1), arb(0))


def solve(matrix: Balls, vector: Balls) -> Balls:
    """Solve two equations, call by call, by Cramer's rule."""
    (a, b), (c, d) = matrix
    x, y = vector
    return np.stack([d * x - b * y, a * y - c * x]) / (a * d - b * c)


def eigenvalues(matrix: Balls, count: int) -> Balls:
    """Return the eigenvalues of symmetric matrices of two rows, the largest first."""
    (a, _), (b, c) = matrix
    half, difference = (a + c) / ball(2), (a - c) / ball(2)
    apart = root(difference * difference + b * b)
    return np.stack([half + apart, half - apart][:count])


def eigenvectors(matrix: Balls, count: int) -> Balls:
    """Return their eigenvectors as columns, the leading coordinate positive."""
    (a, _), (b, c) = matrix
    found = []
    for value in eigenvalues(matrix, count):
        # Both rows of the equations give the vector; one of them may be 0.
        first = above(abs(value - c), abs(value - a))
        column = np.where(first, np.stack([value - c, b]), np.stack([b, value - a]))
        column = column / _norm(column)
        sizes = abs(column)
        leads = above(sizes[0], LEADING * largest(sizes[0], sizes[1]))
        found.append(column * unary(arb.sgn)(np.where(leads, column[0], column[1])))
    return np.stack(found, axis=1)


def _sigmoid(x: Balls) -> Balls:
    return ball(1) / (ball(1) + exp(-x))


def _softmax(x: Balls, axes: tuple[int, ...] | None) -> Balls:
    return exp(x) / _reduced(np.add, exp(x), axes)


def _log_softmax(x: Balls, axes: tuple[int, ...] | None) -> Balls:
    return x - log(_reduced(np.add, exp(x), axes))


def _transposed(values: Balls) -> Balls:
    return np.swapaxes(values, -2, -3)


def vocabulary(axes: tuple[int, ...] | None, dimensions: int) -> dict[str, Callable[..., Any]]:
    """Return the words where sums run along these axes, and `x` has so many dimensions."""
    # An activation within a formula runs along the first axis that sums run along, or over all.
    first = None if axes is None else axes[:1]
    reductions = {name: partial(each, axes=axes) for name, each in _REDUCTIONS.items()}
    zero, one = ball(0), ball(1)
    return {
        **reductions,
        "max": _or_pairwise(reductions["max"], largest),
        "min": _or_pairwise(reductions["min"], smallest),
        **{
            f"{name}_{suffix}": partial(each, axes=chosen)
            for name, each in _REDUCTIONS.items()
            for suffix, chosen in AXES.items()
        },
        "where": where,
        "abs": abs,
        "sqrt": root,
        "exp": exp,
        "log": log,
        "expm1": unary(arb.expm1),
        "log1p": unary(arb.log1p),
        "log2": lambda x: log(x) / log(ball(2)),
        "log10": lambda x: log(x) / log(ball(10)),
        "exp2": lambda x: exp(x * log(ball(2))),
        "sign": unary(arb.sgn),
        "cos": unary(arb.cos),
        "norm": _norm,
        "T": _transposed,
        "one_hot": one_hot,
        "picked": picked,
        "channel": lambda v: v.reshape(-1, *(1,) * (dimensions - 2), v.shape[-1]),
        "vector": lambda v: v.reshape(-1, v.shape[-1]),
        "column": lambda v: v[..., None, :],
        "column_sums": lambda v: np.add.reduce(v, axis=0),
        "row_sums": lambda v: np.add.reduce(v, axis=-2),
        "solve": solve,
        "eigenvalues": lambda matrix, k: eigenvalues(matrix, int(float(k[0]))),
        "eigenvectors": lambda matrix, k: eigenvectors(matrix, int(float(k[0]))),
        "identity": lambda x: x,
        "relu": lambda x: largest(x, zero),
        "step": lambda x: np.where(above(x, zero), one, zero),
        "sigmoid": _sigmoid,
        "tanh": unary(arb.tanh),
        "softmax": partial(_softmax, axes=first),
        "log_softmax": partial(_log_softmax, axes=first),
        **{
            f"{name}_{suffix}": partial(each, axes=(axis,))
            for name, each in {"softmax": _softmax, "log_softmax": _log_softmax}.items()
            for suffix, axis in (("first", 0), ("last", -1))
        },
        "first_of": partial(_one_of, axes=axes, place=0),
        "last_of": partial(_one_of, axes=axes, place=-1),
        **_LAWS,
    }


def _law(first: Balls, second: Balls, cut: Balls, family: int) -> Balls:
    return np.stack([each + 0 * (first + second) for each in (ball(family), first, second, cut)])


# A law is the array of its family and its numbers: equal laws have equal ones.
_LAWS: Mapping[str, Callable[..., Balls]] = {
    "N": lambda mean, variance: _law(mean, variance, ball(-1), 0),
    "U": lambda low, high: _law(low, high, ball(-1), 1),
    "cut": lambda law, k: np.stack([*law[:3], k + 0 * law[0]]),
}
