"""Judges one planned case of one source: the outcome, and whether the case could tell.

A check that cannot judge an answer, but can judge the right one, denies the answer.
"""

import json
import traceback
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from nnspec.conformance.adapters import loopback
from nnspec.conformance.bounds.truth import true_answer
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.errors import Compared, Judged, Sample
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.sources.description import Source, usual_accumulator
from nnspec.conformance.sources.in_process import InProcess, Steady
from nnspec.conformance.sources.recording import Recording, settle, sum_up
from nnspec.conformance.sources.replay import Replay, Summary
from nnspec.conformance.terms.mistakes import Mistake, mistakes_of
from nnspec.conformance.terms.outcomes import (
    ABSENT,
    BREAKS,
    CONFORMS,
    INCONCLUSIVE,
    TEXT,
    VACUOUS,
    Died,
    Ended,
    TimedOut,
    shortened,
)

# Errors of the machine: no answer is to blame for them.
_MACHINE = (MemoryError, OSError)


@dataclass(frozen=True)
class Attempt:
    """The outcome of a case, its reason where that is not "conforms", and the comparisons.

    `fatal` says that the source's process died or had to be killed.
    """

    outcome: str
    message: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    compared: int = 0
    worst_ulp: float = 0.0
    worst_ratio: float = 0.0
    measured: dict[str, Any] = field(default_factory=dict)
    judged: tuple[Judged, ...] = ()
    samples: tuple[Sample, ...] = ()
    comparisons: tuple[Compared, ...] = ()
    fatal: bool = False


def attempt(planned: Planned, source: Source) -> Attempt:
    """Run the check of a case against a source, and return how it ended."""
    if barred := planned.barred or (planned.altered and refused(planned)):
        return Attempt(ABSENT, str(barred))
    if isinstance(source, Replay):
        told = source.summed_up(planned.id, planned.operation, lambda: _summary(planned))
        if told is not None:
            return Attempt(CONFORMS, **told)
    trial = Trial(Implementation(source, planned.dtype), planned.case, planned.clause)
    details: dict[str, Any] = {}
    message, outcome, fatal = "", CONFORMS, False
    try:
        planned.check(trial)
        if trial.compared == 0:
            message, details, outcome = _unjudged(planned, "the check compared nothing")
    except Ended as ended:
        message, details, outcome = ended.message, ended.details, ended.outcome
        fatal = isinstance(ended, (Died, TimedOut))
    except Exception as error:  # noqa: BLE001  an error of ours costs one case, and says so
        said = shortened(f"{type(error).__name__}: {error}")
        message, details, outcome = _unjudged(
            planned, said, traceback.format_exc(), machine=isinstance(error, _MACHINE)
        )
    measured: dict[str, Any] = {
        "compared": trial.compared,
        "worst_ulp": trial.tally.worst_ulp,
        "worst_ratio": trial.tally.worst_ratio,
    }
    if outcome == CONFORMS and not trial.tally.measured:
        sum_up(source, planned.id, planned.operation, measured)
    else:
        settle(source)
    return Attempt(
        outcome,
        message,
        details,
        **measured,
        measured=trial.tally.measured,
        judged=tuple(trial.tally.judged),
        samples=tuple(trial.tally.samples),
        comparisons=tuple(trial.tally.comparisons),
        fatal=fatal,
    )


def _summary(planned: Planned) -> Summary | None:
    """Return what a line has to say of the calls of a case that it stands for.

    The reference is asked the same. None if its calls would be written down one by one.
    """
    lines: list[tuple[str, bytes]] = []
    recording = Recording(_right(), lambda _, request, line: lines.append((request, line)), 0)
    ended = attempt(planned, recording)
    told = json.loads(lines[-1][1]).get("unjudged") if len(lines) == 1 else None
    if told is None:
        return None
    return Summary(lines[0][0], told["calls"], told["numbers"], ended.compared)


def refused(planned: Planned) -> str:
    """Say why the operation does not take the values that the library fixes, "" if it does.

    There is no true answer then, and nothing to ask the library for.
    """
    try:
        true_answer(planned.case)
    except (TypeError, ValueError) as error:
        return f"the operation does not take what the library fixes: {error}"
    return ""


def _unjudged(
    planned: Planned, said: str, frames: str = "", *, machine: bool = False
) -> tuple[str, dict[str, Any], str]:
    """Return message, details and outcome of a case that the check did not judge.

    If the check judges the right answers, then these answers are to blame: they break the clause.
    Otherwise the suite is.
    """
    if not machine and _judges_right_answers(planned):
        return f"the check judges right answers, and cannot judge these: {said}", {}, BREAKS
    details = {"traceback": shortened(frames, TEXT)} if frames else {}
    return f"an error of the suite: {said}", details, VACUOUS


def _judges_right_answers(planned: Planned) -> bool:
    """Say whether the check of a case accepts the reference, rounded to the dtype under test."""
    trial = Trial(Implementation(_right(), planned.dtype), planned.case, planned.clause)
    try:
        planned.check(trial)
    except Exception:  # noqa: BLE001  the check fails on right answers too, in any way
        return False
    return trial.compared > 0


@cache
def _right() -> Source:
    return InProcess(loopback)


def judge(planned: Planned, source: Source) -> Attempt:
    """Attempt a case. A conforming one that no mistake of its clause fails is inconclusive.

    The suite's own tests show that a mistake fails each case as it is planned for everyone. A
    library that fixes parameters, or declares a format for its sums or factors, is judged by other
    bounds: for these a mistake is put to the case here.
    """
    result = attempt(planned, source)
    dtype = planned.dtype or "float64"
    accumulates_in = source.description.accumulator(dtype)
    multiplies_in = source.description.multiplier(dtype)
    usual = (accumulates_in, multiplies_in) == (usual_accumulator(dtype), "")
    usual = usual and not planned.altered
    # A case that differs from others in its shapes alone can tell where those can.
    usual = usual or planned.case.one_of_many
    if result.outcome != CONFORMS or usual or can_tell(planned, accumulates_in, multiplies_in):
        return result
    spared = f"no mistake bound to {planned.clause.id} exceeds the bound on this case"
    message = f"{spared}, so it could not tell right from wrong"
    return replace(result, outcome=INCONCLUSIVE, message=message)


# The mistake of an operation that a clause rejected last: its next case rejects it too, as a rule.
_TOLD: dict[tuple[str, str], str] = {}


def can_tell(planned: Planned, accumulates_in: str, multiplies_in: str = "", but: str = "") -> bool:
    """Say whether the case rejects a mistake that is bound to its clause, but the one named.

    The one that the case before it rejected is the first to be tried.
    """
    about = planned.operation, planned.clause.id
    bound = [
        each
        for each in mistakes_of(planned.operation)
        if planned.clause.id in each.clauses and each.visible(planned.dtype) and each.name != but
    ]
    for each in sorted(bound, key=lambda each: each.name != _TOLD.get(about)):
        if rejects(planned, each, accumulates_in, multiplies_in):
            _TOLD[about] = each.name
            return True
    return False


# A mistake may overflow, and nobody has to read that NumPy says so.
@np.errstate(all="ignore")
def rejects(
    planned: Planned, mistake: Mistake, accumulates_in: str, multiplies_in: str = ""
) -> bool:
    """Say whether the case rejects a mistake that declares these formats of sums and factors."""
    mistaken = mistake.adapter()
    dtype = planned.dtype or "float64"
    mistaken.accumulates_in = {dtype: accumulates_in}
    mistaken.multiplies_in = {dtype: multiplies_in} if multiplies_in else {}
    source = InProcess(mistaken) if mistake.remembers else Steady(mistaken)
    return attempt(planned, source).outcome not in (CONFORMS, VACUOUS)
