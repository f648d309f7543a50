"""Mistakes of drawing: numbers that depend on each other."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.initializers.mistakes.parts import RANDOM, changed, of
from nnspec.conformance.terms.mistakes import Operation, spoiling

Array = NDArray[Any]


@spoiling(*of(RANDOM, "independence"))
def ignores_the_seed(operation: Operation) -> Operation:
    """Answers the same weights for every seed."""
    return lambda *arguments, **parameters: operation(*arguments, **{**parameters, "seed": 0})


@spoiling(*of(RANDOM, "independence"))
def cuts_the_seed_to_sixteen_bits(operation: Operation) -> Operation:
    """Takes the seed modulo 2¹⁶."""
    return lambda *arguments, seed, **parameters: operation(
        *arguments, seed=seed % 2**16, **parameters
    )


@spoiling(*of(RANDOM, "independence"))
def loses_the_sign_bit_of_the_seed(operation: Operation) -> Operation:
    """Takes the seed modulo 2³¹."""
    return lambda *arguments, seed, **parameters: operation(
        *arguments, seed=seed % 2**31, **parameters
    )


@spoiling(*of(RANDOM, "independence"))
def takes_the_magnitude_of_the_seed(operation: Operation) -> Operation:
    """Takes the seed for a signed number of 32 bits, and then its magnitude."""
    return lambda *arguments, seed, **parameters: operation(
        *arguments, seed=min(seed, 2**32 - seed), **parameters
    )


@spoiling(*of(RANDOM, "independence"))
def keeps_the_seed_in_float32(operation: Operation) -> Operation:
    """Keeps the seed in float32, which knows 24 of its bits."""
    return lambda *arguments, seed, **parameters: operation(
        *arguments, seed=int(np.float32(seed)) % 2**32, **parameters
    )


@spoiling(*of(RANDOM, "independence"))
def adds_the_seed_to_its_counter(operation: Operation) -> Operation:
    """Answers the next seed with the same stream of numbers, one place on."""

    def answer(*arguments: Any, seed: int, **parameters: Any) -> Array:
        found = operation(*arguments, seed=seed >> 16, **parameters)
        return np.roll(found.reshape(-1), -(seed % 2**16)).reshape(found.shape)

    return answer


@spoiling(*of(RANDOM, "independence"))
def repeats_a_row(operation: Operation) -> Operation:
    """Draws one row and repeats it."""
    return changed(operation, lambda weights: np.broadcast_to(weights[0], weights.shape))


@spoiling(*of(RANDOM, "independence"))
def uses_every_draw_twice(operation: Operation) -> Operation:
    """Uses the first number of each of Box and Muller's pairs twice."""
    return changed(
        operation, lambda weights: np.repeat(weights.reshape(-1)[::2], 2).reshape(weights.shape)
    )


@spoiling(*of(RANDOM, "independence"))
def mirrors_its_first_half(operation: Operation) -> Operation:
    """Answers the negative of the first half as the second."""

    def mirrored(weights: Array) -> Array:
        half = weights.reshape(-1)[: weights.size // 2]
        return np.concatenate([half, -half]).reshape(weights.shape)

    return changed(operation, mirrored)


@spoiling(*of(RANDOM, "independence"))
def has_a_short_period(operation: Operation) -> Operation:
    """Begins again after 2,048 numbers."""
    return changed(
        operation,
        lambda weights: np.resize(weights.reshape(-1)[:2048], weights.size).reshape(weights.shape),
    )


@spoiling("xavier_fan_in_normal/response")
def averages_neighboring_inputs(operation: Operation) -> Operation:
    """Smooths the weights along the inputs, at the same variance."""
    return changed(
        operation, lambda weights: (weights + np.roll(weights, 1, axis=0)) / math.sqrt(2)
    )
