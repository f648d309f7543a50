"""Clauses as tests: each one for an operation and a dtype, with all of its cases.

The plugin's items and `nnspec.parametrize` are made of them. What explains the failures of an
operation in a dtype is found out once: at its first failure, from all cases of the session.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nnspec import spec
from nnspec.conformance.interface.check import quiet
from nnspec.conformance.interface.failing import exception
from nnspec.conformance.interface.subjects import Subject
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.reports.printing import printable
from nnspec.conformance.run import run
from nnspec.conformance.run.diagnoses import Diagnosis, Explained, diagnoses
from nnspec.conformance.run.record import Result
from nnspec.conformance.sources.guarded import Guard, Guarded
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.operations import operations_of
from nnspec.conformance.terms.outcomes import ABSENT, FAILURES, INCONCLUSIVE, VACUOUS

Key = tuple[str, str | None]


class Judged(NamedTuple):
    """The results of a clause, and what explains the failures of its operation in the dtype."""

    results: tuple[Result, ...]
    diagnoses: tuple[Diagnosis, ...]

    @property
    def failed(self) -> list[Result]:
        """The results that fail, expected or not, and the errors of the suite."""
        return [each for each in self.results if each.outcome in (*FAILURES, VACUOUS)]

    @property
    def denied(self) -> bool:
        """Whether a MUST fails that nobody expected to, or the suite erred."""
        return any(
            each.outcome == VACUOUS or (each.level == "MUST" and not each.expected)
            for each in self.failed
        )


@dataclass(frozen=True, eq=False)
class Clause:
    """A clause of an operation in a dtype, as a test; `name` is a selection that `--only` takes."""

    name: str
    clause: spec.Clause
    operation: str
    dtype: str | None
    planned: tuple[Planned, ...]
    sitting: "Sitting"

    def __repr__(self) -> str:
        return self.name

    @property
    def expected(self) -> str:
        """The key under which the adapter expects the clause to fail, "" if it does not."""
        return self.sitting.subject.description.expected(self.clause.id, self.operation)

    def judged(self) -> Judged:
        """Judge all cases."""
        return self.sitting.judged(self)

    def check(self) -> None:
        """Judge all cases: pass, or raise for a test of pytest.

        A MUST that fails raises where the user's function returns or raises. A SHOULD that fails
        and an expected failure are xfailed. What is absent or inconclusive is skipped.
        """
        __tracebackhide__ = True
        self.settle(self.judged())

    def settle(self, judged: Judged) -> None:
        """Pass, or raise for a test of pytest what was judged."""
        __tracebackhide__ = True
        import pytest  # noqa: PLC0415  who calls this has it loaded

        failed = judged.failed
        if judged.denied:
            raise self.sitting.exception(failed, judged.diagnoses)
        if failed:
            said = failed[0].expected or f"{failed[0].level}: {failed[0].message}"
            pytest.xfail(printable(said))
        for outcome in (ABSENT, INCONCLUSIVE):
            found = [each for each in judged.results if each.outcome == outcome]
            if found and (outcome == INCONCLUSIVE or len(found) == len(judged.results)):
                pytest.skip(printable(f"{outcome}: {found[0].message}"))


@dataclass(eq=False)
class Sitting:
    """The tests of one subject: their clauses, and what is known of the operations that fail.

    `chosen` are the clauses that the session runs, None for all. A rerun line begins with
    `command`.
    """

    subject: Subject
    command: str
    clauses: list[Clause] = field(default_factory=list)
    chosen: Collection[Clause] | None = None
    guard: Guard | None = None
    source: InProcess = field(init=False)
    _known: dict[Key, tuple[dict[str, Result], tuple[Diagnosis, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Ask the subject in this process; a guard holds the judge's functions fast."""
        subject, description = self.subject, self.subject.description
        if self.guard is None:
            self.source = InProcess(subject, description=description)
        else:
            self.source = Guarded(subject, subject.name, self.guard, description)

    def judged(self, clause: Clause) -> Judged:
        """Judge a clause; if it fails, judge its operation in the dtype as a whole, once."""
        key = clause.operation, clause.dtype
        with quiet():
            if key not in self._known:
                alone = run.results(
                    clause.planned, self.source, command=self.command, misfits=[key]
                )
                judged = Judged(alone, ())
                if not judged.denied:
                    return judged
                self._known[key] = self._whole(key)
            known, told = self._known[key]
            asked = [each for each in clause.planned if each.id not in known]
            more = run.results(asked, self.source, command=self.command, misfits=[key])
        found = {**known, **{each.id: each for each in more}}
        results = tuple(found[each.id] for each in clause.planned)
        return Judged(results, told)

    def expecting(self, key: str) -> int:
        """Return how many clauses the adapter expects to fail under a key."""
        return sum(each.expected == key for each in self.clauses) if key else 0

    def exception(self, failed: Sequence[Result], told: Sequence[Diagnosis]) -> BaseException:
        """Return what to raise for failing cases."""
        planned = {each.id: each for clause in self.clauses for each in clause.planned}
        denying = [each for each in failed if each.level == "MUST" and not each.expected]
        with quiet():
            return exception(denying or failed, told, planned, self.subject, self.source)

    def _whole(self, key: Key) -> tuple[dict[str, Result], tuple[Diagnosis, ...]]:
        """Judge all cases of an operation in a dtype that the session runs, and explain them."""
        running = self.clauses if self.chosen is None else self.chosen
        planned = [
            each
            for clause in self.clauses
            if clause in running and (clause.operation, clause.dtype) == key
            for each in clause.planned
        ]
        explained: list[Explained] = []
        # What fails before any mathematics is explained by no formula.
        misfits = [key] if run.smoked(planned, self.source, defaultdict(list)) else []
        results = run.results(
            planned, self.source, command=self.command, misfits=misfits, explained=explained
        )
        return {each.id: each for each in results}, diagnoses(explained)


def sitting(
    subject: Subject, planned: Sequence[Planned], command: str, guard: Guard | None = None
) -> Sitting:
    """Return the tests of planned cases: a clause for each operation and dtype, in their order."""
    made = Sitting(subject, command, guard=guard)
    groups: dict[tuple[str, str | None, str], list[Planned]] = {}
    for each in planned:
        groups.setdefault((each.operation, each.dtype, each.clause.id), []).append(each)
    for (operation, dtype, _), cases in groups.items():
        clause = cases[0].clause
        alone = len(operations_of(clause)) == 1
        inside = ",".join(each for each in ("" if alone else operation, dtype or "") if each)
        name = f"{clause.id}[{inside}]" if inside else clause.id
        made.clauses.append(Clause(name, clause, operation, dtype, tuple(cases), made))
    return made


def counted(judged: Judged) -> list[tuple[str, str, str, int]]:
    """Return each diagnosis with its operation, sentence and how many of the cases it explains."""
    return [
        (each.operation, each.name, each.sentence, count)
        for each in judged.diagnoses
        if (count := sum(each.name in result.diagnosis for result in judged.failed))
    ]


def chosen(items: Sequence[Any]) -> None:
    """Tell the sittings which of their clauses a session runs, by the parameters of its tests."""
    running: dict[int, tuple[Sitting, set[Clause]]] = {}
    for item in items:
        for value in _held(item):
            running.setdefault(id(value.sitting), (value.sitting, set()))[1].add(value)
    for each, clauses in running.values():
        each.chosen = clauses


def _held(item: Any) -> list[Clause]:
    """Return the clauses that an item of pytest judges."""
    own = getattr(item, "clause", None)
    given = getattr(getattr(item, "callspec", None), "params", {}).values()
    return [each for each in (own, *given) if isinstance(each, Clause)]
