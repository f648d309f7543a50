"""Behaviors: edits with equal answers are one, for nothing but their words tells them apart.

    behaviors("adam")                  every way to answer that one edit of Adam's formula has
    behaviors("adam").different        behaviors that differ from the formula, the simplest first
    behaviors("adam").equal_to_the_formula    edits that answer as the formula on every probe
    behaviors("adam").impossible       edits that have no answer on any probe
    apart("adam", edits)               the same of some of its edits
    behavior.edit, behavior.others     the simplest edit, and those that answer the same
    behavior_of("adam", function)      the behavior that a function has, None if it has none

The first call for an operation runs all its edits on all probes; later calls remember.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.programs.evaluation import Call, run
from nnspec.conformance.programs.lines import CannotRunError
from nnspec.conformance.programs.probes import Asked, asked_of, probes
from nnspec.conformance.programs.program import Program, programs_of
from nnspec.conformance.terms.nested import Array, leaves, mapped, table, wide

# Answers are equal if they differ by less than this part of them, or of the largest answer.
_SAME = 1e-9


# The answers to each probe as one vector, None where there is none.
Signature = tuple[Array | None, ...]


@dataclass(frozen=True)
class Behavior:
    """Edits with equal answers on every probe: the simplest one, and the others."""

    edit: Edit
    others: tuple[Edit, ...] = ()
    answers: Signature = field(default=(), repr=False, compare=False)


@dataclass(frozen=True)
class Behaviors:
    """What the edits of an operation's formula answer."""

    operation: str
    different: tuple[Behavior, ...]
    equal_to_the_formula: tuple[Edit, ...]
    impossible: tuple[Edit, ...]


@lru_cache(maxsize=128)
def behaviors(operation: str) -> Behaviors:
    """Return what the edits of an operation's formula answer on the probes."""
    return apart(operation, edits_of(operation))


def apart(operation: str, edits: Iterable[Edit]) -> Behaviors:
    """Return what some edits of an operation's formula answer on the probes."""
    calls = probes(operation)
    formula = signature(programs_of(operation)[0], calls)
    different: list[Behavior] = []
    equal: list[Edit] = []
    impossible: list[Edit] = []
    signed = [(edit, signature(edit.program, calls)) for edit in edits]
    for group, vector in _grouped(signed):
        if all(part is None for part in vector):
            impossible += group
        elif _alike(vector, formula):
            equal += group
        else:
            different.append(Behavior(group[0], tuple(group[1:]), vector))
    different.sort(key=lambda each: each.edit.order)
    return Behaviors(operation, tuple(different), tuple(equal), tuple(impossible))


def behavior_of(operation: str, function: Callable[..., Any]) -> Behavior | None:
    """Return the behavior that a function in the place of an operation has on the probes.

    There is none if it answers as the formula does, or as no single edit.
    """
    answers = tuple(
        _asked(function, asked, call)
        for asked, call in zip(asked_of(operation), probes(operation), strict=True)
    )
    different = behaviors(operation).different
    return next((each for each in different if _alike(each.answers, answers)), None)


def _asked(function: Callable[..., Any], asked: Asked, call: Call) -> Array | None:
    """Return what a function answers to a probe, None if it raises an error."""
    arguments, parameters = asked
    try:
        return _vector(list(_answers(function(*arguments, **parameters), call)))
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None


def _answers(found: Any, call: Call) -> Iterator[Array]:
    """Yield the arrays of an answer; of steps one table, a row a step."""
    if call.walk is not None:
        yield table(list(found))
    else:
        yield from (wide(each) for each in leaves(mapped(np.asarray, _listed(found))))


def _listed(found: Any) -> Any:
    return found if isinstance(found, np.ndarray) else list(found)


def signature(program: Program, calls: Iterable[Call]) -> Signature:
    """Return the answers of a program to each call as one vector, None where it has none."""
    found: list[Array | None] = []
    for call in calls:
        try:
            answers = run(program, call)
        except CannotRunError:
            found.append(None)
        else:
            found.append(_vector(answers))
    return tuple(found)


def _vector(answers: Sequence[Array]) -> Array:
    """Return the shapes and the numbers of several answers as one vector."""
    shapes = [np.array(answer.shape, dtype=np.float64) for answer in answers]
    return np.concatenate([*shapes, *(answer.reshape(-1) for answer in answers), np.zeros(0)])


def _alike(one: Signature, other: Signature) -> bool:
    """Say whether two programs answer the same to every call."""
    return all(map(_same, one, other))


def _same(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None:
        return one is other
    if one.shape != other.shape:
        return False
    finite = np.isfinite(one)
    if not np.array_equal(finite, np.isfinite(other)):
        return False
    return _close(one[finite], other[finite]) and np.array_equal(
        one[~finite], other[~finite], equal_nan=True
    )


def _close(one: Array, other: Array) -> bool:
    scale = max(np.max(np.abs(one), initial=0.0), np.max(np.abs(other), initial=0.0))
    return bool(np.all(np.abs(one - other) <= _SAME * min(scale, 1.0) + _SAME * np.abs(one)))


def _grouped(signed: Sequence[tuple[Edit, Signature]]) -> list[tuple[list[Edit], Signature]]:
    """Return the edits whose answers agree, group by group, each in its order."""
    groups: list[tuple[list[Edit], Signature]] = []
    near: dict[float, list[int]] = {}
    for edit, vector in signed:
        key = _key(vector)
        # Equal answers have sums that round to the same number, or to neighbors.
        places = [k for step in (-1, 0, 1) for k in near.get(key + step, ())]
        place = next((k for k in places if _alike(groups[k][1], vector)), None)
        if place is None:
            near.setdefault(key, []).append(len(groups))
            groups.append(([edit], vector))
        else:
            groups[place][0].append(edit)
    return groups


def _key(vector: Signature) -> float:
    """Return a number that is nearly the same for nearly the same answers."""
    total = 0.0
    for place, part in enumerate(vector):
        if part is None:
            total += 0.1 * (place + 1)
        else:
            held = np.clip(np.where(np.isfinite(part), part, 1.0), -1e3, 1e3)
            total += float(np.sum(held * _weights(part.size)))
    return float(np.round(total * 1e4))


@lru_cache(maxsize=64)
def _weights(size: int) -> NDArray[np.float64]:
    return np.asarray(np.modf(np.arange(1, size + 1) * np.sqrt(2.0))[0])
