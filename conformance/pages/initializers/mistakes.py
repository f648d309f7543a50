"""Mistakes of the page `initializers`: wrong variances, wrong laws and numbers that are less random than they look."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]

_NORMAL = ("kaiming_normal", "normal", "xavier_fan_in_normal", "xavier_normal")
_UNIFORM = ("kaiming_uniform", "xavier_uniform")
_TRUNCATED = ("kaiming_truncated_normal", "xavier_truncated_normal")
_RANDOM = (*_NORMAL, *_UNIFORM, *_TRUNCATED)
_KAIMING = ("kaiming_normal", "kaiming_truncated_normal", "kaiming_uniform")
_XAVIER = ("xavier_normal", "xavier_truncated_normal", "xavier_uniform")
_LAYERS = ("kaiming_normal", "normal", "xavier_fan_in_normal")
_SHAPED = ("constant", "normal", "zeros")

_SINGLE = ("float64", "float32", "float16")
_NARROW = ("float32", "float16", "bfloat16")


def _of(operations: Sequence[str], *properties: str) -> Iterator[str]:
    """Yield the clauses of these properties, for each of the operations."""
    yield from (f"{operation}/{name}" for operation in operations for name in properties)


def _changed(operation: Operation, change: Callable[[Array], Array]) -> Operation:
    """Return an operation whose answers are changed in float64 and rounded to the dtype again."""

    def answer(*arguments: Any, **parameters: Any) -> Array:
        found = operation(*arguments, **parameters)
        return change(found.astype(np.float64)).astype(found.dtype)

    return answer


def _scaled(operation: Operation, factor: Callable[..., float]) -> Operation:
    """Return an operation whose answers are multiplied by a factor of its arguments and parameters."""

    def answer(*arguments: Any, **parameters: Any) -> Array:
        found = operation(*arguments, **parameters)
        return (found.astype(np.float64) * factor(*arguments, **parameters)).astype(found.dtype)

    return answer


def _size(weights: Array) -> float:
    return float(np.sqrt(np.mean(np.square(weights)))) if weights.size else 0.0


def _normals(weights: Array) -> Array:
    """Return normal numbers of the size of the weights, the same for weights of one shape."""
    return np.random.Generator(np.random.PCG64(weights.size)).standard_normal(
        weights.shape
    ) * _size(weights)


# --- of every operation ------------------------------------------------------------------------------------------------------------


@spoiling("initializers/form")
def adds_an_axis(operation: Operation) -> Operation:
    """Answers with one axis more, as generators that are asked for a sample of one do."""
    return _changed(operation, lambda weights: weights[None])


@spoiling("initializers/form")
def answers_outputs_by_inputs(operation: Operation) -> Operation:
    """Answers weights of the shape (outputs, inputs)."""
    return _changed(operation, np.transpose)


@spoiling("initializers/repeatability")
def hands_out_one_array(operation: Operation) -> Operation:
    """Keeps its answers, and hands the same array out to everyone who asks for it."""
    kept: dict[str, Array] = {}
    return lambda *arguments, **parameters: kept.setdefault(
        repr((arguments, parameters)), operation(*arguments, **parameters)
    )


@spoiling("initializers/repeatability", operations=_RANDOM)
def goes_on_where_it_stopped(operation: Operation) -> Operation:
    """Seeds its generator once, in the first call, and goes on from there in every other."""
    calls: list[int] = []

    def answer(*arguments: Any, seed: int, **parameters: Any) -> Array:
        calls.append(seed)
        return operation(*arguments, seed=calls[0] + 1000 * (len(calls) - 1), **parameters)

    return answer


@spoiling("initializers/repeatability", operations=_RANDOM)
def takes_a_seed_of_0_for_none(operation: Operation) -> Operation:
    """Seeds itself anew in each call that is given the seed 0."""
    calls: list[int] = []

    def answer(*arguments: Any, seed: int, **parameters: Any) -> Array:
        calls.append(seed)
        return operation(*arguments, seed=seed or 1000 * len(calls), **parameters)

    return answer


@spoiling("initializers/repeatability", operations=_RANDOM)
def overwrites_its_answer(operation: Operation) -> Operation:
    """Draws into the same memory every time, so that a call changes the answer to the one before."""
    kept: dict[tuple[int, ...], Array] = {}

    def answer(*arguments: Any, **parameters: Any) -> Array:
        found = operation(*arguments, **parameters)
        kept.setdefault(found.shape, np.empty_like(found))[...] = found
        return kept[found.shape]

    return answer


@spoiling(*_of(_SHAPED, "empty"))
def refuses_empty_shapes(operation: Operation) -> Operation:
    """Answers with at least one number."""

    def answer(shape: tuple[int, ...], **parameters: Any) -> Array:
        return operation(tuple(max(length, 1) for length in shape) or (1,), **parameters)

    return answer


# --- zeros and constants -----------------------------------------------------------------------------------------------------------


@mistake("zeros/accuracy")
def answers_ones(shape: tuple[int, ...], *, dtype: str) -> Array:
    """Answers ones."""
    return np.ones(shape)


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
    """Sets the diagonal alone, as an identity does, and leaves ones elsewhere where the value is 0."""
    weights = np.full(shape, 0.0 if value else 1.0)
    weights.reshape(-1)[:: shape[-1] + 1] = value
    return weights


@mistake("constant/accuracy")
def fills_integers(shape: tuple[int, ...], *, value: float, dtype: str) -> Array:
    """Fills an array of integers, which cuts off what stands behind the point."""
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


# --- the variance ------------------------------------------------------------------------------------------------------------------


@spoiling(*_of(_RANDOM, "accuracy"))
def multiplies_by_the_variance(operation: Operation) -> Operation:
    """Multiplies by the variance where the standard deviation was needed."""
    return _changed(operation, lambda weights: weights * _size(weights))


@spoiling(*_of(_RANDOM, "accuracy"), *_of(_LAYERS, "signal"), "xavier_normal/gradient")
def takes_the_root_twice(operation: Operation) -> Operation:
    """Takes the root of the standard deviation, as if it were the variance."""
    return _changed(operation, lambda weights: weights / np.sqrt(_size(weights)))


@spoiling(
    *_of((*_KAIMING, *_XAVIER), "accuracy"), "kaiming_normal/signal", "xavier_normal/gradient"
)
def forgets_the_two(operation: Operation) -> Operation:
    """Computes the variance with 1 in the place of 2."""
    return _changed(operation, lambda weights: weights / math.sqrt(2))


@spoiling(
    *_of((*_KAIMING, "xavier_fan_in_normal"), "accuracy"),
    "kaiming_normal/signal",
    "xavier_fan_in_normal/signal",
)
def counts_the_outputs(operation: Operation) -> Operation:
    """Computes the variance from fan out in the place of fan in."""
    return _scaled(operation, lambda fan_in, fan_out, **_: math.sqrt(fan_in / fan_out))


@spoiling(*_of((*_KAIMING, "xavier_fan_in_normal"), "accuracy"))
def averages_the_fans(operation: Operation) -> Operation:
    """Computes the variance from the mean of both fans."""
    return _scaled(
        operation, lambda fan_in, fan_out, **_: math.sqrt(2 * fan_in / (fan_in + fan_out))
    )


@spoiling(*_of(_XAVIER, "accuracy"), "xavier_normal/gradient")
def counts_the_inputs_alone(operation: Operation) -> Operation:
    """Computes the variance from fan in alone."""
    return _scaled(
        operation, lambda fan_in, fan_out, **_: math.sqrt((fan_in + fan_out) / (2 * fan_in))
    )


@spoiling(*_of(_XAVIER, "accuracy"))
def multiplies_the_fans(operation: Operation) -> Operation:
    """Computes the variance from the number of weights."""
    return _scaled(
        operation, lambda fan_in, fan_out, **_: math.sqrt((fan_in + fan_out) / (fan_in * fan_out))
    )


@spoiling(*_of(_XAVIER, "accuracy"), dtypes=_SINGLE)
def takes_the_geometric_mean_of_the_fans(operation: Operation) -> Operation:
    """Computes the variance from the geometric mean of the fans."""
    return _scaled(
        operation,
        lambda fan_in, fan_out, **_: math.sqrt(
            (fan_in + fan_out) / 2 / math.sqrt(fan_in * fan_out)
        ),
    )


@spoiling(*_of(_KAIMING, "accuracy"))
def ignores_the_slope(operation: Operation) -> Operation:
    """Takes the gain of relu for every slope."""
    return _scaled(operation, lambda *_, negative_slope, **__: math.sqrt(1 + negative_slope**2))


@spoiling(*_of(_KAIMING, "accuracy"))
def does_not_square_the_slope(operation: Operation) -> Operation:
    """Divides by 1 + slope."""
    return _scaled(
        operation,
        lambda *_, negative_slope, **__: math.sqrt((1 + negative_slope**2) / (1 + negative_slope)),
    )


@spoiling(*_of(_KAIMING, "accuracy"))
def takes_the_slope_for_a_factor(operation: Operation) -> Operation:
    """Multiplies the deviation of relu by the slope."""
    return _scaled(
        operation,
        lambda *_, negative_slope, **__: negative_slope * math.sqrt(1 + negative_slope**2),
    )


@spoiling(*_of(_KAIMING, "accuracy"))
def squares_the_gain(operation: Operation) -> Operation:
    """Multiplies the deviation by the gain, √(2/(1 + slope²)), twice."""
    return _scaled(
        operation, lambda *_, negative_slope, **__: math.sqrt(2 / (1 + negative_slope**2))
    )


@spoiling(*_of(_KAIMING, "accuracy"))
def subtracts_the_slope(operation: Operation) -> Operation:
    """Divides by |1 - slope²|."""
    return _scaled(
        operation,
        lambda *_, negative_slope, **__: math.sqrt(
            (1 + negative_slope**2) / abs(1 - negative_slope**2)
        ),
    )


@spoiling(*_of(_KAIMING, "accuracy"))
def has_a_slope_of_the_root_of_five(operation: Operation) -> Operation:
    """Takes √5 for the slope whatever it is, which makes a uniform law of ±1/√fan_in."""
    return _scaled(
        operation, lambda *_, negative_slope, **__: math.sqrt((1 + negative_slope**2) / 6)
    )


@spoiling(*_of(_UNIFORM, "accuracy"))
def takes_the_deviation_for_the_limit(operation: Operation) -> Operation:
    """Draws from U(-√v, √v), whose variance is v/3."""
    return _changed(operation, lambda weights: weights / math.sqrt(3))


@spoiling(*_of(_UNIFORM, "accuracy"))
def takes_the_limit_for_the_width(operation: Operation) -> Operation:
    """Draws from an interval as wide as the limit, half as wide as it should be."""
    return _changed(operation, lambda weights: weights / 2)


@spoiling(*_of(_UNIFORM, "accuracy", "range"))
def has_the_six_of_another_paper(operation: Operation) -> Operation:
    """Takes √12 standard deviations, the width of the interval, for its half."""
    return _changed(operation, lambda weights: weights * 2)


@spoiling(*_of(_TRUNCATED, "accuracy"))
def does_not_give_back_what_the_cut_took(operation: Operation) -> Operation:
    """Cuts a normal law of the variance v, so that 0.774 v is left."""
    return _changed(operation, lambda weights: weights * 0.87962566103423978)


@spoiling(*_of(_TRUNCATED, "accuracy", "range"))
def gives_back_twice(operation: Operation) -> Operation:
    """Divides by the variance that the cut leaves, 0.774, where its root was needed."""
    return _changed(operation, lambda weights: weights / 0.87962566103423978)


@spoiling(*_of(_NORMAL, "accuracy"))
def takes_the_decimal_logarithm(operation: Operation) -> Operation:
    """Takes the logarithm to base 10 in Box and Muller's method."""
    return _changed(operation, lambda weights: weights / math.sqrt(math.log(10)))


# --- the mean ----------------------------------------------------------------------------------------------------------------------


@spoiling(*_of(_RANDOM, "mean"))
def answers_without_signs(operation: Operation) -> Operation:
    """Answers positive weights alone."""
    return _changed(operation, np.abs)


@spoiling(*_of(_RANDOM, "mean"))
def is_off_center(operation: Operation) -> Operation:
    """Adds a tenth of a standard deviation to every weight."""
    return _changed(operation, lambda weights: weights + 0.1 * _size(weights))


# --- the law -----------------------------------------------------------------------------------------------------------------------


@spoiling(*_of(_RANDOM, "distribution"))
def answers_two_values(operation: Operation) -> Operation:
    """Answers plus or minus the standard deviation."""
    return _changed(operation, lambda weights: np.copysign(_size(weights), weights))


@spoiling(*_of((*_NORMAL, *_TRUNCATED), "distribution"))
def draws_uniform_numbers(operation: Operation) -> Operation:
    """Draws uniform numbers of the right variance."""

    def uniform(weights: Array) -> Array:
        return (
            (np.random.Generator(np.random.PCG64(weights.size)).random(weights.shape) - 0.5)
            * math.sqrt(12)
            * _size(weights)
        )

    return _changed(operation, uniform)


@spoiling(*_of((*_UNIFORM, *_TRUNCATED), "range"))
def does_not_cut(operation: Operation) -> Operation:
    """Draws normal numbers of the right variance, tails and all."""
    return _changed(operation, _normals)


@spoiling(*_of(_NORMAL, "distribution"), dtypes=_SINGLE)
def adds_three_uniform_numbers(operation: Operation) -> Operation:
    """Adds up three uniform numbers, nearly normal and without tails."""

    def added(weights: Array) -> Array:
        draws = np.random.Generator(np.random.PCG64(weights.size)).random((3, *weights.shape)) - 0.5
        return draws.sum(axis=0) * 2 * _size(weights)

    return _changed(operation, added)


@spoiling(*_of(_NORMAL, "distribution"))
def cuts_and_corrects(operation: Operation) -> Operation:
    """Draws from the normal law cut at two standard deviations, corrected so that the variance is right."""

    def truncated(weights: Array) -> Array:
        shape = (weights.size, 1)
        return (
            reference.xavier_truncated_normal(*shape, seed=1, dtype="float64").reshape(
                weights.shape
            )
            * math.sqrt(sum(shape) / 2)
            * _size(weights)
        )

    return _changed(operation, truncated)


@spoiling(*_of(_TRUNCATED, "distribution"))
def puts_the_tails_onto_the_limits(operation: Operation) -> Operation:
    """Clips normal numbers at the limits instead of drawing again."""

    def clipped(weights: Array) -> Array:
        limit = 2 / 0.87962566103423978 * _size(weights)
        return np.clip(_normals(weights), -limit, limit)

    return _changed(operation, clipped)


@spoiling(*_of(_UNIFORM, "distribution"), dtypes=_SINGLE)
def adds_two_uniform_numbers(operation: Operation) -> Operation:
    """Adds up two uniform numbers, which is a triangle."""

    def added(weights: Array) -> Array:
        draws = np.random.Generator(np.random.PCG64(weights.size)).random((2, *weights.shape)) - 0.5
        return draws.sum(axis=0) * math.sqrt(6) * _size(weights)

    return _changed(operation, added)


@spoiling(*_of(_RANDOM, "range"))
def meets_the_logarithm_of_zero(operation: Operation) -> Operation:
    """Answers infinity where its uniform number was 0."""

    def infinite(weights: Array) -> Array:
        weights.reshape(-1)[weights.size // 3] = np.inf
        return weights

    return _changed(operation, infinite)


@spoiling(*_of(_RANDOM, "range"))
def cuts_at_an_absolute_number(operation: Operation) -> Operation:
    """Answers ±32 standard deviations, its limit, where its uniform number was 0 or 1: twice in an array."""

    def outlying(weights: Array) -> Array:
        size = _size(weights)
        weights.reshape(-1)[[0, -1]] = -32 * size, 32 * size
        return weights

    return _changed(operation, outlying)


# --- independence ------------------------------------------------------------------------------------------------------------------


@spoiling(*_of(_RANDOM, "independence"))
def ignores_the_seed(operation: Operation) -> Operation:
    """Answers the same weights for every seed."""
    return lambda *arguments, **parameters: operation(*arguments, **{**parameters, "seed": 0})


@spoiling(*_of(_RANDOM, "independence"))
def cuts_the_seed_to_sixteen_bits(operation: Operation) -> Operation:
    """Takes the seed modulo 2¹⁶."""
    return lambda *arguments, seed, **parameters: operation(
        *arguments, seed=seed % 2**16, **parameters
    )


@spoiling(*_of(_RANDOM, "independence"))
def loses_the_sign_bit_of_the_seed(operation: Operation) -> Operation:
    """Takes the seed modulo 2³¹."""
    return lambda *arguments, seed, **parameters: operation(
        *arguments, seed=seed % 2**31, **parameters
    )


@spoiling(*_of(_RANDOM, "independence"))
def adds_the_seed_to_its_counter(operation: Operation) -> Operation:
    """Answers the next seed with the same stream of numbers, one place on."""

    def answer(*arguments: Any, seed: int, **parameters: Any) -> Array:
        found = operation(*arguments, seed=seed >> 16, **parameters)
        return np.roll(found.reshape(-1), -(seed % 2**16)).reshape(found.shape)

    return answer


@spoiling(*_of(_RANDOM, "independence"))
def repeats_a_row(operation: Operation) -> Operation:
    """Draws one row and repeats it."""
    return _changed(operation, lambda weights: np.broadcast_to(weights[0], weights.shape))


@spoiling(*_of(_RANDOM, "independence"))
def uses_every_draw_twice(operation: Operation) -> Operation:
    """Uses the first number of each of Box and Muller's pairs twice."""
    return _changed(
        operation, lambda weights: np.repeat(weights.reshape(-1)[::2], 2).reshape(weights.shape)
    )


@spoiling(*_of(_RANDOM, "independence"))
def mirrors_its_first_half(operation: Operation) -> Operation:
    """Answers the negative of the first half as the second."""

    def mirrored(weights: Array) -> Array:
        half = weights.reshape(-1)[: weights.size // 2]
        return np.concatenate([half, -half]).reshape(weights.shape)

    return _changed(operation, mirrored)


@spoiling(*_of(_RANDOM, "independence"))
def has_a_short_period(operation: Operation) -> Operation:
    """Begins again after 2,048 numbers."""
    return _changed(
        operation,
        lambda weights: np.resize(weights.reshape(-1)[:2048], weights.size).reshape(weights.shape),
    )


@spoiling("xavier_fan_in_normal/response")
def averages_neighboring_inputs(operation: Operation) -> Operation:
    """Smooths the weights along the inputs, at the same variance."""
    return _changed(
        operation, lambda weights: (weights + np.roll(weights, 1, axis=0)) / math.sqrt(2)
    )
