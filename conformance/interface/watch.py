"""A source under a watch: its seconds are counted, its refusals noted, and a budget ends the run.

A case that the budget leaves is absent. It is counted as left, and never as judged.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.sources.description import Call, Description, Source
from nnspec.conformance.sources.noticed import Noticed, noticed
from nnspec.conformance.terms.outcomes import Absent, TimedOut

# What each case says that the budget leaves.
LEFT = "the budget ended before this case"

# The order under a budget: the caller's shapes, drawn inputs, values, all else that binds.
_FIRST = ("chosen", "fresh", "accuracy")


@dataclass(frozen=True)
class Spent:
    """The seconds of a verdict: of the process's `start`, of the `kernel`, and of the `suite`.

    The kernel's are those in which the suite waited for answers. The suite's are processor time of
    the process that judges. All together took `wall` seconds; `budget` is 0 if there was none.
    """

    start: float
    kernel: float
    suite: float
    wall: float
    budget: float = 0.0


class Watch:
    """A source whose calls are timed, and end when the budget does.

    The rest of the budget is divided evenly among the operations and dtypes that are left.
    """

    def __init__(
        self,
        source: Source,
        planned: Sequence[Planned],
        seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        description: Description | None = None,
    ) -> None:
        self._source, self._clock = source, clock
        self.description = description or source.description
        self.waited = 0.0
        self.left: list[str] = []
        self.refused: list[str] = []
        self._said = ""
        self._groups = [len(list(group)) for _, group in groupby(planned, key=_group)]
        self._end = clock() + seconds if seconds else 0.0
        self._slice = self._end
        self._begin_group()

    @property
    def noticed(self) -> Noticed:
        """What the source noticed."""
        return noticed(self._source)

    @property
    def over(self) -> bool:
        """Whether the seconds of this operation and dtype are over."""
        return bool(self._end) and self._clock() >= self._slice

    def foresee(self, calls: Sequence[Call]) -> None:
        """Let the source take note of the next calls."""
        if not self.over:
            with self._timed():
                self._source.foresee(calls)

    def call(self, operation: str, arrays: Sequence[Any], parameters: Any) -> Any:
        """Return the source's answer, if there is time."""
        return self._asked(operation, lambda: self._source.call(operation, arrays, parameters))

    def again(self, call: Call, *, times: int, calls: int) -> list[Any]:
        """Return the source's different answers to a call, if there is time."""
        found: list[Any] = self._asked(
            call[0], lambda: self._source.again(call, times=times, calls=calls)
        )
        return found

    def progress(self, planned: Planned) -> None:
        """Note how a case ended; it is called after each."""
        said, self._said = self._said, ""
        if said:
            (self.left if said == LEFT else self.refused).append(planned.id)
        self._groups[0] -= 1
        if not self._groups[0]:
            self._groups.pop(0)
            self._begin_group()

    def _begin_group(self) -> None:
        now = self._clock()
        self._slice = now + (self._end - now) / max(len(self._groups), 1)

    def _asked(self, operation: str, ask: Callable[[], Any]) -> Any:
        if self.over:
            self._said = LEFT
            raise Absent(LEFT)
        try:
            with self._timed():
                return ask()
        except TimedOut:
            # The call has been cut short for the budget's sake.
            if not self.over:
                raise
            self._said = LEFT
            raise Absent(LEFT) from None
        except Absent as absent:
            # A relation to another operation is absent where that one is not asked.
            if operation in self.description.operations:
                self._said = absent.message or "no reason"
            raise

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = self._clock()
        try:
            yield
        finally:
            self.waited += self._clock() - began


def telling_first(planned: Iterable[Planned]) -> list[Planned]:
    """Return cases in the order under a budget, each operation and dtype apart."""
    found: list[Planned] = []
    for _, group in groupby(planned, key=_group):
        found += sorted(group, key=_rank)
    return found


def _group(planned: Planned) -> tuple[str, str | None]:
    return planned.operation, planned.dtype


def _rank(planned: Planned) -> int:
    kind = planned.clause.id.rpartition("/")[2]
    if planned.clause.level != "MUST":
        return len(_FIRST) + 1
    if "chosen-" in planned.case.name:
        return 0
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST)
