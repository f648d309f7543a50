"""Mistakes that any initializer may have, and those of zeros and constants."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.initializers.mistakes.parts import RANDOM, changed, of
from nnspec.conformance.terms.formats import FORMATS, NARROW
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]
_NARROW = ("float32", "float16", "bfloat16")
_SHAPED = ("constant", "normal", "zeros")


# --- of every operation --------------------------------------------------------------------------


@spoiling("initializers/form")
def adds_an_axis(operation: Operation) -> Operation:
    """Answers with one axis more, as generators that are asked for a sample of one do."""
    return changed(operation, lambda weights: weights[None])


@spoiling("initializers/form")
def answers_outputs_by_inputs(operation: Operation) -> Operation:
    """Answers weights of the shape (outputs, inputs)."""
    return changed(operation, np.transpose)


@spoiling("initializers/fresh")
def fills_three_quarters(operation: Operation) -> Operation:
    """Fills three quarters of the weights; the memory of the others held numbers of 4."""

    def partly(weights: Array) -> Array:
        flat = weights.reshape(-1).copy()
        flat[flat.size - flat.size // 4 :] = 4.0
        return flat.reshape(weights.shape)

    return changed(operation, partly)


@spoiling("initializers/precision", operations=RANDOM, dtypes=NARROW)
def draws_numbers_of_few_bits(operation: Operation) -> Operation:
    """Draws multiples of one small number, as many as the format has significands."""

    def answer(*arguments: Any, **parameters: Any) -> Array:
        found = operation(*arguments, **parameters)
        weights, bits = found.astype(np.float64), FORMATS[found.dtype.name].precision - 1
        step = np.max(np.abs(weights)) * 2.0**-bits
        return (np.round(weights / step) * step).astype(found.dtype)

    return answer


@spoiling("initializers/repeatability", remembers=True)
def hands_out_one_array(operation: Operation) -> Operation:
    """Keeps its answers, and hands the same array out to everyone who asks for it."""
    kept: dict[str, Array] = {}
    return lambda *arguments, **parameters: kept.setdefault(
        repr((arguments, parameters)), operation(*arguments, **parameters)
    )


@spoiling("initializers/repeatability", operations=RANDOM, remembers=True)
def goes_on_where_it_stopped(operation: Operation) -> Operation:
    """Seeds its generator once, in the first call, and goes on from there in every other."""
    calls: list[int] = []

    def answer(*arguments: Any, seed: int, **parameters: Any) -> Array:
        calls.append(seed)
        return operation(*arguments, seed=calls[0] + 1000 * (len(calls) - 1), **parameters)

    return answer


@spoiling("initializers/repeatability", operations=RANDOM, remembers=True)
def takes_a_seed_of_0_for_none(operation: Operation) -> Operation:
    """Seeds itself anew in each call that is given the seed 0."""
    calls: list[int] = []

    def answer(*arguments: Any, seed: int, **parameters: Any) -> Array:
        calls.append(seed)
        return operation(*arguments, seed=seed or 1000 * len(calls), **parameters)

    return answer


@spoiling("initializers/repeatability", operations=RANDOM, remembers=True)
def overwrites_its_answer(operation: Operation) -> Operation:
    """Draws into the same memory every time, so that a call changes the answer before."""
    kept: dict[tuple[int, ...], Array] = {}

    def answer(*arguments: Any, **parameters: Any) -> Array:
        found = operation(*arguments, **parameters)
        kept.setdefault(found.shape, np.empty_like(found))[...] = found
        return kept[found.shape]

    return answer


@spoiling(*of(_SHAPED, "empty"))
def refuses_empty_shapes(operation: Operation) -> Operation:
    """Answers with at least one number."""

    def answer(shape: tuple[int, ...], **parameters: Any) -> Array:
        return operation(tuple(max(length, 1) for length in shape) or (1,), **parameters)

    return answer


# --- zeros and constants -------------------------------------------------------------------------


@mistake("zeros/accuracy")
def leaves_memory_as_it_was(shape: tuple[int, ...], *, dtype: str) -> Array:
    """Leaves the last number as it was in memory."""
    weights = np.zeros(shape)
    weights.reshape(-1)[-1:] = 0.125
    return weights


@mistake("constant/accuracy")
def answers_zeros(shape: tuple[int, ...], *, value: float, dtype: str) -> Array:
    """Ignores the value."""
    return np.zeros(shape) if value else np.ones(shape)


@mistake("constant/accuracy")
def fills_the_diagonal(shape: tuple[int, ...], *, value: float, dtype: str) -> Array:
    """Sets only the diagonal, as an identity does, and leaves ones elsewhere if the value is 0."""
    weights = np.full(shape, 0.0 if value else 1.0)
    weights.reshape(-1)[:: shape[-1] + 1] = value
    return weights


@mistake("constant/accuracy")
def fills_integers(shape: tuple[int, ...], *, value: float, dtype: str) -> Array:
    """Fills an array of integers, which cuts off the digits behind the point."""
    return np.full(shape, math.trunc(value))


@mistake("constant/rounding", dtypes=("float64",))
def passes_through_float32(shape: tuple[int, ...], *, value: float, dtype: str) -> Array:
    """Keeps the value in float32 on its way."""
    return np.full(shape, np.float64(np.float32(value)))


@mistake("constant/rounding", dtypes=_NARROW)
def cuts_off_digits(shape: tuple[int, ...], *, value: float, dtype: str) -> Array:
    """Rounds towards zero, by cutting off the bits that the format has no place for."""
    spacing = FORMATS[dtype].ulp(value)
    return np.full(shape, np.trunc(value / spacing) * spacing)


@mistake("constant/rounding", dtypes=_NARROW)
def rounds_away_from_zero(shape: tuple[int, ...], *, value: float, dtype: str) -> Array:
    """Rounds to the next larger magnitude."""
    spacing = FORMATS[dtype].ulp(value)
    return np.full(shape, np.copysign(np.ceil(abs(value) / spacing), value) * spacing)
