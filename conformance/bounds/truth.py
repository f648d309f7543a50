"""Asks the reference for the true answer of a case and bounds the error that remains in it.

A stored vector takes the place of the reference's answer; it is known to 106 bits.
"""

import math
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


class _Question:
    """A case as the reference is asked for it: questions of the same key have the same answer."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Question) and self.case.key == other.case.key

    def __hash__(self) -> int:
        return hash(self.case.key)

    @cached_property
    def answer(self) -> Any:
        """The reference's answer in float64."""
        case = self.case
        given = [
            Live(each, name, "float64", []) if isinstance(each, Callback) else wide(each)
            for name, each in named(case)
        ]
        return _listed(getattr(reference, case.operation)(*given, **case.parameters))

    @cached_property
    def vector(self) -> tuple[Array, Array, Array]:
        """The answer as hi + lo with lo = 0, and the error that may remain in it."""
        stated = language.of_reference(self.case.operation)
        value = flat(self.answer)
        remaining = evaluated(stated, self.case, self.answer, "float64", "float64")
        return value, np.zeros(value.shape), remaining


# Every clause, dtype and mistake asks for the truth of a case again. The cases of an operation are
# judged in a row, and they ask fewer questions than are remembered here.
@lru_cache(maxsize=512)
def _asked_first(question: _Question) -> _Question:
    """Return the first of all equal questions, which holds the answer."""
    return question


# One judgement asks several times about its case: only the first time compares questions.
@lru_cache(maxsize=8)
def _question(case: Case) -> _Question:
    return _asked_first(_Question(case))


def true_answer(case: Case) -> Any:
    """Return the reference's answer in float64: an array, or nested lists of arrays."""
    return _question(case).answer


def truth(case: Case) -> tuple[Array, Array, Array]:
    """Return the true answer of a case as hi + lo, and the error that may remain in it.

    Each is one vector if the answer is several arrays.
    """
    question = _question(case)
    if case.truth is None:
        return question.vector
    (hi, lo), shape = case.truth, flat(question.answer).shape
    return hi.reshape(shape), lo.reshape(shape), np.zeros(shape)


def _listed(answer: Any) -> Any:
    if isinstance(answer, (np.ndarray, np.generic)):
        return np.asarray(answer, dtype=np.float64)
    return [_listed(item) for item in answer]


def evaluated(formula: Formula, case: Case, nested: Any, dtype: str, accumulates_in: str) -> Array:
    """Return a formula's bound for every element of an answer.

    It has the shape of the answer, or that of its flat vector if the answer is several arrays.
    """
    axes = axes_of(case.operation, case.arguments, case.parameters)
    if formula.running and steps.takes_steps(case.operation):
        walked = steps.carry(formula, case, steps.script(case), dtype, accumulates_in)
        return walked.error.reshape(-1)
    quantities = _quantities(case, axes)
    settings: dict[str, Any] = {"dtype": dtype, "accumulates_in": accumulates_in, "axes": axes}
    if isinstance(nested, np.ndarray):
        y = _kept(nested, axes, case)
        bound = language.evaluate(formula, {**quantities, "y": y}, **settings)
        return _fitted(bound, nested, y.shape)
    first = case.arguments[0]
    if isinstance(first, (list, tuple)) and shapes(nested) == [array.shape for array in first]:
        pairs = zip(next(iter(quantities.values())), nested, strict=True)
        bounds = [
            language.evaluate(formula, {**quantities, "g": array, "y": y}, **settings)
            for array, y in pairs
        ]
    else:
        bounds = language.evaluate(
            formula, quantities | {f"y{number}": y for number, y in enumerate(nested)}, **settings
        )
    return _joined(bounds, nested)


def _joined(bounds: Any, nested: Any) -> Array:
    """Return the bounds of several arrays as one vector; a single bound holds for every array."""
    if isinstance(nested, np.ndarray):
        return _fitted(bounds, nested, nested.shape).reshape(-1)
    each = bounds if isinstance(bounds, list) else [bounds] * len(nested)
    pairs = zip(each, nested, strict=True)
    return np.concatenate([_joined(*pair) for pair in pairs] or [np.zeros(0)])


def _fitted(bound: Array, y: Array, kept: tuple[int, ...]) -> Array:
    if bound.size != y.size:
        bound = np.broadcast_to(bound, kept)
    return bound.reshape(y.shape)


def _kept(y: Array, axes: tuple[int, ...] | None, case: Case) -> Array:
    """Return an answer with its reduced axes at length one."""
    first = next(leaves(case.arguments), y)
    return np.expand_dims(y, axes) if axes is not None and y.ndim == first.ndim - len(axes) else y


def named(case: Case) -> list[tuple[str, Any]]:
    """Return the arguments that the truth is computed from, each with its name."""
    arguments = case.arguments if case.same_as is None else case.same_as
    return list(zip(arguments_of(case.operation), arguments, strict=True))


def _quantities(case: Case, axes: tuple[int, ...] | None) -> dict[str, Any]:
    """Return the quantities of a formula: the arguments in float64, the parameters, and `n`."""
    # The order in which a bound adds up follows the layout of the case's own arrays.
    arguments = {name: wide(each) for name, each in named(case) if not isinstance(each, Callback)}
    first = next(leaves(list(arguments.values())), None)
    if first is None:
        length = np.prod(shapes(true_answer(case)))
    else:
        length = first.size if axes is None else math.prod(first.shape[axis] for axis in axes)
    return {**arguments, **case.parameters, "n": np.float64(length)}
