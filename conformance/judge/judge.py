"""Judges one planned case of one source: the outcome, and whether the case could tell."""

import traceback
from dataclasses import dataclass, field, replace
from typing import Any

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.errors import Judged, Sample
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.sources.description import Source, usual_accumulator
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import mistakes
from nnspec.conformance.terms.outcomes import (
    ABSENT,
    CONFORMS,
    INCONCLUSIVE,
    VACUOUS,
    Died,
    Ended,
    TimedOut,
)


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
    fatal: bool = False


def attempt(planned: Planned, source: Source) -> Attempt:
    """Run the check of a case against a source, and return how it ended."""
    if planned.barred:
        return Attempt(ABSENT, planned.barred)
    trial = Trial(Implementation(source, planned.dtype), planned.case, planned.clause)
    message, details, outcome, fatal = "", {}, CONFORMS, False
    try:
        planned.check(trial)
    except Ended as ended:
        message, details, outcome = ended.message, ended.details, ended.outcome
        fatal = isinstance(ended, (Died, TimedOut))
    except Exception as error:  # noqa: BLE001  an error of ours costs one case, and says so
        message, outcome = f"an error of the suite: {type(error).__name__}: {error}", VACUOUS
        details = {"traceback": traceback.format_exc()}
    if outcome == CONFORMS and trial.compared == 0:
        message, outcome = "an error of the suite: the check compared nothing", VACUOUS
    return Attempt(
        outcome,
        message,
        details,
        compared=trial.compared,
        worst_ulp=trial.tally.worst_ulp,
        worst_ratio=trial.tally.worst_ratio,
        measured=trial.tally.measured,
        judged=tuple(trial.tally.judged),
        samples=tuple(trial.tally.samples),
        fatal=fatal,
    )


def judge(planned: Planned, source: Source) -> Attempt:
    """Attempt a case. A conforming one that no mistake of its clause fails is inconclusive.

    The suite's own tests show that a mistake fails each case as it is planned for everyone. A
    library that fixes parameters, or declares a dtype for its sums, is judged by other bounds: for
    these a mistake is put to the case here.
    """
    result = attempt(planned, source)
    dtype = planned.dtype or "float64"
    accumulates_in = source.description.accumulator(dtype)
    usual = not planned.altered and accumulates_in == usual_accumulator(dtype)
    # A case that differs from others in its shapes alone can tell where those can.
    usual = usual or planned.case.one_of_many
    if result.outcome != CONFORMS or usual or can_tell(planned, accumulates_in):
        return result
    spared = f"no mistake bound to {planned.clause.id} exceeds the bound on this case"
    message = f"{spared}, so it could not tell right from wrong"
    return replace(result, outcome=INCONCLUSIVE, message=message)


def can_tell(planned: Planned, accumulates_in: str) -> bool:
    """Say whether the case rejects a mistake that is bound to its clause."""
    for each in mistakes()[planned.operation]:
        if planned.clause.id in each.clauses and each.visible(planned.dtype):
            mistaken = each.adapter()
            mistaken.accumulates_in = {planned.dtype or "float64": accumulates_in}
            if attempt(planned, InProcess(mistaken)).outcome not in (CONFORMS, VACUOUS):
                return True
    return False
