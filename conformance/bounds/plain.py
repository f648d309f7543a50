"""What the words of the language of bounds stand for on plain arrays: their plain halves.

A function that takes an arithmetic returns the half for it; the others are the same in all.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.bounds.rounding import Arithmetic
from nnspec.conformance.terms.nested import Array, leaves
from nnspec.conformance.terms.operations import parameters_of

# Of equal coordinates, rounding may make any one the largest. The first of this part of the largest
# one decides the sign, as in the reference.
_LEADING = 0.6


def flush(arithmetic: Arithmetic) -> Callable[[Array], Array]:
    """Return the smallest normal number where a magnitude is below it, else 0."""
    tiny = arithmetic.working.tiny
    return lambda values: np.where(values < tiny, tiny, 0.0)


def total(arithmetic: Arithmetic) -> Callable[[Array], Array]:
    """Sum along the axes of the arithmetic."""
    return partial(np.add.reduce, axis=arithmetic.axes, keepdims=True)


def others(arithmetic: Arithmetic) -> Callable[[Array], Array]:
    """Sum before and after each element: no difference cancels."""

    def others(values: Array) -> Array:
        if arithmetic.axes is None or len(arithmetic.axes) != 1:
            return _others_along(values.reshape(-1), 0).reshape(values.shape)
        return _others_along(values, arithmetic.axes[0])

    return others


def _others_along(values: Array, axis: int) -> Array:
    """Return the sum of all other elements along an axis."""
    row = np.moveaxis(values, axis, -1)
    sums = np.zeros(row.shape)
    sums[..., 1:] += np.cumsum(row, axis=-1)[..., :-1]
    sums[..., :-1] += np.cumsum(row[..., ::-1], axis=-1)[..., ::-1][..., 1:]
    return np.moveaxis(sums, -1, axis)


def mean(arithmetic: Arithmetic) -> Callable[[Array], Array]:
    """Take the mean along the axes of the arithmetic."""
    along = total(arithmetic)

    def mean(values: Array) -> Array:
        summed = along(values)
        return summed / (values.size / max(summed.size, 1))

    return mean


def extreme(pairwise: np.ufunc, least: float) -> Callable[[Arithmetic], Callable[..., Any]]:
    """Take the extreme of two arrays, or the one along the axes of the arithmetic."""

    def half(arithmetic: Arithmetic) -> Callable[..., Any]:
        along = partial(pairwise.reduce, axis=arithmetic.axes, keepdims=True, initial=least)
        return lambda values, *others: pairwise(values, *others) if others else along(values)

    return half


def norm(values: Any) -> Any:
    """Return the Euclidean norm of all arrays."""
    return np.sqrt(sum(np.sum(np.square(array)) for array in leaves(values)))


def one_hot(labels: Array, like: Array) -> Array:
    """Return 1 where the label points, else 0."""
    return np.asarray(np.arange(like.shape[-1]) == labels[..., None], dtype=np.float64)


def channel(arithmetic: Arithmetic) -> Callable[[Array], Array]:
    """Give a vector over channels the shape that broadcasts against x."""
    return lambda values: values.reshape(channels(arithmetic))


def channels(arithmetic: Arithmetic) -> tuple[int, ...]:
    """Return the shape that broadcasts against x: (C,) for two dimensions, (C, 1, 1) for four."""
    return (-1, *(1,) * (arithmetic.dimensions - 2))


def by_width(arithmetic: Arithmetic) -> Callable[[Any, Any], Any]:
    """Take the first of two values in 32 and 64 bits, the second in 16."""
    return lambda wide, narrow: narrow if arithmetic.working.narrow else wide


def operation(name: str) -> Callable[[Arithmetic], Any]:
    """Return the reference's operation, along the axis of the arithmetic."""

    def half(arithmetic: Arithmetic) -> Any:
        function = getattr(reference, name)
        if "axis" not in parameters_of(name):
            return function
        return partial(function, axis=arithmetic.axes[0] if arithmetic.axes else None)

    return half


def eigenvalues(matrix: Array, count: int) -> Array:
    """Return the largest eigenvalues of a symmetric matrix, the largest first."""
    return np.asarray(np.linalg.eigvalsh(matrix)[::-1][: int(count)])


def eigenvectors(matrix: Array, count: int) -> Array:
    """Return the eigenvectors of the largest eigenvalues as columns."""
    vectors = np.linalg.eigh(matrix)[1][:, ::-1][:, : int(count)]
    leading = np.argmax(np.abs(vectors) > _LEADING * np.max(np.abs(vectors), axis=0), axis=0)
    return np.asarray(vectors * np.sign(np.take_along_axis(vectors, leading[None], axis=0)))
