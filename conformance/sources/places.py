"""Where functions stand: `kernels.py:12`, for messages and for the lines of a pull request."""

import functools
import inspect
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# Parts of the names of files that no user looks into: installed ones, and cells of a notebook.
_NOWHERE = ("site-packages", "ipykernel", "<")


def place_of(function: Any) -> str:
    """Return where a function stands, `file.py:12`, relative to here if it is below; else ""."""
    code = getattr(_inner(function), "__code__", None)
    if code is None or any(each in code.co_filename for each in _NOWHERE):
        return ""
    name, here = code.co_filename, os.path.join(os.getcwd(), "")  # noqa: PTH109, PTH118
    return f"{name.removeprefix(here)}:{code.co_firstlineno}"


def places(adapter: Any, operations: Iterable[str]) -> dict[str, str]:
    """Return where the functions of operations stand, those below the folder that this runs in.

    A report names no other folder of the machine.
    """
    found = {name: place_of(getattr(adapter, name)) for name in operations}
    return {name: place for name, place in found.items() if place and not Path(place).is_absolute()}


def _inner(function: Any) -> Any:
    """Return the function behind a partial, a decorator or a method."""
    if isinstance(function, functools.partial):
        return _inner(function.func)
    return inspect.unwrap(getattr(function, "__func__", function))
