"""Searches beyond the fixed inputs for cases that fail.

Hypothesis draws cases from the domains of the operations and shrinks each that fails. The check of
the clause judges a drawn case as it judges a planned one, against the reference's answer with the
reference's own error. The verdict on the planned cases does not change: it is the same for
everyone, and the findings of a search stand beside it.
"""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky, NoSuchExample, Unsatisfiable

from nnspec.conformance.judge import diagnosis, judge
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.pages.layouts import rearranged
from nnspec.conformance.run.plan import fitted
from nnspec.conformance.run.record import Discovery, Exploration, Record
from nnspec.conformance.run.run import PATIENCE, result_of
from nnspec.conformance.search import domains, paste, shrink
from nnspec.conformance.sources.description import Source
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.mistakes import mistakes
from nnspec.conformance.terms.operations import clause_of
from nnspec.conformance.terms.outcomes import FAILURES, VACUOUS

if TYPE_CHECKING:
    from nnspec.conformance.judge.judge import Attempt

# A search judges a clause of this name by cases in other layouts.
_LAYOUTS = "layouts"


def explore(
    planned: Sequence[Planned],
    source: Source,
    record: Record,
    *,
    examples: int,
    seed: int = 0,
    command: str = "conformance certify",
    progress: Callable[[], Any] = lambda: None,
) -> Record:
    """Return the record with the findings of a search for every clause, operation and dtype.

    Only planned ones that a domain allows are searched, each with this many `examples`. The line
    that repeats a search begins with `command`. After each search `progress` is called.
    """
    # Hypothesis draws from the constants of loaded modules. A diagnosis loads some of them; they
    # are loaded here, so that the first search draws from the same constants as the last.
    mistakes()
    deaths: dict[str, int] = {}
    broken = {
        (each.clause, each.operation, each.dtype)
        for each in record.results
        if each.outcome in FAILURES
    }
    found, asked, listed = [], 0, searches(planned, source)
    for first in listed:
        search = _Search(first, source, deaths, examples, seed)
        search.run()
        asked += search.asked
        if search.best is not None:
            known = (first.clause.id, first.operation, first.dtype) in broken
            found.append(_finding(search, source, f"{command} --explore {examples}", known=known))
        progress()
    exploration = Exploration(
        examples,
        seed,
        hypothesis.__version__,
        len(listed),
        asked,
        tuple(found),
        _left_out(planned, source),
    )
    return replace(record, exploration=exploration)


def searches(planned: Sequence[Planned], source: Source) -> list[Planned]:
    """Return one planned case of every clause, operation and dtype to be searched.

    The adapter offers the operation, and a search judges the clause. Accuracy comes first.
    """
    first: dict[tuple[str, str, str | None], Planned] = {}
    for each in planned:
        if each.operation in source.description.operations and each.clause.id in domains.searched(
            each.operation
        ):
            first.setdefault((each.clause.id, each.operation, each.dtype), each)
    found = [
        each
        for each in first.values()
        if domains.cases(each.operation, each.dtype or "float64") is not None
    ]
    return sorted(found, key=lambda each: not each.clause.id.endswith("/accuracy"))


def _left_out(planned: Sequence[Planned], source: Source) -> dict[str, str]:
    """Return the planned, offered clauses on accuracy that no search judges, with reasons."""
    asked = {each.clause.id for each in planned if each.operation in source.description.operations}
    return {name: reason for name, reason in domains.unsearched().items() if name in asked}


class _Search:
    """A search for one clause, operation and dtype: its cases and the smallest failure."""

    def __init__(
        self, first: Planned, source: Source, deaths: dict[str, int], examples: int, seed: int
    ) -> None:
        self.first, self.asked, self.after = first, 0, 0
        self.best: tuple[Planned, Attempt, str] | None = None
        self._source, self._deaths, self._examples = source, deaths, examples
        self._seed = f"{seed} {first.clause.id} {first.operation} {first.dtype}"
        self._size: tuple[int, int] | None = None

    def run(self) -> None:
        """Search until an example fails, and shrink it."""
        settled = settings(
            max_examples=self._examples,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        # Flaky: an answer changed, or patience ended amid the shrinking; the failure is kept.
        with suppress(NoSuchExample, Unsatisfiable, Flaky):
            hypothesis.find(
                self._strategy(),
                self._fails,
                settings=settled,
                random=random.Random(self._seed),  # noqa: S311  a seed makes it repeatable
            )
        if self.best is not None:
            self._reduce()

    def repeats(self) -> bool:
        """Say whether the smallest case fails once more."""
        assert self.best is not None  # noqa: S101  of a search that found something
        again = self._attempt(self.best[0])
        return again is None or again.outcome in FAILURES

    def _strategy(self) -> st.SearchStrategy[tuple[Case, Case]]:
        """Return a strategy for pairs: the case to judge, and the case whose lines are shown."""
        strategy = domains.cases(self.first.operation, self.first.dtype or "float64")
        assert strategy is not None  # noqa: S101  `searches` lists no other
        if self.first.clause.id.rpartition("/")[2] != _LAYOUTS:
            return strategy.map(lambda case: (case, case))
        return st.builds(
            lambda case, place: (list(rearranged(case))[place], case), strategy, st.integers(0, 3)
        )

    def _fails(self, pair: tuple[Case, Case]) -> bool:
        """Judge an example and say whether it failed; keep the smallest that did."""
        case, plain = pair
        planned = fitted(
            replace(self.first, case=case, altered=False, barred=""), self._source.description
        )
        attempt = self._attempt(planned)
        if (
            attempt is None
            or attempt.outcome not in (*FAILURES, VACUOUS)
            or (case is not plain and not self._spoiled(planned, plain))
        ):
            return False
        self.after = self.after or self.asked
        shown = replace(plain, parameters=planned.case.parameters)
        lines = paste.lines(shown, self.first.dtype, rearranged=case is not plain)
        size = diagnosis.size(planned), len(lines)
        if self._size is None or size <= self._size:
            self._size, self.best = size, (planned, attempt, lines)
        return True

    def _spoiled(self, planned: Planned, plain: Case) -> bool:
        """Say whether the layout is to blame: the same numbers in plain arrays do not fail."""
        again = self._attempt(
            replace(planned, case=replace(plain, parameters=planned.case.parameters))
        )
        return again is not None and again.outcome not in FAILURES

    def _attempt(self, planned: Planned) -> "Attempt | None":
        """Judge a case and count it; None if the operation has ended too many processes."""
        operation = self.first.operation
        if self._deaths.get(operation, 0) >= PATIENCE:
            return None
        self.asked += 1
        attempt = judge.attempt(planned, self._source)
        self._deaths[operation] = self._deaths.get(operation, 0) + attempt.fatal
        return attempt

    def _reduce(self) -> None:
        """Shrink the smallest case to the arguments of its wrong answer.

        A case of a layout stays as it is: its single elements have no layout.
        """
        assert self.best is not None  # noqa: S101  of a search that found something
        planned, attempt, _ = self.best
        if "answer" in attempt.details and not planned.clause.id.endswith(_LAYOUTS):
            shrink.reduced(
                planned.case,
                attempt.details,
                planned.dtype or "float64",
                lambda case: self._fails((case, case)),
            )


def _finding(search: _Search, source: Source, command: str, *, known: bool) -> Discovery:
    assert search.best is not None  # noqa: S101  of a search that found something
    planned, attempt, lines = search.best
    explanations = diagnosis.explain([(planned, attempt)]) if attempt.outcome in FAILURES else []
    result = result_of(planned, attempt, source, explanations, command)
    only = f"'{planned.clause.id}'" + (f" --dtype {planned.dtype}" if planned.dtype else "")
    return Discovery(
        replace(result, rerun=f"{command} --only {only}"),
        lines=lines,
        place=paste.where_to_paste(clause_of(planned.clause.id)),
        after=search.after,
        repeated=search.repeats(),
        known=known,
    )
