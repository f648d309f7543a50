"""Mistakes of clipping all arrays by their joint norm."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.clipping.mistakes.parts import (
    by_squares,
    factored,
    inverted,
    late,
    limited_by,
    mean_square,
    narrow_norm,
    norm_of,
    normalized,
    soft,
    squared_norm,
)
from nnspec.conformance.terms.formats import NARROW, cast
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]
Lists = list[Array]

_JOINT = ("clip_by_global_norm", "clip_by_global_norm_epsilon")
_JOINT_ACCURACY = tuple(f"{operation}/accuracy" for operation in _JOINT)


@spoiling(*_JOINT_ACCURACY, "clipping/limit", operations=_JOINT)
def takes_the_joint_mean_square(_: Operation) -> Operation:
    """Takes the root of the mean square for the norm."""
    return lambda gradients, **parameters: factored(
        limited_by(mean_square), gradients, **parameters
    )


@spoiling(*_JOINT_ACCURACY, "clipping/limit", operations=_JOINT)
def inverts_the_joint_factor(_: Operation) -> Operation:
    """Multiplies by the norm over the limit."""
    return lambda gradients, **parameters: factored(inverted, gradients, **parameters)


@spoiling(*_JOINT_ACCURACY, "clip_by_global_norm/idempotence", "clipping/within", operations=_JOINT)
def clips_all_smoothly(_: Operation) -> Operation:
    """Divides by one plus the norm over the limit, a factor that is never 1."""
    return lambda gradients, **parameters: factored(soft, gradients, **parameters)


@spoiling(*_JOINT_ACCURACY, "clipping/limit", operations=_JOINT)
def clips_all_beyond_twice_the_limit(_: Operation) -> Operation:
    """Clips only where the norm is more than twice the limit."""
    return lambda gradients, **parameters: factored(late, gradients, **parameters)


@spoiling("clipping/zero", *_JOINT_ACCURACY, operations=_JOINT)
def normalizes_all_before_it_scales(_: Operation) -> Operation:
    """Divides by the bare norm first, which is 0/0 where all gradients are zero."""
    return lambda gradients, **parameters: factored(normalized, gradients, **parameters)


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


@spoiling(*_JOINT_ACCURACY, *(f"{operation}/joint-norm" for operation in _JOINT), operations=_JOINT)
def adds_the_norms(_: Operation) -> Operation:
    """Takes the sum of the arrays' norms for the norm of all."""
    return lambda gradients, **parameters: factored(
        limited_by(lambda arrays: sum(norm_of([g]) for g in arrays)), gradients, **parameters
    )


@spoiling(
    *_JOINT_ACCURACY,
    *(f"{operation}/joint-norm" for operation in _JOINT),
    "clipping/limit",
    operations=_JOINT,
)
def takes_the_largest_of_the_norms(_: Operation) -> Operation:
    """Takes the largest of the arrays' norms for the norm of all."""
    return lambda gradients, **parameters: factored(
        limited_by(lambda arrays: max((norm_of([g]) for g in arrays), default=0.0)),
        gradients,
        **parameters,
    )


@spoiling(
    *_JOINT_ACCURACY,
    *(f"{operation}/joint-norm" for operation in _JOINT),
    "clipping/limit",
    operations=_JOINT,
)
def takes_the_norm_of_the_last_array(_: Operation) -> Operation:
    """Overwrites the sum in the loop, so that the norm is that of the last array."""
    return lambda gradients, **parameters: factored(
        limited_by(lambda arrays: norm_of(arrays[-1:])), gradients, **parameters
    )


@spoiling(*_JOINT_ACCURACY, dtypes=NARROW, operations=_JOINT)
def sums_all_in_sixteen_bits(_: Operation) -> Operation:
    """Sums the squares in the narrow format, term after term."""

    def answer(gradients: Lists, *, max_norm: float, epsilon: float = 0.0) -> Lists:
        size = narrow_norm(gradients) + epsilon
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
            return by_squares(gradients, max_norm, epsilon)

    return answer


@mistake("clip_by_global_norm_epsilon/accuracy")
def puts_epsilon_under_the_root(gradients: Lists, *, max_norm: float, epsilon: float) -> Lists:
    """Adds epsilon to the sum of squares."""
    return factored(
        limited_by(lambda arrays: np.sqrt(squared_norm(arrays) + epsilon)), gradients, max_norm
    )


@mistake("clip_by_global_norm_epsilon/accuracy", "clip_by_global_norm_epsilon/joint-norm")
def adds_epsilon_for_each_array(gradients: Lists, *, max_norm: float, epsilon: float) -> Lists:
    """Adds epsilon to the norm of each array before they are joined."""
    joined = limited_by(lambda arrays: np.sqrt(sum((norm_of([g]) + epsilon) ** 2 for g in arrays)))
    return factored(joined, gradients, max_norm)
