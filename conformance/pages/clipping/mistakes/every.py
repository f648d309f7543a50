"""Mistakes that any clipping may have: lists, memory, limits of zero."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.everywhere.mistakes.memory import owner_of
from nnspec.conformance.terms.mistakes import Operation, spoiling
from nnspec.conformance.terms.nested import mapped

Array = NDArray[Any]
Lists = list[Array]

_JOINT = ("clip_by_global_norm", "clip_by_global_norm_epsilon")
_NORMS = ("clip_by_norm", *_JOINT)


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


@spoiling("clipping/purity", remembers=True)
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
    """Divides by the limit, clips to [-1, 1] and multiplies again: two roundings, and 0/0 at 0."""

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
    """Multiplies by the limit times the smaller of two reciprocals, which may differ from 1."""

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
