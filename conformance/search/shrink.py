"""Shrinks a failing case: to the arguments of the wrong answer, to fewer elements and fewer digits.

Hypothesis shrinks its draws, but one formula makes many numbers of a case. This module starts from
the place of the wrong answer instead. Every case that it tries lies in the operation's domain.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nnspec.conformance.search.domains import domain
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, cast
from nnspec.conformance.terms.nested import leaves, mapped
from nnspec.conformance.terms.operations import OPERATIONS

# With one digit more every float64 has its own literal, so nothing is shorter.
_DIGITS = 16


def reduced(
    case: Case, details: Mapping[str, Any], dtype: str, fails: Callable[[Case], bool]
) -> Case:
    """Return the smallest failing case; `details` describe the failure, `fails` judges a case."""
    found = next(filter(fails, alone(case, details, dtype)), None)
    if found is None:
        return case
    place = 0
    while place < _length(found):
        shorter = _without(found, place)
        found, place = (shorter, place) if fails(shorter) else (found, place + 1)
    if domain(case.operation).free:
        for place in range(sum(array.size for array in _arrays(found))):
            found = next(filter(fails, _rounded(found, place, dtype)), found)
    return found


def alone(case: Case, details: Mapping[str, Any], dtype: str) -> Iterator[Case]:
    """Yield the case of the wrong element or row alone, if the operation answers it by itself."""
    index = tuple(details.get("index", ()))
    operation, arrays = OPERATIONS[case.operation], case.arguments
    if operation.steps:
        path = [int(each) for each in re.findall(r"\[(\d+)\]", str(details.get("quantity", "")))]
        # A Hessian mixes the parameters. The path names the step and the array of its answer.
        if operation.callbacks == ("gradient",) and len(path) == 2:  # noqa: PLR2004
            yield _parameter(case, (path[0], path[1]), index, dtype)
    elif operation.elementwise and index:
        yield replace(case, arguments=tuple(array[index].reshape(1) for array in arrays))
    elif operation.rows and index:
        yield replace(case, arguments=tuple(array[index[:1]][None] for array in arrays))
    elif "axis" in case.parameters and arrays[0].ndim > 1:
        yield _row(case, index)
    elif operation.elementwise or "axis" in case.parameters:
        yield case


def _row(case: Case, index: tuple[int, ...]) -> Case:
    """Return the case of the row along the axis to which an element of the answer belongs."""
    dimensions = case.arguments[0].ndim
    axis = case.parameters["axis"] % dimensions
    # An operation that sums along the axis answers without it.
    row: list[Any] = [*index] if len(index) == dimensions else [*index[:axis], 0, *index[axis:]]
    row[axis] = slice(None)
    return replace(
        case,
        arguments=tuple(array[tuple(row)] for array in case.arguments),
        parameters={**case.parameters, "axis": -1},
    )


def _parameter(case: Case, path: tuple[int, int], index: tuple[int, ...], dtype: str) -> Case:
    """Return the case of one parameter, up to the step with the wrong answer."""
    step, array = path
    gradient, params, _ = case.arguments
    script = [[given[array][index].reshape(1)] for given in gradient.script[: step + 1]]
    rate = case.parameters["learning_rate"]
    parameters = {
        **case.parameters,
        "learning_rate": rate[: step + 1] if isinstance(rate, tuple) else rate,
    }
    arguments = (
        scripted(script, dtype, gradient.description),
        [params[array][index].reshape(1)],
        step + 1,
    )
    return replace(case, arguments=arguments, parameters=parameters)


def _length(case: Case) -> int:
    """Return how many elements of a row may be left out in turn; 0 if the row has only one."""
    row = "axis" in case.parameters and case.arguments[0].ndim == 1
    return case.arguments[0].size if row and case.arguments[0].size > 1 else 0


def _without(case: Case, place: int) -> Case:
    return replace(case, arguments=tuple(np.delete(array, place) for array in case.arguments))


def _arrays(case: Case) -> list[Any]:
    """Return the arrays of a case, with those that its callbacks answer."""
    return [
        array
        for each in case.arguments
        for array in leaves(list(each.script) if hasattr(each, "script") else each)
    ]


def _rounded(case: Case, place: int, dtype: str) -> Iterator[Case]:
    """Yield the case with fewer digits in one of its numbers, the fewest first.

    0 stays 0, and no other number becomes 0.
    """
    value = float(
        np.concatenate([array.astype(np.float64).reshape(-1) for array in _arrays(case)])[place]
    )
    if value == 0 or not np.isfinite(value):
        return
    texts = [float(f"{value:.{digits}g}") for digits in range(1, _DIGITS + 1)]
    for shorter in dict.fromkeys(texts):
        if shorter == value:
            return
        if abs(shorter) >= FORMATS[dtype].tiny:
            yield _replaced(case, place, shorter, dtype)


def _replaced(case: Case, place: int, value: float, dtype: str) -> Case:
    """Return the case with another number in one place; places are counted over all its arrays."""
    seen = 0

    def other(array: Any) -> Any:
        nonlocal seen
        here, seen = place - seen, seen + array.size
        if not 0 <= here < array.size:
            return array
        copy = array.copy()
        copy.reshape(-1)[here] = cast(value, dtype)
        return copy

    arguments = [
        scripted(mapped(other, list(each.script)), dtype, each.description)
        if hasattr(each, "script")
        else mapped(other, each)
        for each in case.arguments
    ]
    return replace(case, arguments=tuple(arguments))
