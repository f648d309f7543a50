"""A source that is asked no more when too many of its calls have exceeded their time limits.

One file among many that hangs in every operation may not hold up all others.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from nnspec.conformance.sources.description import Call, Source
from nnspec.conformance.sources.noticed import Noticed, noticed
from nnspec.conformance.terms.outcomes import TimedOut

_Answer = TypeVar("_Answer")


class Patient:
    """A source whose calls may exceed their time limits for so many `seconds` together.

    Then each further call ends as a call that exceeds its limit does, and the source is not asked.
    """

    def __init__(self, source: Source, seconds: float) -> None:
        self._source, self._seconds, self._lost = source, seconds, 0.0
        self.description = source.description

    @property
    def noticed(self) -> Noticed:
        """What the source noticed of its adapter beside its answers."""
        return noticed(self._source)

    def foresee(self, calls: Sequence[Call]) -> None:
        """Hand on the next calls, if they will be asked."""
        if self._lost < self._seconds:
            self._source.foresee(calls)

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the source's answer, or raise the outcome that it raised."""
        return self._timed(operation, lambda: self._source.call(operation, arrays, parameters))

    def again(self, call: Call, *, times: int, calls: int) -> list[Any]:
        """Return the source's answers to a call that is repeated."""
        return self._timed(call[0], lambda: self._source.again(call, times=times, calls=calls))

    def _timed(self, operation: str, ask: Callable[[], _Answer]) -> _Answer:
        if self._lost >= self._seconds:
            message = (
                f"{operation} was not asked: calls have exceeded their time limits for "
                f"{self._lost:.0f} s in all"
            )
            raise TimedOut(message)
        began = time.monotonic()
        try:
            return ask()
        except TimedOut:
            self._lost += time.monotonic() - began
            raise
