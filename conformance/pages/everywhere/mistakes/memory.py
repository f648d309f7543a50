"""Mistakes with memory: views are read as if they were contiguous, and calls leave traces."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.mistakes import Operation, spoiling
from nnspec.conformance.terms.nested import leaves, mapped

Array = NDArray[Any]


def owner_of(array: Array) -> Array:
    """Return the array that owns the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


@spoiling(properties=("layouts",))
def reads_memory_in_order(operation: Operation) -> Operation:
    """Reads the memory of its arrays from the start as if they were contiguous."""

    def in_order(array: Array) -> Array:
        # What lies behind the memory that is there is NaN; whole numbers have none.
        memory = np.full(array.size, 0 if array.dtype.kind == "i" else np.nan).astype(array.dtype)
        held = owner_of(array).ravel(order="K")[: array.size]
        memory[: held.size] = held
        return memory.reshape(array.shape)

    return lambda *arguments, **parameters: operation(
        *(mapped(in_order, each) for each in arguments), **parameters
    )


@spoiling(
    properties=("layouts", "purity"),
    but={
        "adaptive": "updates_its_parameters_in_place is this mistake",
        "descent": "updates_its_parameters_in_place is this mistake",
        "clipping": "clips_in_place is this mistake",
        "information": "clips_in_place is this mistake",
        "preprocessing": "centers_in_place is this mistake",
    },
)
def computes_in_place(operation: Operation) -> Operation:
    """Uses its first argument's memory for what it computes."""

    def answer(first: Array, *others: Any, **parameters: Any) -> Any:
        found = operation(first, *others, **parameters)
        with np.errstate(invalid="ignore"):
            # NumPy warns of a signaling NaN.
            first[...] = first + first.dtype.type(1)
        return found

    return answer


@spoiling(
    properties=("purity",),
    but={
        "adaptive": "yields_the_same_arrays is this mistake, from step to step",
        "descent": "yields_the_same_arrays is this mistake, from step to step",
        "information": "adds_to_what_it_answered_before keeps an answer",
        "losses": "adds_to_what_it_answered_before keeps an answer",
    },
    remembers=True,
)
def reuses_the_memory_of_its_answer(operation: Operation) -> Operation:
    """Answers with the same memory every time, so that a call overwrites the answer before."""
    kept: dict[Any, Any] = {}

    def answer(*arguments: Any, **parameters: Any) -> Any:
        found = operation(*arguments, **parameters)
        same = kept.setdefault(_shapes(found), found)
        for old, new in zip(leaves(same), leaves(found), strict=True):
            old[...] = new
        return same

    return answer


@spoiling(
    properties=("purity",),
    but={
        "adaptive": "goes_on_where_it_stopped adds to the call before",
        "descent": "goes_on_where_it_stopped adds to the call before",
    },
    remembers=True,
)
def adds_to_what_it_answered_before(operation: Operation) -> Operation:
    """Adds to its answer to the call before, as backward passes did that had no zero_grad."""
    kept: dict[Any, list[Array]] = {}

    def answer(*arguments: Any, **parameters: Any) -> Any:
        found = mapped(np.copy, operation(*arguments, **parameters))
        now = list(leaves(found))
        before = kept.get(_shapes(found), [np.zeros_like(each) for each in now])
        for each, old in zip(now, before, strict=True):
            each[...] = each + old
        kept[_shapes(found)] = [each.copy() for each in now]
        return found

    return answer


@spoiling(
    properties=("purity",),
    but={
        "adaptive": "goes_on_where_it_stopped keeps an answer",
        "descent": "goes_on_where_it_stopped keeps an answer",
        "clipping": "answers_the_call_before keeps an answer",
        "information": "adds_to_what_it_answered_before keeps an answer",
        "losses": "adds_to_what_it_answered_before keeps an answer",
        "networks": "adds_to_what_it_answered_before keeps an answer",
        "preprocessing": "keeps_the_first_training_set keeps an argument",
    },
    remembers=True,
)
def remembers_answers_by_shape(operation: Operation) -> Operation:
    """Keeps answers in a cache whose key is the shape of the first argument."""
    kept: dict[tuple[int, ...], Any] = {}

    def answer(first: Array, *others: Any, **parameters: Any) -> Any:
        if first.shape not in kept:
            kept[first.shape] = operation(first, *others, **parameters)
        return mapped(np.copy, kept[first.shape])

    return answer


def _shapes(answer: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(array.shape for array in leaves(answer))
