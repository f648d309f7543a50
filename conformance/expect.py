"""The only ways to compare; every comparison is counted, and a check that compared nothing is an error of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import reference
from conformance import bounds
from conformance.checking import Case
from conformance.formats import FORMATS
from conformance.implementation import Implementation
from conformance.operations import arrays_of, bound_of, clause_of
from conformance.outcomes import Broken, Malformed

Array = NDArray[np.float64]

# The difference of an answer and a truth is itself rounded to float64: this much of a bound is that rounding's.
_OWN_ROUNDING = 1 + 2.0**-50


@dataclass(frozen=True)
class Judged:
    """One answer beside its truth and what was allowed between them; diagnosis reads it."""

    case: Case
    answer: Array
    truth: Array
    allowed: Array

    def admits(self, values: Array) -> NDArray[np.bool_]:
        """Say which of other values would have been right answers."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(same(values, self.truth) | (np.abs(values - self.truth) <= self.allowed))


@dataclass
class Tally:
    """What a check compared: how many values, the largest error in ulp and as a share of its bound, and what was measured."""

    clause: str
    compared: int = 0
    worst_ulp: float = 0.0
    worst_ratio: float = 0.0
    measured: dict[str, Any] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)


_TALLY: ContextVar[Tally] = ContextVar("tally")


@contextmanager
def counting(clause: str) -> Iterator[Tally]:
    """Count the comparisons made inside the block, on behalf of a clause."""
    tally = Tally(clause)
    token = _TALLY.set(tally)
    try:
        yield tally
    finally:
        _TALLY.reset(token)


def same(left: Array, right: Array) -> NDArray[np.bool_]:
    """Say which elements are equal, or both NaN."""
    return np.asarray((left == right) | (np.isnan(left) & np.isnan(right)))


@lru_cache(maxsize=64)
def truth(case: Case) -> tuple[Array, Array, Array]:
    """Return the true answer of a case as hi + lo, and the error that remains in it."""
    if case.truth is not None:
        return (*case.truth, np.zeros(case.truth[0].shape))
    quantities = _quantities(case)
    value = getattr(reference, case.operation)(*(quantities[name] for name in arrays_of(case.operation)), **case.parameters)
    stated = bounds.of_reference(case.operation)
    error = bounds.evaluate(
        stated, {**quantities, **case.parameters, "y": value}, dtype="float64", accumulates_in="float64", axis=_axis(case)
    )
    return value, np.zeros(value.shape), np.broadcast_to(error, value.shape)


def bound(implementation: Implementation, case: Case) -> Array:
    """Return the bound that the clause states, for the case, in the dtype under test."""
    return _bound(_TALLY.get().clause, case, implementation.dtype, implementation.accumulates_in)


@lru_cache(maxsize=64)
def _bound(clause: str, case: Case, dtype: str, accumulates_in: str) -> Array:
    stated = bound_of(clause_of(clause), case.operation)
    if stated is None:
        message = f"{clause} states no bound"
        raise bounds.BoundError(message)
    value = truth(case)[0]
    quantities = {**_quantities(case), **case.parameters, "y": value}
    evaluated = bounds.evaluate(stated, quantities, dtype=dtype, accumulates_in=accumulates_in, axis=_axis(case))
    return np.broadcast_to(evaluated, value.shape)


def shape(implementation: Implementation, case: Case) -> Array:
    """Expect an answer of the right shape and return it as float64; its values are for the check to judge."""
    actual: NDArray[Any] = getattr(implementation, case.operation)(*case.arrays, **case.parameters)
    _shaped(case, actual, truth(case)[0].shape)
    return actual.astype(np.float64)


def answer(implementation: Implementation, case: Case) -> NDArray[Any]:
    """Expect the operation's answer within the clause's bound of the truth, and return it."""
    actual: NDArray[Any] = getattr(implementation, case.operation)(*case.arrays, **case.parameters)
    value, low, error = truth(case)
    _shaped(case, actual, value.shape)
    allowed = (bound(implementation, case) + error) * _OWN_ROUNDING
    _TALLY.get().judged.append(Judged(case, actual.astype(np.float64), value, allowed))
    _within(implementation, case, actual.astype(np.float64), value, low, allowed)
    return actual


def near(implementation: Implementation, case: Case, actual: NDArray[Any], value: Any, allowed: Any, what: str) -> None:
    """Expect |actual - value| ≤ allowed in every element; `what` names the quantity in the report."""
    actual = np.asarray(actual, dtype=np.float64)
    value = np.broadcast_to(np.asarray(value, dtype=np.float64), actual.shape)
    allowed = np.broadcast_to(np.asarray(allowed, dtype=np.float64), actual.shape) * _OWN_ROUNDING
    _within(implementation, case, actual, value, np.zeros(actual.shape), allowed, what)


def between(implementation: Implementation, case: Case, actual: NDArray[Any], low: Any, high: Any, what: str) -> None:
    """Expect low ≤ actual ≤ high in every element; NaN is not between; `what` names the quantity in the report."""
    actual = np.asarray(actual, dtype=np.float64)
    low, high = (np.broadcast_to(np.asarray(end, dtype=np.float64), actual.shape) for end in (low, high))
    nearest = np.clip(np.where(np.isnan(actual), np.inf, actual), low, high)
    _within(implementation, case, actual, nearest, np.zeros(actual.shape), np.zeros(actual.shape), what, limit=True)


def sign(case: Case, actual: NDArray[Any], *, negative: NDArray[np.bool_] | bool) -> None:
    """Expect the sign bit of every element, of zeros too, to be set where `negative` says so."""
    actual = np.asarray(actual, dtype=np.float64)
    negative = np.broadcast_to(np.asarray(negative), actual.shape)
    _TALLY.get().compared += actual.size
    wrong = (np.signbit(actual) != negative) & ~np.isnan(actual)
    if np.any(wrong):
        index = np.unravel_index(int(np.argmax(wrong)), actual.shape)
        wanted = np.copysign(actual, np.where(negative, -1.0, 1.0))
        zeros = np.zeros(actual.shape)
        raise _broken(case, "", index, int(np.count_nonzero(wrong)), actual, wanted, zeros, zeros, zeros + 1)


def measure(name: str, value: Any) -> None:
    """Record a choice that mathematics leaves open; it is reported and never judged."""
    _TALLY.get().measured[name] = value


def _within(
    implementation: Implementation,
    case: Case,
    actual: Array,
    value: Array,
    low: Array,
    allowed: Array,
    what: str = "",
    *,
    limit: bool = False,
) -> None:
    tally = _TALLY.get()
    tally.compared += actual.size
    fmt = FORMATS[implementation.dtype]
    # The bound of a true NaN is NaN; a bound that is NaN for any other reason tells nothing.
    allowed = np.where(np.isnan(allowed), np.where(np.isnan(value), 0.0, np.inf), allowed)
    with np.errstate(all="ignore"):
        error = np.abs((actual - value) - low)
        overflow = (
            np.isinf(actual)
            & np.isfinite(value)
            & (np.sign(actual) == np.sign(value))
            & (np.abs(value) + allowed >= fmt.maximum + fmt.ulp(fmt.maximum) / 2)
        )
        special = same(actual, value) | overflow
        error = np.where(special, np.where(np.isfinite(value) & np.isfinite(actual), error, 0.0), np.where(np.isnan(error), np.inf, error))
        wrong = ~(error <= allowed) | np.isinf(error)
        ratio = np.where(wrong & ~np.isfinite(error), np.inf, np.where(allowed > 0, error / allowed, np.where(error > 0, np.inf, 0.0)))
        ulp = np.where(np.isfinite(value), fmt.ulp(value), 1.0)
        ulps = error / ulp
    if actual.size:
        finite = np.isfinite(ulps)
        tally.worst_ulp = max(tally.worst_ulp, float(np.max(ulps, initial=0.0, where=finite)))
        tally.worst_ratio = max(tally.worst_ratio, float(np.max(ratio, initial=0.0)))
    if np.any(wrong):
        index = np.unravel_index(
            int(np.argmax(np.where(wrong, np.where(np.isfinite(ratio), ratio, np.finfo(float).max), -1.0))), actual.shape
        )
        broken = _broken(case, what, index, int(np.count_nonzero(wrong)), actual, value, error, allowed, ulp)
        if limit:
            broken.details["limit"] = True
        raise broken


def _broken(case: Case, what: str, index: Any, count: int, actual: Array, value: Array, error: Array, allowed: Array, ulp: Array) -> Broken:
    position = tuple(int(i) for i in index)
    with np.errstate(over="ignore"):
        error_ulp, bound_ulp = error[index] / ulp[index], allowed[index] / ulp[index]
    return Broken(
        f"{count} of {actual.size} {'values' if what else 'answers'} {'is' if count == 1 else 'are'} outside the bound",
        quantity=what or case.operation,
        index=list(position),
        input=_input(case, position, actual.shape),
        answer=float(actual[index]),
        truth=float(value[index]),
        error=float(error[index]),
        bound=float(allowed[index]),
        error_ulp=float(error_ulp),
        bound_ulp=float(bound_ulp),
    )


def _input(case: Case, position: tuple[int, ...], shape: tuple[int, ...]) -> dict[str, Any]:
    """Return the part of the input that an element of the answer depends on: an element, or a row along the axis."""
    found: dict[str, Any] = {}
    for name, array in zip(arrays_of(case.operation), case.arrays, strict=True):
        wide = array.astype(np.float64) if array.dtype.name != "int64" else array
        axis = _axis(case)
        if array.shape == shape and axis is None:
            found[name] = wide[position].item()
        elif array.shape == shape and axis is not None and array.ndim:
            place: list[Any] = list(position)
            place[axis] = slice(None)
            found[name] = wide[tuple(place)].tolist()
        else:
            found[name] = wide.tolist()
    return {**found, **case.parameters}


def _quantities(case: Case) -> dict[str, Any]:
    """Return the arrays that the truth is computed from, by their names in float64, and `n`."""
    arrays = case.arrays if case.same_as is None else case.same_as
    first, axis = arrays[0], _axis(case)
    length = np.float64(first.size if axis is None else first.shape[axis])
    return {name: array.astype(np.float64) for name, array in zip(arrays_of(case.operation), arrays, strict=True)} | {"n": length}


def _axis(case: Case) -> int | None:
    return case.parameters.get("axis")


def _shaped(case: Case, actual: NDArray[Any], shape: tuple[int, ...]) -> None:
    if actual.shape != shape:
        message = f"{case.operation} answered with shape {actual.shape}; {shape} was needed"
        raise Malformed(message)
