"""Ends: kernels that lose, double or exchange the last elements of one dimension at one length.

Where a dimension stands in arguments and answers, two cases of unlike lengths show.
"""

import dataclasses
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages import families
from nnspec.conformance.pages.everywhere.mistakes.digits import page_with
from nnspec.conformance.terms.callbacks import live
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.mistakes import Operation, rounded
from nnspec.conformance.terms.nested import flat
from nnspec.conformance.terms.operations import OPERATIONS

# Lengths that no dimension has as its usual one.
_PROBES = (19, 23)

# Where a dimension stands in a value: an axis of an array, the list itself (-1), in each item of a
# list, or nowhere (None).
Place = Any

# The elements that a kernel takes of so many.
Picks = Callable[[int], NDArray[np.int64]]


@dataclasses.dataclass(frozen=True)
class Standing:
    """Where a dimension stands in the arguments and in the answer of an operation."""

    arguments: tuple[Place, ...]
    answer: Place


def case_of(operation: str, name: str, length: int) -> Case:
    """Return a case of an operation in which one dimension has a length, the others being usual."""
    of_page = families.family(page_with("sizes", operation))
    assert of_page is not None
    dimensions = of_page.asked(operation, "float64")
    lengths = {each: dimension.usual for each, dimension in dimensions.items()}
    return of_page.make(operation, "float64", lengths | {name: length}, f"{operation} {name}")


def answer_of(case: Case, function: Operation) -> Any:
    return function(*live(case.operation, case.arguments, "float64"), **case.parameters)


@lru_cache(maxsize=None)
def standing(operation: str, name: str) -> Standing:
    """Return where a dimension stands."""
    pair = [case_of(operation, name, length) for length in _PROBES]
    answers = [answer_of(case, rounded(operation)) for case in pair]
    return Standing(
        tuple(_place(*both) for both in zip(*(case.arguments for case in pair), strict=True)),
        _place(*answers),
    )


def _place(first: Any, second: Any) -> Place:
    if isinstance(first, np.ndarray):
        unlike = [axis for axis, n in enumerate(first.shape) if n != second.shape[axis]]
        return unlike[0] if unlike else None
    if isinstance(first, list):
        if len(first) != len(second):
            return -1
        inner = [_place(*both) for both in zip(first, second, strict=True)]
        return None if all(each is None for each in inner) else inner
    return None


def taken(value: Any, place: Place, picks: Sequence[int] | NDArray[np.int64]) -> Any:
    """Return a value with these elements of a dimension, in their order."""
    if place is None:
        return value
    if isinstance(place, list):
        return [taken(*both, picks) for both in zip(value, place, strict=True)]
    if place == -1:
        return [value[each] for each in picks]
    return np.take(value, picks, axis=place)


def fitted(short: Any, right: Any, place: Place) -> Any:
    """Return an answer that was computed for fewer or more elements, with as many as are right.

    Elements that it lacks are 0, as in memory that was cleared.
    """
    if place is None:
        return short
    if isinstance(place, list):
        return [fitted(*each) for each in zip(short, right, place, strict=True)]
    if place == -1:
        return [*short[: len(right)], *(np.zeros_like(each) for each in right[len(short) :])]
    whole = np.moveaxis(np.zeros_like(right), place, 0)
    some = np.moveaxis(short, place, 0)[: len(whole)]
    whole[: len(some)] = some
    return np.moveaxis(whole, 0, place)


def with_end(value: Any, other: Any, place: Place) -> Any:
    """Return a value with the last element that another one has of a dimension."""
    if place is None:
        return value
    if isinstance(place, list):
        return [with_end(*each) for each in zip(value, other, place, strict=True)]
    if place == -1:
        return [*value[:-1], other[-1]]
    copy = np.moveaxis(value.copy(), place, 0)
    copy[-1] = np.moveaxis(other, place, 0)[-1]
    return np.moveaxis(copy, 0, place)


def combined(function: Callable[[Any, Any], Any], first: Any, second: Any) -> Any:
    """Return what a function makes of the arrays of two values of one form."""
    if isinstance(first, list):
        return [combined(function, *both) for both in zip(first, second, strict=True)]
    return function(first, second)


def length_of(value: Any, place: Place) -> int:
    """Return the length of a dimension in a value, 0 where it does not stand."""
    if place is None:
        return 0
    if isinstance(place, (list, tuple)):
        return max(length_of(*both) for both in zip(value, place, strict=True))
    return len(value) if place == -1 else int(value.shape[place])


# --- which elements a kernel takes -------------------------------------------------------------


def lacking(length: int) -> NDArray[np.int64]:
    return np.arange(length - 1)


def twice(length: int) -> NDArray[np.int64]:
    return np.append(np.arange(length), length - 1)


def swapped(length: int) -> NDArray[np.int64]:
    return np.append(np.arange(length - 2), [length - 1, length - 2])


# --- faults ------------------------------------------------------------------------------------


def faults(operation: str, name: str) -> dict[str, Operation]:
    """Return faults at the end of a dimension, those of them that are wrong.

    A sum does not show that two of its terms are exchanged.
    """
    record = OPERATIONS[operation]
    if record.steps or record.batches:
        found = _of_steps(operation, name)
    elif name == "layers":
        found = _of_layers(operation)
    else:
        found = _of_arrays(operation, name)
    case = case_of(operation, name, _PROBES[0])
    true = flat(answer_of(case, rounded(operation)))
    return {
        fault: function
        for fault, function in found.items()
        if not np.allclose(flat(answer_of(case, function)), true, rtol=1e-9, atol=0.0)
    }


def _of_arrays(operation: str, name: str) -> dict[str, Operation]:
    """Return faults of operations whose dimension stands in arrays, or is a list of them."""
    where = standing(operation, name)
    first = next(place for place, each in enumerate(where.arguments) if each is not None)
    return {
        "loses": _picking(operation, name, lacking),
        "doubles": _picking(operation, name, twice),
        "leaves": _answering(
            operation,
            name,
            lambda found, n: fitted(taken(found, where.answer, lacking(n)), found, where.answer),
        ),
        # Arguments that are exchanged alike have an answer that is exchanged, or the right one.
        "exchanges": _picking(operation, name, swapped, most=first)
        if where.answer is None
        else _answering(operation, name, lambda found, n: taken(found, where.answer, swapped(n))),
    }


def _picking(operation: str, name: str, picks: Picks, *, most: int | None = None) -> Operation:
    """Return an operation that takes other elements of its arguments, or of the first ones."""
    where, right = standing(operation, name), rounded(operation)

    def answer(*arguments: Any, **parameters: Any) -> Any:
        chosen = picks(length_of(arguments, where.arguments))
        picked = [
            value if most is not None and place > most else taken(value, each, chosen)
            for place, (value, each) in enumerate(zip(arguments, where.arguments, strict=True))
        ]
        found = right(*arguments, **parameters)
        labels = _labels(operation, where, arguments)
        if labels is None:
            return fitted(right(*picked, **parameters), found, where.answer)
        # A label that is no class any more costs as much as it should.
        picked[labels] = np.minimum(arguments[labels], np.max(chosen))
        wrong = fitted(right(*picked, **parameters), found, where.answer)
        gone = arguments[labels] > np.max(chosen)
        wrong[gone] = found[gone]
        return wrong

    return answer


def _labels(operation: str, where: Standing, arguments: Any) -> int | None:
    """Return the place of an argument whose numbers are places of the dimension."""
    names = OPERATIONS[operation].indices
    found = [place for place, each in enumerate(OPERATIONS[operation].arguments) if each in names]
    return found[0] if found and where.arguments[found[0]] is None else None


def _answering(operation: str, name: str, change: Callable[[Any, int], Any]) -> Operation:
    """Return an operation whose right answer is changed; the change is told the length."""
    where, right = standing(operation, name), rounded(operation)
    return lambda *arguments, **parameters: change(
        right(*arguments, **parameters), length_of(arguments, where.arguments)
    )


def _of_layers(operation: str) -> dict[str, Operation]:
    """Return a fault: the last layer inside is left out, or the last gradients are 0."""
    right = rounded(operation)
    if operation.endswith("_vjp"):
        place = standing(operation, "layers").answer
        return {
            "leaves": _answering(
                operation,
                "layers",
                lambda found, n: fitted(taken(found, place, lacking(n)), found, place),
            )
        }

    def skipping(x: Any, weights: Any, biases: Any, *, activations: Any) -> Any:
        kept = [[*each[:-2], each[-1]] for each in (weights, biases, activations)]
        return right(x, kept[0], kept[1], activations=kept[2])

    return {"skips": skipping}


def _of_steps(operation: str, name: str) -> dict[str, Operation]:
    """Return faults of methods: the end takes no step, or two steps, or its neighbor's step."""
    if name == "samples":
        return {"loses": _weighing(operation, 0.0), "doubles": _weighing(operation, 2.0)}
    if name in ("steps", "batches"):
        return {
            "loses": _stepping(operation, lambda _, found: [*found[:-1], found[-2]]),
            "doubles": _stepping(
                operation, lambda _, found: [*found[:-1], combined(_twice, found[-2], found[-1])]
            ),
            "exchanges": _stepping(
                operation, lambda _, found: taken(found, -1, swapped(len(found)))
            ),
        }
    place = standing(operation, name).answer[0]

    def each(change: Callable[[Any, Any], Any]) -> Operation:
        return _stepping(
            operation,
            lambda start, found: [with_end(step, change(start, step), place) for step in found],
        )

    def exchanged(_: Any, found: Any) -> Any:
        return [taken(step, place, swapped(length_of(step, place))) for step in found]

    faults = {
        "loses": each(lambda start, _: start),
        "doubles": each(lambda start, step: combined(_twice, start, step)),
        "exchanges": _stepping(operation, exchanged),
    }
    return faults | ({"uncouples": _uncoupled} if operation == "newton" else {})


def _twice(before: Any, after: Any) -> Any:
    """Return where a step of twice the length ends."""
    return (after + (after - before)).astype(after.dtype)


def _stepping(operation: str, change: Callable[[Any, Any], Any]) -> Operation:
    """Return a method whose steps are changed; the change is told where they begin."""
    right, place = rounded(operation), OPERATIONS[operation].arguments.index("params")
    return lambda *arguments, **parameters: change(
        arguments[place], right(*arguments, **parameters)
    )


def _weighing(operation: str, weight: float) -> Operation:
    """Return a method that multiplies the gradient of a batch's last sample by a weight."""
    right = rounded(operation)

    def answer(gradient: Any, params: Any, batches: Any, **parameters: Any) -> Any:
        last = {int(batch[-1]) for batch in batches}

        def weighed(point: Any, index: Any) -> Any:
            factor = weight if int(index) in last else 1.0
            return [(each * factor).astype(each.dtype) for each in gradient(point, index)]

        return right(weighed, params, batches, **parameters)

    return answer


def _uncoupled(gradient: Any, hessian: Any, *others: Any, **parameters: Any) -> Any:
    """Take steps of Newton's method by Hessians whose last row and column are its diagonal's."""

    def alone(point: Any) -> Any:
        matrix = hessian(point).copy()
        last = matrix[-1, -1]
        matrix[-1], matrix[:, -1] = 0, 0
        matrix[-1, -1] = last
        return matrix

    return rounded("newton")(gradient, alone, *others, **parameters)
