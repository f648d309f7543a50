"""Smaller cases of one that fails: only what a wrong answer depends on, fewer elements, fewer digits, all within the operation's domain.

Hypothesis shrinks what it drew, but many numbers of a case come from one formula. What is left out here does not depend on how they
were drawn, only on where the wrong answer stands.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, cast
from nnspec.conformance.terms.nested import leaves, mapped
from nnspec.conformance.terms.operations import arguments_of, page_of, parameters_of

# More digits tell no two numbers of float64 apart.
_DIGITS = 16

# Pages whose domains every number of as many digits keeps to, zero and the limits of ranges apart.
_FREE = ("activations", "adaptive", "descent")


def reduced(
    case: Case, details: Mapping[str, Any], dtype: str, fails: Callable[[Case], bool]
) -> Case:
    """Return the smallest case that still fails; `details` are those of the failure, `fails` judges a case."""
    found = next(filter(fails, alone(case, details, dtype)), None)
    if found is None:
        return case
    place = 0
    while place < _length(found):
        shorter = _without(found, place)
        found, place = (shorter, place) if fails(shorter) else (found, place + 1)
    if page_of(case.operation) in _FREE:
        for place in range(sum(array.size for array in _arrays(found))):
            found = next(filter(fails, _rounded(found, place, dtype)), found)
    return found


def alone(case: Case, details: Mapping[str, Any], dtype: str) -> Iterator[Case]:
    """Yield the case of the wrong element or row alone, where the operation does not mix it with others."""
    index = tuple(details.get("index", ()))
    page, operation = page_of(case.operation), case.operation
    if "steps" in arguments_of(operation) and operation != "newton":
        path = [int(each) for each in re.findall(r"\[(\d+)\]", str(details.get("quantity", "")))]
        if len(path) == 2:  # noqa: PLR2004  the step, and the array of its answer
            yield _parameter(case, (path[0], path[1]), index, dtype)
    elif page == "activations" and "axis" not in parameters_of(operation) and index:
        yield replace(case, arguments=tuple(array[index].reshape(1) for array in case.arguments))
    elif page in ("activations", "information") and case.arguments[0].ndim > 1:
        axis = case.parameters["axis"] % case.arguments[0].ndim
        row = list(index) if page == "activations" else [*index[:axis], 0, *index[axis:]]
        row[axis] = slice(None)
        parameters = {**case.parameters, "axis": -1}
        yield replace(
            case,
            arguments=tuple(array[tuple(row)] for array in case.arguments),
            parameters=parameters,
        )
    elif page == "losses" and "cross_entropy" in operation and index:
        yield replace(case, arguments=tuple(array[index[:1]][None] for array in case.arguments))
    elif page in ("activations", "information"):
        yield case


def _parameter(case: Case, path: tuple[int, int], index: tuple[int, ...], dtype: str) -> Case:
    """Return the case of one parameter, up to the step whose answer is wrong."""
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
    """Return how many elements a row has of which some may be left out: none where the last one has to stay."""
    row = "axis" in case.parameters and case.arguments[0].ndim == 1
    return case.arguments[0].size if row and case.arguments[0].size > 1 else 0


def _without(case: Case, place: int) -> Case:
    return replace(case, arguments=tuple(np.delete(array, place) for array in case.arguments))


def _arrays(case: Case) -> list[Any]:
    """Return the arrays of a case, what callbacks answer included."""
    return [
        array
        for each in case.arguments
        for array in leaves(list(each.script) if hasattr(each, "script") else each)
    ]


def _rounded(case: Case, place: int, dtype: str) -> Iterator[Case]:
    """Yield the case with fewer digits in one of its numbers, the fewest first; 0 stays 0, and nothing becomes 0."""
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
    """Return the case with another number in a place, counted over all of its arrays."""
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
