"""Where the functions of an adapter stand: `file.py:12`, as messages on wrong answers name it."""

import functools
import inspect
import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from nnspec.conformance.terms.outcomes import shortened

# Parts of the names of files that no user looks into: installed ones, and cells of a notebook.
_NOWHERE = ("site-packages", "ipykernel", "<")

# The longest place that is told.
_LONGEST = 200


def places(adapter: Any, operations: Iterable[str]) -> dict[str, str]:
    """Return the places of an adapter's functions by their operations, where they are known.

    An attribute of an adapter may be anything, and raise anything.
    """
    found = {}
    for operation in operations:
        with suppress(Exception):
            if place := place_of(_behind(getattr(adapter, operation))):
                found[operation] = shortened(place, _LONGEST)
    return found


def place_of(function: Any) -> str:
    """Return where a function stands, relative to here if it is below; "" if nobody can say."""
    code = getattr(function, "__code__", None)
    if code is None or any(each in code.co_filename for each in _NOWHERE):
        return ""
    name, here = code.co_filename, os.path.join(os.getcwd(), "")  # noqa: PTH109, PTH118
    return f"{name.removeprefix(here)}:{code.co_firstlineno}"


def _behind(function: Any) -> Any:
    """Return the function behind a partial, a decorator or a method."""
    if isinstance(function, functools.partial):
        return _behind(function.func)
    unwrapped = inspect.unwrap(function)
    return unwrapped.__func__ if inspect.ismethod(unwrapped) else unwrapped
