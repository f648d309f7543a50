"""Mistakes of the page `clipping`: other norms, other factors, and 0/0, each as it has been made or could be."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.everywhere.mistakes.memory import owner_of
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling
from nnspec.conformance.terms.nested import mapped

Array = NDArray[Any]
Lists = list[Array]

_JOINT = ("clip_by_global_norm", "clip_by_global_norm_epsilon")
_NORMS = ("clip_by_norm", *_JOINT)
_JOINT_ACCURACY = tuple(f"{operation}/accuracy" for operation in _JOINT)
_NARROW = ("float16", "bfloat16")


def _factored(
    factor: Callable[[Lists, float, float], Any],
    gradients: Sequence[Array],
    max_norm: float,
    epsilon: float = 0.0,
) -> Lists:
    """Return gradients · factor(gradients, max_norm, epsilon), computed in float64 and rounded to their dtype."""
    wide = [g.astype(np.float64) for g in gradients]
    with np.errstate(all="ignore"):
        by = factor(wide, max_norm, epsilon)
        return [cast(g * by, given.dtype.name) for g, given in zip(wide, gradients, strict=True)]


def _flat(arrays: Iterable[Array]) -> Array:
    return np.concatenate([np.zeros(0), *(array.ravel() for array in arrays)])


def _norm(arrays: Iterable[Array]) -> Any:
    return np.sqrt(np.sum(np.square(_flat(arrays))))


def _by(norm: Callable[[Lists], Any]) -> Callable[[Lists, float, float], Any]:
    """Return the right factor of a wrong norm."""

    def factor(gradients: Lists, max_norm: float, epsilon: float) -> Any:
        size = norm(gradients) + epsilon
        return max_norm / size if size > max_norm else 1.0

    return factor


def _each(
    factor: Callable[[Lists, float, float], Any], gradients: Sequence[Array], max_norm: float
) -> Lists:
    """Return each array scaled by a factor of its own."""
    return [_factored(factor, [g], max_norm)[0] for g in gradients]


# --- of every operation ------------------------------------------------------------------------------------------------------------


@spoiling("clipping/form")
def flattens_its_answers(operation: Operation) -> Operation:
    """Answers with flat arrays, as they lie in a buffer."""
    return lambda gradients, **parameters: [
        g.reshape(-1, 1, 1, 1, 1) for g in operation(gradients, **parameters)
    ]


@spoiling("clipping/form")
def joins_its_answers(operation: Operation) -> Operation:
    """Answers with one array that holds all elements."""
    return lambda gradients, **parameters: [
        np.concatenate([g.ravel() for g in operation(gradients, **parameters)])
    ]


@spoiling("clipping/form")
def answers_in_reverse_order(operation: Operation) -> Operation:
    """Answers the arrays in reverse order."""
    return lambda gradients, **parameters: operation(gradients, **parameters)[::-1]


@spoiling("clipping/layouts")
def takes_the_buffer_for_the_view(operation: Operation) -> Operation:
    """Follows the strides of a view, but from the beginning of the memory that it is a view of."""

    def from_the_start(g: Array) -> Array:
        owner = owner_of(g)
        if min(g.strides, default=0) < 0 or owner.size <= g.size:
            return g
        return np.lib.stride_tricks.as_strided(owner.reshape(-1), g.shape, g.strides)

    return lambda gradients, **parameters: operation(
        [from_the_start(g) for g in gradients], **parameters
    )


@spoiling("clipping/layouts", "clipping/purity")
def clips_in_place(operation: Operation) -> Operation:
    """Writes its answer into the gradients."""

    def answer(gradients: Lists, **parameters: Any) -> Lists:
        for g, found in zip(gradients, operation(gradients, **parameters), strict=True):
            g[...] = found
        return gradients

    return answer


@spoiling("clipping/purity")
def answers_the_call_before(operation: Operation) -> Operation:
    """Answers with the gradients of the call before, where they had the same shapes."""
    kept: dict[tuple[tuple[int, ...], ...], Lists] = {}

    def answer(gradients: Lists, **parameters: Any) -> Lists:
        found = operation(gradients, **parameters)
        shapes = tuple(g.shape for g in gradients)
        before = kept.get(shapes)
        kept[shapes] = found
        return found if before is None else before

    return answer


@spoiling("clipping/empty")
def leaves_empty_arrays_out(operation: Operation) -> Operation:
    """Answers only the arrays that have elements."""
    return lambda gradients, **parameters: operation([g for g in gradients if g.size], **parameters)


@spoiling("clipping/zero-limit")
def takes_a_limit_of_zero_for_none(operation: Operation) -> Operation:
    """Tests the limit for truth, and clips nothing where it is 0."""

    def answer(gradients: Lists, **parameters: Any) -> Lists:
        limit = parameters.get("limit", parameters.get("max_norm"))
        return operation(gradients, **parameters) if limit else [g.copy() for g in gradients]

    return answer


@spoiling("clipping/zero-limit", operations=_NORMS)
def divides_zero_by_zero_at_a_limit_of_zero(operation: Operation) -> Operation:
    """Compares strictly, so that zeros are scaled by 0/0 where the limit is 0."""

    def answer(gradients: Lists, **parameters: Any) -> Lists:
        found = operation(gradients, **parameters)
        return found if parameters["max_norm"] else [g + g.dtype.type(np.nan) for g in found]

    return answer


@spoiling("clipping/untouched", "clipping/zero-limit", operations=("clip_by_value",))
def divides_by_the_limit(_: Operation) -> Operation:
    """Divides by the limit, clips to [-1, 1] and multiplies again: that rounds twice, and is 0/0 where the limit is 0."""

    def answer(gradients: Lists, *, limit: float) -> Lists:
        with np.errstate(all="ignore"):
            return [
                (
                    np.clip(g / g.dtype.type(limit), -1, 1).astype(g.dtype) * g.dtype.type(limit)
                ).astype(g.dtype)
                for g in gradients
            ]

    return answer


@spoiling("clipping/untouched", operations=_NORMS)
def multiplies_by_the_smaller_reciprocal(operation: Operation) -> Operation:
    """Multiplies by the limit times the smaller of two reciprocals, which within the limit is not always 1."""

    def answer(gradients: Lists, **parameters: Any) -> Lists:
        def untouched(g: Array, found: Array) -> Array:
            one, limit = g.dtype.type(1), g.dtype.type(parameters["max_norm"])
            return (
                (g * (limit * (one / limit))).astype(g.dtype) if np.array_equal(g, found) else found
            )

        with np.errstate(all="ignore"):
            return [
                untouched(*pair)
                for pair in zip(gradients, operation(gradients, **parameters), strict=True)
            ]

    return answer


@spoiling("clipping/zero", operations=_JOINT)
def adds_epsilon_to_every_element(operation: Operation) -> Operation:
    """Guards the division by adding a thousandth to every element."""
    return lambda gradients, **parameters: operation(
        [g + g.dtype.type(2.0**-10) for g in gradients], **parameters
    )


@spoiling("clipping/nan")
def replaces_nan_by_zero(operation: Operation) -> Operation:
    """Takes NaN for 0."""

    def without(g: Array) -> Array:
        return np.where(np.isnan(g), g.dtype.type(0), g)

    return lambda gradients, **parameters: operation(mapped(without, gradients), **parameters)


@spoiling("clipping/form")
def scales_only_the_first_array(operation: Operation) -> Operation:
    """Clips the first array and passes the others on."""
    return lambda gradients, **parameters: [
        *operation(gradients, **parameters)[:1],
        *(g.copy() for g in gradients[1:]),
    ]


# --- clip_by_value -----------------------------------------------------------------------------------------------------------------


@mistake("clip_by_value/accuracy", "clipping/limit")
def clips_above_only(gradients: Lists, *, limit: float) -> Lists:
    """Clips what is above the limit and leaves what is below its negative."""
    return [np.minimum(g, limit) for g in gradients]


@mistake("clip_by_value/accuracy", "clipping/limit")
def clips_below_only(gradients: Lists, *, limit: float) -> Lists:
    """Clips what is below the negative limit and leaves what is above it."""
    return [np.maximum(g, -limit) for g in gradients]


@mistake("clip_by_value/accuracy", "clipping/within")
def forgets_the_sign(gradients: Lists, *, limit: float) -> Lists:
    """Clips the magnitude, and answers without the sign."""
    return [np.minimum(np.abs(g), limit) for g in gradients]


@mistake("clip_by_value/accuracy", "clipping/within")
def clips_to_positive_numbers(gradients: Lists, *, limit: float) -> Lists:
    """Clips to [0, limit]."""
    return [np.clip(g, 0, limit) for g in gradients]


@mistake("clip_by_value/accuracy")
def drops_what_exceeds(gradients: Lists, *, limit: float) -> Lists:
    """Answers 0 where the limit is exceeded."""
    return [np.where(np.abs(g) > limit, 0, g) for g in gradients]


@mistake("clip_by_value/accuracy", "clip_by_value/infinities")
def scales_by_the_largest_element(gradients: Lists, *, limit: float) -> Lists:
    """Divides everything by the largest element, so that the direction stays."""
    largest = max(float(np.max(np.abs(g), initial=0)) for g in gradients)
    return [g * (limit / largest) if largest > limit else g for g in gradients]


@mistake("clip_by_value/accuracy", "clipping/within", "clipping/zero")
def answers_the_limit_with_the_sign(gradients: Lists, *, limit: float) -> Lists:
    """Answers plus or minus the limit, whatever the magnitude."""
    return [np.copysign(limit, g) for g in gradients]


@mistake("clip_by_value/accuracy", "clipping/limit", "clipping/within")
def clips_to_one(gradients: Lists, *, limit: float) -> Lists:
    """Clips to [-1, 1] and does not read the limit."""
    return [np.clip(g, -1, 1) for g in gradients]


@mistake("clip_by_value/accuracy", "clip_by_value/idempotence", "clipping/within")
def squashes_smoothly(gradients: Lists, *, limit: float) -> Lists:
    """Squashes by g/(1 + |g|/limit), which moves what is within the limit too."""
    return [g / (1 + np.abs(g) / limit) if limit else g * 0 for g in gradients]


@mistake("clip_by_value/accuracy", "clipping/limit")
def clips_to_twice_the_limit(gradients: Lists, *, limit: float) -> Lists:
    """Takes the limit for half of the interval's half."""
    return [np.clip(g, -2 * limit, 2 * limit) for g in gradients]


@mistake("clip_by_value/infinities")
def takes_infinity_for_nan(gradients: Lists, *, limit: float) -> Lists:
    """Answers NaN to infinities."""
    return [np.where(np.isinf(g), np.nan, np.clip(g, -limit, limit)) for g in gradients]


# --- the norm of each array --------------------------------------------------------------------------------------------------------


def _squared(gradients: Lists) -> Any:
    return _norm(gradients) ** 2


def _absolute(gradients: Lists) -> Any:
    return np.sum(np.abs(_flat(gradients)))


def _largest(gradients: Lists) -> Any:
    return np.max(np.abs(_flat(gradients)), initial=0.0)


def _mean_square(gradients: Lists) -> Any:
    return _norm(gradients) / np.sqrt(max(_flat(gradients).size, 1))


def _inverted(gradients: Lists, max_norm: float, epsilon: float) -> Any:
    return max(1.0, (_norm(gradients) + epsilon) / max_norm)


def _always(gradients: Lists, max_norm: float, epsilon: float) -> Any:
    return max_norm / (_norm(gradients) + epsilon)


def _soft(gradients: Lists, max_norm: float, epsilon: float) -> Any:
    return max_norm / (_norm(gradients) + epsilon + max_norm)


def _late(gradients: Lists, max_norm: float, epsilon: float) -> Any:
    size = _norm(gradients) + epsilon
    return max_norm / size if size > 2 * max_norm else 1.0


def _normalized(gradients: Lists, max_norm: float, _: float) -> Any:
    """Return the factor min(norm, max_norm)/norm as it comes of two roundings, 0/0 at 0."""
    norm = _norm(gradients)
    return (1 / norm) * min(norm, max_norm)


@mistake("clip_by_norm/accuracy")
def forgets_the_root(gradients: Lists, *, max_norm: float) -> Lists:
    """Divides by the sum of squares."""
    return _each(_by(_squared), gradients, max_norm)


@mistake("clip_by_norm/accuracy")
def sums_absolute_values(gradients: Lists, *, max_norm: float) -> Lists:
    """Takes the sum of the absolute values for the norm."""
    return _each(_by(_absolute), gradients, max_norm)


@mistake("clip_by_norm/accuracy", "clipping/limit")
def takes_the_largest_element(gradients: Lists, *, max_norm: float) -> Lists:
    """Takes the largest absolute value for the norm."""
    return _each(_by(_largest), gradients, max_norm)


@mistake("clip_by_norm/accuracy", "clipping/limit")
def takes_the_mean_square(gradients: Lists, *, max_norm: float) -> Lists:
    """Takes the root of the mean square for the norm."""
    return _each(_by(_mean_square), gradients, max_norm)


@mistake("clip_by_norm/accuracy", "clipping/limit")
def inverts_the_factor(gradients: Lists, *, max_norm: float) -> Lists:
    """Multiplies by the norm over the limit."""
    return _each(_inverted, gradients, max_norm)


@mistake("clip_by_norm/accuracy", "clipping/within")
def scales_always(gradients: Lists, *, max_norm: float) -> Lists:
    """Scales to the limit what is below it too."""
    return [
        g if not np.any(g) else each
        for g, each in zip(gradients, _each(_always, gradients, max_norm), strict=True)
    ]


@mistake("clip_by_norm/accuracy", "clip_by_norm/idempotence", "clipping/within")
def clips_smoothly(gradients: Lists, *, max_norm: float) -> Lists:
    """Divides by one plus the norm over the limit, a factor that is never 1."""
    return _each(_soft, gradients, max_norm)


@mistake("clip_by_norm/accuracy", "clipping/limit")
def clips_beyond_twice_the_limit(gradients: Lists, *, max_norm: float) -> Lists:
    """Clips only where the norm is more than twice the limit."""
    return _each(_late, gradients, max_norm)


@mistake("clipping/zero", "clip_by_norm/accuracy")
def normalizes_before_it_scales(gradients: Lists, *, max_norm: float) -> Lists:
    """Divides by the norm first, which is 0/0 where the array is zero."""
    return _each(_normalized, gradients, max_norm)


@mistake("clip_by_norm/accuracy", "clip_by_norm/direction")
def clips_element_by_element(gradients: Lists, *, max_norm: float) -> Lists:
    """Clips every element to the limit."""
    return [np.clip(g, -max_norm, max_norm) for g in gradients]


@mistake("clip_by_norm/accuracy", "clip_by_norm/direction", "clipping/within")
def answers_magnitudes(gradients: Lists, *, max_norm: float) -> Lists:
    """Forgets the signs."""
    return [np.abs(g) for g in _each(_by(_norm), gradients, max_norm)]


@mistake("clip_by_norm/accuracy", "clip_by_norm/own-norm")
def takes_the_joint_norm(gradients: Lists, *, max_norm: float) -> Lists:
    """Scales every array by the norm of all."""
    return _factored(_by(_norm), gradients, max_norm)


@mistake("clip_by_norm/accuracy", "clip_by_norm/own-norm", "clipping/limit")
def takes_the_norm_of_the_first_array(gradients: Lists, *, max_norm: float) -> Lists:
    """Computes the norm once, of the first array."""
    return _factored(_by(lambda arrays: _norm(arrays[:1])), gradients, max_norm)


@mistake("clip_by_norm/direction", "clip_by_norm/accuracy")
def takes_a_norm_for_every_row(gradients: Lists, *, max_norm: float) -> Lists:
    """Clips every row of a matrix by its own norm."""
    return [
        np.stack(_each(_by(_norm), list(g), max_norm))
        if g.ndim > 1
        else _each(_by(_norm), [g], max_norm)[0]
        for g in gradients
    ]


@mistake("clip_by_norm/accuracy", dtypes=_NARROW, native=True)
def sums_in_sixteen_bits(gradients: Lists, *, max_norm: float) -> Lists:
    """Sums the squares in the narrow format, term after term."""
    return [
        cast(g.astype(np.float64) * min(1.0, max_norm / _narrow_norm([g])), g.dtype.name)
        if np.any(g)
        else g
        for g in gradients
    ]


@mistake("clip_by_norm/range", native=True)
def squares_in_the_format(gradients: Lists, *, max_norm: float) -> Lists:
    """Squares in the format itself, where squares overflow and underflow."""
    return [_by_squares([g], max_norm, 0.0)[0] for g in gradients]


def _narrow_norm(gradients: Sequence[Array]) -> float:
    """Return the norm with every square and every partial sum rounded to the format, the quotient only in the end."""
    total = gradients[0].dtype.type(0)
    with np.errstate(over="ignore", under="ignore"):
        for g in gradients:
            for value in g.ravel():
                total = total + value * value
    return float(np.sqrt(np.float64(total)))


def _by_squares(gradients: Sequence[Array], max_norm: float, epsilon: float) -> Lists:
    """Return clipped gradients, every square rounded to their format."""
    kind = gradients[0].dtype.type
    total = sum(float(np.float64((g * g).astype(np.float64).sum())) for g in gradients)
    size = float(kind(np.sqrt(float(kind(total))))) + epsilon
    return [
        cast(g.astype(np.float64) * (max_norm / size), g.dtype.name) if size > max_norm else g
        for g in gradients
    ]


# --- the joint norm ----------------------------------------------------------------------------------------------------------------


@spoiling(*_JOINT_ACCURACY, operations=_JOINT)
def forgets_the_joint_root(_: Operation) -> Operation:
    """Divides by the sum of squares."""
    return lambda gradients, **parameters: _factored(_by(_squared), gradients, **parameters)


@spoiling(*_JOINT_ACCURACY, operations=_JOINT)
def sums_all_absolute_values(_: Operation) -> Operation:
    """Takes the sum of the absolute values for the norm."""
    return lambda gradients, **parameters: _factored(_by(_absolute), gradients, **parameters)


@spoiling(*_JOINT_ACCURACY, "clipping/limit", operations=_JOINT)
def takes_the_largest_of_all_elements(_: Operation) -> Operation:
    """Takes the largest absolute value for the norm."""
    return lambda gradients, **parameters: _factored(_by(_largest), gradients, **parameters)


@spoiling(*_JOINT_ACCURACY, "clipping/limit", operations=_JOINT)
def takes_the_joint_mean_square(_: Operation) -> Operation:
    """Takes the root of the mean square for the norm."""
    return lambda gradients, **parameters: _factored(_by(_mean_square), gradients, **parameters)


@spoiling(*_JOINT_ACCURACY, "clipping/limit", operations=_JOINT)
def inverts_the_joint_factor(_: Operation) -> Operation:
    """Multiplies by the norm over the limit."""
    return lambda gradients, **parameters: _factored(_inverted, gradients, **parameters)


@spoiling("clipping/within", operations=_JOINT)
def scales_always_to_the_limit(_: Operation) -> Operation:
    """Scales to the limit what is below it too."""

    def answer(gradients: Lists, **parameters: Any) -> Lists:
        return (
            _factored(_always, gradients, **parameters)
            if any(np.any(g) for g in gradients)
            else [g.copy() for g in gradients]
        )

    return answer


@spoiling(*_JOINT_ACCURACY, "clip_by_global_norm/idempotence", "clipping/within", operations=_JOINT)
def clips_all_smoothly(_: Operation) -> Operation:
    """Divides by one plus the norm over the limit, a factor that is never 1."""
    return lambda gradients, **parameters: _factored(_soft, gradients, **parameters)


@spoiling(*_JOINT_ACCURACY, "clipping/limit", operations=_JOINT)
def clips_all_beyond_twice_the_limit(_: Operation) -> Operation:
    """Clips only where the norm is more than twice the limit."""
    return lambda gradients, **parameters: _factored(_late, gradients, **parameters)


@spoiling("clipping/zero", *_JOINT_ACCURACY, operations=_JOINT)
def normalizes_all_before_it_scales(_: Operation) -> Operation:
    """Divides by the bare norm first, which is 0/0 where all gradients are zero."""
    return lambda gradients, **parameters: _factored(_normalized, gradients, **parameters)


@spoiling(*_JOINT_ACCURACY, *(f"{operation}/direction" for operation in _JOINT), operations=_JOINT)
def clips_all_element_by_element(_: Operation) -> Operation:
    """Clips every element to the limit."""
    return lambda gradients, *, max_norm, **_: [
        cast(np.clip(g.astype(np.float64), -max_norm, max_norm), g.dtype.name) for g in gradients
    ]


@spoiling(
    *_JOINT_ACCURACY,
    *(f"{operation}/direction" for operation in _JOINT),
    "clipping/within",
    operations=_JOINT,
)
def answers_all_magnitudes(operation: Operation) -> Operation:
    """Forgets the signs."""
    return lambda gradients, **parameters: [np.abs(g) for g in operation(gradients, **parameters)]


@spoiling(
    *_JOINT_ACCURACY,
    *(f"{operation}/{law}" for operation in _JOINT for law in ("joint-norm", "direction")),
    "clipping/limit",
    operations=_JOINT,
)
def clips_each_array_by_its_own_norm(operation: Operation) -> Operation:
    """Scales each array by its own norm."""
    return lambda gradients, **parameters: [operation([g], **parameters)[0] for g in gradients]


@spoiling(*_JOINT_ACCURACY, *(f"{operation}/joint-norm" for operation in _JOINT), operations=_JOINT)
def adds_the_norms(_: Operation) -> Operation:
    """Takes the sum of the arrays' norms for the norm of all."""
    return lambda gradients, **parameters: _factored(
        _by(lambda arrays: sum(_norm([g]) for g in arrays)), gradients, **parameters
    )


@spoiling(
    *_JOINT_ACCURACY,
    *(f"{operation}/joint-norm" for operation in _JOINT),
    "clipping/limit",
    operations=_JOINT,
)
def takes_the_largest_of_the_norms(_: Operation) -> Operation:
    """Takes the largest of the arrays' norms for the norm of all."""
    return lambda gradients, **parameters: _factored(
        _by(lambda arrays: max((_norm([g]) for g in arrays), default=0.0)), gradients, **parameters
    )


@spoiling(
    *_JOINT_ACCURACY,
    *(f"{operation}/joint-norm" for operation in _JOINT),
    "clipping/limit",
    operations=_JOINT,
)
def takes_the_norm_of_the_last_array(_: Operation) -> Operation:
    """Overwrites the sum in the loop, so that the norm is that of the last array."""
    return lambda gradients, **parameters: _factored(
        _by(lambda arrays: _norm(arrays[-1:])), gradients, **parameters
    )


@spoiling(*_JOINT_ACCURACY, dtypes=_NARROW, operations=_JOINT)
def sums_all_in_sixteen_bits(_: Operation) -> Operation:
    """Sums the squares in the narrow format, term after term."""

    def answer(gradients: Lists, *, max_norm: float, epsilon: float = 0.0) -> Lists:
        size = _narrow_norm(gradients) + epsilon
        return [
            cast(g.astype(np.float64) * (max_norm / size if size > max_norm else 1.0), g.dtype.name)
            for g in gradients
        ]

    return answer


@spoiling(*(f"{operation}/range" for operation in _JOINT), operations=_JOINT)
def squares_all_in_the_format(_: Operation) -> Operation:
    """Squares in the format itself, where squares overflow and underflow."""

    def answer(gradients: Lists, *, max_norm: float, epsilon: float = 0.0) -> Lists:
        with np.errstate(all="ignore"):
            return _by_squares(gradients, max_norm, epsilon)

    return answer


@mistake("clip_by_global_norm/accuracy", dtypes=("float64", "float32"))
def adds_a_millionth_to_the_norm(gradients: Lists, *, max_norm: float) -> Lists:
    """Guards the division by adding 1e-6 to the norm."""
    return _factored(_by(_norm), gradients, max_norm, 1e-6)


@mistake("clip_by_global_norm_epsilon/accuracy")
def forgets_epsilon(gradients: Lists, *, max_norm: float, epsilon: float) -> Lists:
    """Divides by the norm alone."""
    return _factored(_by(_norm), gradients, max_norm)


@mistake("clip_by_global_norm_epsilon/accuracy")
def puts_epsilon_under_the_root(gradients: Lists, *, max_norm: float, epsilon: float) -> Lists:
    """Adds epsilon to the sum of squares."""
    return _factored(_by(lambda arrays: np.sqrt(_squared(arrays) + epsilon)), gradients, max_norm)


@mistake("clip_by_global_norm_epsilon/accuracy", "clipping/limit")
def adds_epsilon_to_the_factor(gradients: Lists, *, max_norm: float, epsilon: float) -> Lists:
    """Adds epsilon to the quotient."""
    return _factored(
        lambda arrays, limit, _: (
            min(1.0, limit / _norm(arrays) + epsilon) if _norm(arrays) else 1.0
        ),
        gradients,
        max_norm,
    )


@mistake("clip_by_global_norm_epsilon/accuracy", "clip_by_global_norm_epsilon/joint-norm")
def adds_epsilon_for_each_array(gradients: Lists, *, max_norm: float, epsilon: float) -> Lists:
    """Adds epsilon to the norm of each array before they are joined."""
    joined = _by(lambda arrays: np.sqrt(sum((_norm([g]) + epsilon) ** 2 for g in arrays)))
    return _factored(joined, gradients, max_norm)


@mistake("clip_by_global_norm_epsilon/accuracy")
def takes_the_larger_of_norm_and_epsilon(
    gradients: Lists, *, max_norm: float, epsilon: float
) -> Lists:
    """Divides by the norm where it is larger than epsilon, and the limit is compared with epsilon added."""
    return _factored(
        lambda arrays, limit, _: min(1.0, (limit + epsilon) / max(_norm(arrays), epsilon)),
        gradients,
        max_norm,
    )
