"""What is true of a case: the reference's answer with the error that may remain in it, and what a formula allows beside it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.bounds import language, steps
from nnspec.conformance.terms.callbacks import Callback, Live
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, leaves, shapes, wide
from nnspec.conformance.terms.operations import arguments_of, axes_of
from nnspec.spec import Formula

# Cases of so many numbers are the same ones in several dtypes, and their true answers are remembered for all of them.
_SMALL = 2**10


@dataclass(frozen=True)
class _Question:
    """What the reference is asked in a case: the same in every dtype that holds the numbers."""

    content: tuple[Any, ...]
    case: Case = field(compare=False)

    @cached_property
    def answer(self) -> Any:
        """The reference's answer in float64."""
        case = self.case
        given = [
            Live(each, name, "float64", []) if isinstance(each, Callback) else each
            for name, each in _given(case).items()
        ]
        return _listed(getattr(reference, case.operation)(*given, **case.parameters))

    @cached_property
    def remaining(self) -> Array:
        """The error that may remain in that answer."""
        return evaluated(
            language.of_reference(self.case.operation), self.case, self.answer, "float64", "float64"
        )


@lru_cache(maxsize=512)
def _question(case: Case) -> _Question:
    given = list(_given(case).values())
    if (
        case.same_as is not None
        or not all(map(_of_arrays, given))
        or sum(array.size for array in leaves(given)) > _SMALL
    ):
        return _Question((case,), case)
    numbers = tuple(map(_numbers, given))
    return _first_of_its_kind(
        _Question((case.operation, repr(sorted(case.parameters.items())), numbers), case)
    )


@lru_cache(maxsize=512)
def _first_of_its_kind(question: _Question) -> _Question:
    """Return the question that was asked first of those that are equal, with what is known of it."""
    return question


def _of_arrays(value: Any) -> bool:
    """Say whether a value is an array, or a list of such, and nothing else."""
    return isinstance(value, np.ndarray) or (
        isinstance(value, list) and all(map(_of_arrays, value))
    )


def _numbers(value: Any) -> tuple[Any, ...]:
    return (
        (value.shape, value.tobytes())
        if isinstance(value, np.ndarray)
        else tuple(map(_numbers, value))
    )


@lru_cache(maxsize=8)
def _given(case: Case) -> Mapping[str, Any]:
    """Return the arguments that the truth is computed from by their names, arrays in float64, and callbacks as they are."""
    return {name: each if isinstance(each, Callback) else wide(each) for name, each in named(case)}


def true_answer(case: Case) -> Any:
    """Return the reference's answer in float64: an array, or nested lists of arrays."""
    return _question(case).answer


def _listed(found: Any) -> Any:
    return (
        np.asarray(found, dtype=np.float64)
        if isinstance(found, (np.ndarray, np.generic))
        else [_listed(item) for item in found]
    )


@lru_cache(maxsize=512)
def truth(case: Case) -> tuple[Array, Array, Array]:
    """Return the true answer of a case as hi + lo, and the error that remains in it; one vector where it is several arrays."""
    value = flat(true_answer(case))
    if case.truth is not None:
        hi, lo = case.truth
        return hi.reshape(value.shape), lo.reshape(value.shape), np.zeros(value.shape)
    return value, np.zeros(value.shape), _question(case).remaining


def evaluated(formula: Formula, case: Case, nested: Any, dtype: str, accumulates_in: str) -> Array:
    """Return a formula's value for every element of an answer, in the shape of the answer or of its flat vector."""
    axes, quantities = axes_of(case.operation, case.arguments, case.parameters), _quantities(case)
    if formula.running and steps.takes_steps(case.operation):
        walked = steps.carry(formula, case, steps.script(case), dtype, accumulates_in)
        return walked.error.reshape(-1)
    settings: dict[str, Any] = {"dtype": dtype, "accumulates_in": accumulates_in, "axes": axes}
    if isinstance(nested, np.ndarray):
        y = _kept(nested, axes, case)
        return _fitted(
            language.evaluate(formula, {**quantities, "y": y}, **settings), nested, y.shape
        )
    first = case.arguments[0]
    if isinstance(first, (list, tuple)) and shapes(nested) == [array.shape for array in first]:
        pairs = zip(next(iter(quantities.values())), nested, strict=True)
        found = [
            language.evaluate(formula, {**quantities, "g": array, "y": y}, **settings)
            for array, y in pairs
        ]
    else:
        found = language.evaluate(
            formula, quantities | {f"y{number}": y for number, y in enumerate(nested)}, **settings
        )
    return _joined(found, nested)


def _joined(found: Any, nested: Any) -> Array:
    """Return the bounds of several arrays as one vector; one bound for a list of arrays holds for each."""
    if isinstance(nested, np.ndarray):
        return _fitted(found, nested, nested.shape).reshape(-1)
    each = (
        zip(found, nested, strict=True)
        if isinstance(found, list)
        else ((found, item) for item in nested)
    )
    return np.concatenate([_joined(*pair) for pair in each] or [np.zeros(0)])


def _fitted(found: Array, y: Array, kept: tuple[int, ...]) -> Array:
    return (
        found.reshape(y.shape)
        if found.size == y.size
        else np.broadcast_to(found, kept).reshape(y.shape)
    )


def _kept(y: Array, axes: tuple[int, ...] | None, case: Case) -> Array:
    """Return an answer with the axes that were reduced kept at length one."""
    first = next(leaves(case.arguments), y)
    return np.expand_dims(y, axes) if axes is not None and y.ndim == first.ndim - len(axes) else y


def named(case: Case) -> list[tuple[str, Any]]:
    """Return the arguments that the truth is computed from, each with its name."""
    return list(
        zip(
            arguments_of(case.operation),
            case.arguments if case.same_as is None else case.same_as,
            strict=True,
        )
    )


@lru_cache(maxsize=8)
def _quantities(case: Case) -> dict[str, Any]:
    """Return the arguments by their names, arrays in float64, the parameters, and `n`."""
    found = {name: each for name, each in _given(case).items() if not isinstance(each, Callback)}
    first = next(leaves(list(found.values())), None)
    axes = axes_of(case.operation, case.arguments, case.parameters)
    if first is None:
        length = np.prod(shapes(true_answer(case)))
    else:
        length = first.size if axes is None else math.prod(first.shape[axis] for axis in axes)
    return {**found, **case.parameters, "n": np.float64(length)}
