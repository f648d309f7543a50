"""Measures the power of the suite: runs every mistake against it.

The clauses that a mistake names must reject it, and the diagnosis must name the mistake.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nnspec import reference
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.diagnosis import Known, explain, opened, size, source_of
from nnspec.conformance.judge.judge import Attempt, attempt
from nnspec.conformance.run import plan
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import Mistake, mistakes_of
from nnspec.conformance.terms.operations import OPERATIONS, operations_of
from nnspec.conformance.terms.outcomes import FAILURES
from nnspec.spec import clauses

# A diagnosis leaves out cases of so many numbers or steps. It has shorter cases, and a thousand
# steps of an optimizer take longest.
_LONG = 256


@dataclass(frozen=True)
class Kill:
    """The fate of a mistake in one dtype.

    `judged_by` are the clauses of the plan; `rejected_by` are those that rejected the mistake.
    `told_by` are the cases that rejected it, of the clauses that it names. `explanations` are
    sorted, best first. Those that account for the same cases as the best stand in `first`.
    """

    mistake: Mistake
    dtype: str | None
    judged_by: tuple[str, ...]
    rejected_by: tuple[str, ...]
    explanations: tuple[str, ...]
    told_by: tuple[str, ...] = ()
    first: tuple[str, ...] = ()

    @property
    def survived(self) -> tuple[str, ...]:
        """The clauses that should reject the mistake and do not."""
        return tuple(
            clause
            for clause in self.mistake.clauses
            if clause in self.judged_by and clause not in self.rejected_by
        )

    @property
    def recognized(self) -> bool:
        """Whether the best explanation is the mistake itself, or no case tells the two apart."""
        return self.mistake.name in self.first


def kills(
    *,
    operations: tuple[str, ...] = (),
    dtypes: tuple[str, ...] = (),
    diagnosed: Callable[[Mistake, str | None], bool] = lambda *_: True,
) -> Iterator[Kill]:
    """Run every mistake against the clauses that it names, in every dtype that shows it.

    `diagnosed` says whether to diagnose the mistake in a dtype.
    """
    asked = dtypes or NAMES
    for operation in operations or reference.__all__:
        for dtype in asked if OPERATIONS[operation].has_dtype else (None,):
            # A plan for each dtype: a call that is asked a thousand times is asked in the last one.
            planned = plan.plan(plan.EVERYTHING, dtypes=(dtype or asked[0],), operation=operation)
            if planned:
                yield from _kills(operation, dtype, sorted(planned, key=size), diagnosed)


def _kills(
    operation: str,
    dtype: str | None,
    planned: Sequence[Planned],
    diagnosed: Callable[[Mistake, str | None], bool],
) -> Iterator[Kill]:
    """Put the cases to every mistake once; each diagnosis then compares with how all had ended."""
    shown = [each for each in mistakes_of(operation) if each.visible(dtype)]
    chosen = {each for each in shown if diagnosed(each, dtype)}
    attempts = {each: _attempts(each, planned, diagnosed=each in chosen) for each in shown}
    known = {
        each.name: Known.of(ended)
        for each, ended in attempts.items()
        if each in chosen and not each.remembers
    }
    for each, ended in attempts.items():
        rejecting = [(case, came) for case, came in ended if came.outcome in FAILURES]
        explanations = explain(ended, known) if each in chosen else []
        yield Kill(
            each,
            dtype,
            judged_by=tuple(dict.fromkeys(case.clause.id for case in planned)),
            rejected_by=tuple(dict.fromkeys(case.clause.id for case, _ in rejecting)),
            explanations=tuple(found.name for found in explanations),
            told_by=tuple(case.id for case, _ in rejecting if case.clause.id in each.clauses),
            first=tuple(
                found.name for found in explanations if found.cases == explanations[0].cases
            ),
        )


def _attempts(
    mistake: Mistake, planned: Sequence[Planned], *, diagnosed: bool
) -> list[tuple[Planned, Attempt]]:
    """Judge a mistake by the cases in order, and leave out cases that add nothing.

    A clause that has rejected the mistake needs no further case. A diagnosis takes all short cases,
    but of many of a kind only those that the clauses of the mistake ask for.
    """
    source = source_of(mistake)
    if mistake.remembers:
        opened(source, planned)
        # What it remembers of other cases could hide it, or show it, where its clauses ask.
        planned = sorted(planned, key=lambda each: each.clause.id not in mistake.clauses)
    attempts: list[tuple[Planned, Attempt]] = []
    asking = set(mistake.clauses)
    for case in planned:
        if case.clause.id in asking or (diagnosed and _short(case)):
            attempts.append((case, attempt(case, source)))
            if attempts[-1][1].outcome in FAILURES:
                asking.discard(case.clause.id)
        elif not (asking or diagnosed):
            break
    return attempts


def _short(case: Planned) -> bool:
    one_of_many = case.case.one_of_many or case.clause.id.endswith("/sizes")
    return not one_of_many and size(case) < _LONG


def powerless(found: Sequence[Kill], operations: Sequence[str] = ()) -> list[str]:
    """Return the MUST clauses that reject no mistake, each with the operation that it spares.

    Without `operations`, all operations count. A clause of 16-bit formats is not judged in others,
    and counts only if it was judged. An operation without a mistake was not asked: all count.
    """
    asked = {kill.mistake.operation for kill in found}
    judged = {(clause, kill.mistake.operation) for kill in found for clause in kill.judged_by}
    rejecting = {
        (clause, kill.mistake.operation)
        for kill in found
        for clause in kill.rejected_by
        if clause in kill.mistake.clauses
    }
    spoken_of = [
        (clause.id, operation)
        for clause in clauses().values()
        if clause.level == "MUST"
        for operation in operations_of(clause)
        if operation not in asked or (clause.id, operation) in judged
    ]
    return [
        f"{clause} ({operation})"
        for clause, operation in spoken_of
        if operation in (operations or reference.__all__) and (clause, operation) not in rejecting
    ]
