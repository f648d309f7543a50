"""The stored vectors of a page as cases: exact inputs of a format, with their truth to 106 bits."""

import dataclasses
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import spec
from nnspec.conformance.terms.callbacks import Callback, scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, cast
from nnspec.conformance.terms.nested import Array, flat, leaves, mapped, wide
from nnspec.conformance.terms.operations import OPERATIONS, page_of, parameters_of


def vector_names(operation: str) -> tuple[str, ...]:
    """Return the names of an operation's stored vectors."""
    return tuple(
        entry["name"] for entry in entries(page_of(operation)) if entry["operation"] == operation
    )


def vectors(operation: str, dtype: str) -> Iterator[Case]:
    """The page's stored vectors that the format holds exactly, with their truth to 106 bits."""
    sizes = OPERATIONS[operation].sizes
    for number, entry in enumerate(entries(page_of(operation))):
        # Special entries hold infinities, NaN or subnormal numbers, for users in other languages.
        # The suite has sets of inputs for these numbers.
        if entry["operation"] == operation and not entry["name"].startswith("special-"):
            exact, truth = _exactly(page_of(operation), number)
            arguments = tuple(
                tuple(value)
                if isinstance(value, list) and name in sizes
                else _rounded(value, dtype)
                for name, value in zip(entry["arguments"], exact, strict=True)
            )
            parameters = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in entry["parameters"].items()
            }
            parameters = in_dtype(operation, parameters, dtype)
            case = Case(f"vectors-{entry['name']}", operation, arguments, parameters, truth=truth)
            yield from _exactly_held(case, exact, dtype)


@lru_cache(maxsize=None)
def _exactly(
    page: str, number: int
) -> tuple[tuple[Any, ...], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return the stored arguments of a vector and its truth hi + lo, shared by every dtype."""
    entry = entries(page)[number]
    hi, lo = (flat(stored(entry["truth"], part=part)) for part in ("hi", "lo"))
    return tuple(stored(value) for value in entry["arguments"].values()), (hi, lo)


def stored(value: Any, *, part: str = "data") -> Any:
    """Return the value of a stored argument or truth.

    It is an array, a list of arrays, a number, or a callback that answers a list.
    """
    if isinstance(value, list):
        return [stored(item, part=part) for item in value]
    if not isinstance(value, dict):
        return value
    if "answers" in value:
        return scripted([stored(step) for step in value["answers"]], "float64")
    if value.get("dtype") == "int64":
        return np.array(value[part], dtype=np.int64).reshape(value["shape"])
    return np.array([float.fromhex(number) for number in value[part]]).reshape(value["shape"])


def _rounded(exact: Any, dtype: str) -> Any:
    """Return a stored argument rounded to a format; labels stay integers."""
    if isinstance(exact, Callback):
        return scripted(exact.script, dtype)
    return mapped(
        lambda array: array.copy() if array.dtype.kind == "i" else cast(array, dtype), exact
    )


def in_dtype(operation: str, parameters: dict[str, Any], dtype: str) -> dict[str, Any]:
    """Return the parameters, with the dtype under test if the operation has a parameter for it."""
    return {**parameters, "dtype": dtype} if "dtype" in parameters_of(operation) else parameters


@lru_cache(maxsize=None)
def entries(page: str) -> list[dict[str, Any]]:
    """Return the stored vectors of a page, as its file in spec/vectors holds them."""
    path = spec.FOLDER / "vectors" / f"{page}.json"
    listed: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["vectors"]
    return listed


def _exactly_held(case: Case, exact: tuple[Any, ...], dtype: str) -> Iterator[Case]:
    """Yield the part of a case that its format holds exactly, in normal numbers and zeros.

    A unary operation keeps the elements that are held, or the rows if it has an axis. Any other
    operation keeps all or nothing.
    """
    rounded, exactly = _listed(case.arguments), _listed(exact)
    hi, lo = case.truth if case.truth is not None else (np.zeros(0), np.zeros(0))
    if OPERATIONS[case.operation].unary:
        every = np.logical_and.reduce(
            [_held(*pair, dtype) for pair in zip(rounded, exactly, strict=True)]
        )
        keep = np.all(every, axis=-1) if "axis" in case.parameters else every
        if np.any(keep):
            arguments = tuple(array[keep] for array in case.arguments)
            yield dataclasses.replace(case, arguments=arguments, truth=(hi[keep], lo[keep]))
    elif np.all(_held(flat(rounded), flat(exactly), dtype)):
        yield case


def _listed(arguments: tuple[Any, ...]) -> list[Any]:
    """Return the numbers of arguments in float64, and for a callback the numbers of its answers.

    Integers are left out: every format holds them.
    """
    values = [
        list(argument.script) if isinstance(argument, Callback) else argument
        for argument in arguments
    ]
    return [
        wide(value)
        for value in values
        if not any(array.dtype.kind == "i" for array in leaves(value))
    ]


def _held(rounded: Array, exact: Array, dtype: str) -> NDArray[np.bool_]:
    return np.asarray(
        (rounded == exact) & ((rounded == 0) | (np.abs(rounded) >= FORMATS[dtype].tiny))
    )
