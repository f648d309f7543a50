"""Standard output and error: every terminal takes all that is written, and outlives its end.

A run may have taken an hour when its terminal goes, or its disk is full. What the run found is
still written into files, and decides the exit status.
"""

import codecs
import io
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any, TextIO, cast

from nnspec.conformance.reports.printing import lines

# What stands for a mark where an encoding does not have it. Other letters lose their accents, or
# are a question mark.
_PLAIN = {
    **dict.fromkeys("✓", "+"),
    **dict.fromkeys("✗×", "x"),
    **dict.fromkeys("–—−", "-"),
    **dict.fromkeys("│█", "|"),
    "…": "...",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
    "·": "*",
}
_HANDLER = "nnspec-plain"


def fit() -> None:
    """Let standard output and error replace what their encoding does not have."""
    codecs.register_error(_HANDLER, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def tell(message: object) -> None:
    """Print a message for the person at the keyboard, its first line after the command's name."""
    first, *others = lines(str(message)) or [""]
    with suppress(OSError, ValueError):  # nobody may be there to read it
        print("\n  │ ".join([f"conformance: {first}", *others]), file=sys.stderr)


class _Enduring:
    """A stream that writes until it cannot any more; then `error` says why, and all is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.error: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text, or drop it."""
        self._tried(lambda: self._stream.write(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write or drop texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write out what is kept back, or drop it."""
        self._tried(self._stream.flush)

    def _tried(self, written: Callable[[], object]) -> None:
        if self.error is None:
            try:
                written()
            except OSError as error:
                self.error = error
                self._dropped()

    def _dropped(self) -> None:
        """Let the stream lead nowhere: Python writes out the rest of its buffer at the end."""
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


class Lost:
    """Says after the block of `endured` whether a part of the output was lost, and why."""

    def __init__(self) -> None:
        self.streams: list[_Enduring] = []

    @property
    def error(self) -> OSError | None:
        """The first error of a stream, None if everything was written."""
        return next((each.error for each in self.streams if each.error is not None), None)


@contextmanager
def endured() -> Iterator[Lost]:
    """Let nothing that is printed inside the block end it, and tell what was lost."""
    lost = Lost()
    with ExitStack() as stack:
        for stream, redirected in ((sys.stdout, redirect_stdout), (sys.stderr, redirect_stderr)):
            # A process may be started without one of the two.
            if stream is not None:
                lost.streams.append(_Enduring(stream))
                stack.enter_context(redirected(cast("TextIO", lost.streams[-1])))
        try:
            yield lost
        finally:
            for each in lost.streams:
                each.flush()


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(map(_plain, letters)), error.end


def _plain(letter: str) -> str:
    decomposed = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return _PLAIN.get(letter) or decomposed or "?"
