"""The right parts of wrong implementations."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def of_training(*properties: str) -> list[str]:
    """Return the clauses of these properties for both ways to train."""
    return [
        f"{operation}/{each}"
        for operation in ("batch_norm_train", "batch_norm_train_unbiased")
        for each in properties
    ]


def axes_of(x: Array) -> tuple[int, ...]:
    """Return the axes that the statistics of a channel run over."""
    return (0, *range(2, x.ndim))


def count_of(x: Array) -> int:
    """Return how many values a channel has."""
    return x.size // x.shape[1]


def along(vector: Array, x: Array) -> Array:
    """Return numbers a channel in the shape that broadcasts against x."""
    return vector.reshape(-1, *(1,) * (x.ndim - 2))


def moments(x: Array, axes: tuple[int, ...] | None = None) -> tuple[Array, Array]:
    """Return mean and biased variance over axes, a channel's by default, kept at length one."""
    axes = axes_of(x) if axes is None else axes
    mean = np.mean(x, axis=axes, keepdims=True)
    return mean, np.mean((x - mean) ** 2, axis=axes, keepdims=True)


def variance_by_squares(x: Array) -> Array:
    """Return mean(x²) - mean(x)² of every channel."""
    mean = np.mean(x, axis=axes_of(x), keepdims=True)
    return np.mean(x * x, axis=axes_of(x), keepdims=True) - mean * mean


def used(
    x: Array, scale: Array, shift: Array, mean: Array, variance: Array, *, epsilon: float
) -> Array:
    """Return x normalized by given statistics."""
    return along(scale, x) * ((x - along(mean, x)) / np.sqrt(along(variance, x) + epsilon)) + along(
        shift, x
    )


def narrow_sum(terms: Array) -> Array:
    """Add up each channel one term after another, each sum rounded to the format of the terms."""
    total = np.zeros(terms.shape[1], dtype=terms.dtype)
    for values in np.moveaxis(terms, 1, -1).reshape(-1, terms.shape[1]):
        total = (total + values).astype(terms.dtype)
    return along(total, terms)
