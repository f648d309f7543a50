"""What candidates answer to the cases of an implementation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import steps
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.diagnosis.candidates import Candidate
from nnspec.conformance.judge.errors import Judged
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.judge.judge import Attempt
from nnspec.conformance.programs.cases import answered, put
from nnspec.conformance.programs.evaluation import Call
from nnspec.conformance.programs.lines import CannotRunError
from nnspec.conformance.programs.program import Program
from nnspec.conformance.programs.walking import walked
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import flat
from nnspec.conformance.terms.outcomes import Ended, Malformed

Array = NDArray[Any]

Attempts = Sequence[tuple[Planned, Attempt]]


@dataclass(frozen=True)
class Known:
    """How a mistake without memory ended planned cases (by id), and what it answered to cases."""

    ended: Mapping[str, Attempt] = field(default_factory=dict)
    answers: Mapping[Case, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, attempts: Attempts) -> "Known":
        """Return what the attempts of a mistake tell."""
        judged = [each for _, given in reversed(attempts) for each in reversed(given.judged)]
        return cls(
            {planned.id: given for planned, given in attempts},
            {each.case: each.answer for each in judged},
        )


def guesses(
    candidate: Candidate, known: Known, judged: Sequence[Judged], dtype: str | None
) -> tuple[Array | None, ...]:
    """Return a candidate's answers to the cases of answers in their order, None where it has none.

    A program takes each step from the parameters that the implementation had yielded before it.
    """
    if candidate.program is not None:
        return tuple(_by_program(candidate.program, each, dtype) for each in judged)
    cases = tuple(each.case for each in judged)
    if all(case in known.answers for case in cases):
        return tuple(known.answers[case] for case in cases)
    found = _asked if any(case.many for case in cases) else _asked_once
    return found(candidate, cases, dtype)


@lru_cache(maxsize=2**13)
def _asked_once(
    candidate: Candidate, cases: tuple[Case, ...], dtype: str | None
) -> tuple[Array | None, ...]:
    """Ask a candidate for its answers. Every failure has the same candidates."""
    return _asked(candidate, cases, dtype)


def _asked(
    candidate: Candidate, cases: tuple[Case, ...], dtype: str | None
) -> tuple[Array | None, ...]:
    implementation = Implementation(candidate.make(), dtype)
    return tuple(_answered(implementation, case) for case in cases)


def _answered(implementation: Implementation, case: Case) -> Array | None:
    """Return the answer to a case, after the call that it has before it; None if there is none."""
    operation, parameters = case.operation, case.parameters
    try:
        if case.before is not None:
            implementation.call(operation, case.before, parameters)
        return flat(implementation.call(operation, case.arguments, parameters))
    except Ended:
        return None


# --- programs ---


def _by_program(program: Program, judged: Judged, dtype: str | None) -> Array | None:
    """Return what a program answers to the case of an answer, rounded to the dtype.

    It is not run on many numbers: an edit may stretch an array along a second axis.
    """
    case = judged.case
    if case.operation != program.operation or case.many:
        return None
    call = _put(case, judged.format.name)
    try:
        found = _walked(program, judged) if program.takes_steps else answered(program, call)
    except (CannotRunError, Malformed):
        return None
    if found is None:
        return None
    if dtype in (None, "float64"):
        return found
    rounded: Array = cast(found, dtype).astype(np.float64)
    return rounded


@lru_cache(maxsize=512)
def _put(case: Case, dtype: str) -> Call:
    """Return a case as a call of programs. Every candidate is put to the same cases."""
    return put(case, dtype)


def _walked(program: Program, judged: Judged) -> Array:
    """Return the steps of a program, each from where the implementation was before it."""
    case = judged.case
    walk = _put(case, judged.format.name).walk
    assert walk is not None  # noqa: S101  the program takes steps
    count = steps.count(case)
    whole = judged.answer.size == count * sum(each.size for each in walk.start)
    yielded = list(judged.answer.reshape(count, -1)) if whole else None
    with np.errstate(all="ignore"):
        rows = list(walked(program, walk, yielded))
    return np.concatenate(rows) if rows else np.zeros(0)
