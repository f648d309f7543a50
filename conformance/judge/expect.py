"""The only ways to compare; every comparison is counted, and a check that compared nothing is an error of ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import language
from nnspec.conformance.bounds import steps as stepping
from nnspec.conformance.bounds.truth import evaluated, named, true_answer, truth
from nnspec.conformance.judge import errors
from nnspec.conformance.judge.errors import Judged, Sample
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import (
    Array,
    flat,
    like,
    mapped,
    position_of,
    shapes,
    table,
    wide,
)
from nnspec.conformance.terms.operations import WIDE, axes_of, bound_of, clause_of
from nnspec.conformance.terms.outcomes import Broken, Malformed
from nnspec.spec import Clause, Formula

# The difference of an answer and a truth is itself rounded to float64: this much of a bound is that rounding's.
_OWN_ROUNDING = 1 + 2.0**-50

# A report shows arrays of so many elements, and shapes in so many characters.
_READABLE = 64
_LONG = 200


@dataclass
class Tally:
    """What a check compared: how many values, the largest error in ulp and as a share of its bound, and what was measured."""

    clause: str
    compared: int = 0
    worst_ulp: float = 0.0
    worst_ratio: float = 0.0
    measured: dict[str, Any] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


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


def bound(implementation: Implementation, case: Case) -> Array:
    """Return the bound that the clause states, for the case, in the dtype under test; one vector where it answers several arrays."""
    return _bound(
        _TALLY.get().clause, case, implementation.format.name, implementation.accumulates_in
    )


def stated(case: Case) -> Formula:
    """Return the bound of the clause that is being judged, as a formula; BoundError where it states none."""
    return _formula(clause_of(_TALLY.get().clause), case.operation)


@lru_cache(maxsize=None)
def _formula(clause: Clause, operation: str) -> Formula:
    found = bound_of(clause, operation)
    if found is None:
        message = f"{clause.id} states no bound"
        raise language.BoundError(message)
    return found


@lru_cache(maxsize=512)
def _bound(clause: str, case: Case, dtype: str, accumulates_in: str) -> Array:
    found = _formula(clause_of(clause), case.operation)
    return evaluated(found, case, like(truth(case)[0], true_answer(case)), dtype, accumulates_in)


def shape(implementation: Implementation, case: Case) -> Any:
    """Expect an answer of the right shape and return it as float64, or nested lists of such; its values are for the check to judge."""
    return wide(_called(implementation, case))


def answer(implementation: Implementation, case: Case) -> Any:
    """Expect the operation's answer within the clause's bound of the truth, and return it."""
    actual = _called(implementation, case)
    value, low, error = truth(case)
    allowed = (bound(implementation, case).reshape(value.shape) + error) * _OWN_ROUNDING
    judge(implementation, case, actual, value, allowed, low=low)
    return actual


def judge(
    implementation: Implementation,
    case: Case,
    actual: Any,
    value: Array,
    allowed: Array,
    *,
    low: Array | None = None,
) -> None:
    """Expect every element of an answer within its allowance of a true value, and keep all three for the diagnosis."""
    answered = flat(actual)
    low = np.zeros(value.shape) if low is None else low
    _TALLY.get().judged.append(Judged(case, implementation.format, answered, value, low, allowed))
    _within(
        implementation,
        case,
        answered,
        value,
        low,
        allowed,
        nested=None if isinstance(actual, np.ndarray) else actual,
    )


def steps(implementation: Implementation, case: Case) -> Any:
    """Expect each step of an optimizer within the clause's bound of its formula, from what it had yielded, and return the steps."""
    answered, gradients = _stepped(implementation, case)
    before = table([stepping.parameters(case), *answered[:-1]])
    formula = stated(case)
    found = stepping.follow(
        formula, case, gradients, before, implementation.format.name, implementation.accumulates_in
    )
    points = table([asking.arguments[0] for asking in implementation.asked])
    looks_ahead = any(name == stepping.POINT for name, _ in formula.definitions)
    judge(
        implementation,
        case,
        answered,
        found.value.reshape(-1),
        found.error.reshape(-1) * _OWN_ROUNDING,
    )
    expected, allowed = (
        (found.point, found.point_error) if looks_ahead else (before, np.zeros(before.shape))
    )
    near(implementation, case, points, expected, allowed, "the point where the gradient was asked")
    return answered


def trajectory(implementation: Implementation, case: Case) -> Any:
    """Expect the parameters after every step within what the errors of all steps before it explain, and return the steps."""
    answered, gradients = _stepped(implementation, case)
    found = stepping.carry(
        stated(case), case, gradients, implementation.format.name, implementation.accumulates_in
    )
    judge(
        implementation,
        case,
        answered,
        found.value.reshape(-1),
        found.error.reshape(-1) * _OWN_ROUNDING,
    )
    return answered


def _stepped(implementation: Implementation, case: Case) -> tuple[Any, Array]:
    """Return the steps an optimizer answers, their shapes looked at, and the gradients it was given, one a step."""
    start, count = stepping.parameters(case), stepping.count(case)
    answered = getattr(implementation, case.operation)(*case.arguments, **case.parameters)
    _shaped(case, answered, [shapes(start)] * count)
    asked = len(implementation.asked)
    if asked != count:
        message = f"{case.operation} asked for the gradient {asked} times in {count} steps; once a step was needed"
        raise Malformed(message)
    return answered, table([asking.answer for asking in implementation.asked])


def repeated(implementation: Implementation, case: Case, other: Case) -> None:
    """Expect the same answer before and after a call with other arguments, and the first one unchanged by what came after it."""
    first = answer(implementation, case)
    kept = flat(first).copy()
    answer(implementation, other)
    near(implementation, case, flat(first), kept, 0, "an answer after the next call")
    answer(implementation, case)


def _called(implementation: Implementation, case: Case) -> Any:
    """Call the operation and return its answer, of the right shapes."""
    actual = getattr(implementation, case.operation)(*case.arguments, **case.parameters)
    _shaped(case, actual, shapes(true_answer(case)))
    return actual


def near(
    implementation: Implementation,
    case: Case,
    actual: NDArray[Any],
    value: Any,
    allowed: Any,
    what: str,
) -> None:
    """Expect |actual - value| ≤ allowed in every element; `what` names the quantity in the report."""
    actual = np.asarray(actual, dtype=np.float64)
    value, allowed = _spread(value, actual.shape), _spread(allowed, actual.shape) * _OWN_ROUNDING
    _within(implementation, case, actual, value, np.zeros(actual.shape), allowed, what)


def between(
    implementation: Implementation, case: Case, actual: NDArray[Any], low: Any, high: Any, what: str
) -> None:
    """Expect low ≤ actual ≤ high in every element; NaN is not between; `what` names the quantity in the report."""
    actual = np.asarray(actual, dtype=np.float64)
    low, high = (_spread(end, actual.shape) for end in (low, high))
    nearest = np.clip(np.where(np.isnan(actual), np.inf, actual), low, high)
    _within(
        implementation,
        case,
        actual,
        nearest,
        np.zeros(actual.shape),
        np.zeros(actual.shape),
        what,
        limit=True,
    )


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
        raise _broken(
            case, "", index, int(np.count_nonzero(wrong)), actual, wanted, zeros, zeros, zeros + 1
        )


def sampled(case: Case, values: Array, law: Callable[[Array], Array]) -> None:
    """Keep random numbers, over the standard deviation of their law, beside its distribution function; they are drawn and never judged."""
    _TALLY.get().samples.append(Sample(case, values, law))


def measure(name: str, value: Any) -> None:
    """Record a choice that mathematics leaves open; it is reported and never judged."""
    _TALLY.get().measured[name] = value


def _spread(value: Any, shape: tuple[int, ...]) -> Array:
    array = np.asarray(value, dtype=np.float64)
    return array if array.shape == shape else np.broadcast_to(array, shape)


def allowance(clause: Clause, case: Case, value: Array, dtype: str, accumulates_in: str) -> Array:
    """Return what a clause allows between an answer and the reference's `value`, element by element, without remembering it.

    BoundError where the clause states no bound.
    """
    formula = _formula(clause, case.operation)
    own = evaluated(language.of_reference(case.operation), case, value, "float64", "float64")
    return (evaluated(formula, case, value, dtype, accumulates_in) + own) * _OWN_ROUNDING


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
    nested: Any = None,
) -> None:
    tally = _TALLY.get()
    tally.compared += actual.size
    fmt = implementation.format
    with np.errstate(all="ignore"):
        error, allowed = errors.errors(fmt, actual, value, low, allowed)
        if not np.count_nonzero(error) and (allowed >= 0).all():
            return
        wrong = errors.exceeding(error, allowed)
        # 0 of an allowance of 0 is NaN in the first, and so is an answer to an infinite truth in the second: neither is the worst.
        ratio, ulps = error / allowed, error / fmt.ulp(value)
        worst_ratio, worst_ulp = (
            float(np.fmax.reduce(each, axis=None, initial=0.0)) for each in (ratio, ulps)
        )
        if np.isinf(worst_ulp):
            worst_ulp = float(np.max(ulps, initial=0.0, where=np.isfinite(ulps)))
    tally.worst_ulp, tally.worst_ratio = (
        max(tally.worst_ulp, worst_ulp),
        max(tally.worst_ratio, worst_ratio),
    )
    if np.count_nonzero(wrong):
        if np.isinf(error).any():
            tally.worst_ratio = np.inf
        index = np.unravel_index(
            int(
                np.argmax(
                    np.where(wrong, np.where(np.isfinite(ratio), ratio, np.finfo(float).max), -1.0)
                )
            ),
            actual.shape,
        )
        ulp = np.where(np.isfinite(value), fmt.ulp(value), 1.0)
        broken = _broken(
            case, what, index, int(np.count_nonzero(wrong)), actual, value, error, allowed, ulp
        )
        if nested is not None:
            path, inside = position_of(int(index[0]), nested)
            broken.details |= {
                "quantity": case.operation + "".join(f"[{each}]" for each in path),
                "index": list(inside),
            }
        if limit:
            broken.details["limit"] = True
        raise broken


def _broken(
    case: Case,
    what: str,
    index: Any,
    count: int,
    actual: Array,
    value: Array,
    error: Array,
    allowed: Array,
    ulp: Array,
) -> Broken:
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
    axes = axes_of(case.operation, case.arguments, case.parameters)
    found: dict[str, Any] = {}
    for name, argument in named(case):
        if isinstance(argument, Callback):
            found[name] = argument.description
        elif not isinstance(argument, np.ndarray):
            found[name] = mapped(_shown, argument)
        elif (
            argument.shape != shape
            or case.operation in WIDE
            or (axes is not None and len(axes) > 1)
        ):
            found[name] = _shown(argument)
        elif axes is None:
            found[name] = wide(argument)[position].item()
        else:
            row: list[Any] = list(position)
            row[axes[0]] = slice(None)
            found[name] = wide(argument)[tuple(row)].tolist()
    return {**found, **case.parameters}


def _shown(array: NDArray[Any]) -> Any:
    """Return an array as nested lists, or only its shape where it is too large to be read."""
    return wide(array).tolist() if array.size <= _READABLE else f"an array of shape {array.shape}"


def _shaped(case: Case, actual: Any, needed: Any) -> None:
    if isinstance(actual, list) and isinstance(needed, tuple):
        message = f"{case.operation} answered with a list of arrays; one array was needed"
        raise Malformed(message)
    if shapes(actual) != needed:
        message = f"{case.operation} answered with shape {_abridged(shapes(actual))}; {_abridged(needed)} was needed"
        raise Malformed(message)


def _abridged(shape: Any) -> str:
    text = str(shape)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
