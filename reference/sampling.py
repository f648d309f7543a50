"""Minibatches of an epoch, draws with replacement, and descent along the mean gradients of both."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.reference.arrays import Array, number
from nnspec.reference.stepping import answered, copied, listed

__all__ = ["draws", "minibatch_descent", "minibatches"]

_SEEDS = 2**32


def minibatches(count: int, batch_size: int, *, seed: int) -> list[NDArray[np.int64]]:
    """Return the batches of one epoch: the indices of all samples, shuffled and cut into pieces.

    Formula
        B_k = π(k·batch_size), …, π(min((k + 1)·batch_size, count) - 1), π a uniformly random
        permutation of 0 … count - 1.
    Shapes
        ⌈count/batch_size⌉ arrays of batch_size indices; the last one holds the rest.
    Accuracy
        `0`: indices are exact; the generator chooses the order for a seed.
    Edge cases
        No samples give no batches; a batch_size beyond count gives one batch.
    Raises
        TypeError if an argument is not a whole number. ValueError if count is negative, batch_size
        is below 1 or seed is outside [0, 2^32).
    Source
        L. Bottou, "Curiously fast convergence of some stochastic gradient descent algorithms"
        (2009); the shuffle is numpy's (R. Durstenfeld 1964, doi:10.1145/364520.364540).
    """
    count, batch_size = _whole("count", count, 0), _whole("batch_size", batch_size, 1)
    order = _generator(seed).permutation(count).astype(np.int64)
    return [order[start : start + batch_size].copy() for start in range(0, count, batch_size)]


def draws(count: int, batch_size: int, batch_count: int, *, seed: int) -> list[NDArray[np.int64]]:
    """Return batches of samples that are drawn anew each time, with replacement.

    Formula
        B_k = i_(k·batch_size), …, i_((k + 1)·batch_size - 1), all i independent of each other and
        uniform on 0 … count - 1: the same sample may come again, also within a batch.
    Shapes
        batch_count arrays of batch_size indices.
    Accuracy
        `0`: indices are exact; the generator chooses them for a seed.
    Edge cases
        No batches are an empty list. A batch may be larger than the set.
    Raises
        TypeError if an argument is not a whole number. ValueError if count or batch_size is below
        1, batch_count is negative, or seed is outside [0, 2^32).
    Source
        H. Robbins, S. Monro, "A Stochastic Approximation Method" (1951),
        doi:10.1214/aoms/1177729586; numpy rejects what would prefer some indices (D. Lemire 2019,
        doi:10.1145/3230636).
    """
    count, batch_size = _whole("count", count, 1), _whole("batch_size", batch_size, 1)
    size = _whole("batch_count", batch_count, 0), batch_size
    return [batch.copy() for batch in _generator(seed).integers(0, count, size, dtype=np.int64)]


def minibatch_descent(
    gradient: Callable[[list[Array], int], Sequence[ArrayLike]],
    params: Sequence[ArrayLike],
    batches: Sequence[ArrayLike],
    *,
    learning_rate: float,
) -> Iterator[list[Array]]:
    """Yield the parameters after each batch: one step along its samples' mean gradient.

    Formula
        θ ← θ - a/B Σ_{i in batch} ∇l_i(θ), B the length of the batch itself, summed from its first
        sample to its last.
    Shapes
        params: a list of arrays of any shapes; batches: arrays of indices, (B,) each;
        gradient(params, index) and each answer: a list like params.
    Units
        learning_rate in parameter per gradient.
    Accuracy
        Running error of `theta - rate*mean(g)`: a mean of B terms, a product and a difference; 1.00
        of it measured.
    Edge cases
        No batches give no steps; NaN and infinities go through.
    Raises
        TypeError if params is not a list of arrays of real numbers, a batch does not hold integers
        or learning_rate is not a number. ValueError if a batch is empty or not one-dimensional,
        learning_rate is not finite, or a gradient has other shapes than params.
    Source
        H. Robbins, S. Monro, "A Stochastic Approximation Method" (1951),
        doi:10.1214/aoms/1177729586; L. Bottou, F. Curtis, J. Nocedal, "Optimization Methods for
        Large-Scale Machine Learning" (2018), doi:10.1137/16M1080173, section 3.3.
    """
    theta = copied(listed("params", params))
    indices = [_indices(f"batches[{place}]", batch) for place, batch in enumerate(batches)]
    return _descending(gradient, theta, indices, number("learning_rate", learning_rate))


def _descending(
    gradient: Callable[[list[Array], int], Sequence[ArrayLike]],
    theta: list[Array],
    batches: list[list[int]],
    rate: float,
) -> Iterator[list[Array]]:
    for batch in batches:
        # A sum that starts at -0.0 keeps the bits of its first term.
        totals = [np.full(array.shape, -0.0) for array in theta]
        for index in batch:
            sample = answered(gradient(copied(theta), index), theta)
            with np.errstate(all="ignore"):
                for total, each in zip(totals, sample, strict=True):
                    total += each  # noqa: PLW2901  in place
        with np.errstate(all="ignore"):
            for array, total in zip(theta, totals, strict=True):
                total /= len(batch)  # noqa: PLW2901
                total *= rate  # noqa: PLW2901
                array -= total  # noqa: PLW2901
        yield copied(theta)


def _indices(name: str, batch: ArrayLike) -> list[int]:
    array = np.asarray(batch)
    if array.dtype.kind not in "iu":
        message = f"{name} must hold integers; got dtype {array.dtype}"
        raise TypeError(message)
    if array.ndim != 1 or not array.size:
        message = f"{name} must be a vector of one index or more; got shape {array.shape}"
        raise ValueError(message)
    return [int(index) for index in array]


def _generator(seed: int) -> np.random.Generator:
    """Return the generator of a seed. Raises ValueError if the seed is outside [0, 2^32)."""
    if _whole("seed", seed, 0) >= _SEEDS:
        message = f"seed must be below 2^32; got {seed}"
        raise ValueError(message)
    return np.random.default_rng(seed)


def _whole(name: str, value: Any, least: int) -> int:
    """Return an integer. Raises TypeError if it is none, ValueError if it is too small."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        message = f"{name} must be an integer; got {type(value).__name__}"
        raise TypeError(message)
    if value < least:
        message = f"{name} must be at least {least}; got {value}"
        raise ValueError(message)
    return int(value)
