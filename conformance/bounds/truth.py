"""Asks the reference for the true answer of a case and bounds the error that remains in it.

A stored vector takes the place of the reference's answer; it is known to 106 bits.
"""

import dataclasses
import math
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.bounds import extended, formulas, language, steps
from nnspec.conformance.bounds.pairs import Pair
from nnspec.conformance.terms.callbacks import Callback, Live
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.factors import FACTORS
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.nested import Array, flat, leaves, shapes, wide
from nnspec.conformance.terms.operations import OPERATIONS, arguments_of, axes_of, page_of
from nnspec.spec import Formula

# Numbers between this and its reciprocal keep both parts of a pair, and of its square.
_LEAST = 2.0**-400

# Beyond so many numbers a formula in pairs takes longer than a case may.
_MANY = 2**17


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
        return of_reference(self.case, self.answer)

    @cached_property
    def sharp(self) -> tuple[Array, Array, Array]:
        """The same with 100 bits where the formula can be taken in pairs, or with 64 of many."""
        found = in_extended(self.case, *self.vector) if self.case.many else None
        return in_pairs(self.case, *self.vector) if found is None else found


# Every clause, dtype and mistake asks for the truth of a case again. The cases of an operation are
# judged in a row, and they ask fewer questions than are remembered here.
@lru_cache(maxsize=512)
def _asked_first(question: _Question) -> _Question:
    """Return the first of all equal questions, which holds the answer."""
    return question


# One judgement asks several times about its case: only the first time compares questions.
@lru_cache(maxsize=8)
def _of_few(case: Case) -> _Question:
    return _asked_first(_Question(case))


# The answers of a case of many numbers take more memory than its next judgement takes time.
@lru_cache(maxsize=1)
def _of_many(case: Case) -> _Question:
    return _Question(case)


def _question(case: Case) -> _Question:
    return _of_many(case) if case.many else _of_few(case)


def true_answer(case: Case) -> Any:
    """Return the reference's answer in float64: an array, or nested lists of arrays."""
    return _question(case).answer


def truth(case: Case) -> tuple[Array, Array, Array]:
    """Return the true answer of a case as hi + lo, and the error that may remain in it.

    Each is one vector if the answer is several arrays. In the narrower formats the reference's own
    error is 2⁻²⁹ of a rounding. In float64 it is as large as one, so the formula is taken in pairs.
    """
    question = _question(case)
    if case.truth is None:
        return question.sharp if in_float64(case) else question.vector
    (hi, lo), shape = case.truth, flat(question.answer).shape
    return hi.reshape(shape), lo.reshape(shape), np.zeros(shape)


def in_float64(case: Case) -> bool:
    """Say whether a case is in float64, where the reference's own error counts."""
    return any(array.dtype == np.float64 for array in leaves(case.arguments))


def of_reference(case: Case, answer: Any) -> tuple[Array, Array, Array]:
    """Return the reference's answer to a case as hi + lo, and the error that it states."""
    value = flat(answer)
    stated = language.of_reference(case.operation)
    remaining = evaluated(stated, case, answer, "float64", "float64")
    return value, np.zeros(value.shape), np.broadcast_to(remaining, value.shape)


def in_pairs(case: Case, value: Array, low: Array, remaining: Array) -> tuple[Array, Array, Array]:
    """Return the reference's answer; the formula in pairs takes its place where it can be taken.

    The errors of a formula in pairs are those of a careful computation with the unit roundoff
    2⁻¹⁰⁰ or less. So a billionth of the error that the reference states is far more than remains.
    """
    exact = _in_pairs(case, value)
    return _sharpened(case, (value, low, remaining), exact, 2.0**-30)


def in_extended(
    case: Case, value: Array, low: Array, remaining: Array
) -> tuple[Array, Array, Array] | None:
    """Return the reference's answer, with 64 bits where they stand; None if pairs are needed."""
    stated = extended.formula_of(case.operation)
    if stated is None:
        return None
    axes = axes_of(case.operation, case.arguments, case.parameters)
    found = extended.evaluated(stated, _quantities(case, axes), axes)
    if found is None:
        return None
    exact = Pair(*(flat(part) for part in found))
    if exact.hi.size != value.size:
        return None
    exact = exact.each(lambda part: part.reshape(value.shape))
    return _sharpened(case, (value, low, remaining), exact, extended.REMAINING)


def _sharpened(
    case: Case, known: tuple[Array, Array, Array], exact: Pair | None, part: float
) -> tuple[Array, Array, Array]:
    """Return what is known, and `exact` with this part of the error where it holds its numbers."""
    value, low, remaining = known
    if exact is None:
        return known
    held = np.isfinite(value) & np.isfinite(exact.lo) & _kept_in_pairs(exact.hi) & (exact.hi != 0)
    if _elementwise(case.operation):
        for argument in case.arguments[1:]:
            held &= _kept_in_pairs(flat(argument))
    hi, lo = np.where(held, exact.hi, value), np.where(held, exact.lo, low)
    return hi, lo, np.where(held, remaining * part, remaining)


def _kept_in_pairs(values: Array) -> NDArray[np.bool_]:
    """Say which numbers are 0, or keep both parts of a pair and of its square."""
    size = np.abs(values)
    return np.asarray((size == 0) | ((size >= _LEAST) & (size <= 1 / _LEAST)))


def _elementwise(operation: str) -> bool:
    """Say whether each element of an activation counts for itself."""
    return page_of(operation) == "activations" and OPERATIONS[operation].elementwise


def _in_pairs(case: Case, value: Array) -> Pair | None:
    """Return the answer by the formula in pairs, or None if the formula cannot be taken here."""
    stated, size = formulas.formula_of(case.operation), value.size
    if stated is None or not _in_range(case, value):
        return None
    if steps.takes_steps(case.operation):
        gradients = steps.fixed(case)
        if gradients is None:
            return None
        found = steps.exactly(stated, case, gradients)
    else:
        axes = axes_of(case.operation, case.arguments, case.parameters)
        found = _joined_pairs(formulas.evaluated(stated, _quantities(case, axes), axes))
    return found.each(lambda part: part.reshape(value.shape)) if found.hi.size == size else None


def _in_range(case: Case, value: Array) -> bool:
    """Say whether the numbers of a case are few enough, and keep both parts of a pair.

    An activation takes any x: where its answer is in range, so is all that counts in it.
    """
    of_activations = page_of(case.operation) == "activations"
    asked = [argument for name, argument in named(case) if name != "x" or not of_activations]
    numbers = [flat(array).reshape(-1) for array in leaves(asked)]
    size = max(value.size, sum(array.size for array in numbers))
    return 0 < size <= _MANY and (
        _elementwise(case.operation) or all(np.all(_kept_in_pairs(each)) for each in numbers)
    )


def _joined_pairs(nested: Any) -> Pair:
    """Return pairs of several arrays as one vector; one array stays as it is."""
    if isinstance(nested, Pair):
        return nested
    parts = [_joined_pairs(item) for item in nested]
    high, low = (
        np.concatenate([side.reshape(-1) for side in sides])
        for sides in ([part.hi for part in parts], [part.lo for part in parts])
    )
    return Pair(high, low)


def _listed(answer: Any) -> Any:
    if isinstance(answer, (np.ndarray, np.generic)):
        return np.asarray(answer, dtype=np.float64)
    return [_listed(item) for item in answer]


def evaluated(
    formula: Formula,
    case: Case,
    nested: Any,
    dtype: str,
    accumulates_in: str,
    multiplies_in: str = "",
) -> Array:
    """Return a formula's bound for every element of an answer.

    It has the shape of the answer, or that of its flat vector if the answer is several arrays.
    """
    if formula.once:
        inner = dataclasses.replace(formula, once=False)
        return _rounded_once(inner, case, nested, dtype, multiplies_in)
    axes = axes_of(case.operation, case.arguments, case.parameters)
    if formula.running and steps.takes_steps(case.operation):
        carried = steps.carry(formula, case, steps.script(case), dtype, accumulates_in)
        return carried.error.reshape(-1)
    quantities = _quantities(case, axes)
    settings: dict[str, Any] = {
        "dtype": dtype,
        "accumulates_in": accumulates_in,
        "axes": axes,
        "multiplies_in": multiplies_in,
    }
    if isinstance(nested, np.ndarray):
        y = _kept(nested, axes, case)
        bound = language.evaluate(formula, {**quantities, "y": y}, **settings)
        return _fitted(bound, nested, y.shape)
    if _speaks_of_each(formula):
        bounds = [
            language.evaluate(formula, {**quantities, "y": y}, **settings) for y in leaves(nested)
        ]
        return _joined(bounds, list(leaves(nested)))
    first = case.arguments[0]
    if isinstance(first, (list, tuple)) and shapes(nested) == [array.shape for array in first]:
        pairs = zip(next(iter(quantities.values())), nested, strict=True)
        own = [{"g": array, "y": y} for array, y in pairs]
        bounds = language.evaluate_each(formula, quantities, own, **settings)
    else:
        bounds = language.evaluate(
            formula, quantities | {f"y{number}": y for number, y in enumerate(nested)}, **settings
        )
    return _joined(bounds, nested)


def _rounded_once(
    formula: Formula, case: Case, nested: Any, dtype: str, multiplies_in: str
) -> Array:
    """Return the bound of an answer that float32 has within a formula and that is then rounded.

    Let |v − y| ≤ e. Rounding to nearest moves v by at most half the spacing at v, which is at most
    that at |y| + e: the errors add up, and how v itself was rounded does not matter. A result
    below the normal range may be flushed.
    """
    fmt = FORMATS[dtype]
    inner = "float32" if fmt.narrow else dtype
    narrower = multiplies_in and FACTORS[multiplies_in].narrower(dtype)
    factors = multiplies_in if narrower else ""
    within = evaluated(formula, case, nested, inner, inner, factors)
    size = np.abs(flat(nested)).reshape(within.shape)
    with np.errstate(all="ignore"):
        error = within + fmt.ulp(size + within) / 2
        return error + np.where(size - error < fmt.tiny, fmt.tiny, 0.0)


def _speaks_of_each(formula: Formula) -> bool:
    """Say whether a formula speaks of `y`, which is each array in turn, and of no gradient `g`."""
    used = language.names_of(formula)
    return "y" in used and "g" not in used and not formula.running


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
