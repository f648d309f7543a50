"""Where the functions of an adapter stand: `file.py:12`, as messages on wrong answers name it."""

import functools
import inspect
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nnspec.conformance.terms.outcomes import shortened

# Parts of the names of files that no user looks into: installed ones, and cells of a notebook.
_NOWHERE = ("site-packages", "ipykernel", "<")

# The longest place that is told.
_LONGEST = 200


def places(adapter: Any, operations: Iterable[str]) -> dict[str, str]:
    """Return the places of an adapter's functions by their operations, those below this folder.

    A report names no other folder of the machine. An attribute of an adapter may be anything, and
    raise anything.
    """
    found = {}
    for operation in operations:
        with suppress(Exception):
            place = place_of(_behind(getattr(adapter, operation)))
            if place and not Path(place).is_absolute():
                found[operation] = shortened(place, _LONGEST)
    return found


def from_here(trace: str) -> str:
    """Return a traceback in which files below this folder have their names from here."""
    return trace.replace(f'File "{_here()}', 'File "')


def place_of(function: Any) -> str:
    """Return where a function stands, relative to here if it is below; "" if nobody can say."""
    code = getattr(function, "__code__", None)
    if code is None or any(each in code.co_filename for each in _NOWHERE):
        return ""
    return f"{code.co_filename.removeprefix(_here())}:{code.co_firstlineno}"


def _here() -> str:
    """Return this folder as code and tracebacks write it, "" if it is gone."""
    try:
        return os.path.join(os.getcwd(), "")  # noqa: PTH109, PTH118
    except OSError:
        return ""


def _behind(function: Any) -> Any:
    """Return the function behind a partial, a decorator or a method."""
    if isinstance(function, functools.partial):
        return _behind(function.func)
    unwrapped = inspect.unwrap(function)
    return unwrapped.__func__ if inspect.ismethod(unwrapped) else unwrapped
