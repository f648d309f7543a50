"""Mistakes of the law: other distributions of the right variance."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.pages.initializers.mistakes.parts import (
    NORMAL,
    RANDOM,
    SINGLE,
    TRUNCATED,
    UNIFORM,
    changed,
    of,
    size_of,
)
from nnspec.conformance.terms.mistakes import Operation, spoiling

Array = NDArray[Any]


def _normals(weights: Array) -> Array:
    """Return normal numbers of the size of the weights, the same for weights of one shape."""
    return np.random.Generator(np.random.PCG64(weights.size)).standard_normal(
        weights.shape
    ) * size_of(weights)


@spoiling(*of(RANDOM, "distribution"))
def answers_two_values(operation: Operation) -> Operation:
    """Answers plus or minus the standard deviation."""
    return changed(operation, lambda weights: np.copysign(size_of(weights), weights))


@spoiling(*of((*NORMAL, *TRUNCATED), "distribution"))
def draws_uniform_numbers(operation: Operation) -> Operation:
    """Draws uniform numbers of the right variance."""

    def uniform(weights: Array) -> Array:
        return (
            (np.random.Generator(np.random.PCG64(weights.size)).random(weights.shape) - 0.5)
            * math.sqrt(12)
            * size_of(weights)
        )

    return changed(operation, uniform)


@spoiling(*of((*UNIFORM, *TRUNCATED), "range"))
def does_not_cut(operation: Operation) -> Operation:
    """Draws normal numbers of the right variance, tails and all."""
    return changed(operation, _normals)


@spoiling(*of(NORMAL, "distribution"), dtypes=SINGLE)
def adds_three_uniform_numbers(operation: Operation) -> Operation:
    """Adds up three uniform numbers, nearly normal and without tails."""

    def added(weights: Array) -> Array:
        draws = np.random.Generator(np.random.PCG64(weights.size)).random((3, *weights.shape)) - 0.5
        return draws.sum(axis=0) * 2 * size_of(weights)

    return changed(operation, added)


@spoiling(*of(NORMAL, "distribution"))
def cuts_and_corrects(operation: Operation) -> Operation:
    """Draws from the normal law cut at two standard deviations, with the right variance."""

    def truncated(weights: Array) -> Array:
        shape = (weights.size, 1)
        return (
            reference.xavier_truncated_normal(*shape, seed=1, dtype="float64").reshape(
                weights.shape
            )
            * math.sqrt(sum(shape) / 2)
            * size_of(weights)
        )

    return changed(operation, truncated)


@spoiling(*of(TRUNCATED, "distribution"))
def puts_the_tails_onto_the_limits(operation: Operation) -> Operation:
    """Clips normal numbers at the limits instead of drawing again."""

    def clipped(weights: Array) -> Array:
        limit = 2 / 0.87962566103423978 * size_of(weights)
        return np.clip(_normals(weights), -limit, limit)

    return changed(operation, clipped)


@spoiling(*of(UNIFORM, "distribution"), dtypes=SINGLE)
def adds_two_uniform_numbers(operation: Operation) -> Operation:
    """Adds up two uniform numbers, which is a triangle."""

    def added(weights: Array) -> Array:
        draws = np.random.Generator(np.random.PCG64(weights.size)).random((2, *weights.shape)) - 0.5
        return draws.sum(axis=0) * math.sqrt(6) * size_of(weights)

    return changed(operation, added)


@spoiling(*of(RANDOM, "range"))
def meets_the_logarithm_of_zero(operation: Operation) -> Operation:
    """Answers infinity where its uniform number was 0."""

    def infinite(weights: Array) -> Array:
        weights.reshape(-1)[weights.size // 3] = np.inf
        return weights

    return changed(operation, infinite)


@spoiling(*of(RANDOM, "range"))
def cuts_at_an_absolute_number(operation: Operation) -> Operation:
    """Answers its limit, ±32 standard deviations, if a uniform number is 0 or 1: twice an array."""

    def outlying(weights: Array) -> Array:
        size = size_of(weights)
        weights.reshape(-1)[[0, -1]] = -32 * size, 32 * size
        return weights

    return changed(operation, outlying)
