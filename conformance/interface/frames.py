"""A wrong answer, told where the user's function returns it; an exception, told where it is raised.

The call is made once more for that, so that a debugger stops in the user's own frame: with its
arguments and local variables, at the line that returns.
"""

import sys
import types
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, Self

from nnspec.conformance.interface.functions import Function, plain

# The end of the traceback of a call that was made again: after the call, its frame stays as it was.
Traceback = types.TracebackType | None


def returned(function: Function, steps: int | None) -> Traceback:
    """Return a traceback that ends where the function returns its last answer once more.

    Of an optimizer it ends where so many `steps` are yielded. It is None if the function has no
    code in Python, or if the call does not come to its return again.
    """
    code = getattr(plain(function.function), "__code__", None)
    if code is None or function.last is None:
        return None
    with _watched(code) as frames, suppress(Exception, SystemExit):
        answer = function.again(*function.last)
        if isinstance(answer, Iterator):
            # The frame of a generator that is held stays at the step it has yielded.
            for _ in islice(answer, steps):
                pass
            frames.kept = answer
    if frames.last is None:
        return None
    return types.TracebackType(None, frames.last, frames.last.f_lasti, frames.last.f_lineno)


def raised(error: BaseException, function: Function) -> Traceback:
    """Return the traceback of an exception from the user's own frame on, whole if it has none."""
    code = getattr(plain(function.function), "__code__", None)
    entry = error.__traceback__
    while entry is not None and entry.tb_frame.f_code is not code:
        entry = entry.tb_next
    return entry or _beyond_ours(error.__traceback__)


def _beyond_ours(entry: Traceback) -> Traceback:
    """Return a traceback without the frames of the suite at its beginning."""
    inner = entry
    while inner is not None and "nnspec.conformance" in str(
        inner.tb_frame.f_globals.get("__name__", "")
    ):
        inner = inner.tb_next
    return inner or entry


class _watched:  # noqa: N801  a context
    """Keeps the frame of the last return of some code, while the block runs."""

    def __init__(self, code: types.CodeType) -> None:
        self._code = code
        self.last: types.FrameType | None = None
        self.kept: Any = None
        self._before: Callable[..., Any] | None = None

    def __enter__(self) -> Self:
        self._before = sys.getprofile()
        sys.setprofile(self._look)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(self._before)

    def _look(self, frame: types.FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is self._code:
            self.last = frame
