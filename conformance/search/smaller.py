"""Shrinks the failing cases that were drawn: beside a case of many numbers stands a small one.

The lengths of the case are made as small as it still fails with; then single elements are tried, as
in an exploration. The results of the plan stay as they are. A search judges no more cases than a
limit, and the same answers lead it to the same case.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from math import isqrt
from typing import TYPE_CHECKING, Any

from nnspec.conformance.judge import diagnosis, judge
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.pages import families
from nnspec.conformance.run.plan import fitted
from nnspec.conformance.run.record import Record, Result, Smaller
from nnspec.conformance.run.run import PATIENCE, result_of
from nnspec.conformance.search import paste, shrink
from nnspec.conformance.sources.description import Source
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import clause_of
from nnspec.conformance.terms.outcomes import FAILURES

if TYPE_CHECKING:
    from nnspec.conformance.judge.judge import Attempt

# The properties whose cases are drawn: by the seed of the run, and by fixed keys.
_SEEDED, _DRAWN = "fresh", ("fresh", "sizes")

# The search for one smaller case judges at most so many.
LIMIT = 100

# A case of more numbers is not written as lines of Python.
_WRITTEN = 64


def due(record: Record) -> list[list[Result]]:
    """Return the failures of drawn cases, a list for each operation and dtype.

    Those that the seed drew go before others. If the operation's accuracy fails too, a named input
    of few numbers shows that already. If its first call fails, no input is to blame.
    """
    failed = [each for each in record.results if each.failed]
    shown = {(each["operation"], each["dtype"]) for each in record.header["smoke"]} | {
        (each.operation, each.dtype)
        for each in failed
        if each.clause == f"{each.operation}/accuracy"
    }
    found: dict[tuple[str, str | None], list[Result]] = {}
    for each in sorted(failed, key=lambda result: _property(result) != _SEEDED):
        key = each.operation, each.dtype
        if _property(each) in _DRAWN and key not in shown:
            group = found.setdefault(key, [each])
            if each is not group[0] and each.clause == group[0].clause:
                group.append(each)
    return list(found.values())


def smaller(
    planned: Sequence[Planned],
    source: Source,
    record: Record,
    *,
    seed: int,
    progress: Callable[[], Any] = lambda: None,
) -> Record:
    """Return the record with a smaller case for each operation and dtype whose drawn cases fail.

    The smallest of these is shrunk. After each search `progress` is called.
    """
    by_id = {each.id: each for each in planned}
    deaths: dict[str, int] = {}
    found = []
    for group in due(record):
        first = min(group, key=lambda result: diagnosis.size(by_id[result.id]))
        search = _Search(by_id[first.id], source, deaths)
        search.run()
        if search.smaller:
            found.append(_told(search, first, source, seed))
        progress()
    return replace(record, smaller=tuple(found))


def _property(result: Result) -> str:
    return result.clause.partition("/")[2]


class _SpentError(Exception):
    """A search has judged as many cases as it may, or has ended too many processes."""


class _Search:
    """A search for a smaller case that fails: the smallest so far, and how many were judged."""

    def __init__(self, first: Planned, source: Source, deaths: dict[str, int]) -> None:
        self.first, self.judged = first, 0
        self._lengths: dict[str, int] = {}
        self._shortened = 0
        self.best: tuple[Planned, Attempt] | None = None
        self._source, self._deaths = source, deaths

    def run(self) -> None:
        """Shrink the lengths, then the elements; a case that does not fail again stays as it is."""
        with suppress(_SpentError):
            if self._fails(self.first.case):
                self._shorten()
                self._reduce()

    @property
    def smaller(self) -> bool:
        """Whether the smallest case has fewer numbers than the planned one."""
        return self.best is not None and diagnosis.size(self.best[0]) < diagnosis.size(self.first)

    @property
    def lengths(self) -> dict[str, int]:
        """The lengths from which on cases fail, without those that are as short as they can be.

        None is to blame where a few elements fail by themselves.
        """
        assert self.best is not None  # noqa: S101  of a search that found something
        return self._lengths if diagnosis.size(self.best[0]) == self._shortened else {}

    def repeats(self) -> bool:
        """Say whether the smallest case fails once more."""
        assert self.best is not None  # noqa: S101  of a search that found something
        return judge.attempt(self.best[0], self._source).outcome in FAILURES

    def _shorten(self) -> None:
        """Find for each dimension the smallest length with which a case fails, the longest first.

        The other dimensions keep the lengths that were found for them.
        """
        case, dtype = self.first.case, self.first.dtype or "float64"
        of_page = families.family(self.first.clause.page)
        if case.drawn is None or of_page is None:
            return
        lengths = dict(case.drawn.lengths)
        asked = of_page.asked(case.operation, dtype)
        for name in sorted(lengths, key=lambda name: -lengths[name]):
            right, wrong = asked[name].shortest - 1, lengths[name]
            while wrong - right > 1:
                middle = _between(right, wrong)
                other = families.redrawn(of_page, case, dtype, lengths | {name: middle})
                right, wrong = (right, middle) if self._fails(other) else (middle, wrong)
            lengths[name] = wrong
            if wrong > asked[name].shortest:
                self._lengths[name] = wrong
        assert self.best is not None  # noqa: S101  the planned case failed again
        self._shortened = diagnosis.size(self.best[0])

    def _reduce(self) -> None:
        """Shrink the smallest case to the arguments of its wrong answer."""
        assert self.best is not None  # noqa: S101  the planned case failed again
        planned, attempt = self.best
        if "answer" in attempt.details:
            dtype = planned.dtype or "float64"
            # What is left of a drawn case was not drawn.
            shrink.reduced(
                planned.case,
                attempt.details,
                dtype,
                lambda case: self._fails(replace(case, drawn=None)),
            )

    def _fails(self, case: Case) -> bool:
        """Judge a case and say whether it failed; keep the smallest that did.

        Raises _SpentError if the search has judged as many as it may.
        """
        operation = self.first.operation
        if self.judged == LIMIT or self._deaths.get(operation, 0) >= PATIENCE:
            raise _SpentError
        planned = fitted(
            replace(self.first, case=case, altered=False, barred=""), self._source.description
        )
        attempt = judge.attempt(planned, self._source)
        self.judged += 1
        self._deaths[operation] = self._deaths.get(operation, 0) + attempt.fatal
        if attempt.outcome not in FAILURES:
            return False
        if self.best is None or diagnosis.size(planned) <= diagnosis.size(self.best[0]):
            self.best = planned, attempt
        return True


def _between(right: int, wrong: int) -> int:
    """Return a length between two: their geometric mean while they are far apart."""
    return isqrt(max(right, 1) * wrong) if wrong > 4 * max(right, 1) else (right + wrong) // 2


def _told(search: _Search, first: Result, source: Source, seed: int) -> Smaller:
    assert search.best is not None  # noqa: S101  of a search that found something
    planned, attempt = search.best
    numbers = diagnosis.size(planned)
    case = planned.case.changed(name="smaller")
    result = result_of(replace(planned, case=case), attempt, source, [], "")
    return Smaller(
        replace(result, rerun=first.rerun),
        shrunk=first.id,
        seed=seed if _property(first) == _SEEDED else None,
        before=diagnosis.size(search.first),
        numbers=numbers,
        lengths=search.lengths,
        lines=paste.lines(case, planned.dtype) if numbers <= _WRITTEN else "",
        place=paste.where_to_paste(clause_of(f"{planned.operation}/accuracy")),
        judged=search.judged,
        repeated=search.repeats(),
    )
