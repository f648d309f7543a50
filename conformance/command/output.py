"""Standard output and error: every terminal takes all that is written, and its errors are seen."""

import codecs
import io
import os
import sys
import unicodedata
from contextlib import suppress

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

# The status of a command that could not write its output.
FAILED = 3


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


def flushed(status: int) -> int:
    """Write out what is left of the output, and return the status, 3 if that fails.

    A broken MUST is told by the status, whatever became of the output.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        return _lost(status)
    except OSError as error:
        tell(f"the output cannot be written: {error.strerror}")
        return _lost(status)
    return status


def _lost(status: int) -> int:
    """Let nobody find the rest of the output at the end of the program, and fail there."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
    return status if status == 1 else FAILED


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(map(_plain, letters)), error.end


def _plain(letter: str) -> str:
    decomposed = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return _PLAIN.get(letter) or decomposed or "?"
