"""A function in a process of its own: a crash, a hang or a call to exit costs one case there.

The process imports the function by the name of its module or file. A lambda, or a function of a
notebook, has no such name, and cannot be asked in it.
"""

import inspect
import json
import os
import shlex
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nnspec.conformance.interface.inside import STARTED
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.process import Process, worker

# The adapter of such a process. It is a file because `loading.load` takes names of files.
_ADAPTER = """\
import json

from nnspec.conformance.interface.inside import inside

needs = ("nnspec.conformance.interface.inside",)
adapter = inside(**json.loads({options!r}))
"""


@contextmanager
def started(name: str, **options: Any) -> Iterator[Process]:
    """Start the process of a function, or of a glossary if no operation is named."""
    with (
        tempfile.TemporaryDirectory(prefix="nnspec-") as folder,
        process(Path(folder), name, {}, **options) as source,
    ):
        yield source


def process(folder: Path, name: str, limits: Mapping[str, Any], **options: Any) -> Process:
    """Start the process of a function by a file in a folder; the limits are those of a Process."""
    file = folder / "isolated.py"
    said = json.dumps({"name": name, **options})
    file.write_text(_ADAPTER.format(options=said), encoding="utf-8")
    return worker(f"{file}:adapter", **limits)


def expect_outside() -> None:
    """Raise RuntimeError if a process that a file asked for is importing this file."""
    if STARTED:
        message = (
            f"{STARTED[-1]} is being imported by a process of its own: put the call of nnspec "
            "under if __name__ == '__main__':"
        )
        raise RuntimeError(message)


def named(given: Any) -> str:
    """Return the name under which another process imports what was handed over.

    Raises AdapterError if it has none.
    """
    if isinstance(given, (str, os.PathLike)):
        return os.fspath(given)
    if isinstance(given, types.ModuleType):
        return given.__name__ if given.__name__ != "__main__" else str(given.__file__)
    module, name = getattr(given, "__module__", ""), getattr(given, "__qualname__", "")
    holder = sys.modules.get(module or "")
    found: Any = holder
    for part in name.split("."):
        found = getattr(found, part, None)
    same = found is given or (inspect.ismethod(given) and found == given)
    file = getattr(holder, "__file__", None)
    if not name or not same or (module == "__main__" and file is None):
        message = (
            "isolate=True asks another process, which has to import the function: put it into a "
            f"file, under a name; got {given!r}"
        )
        raise AdapterError(message)
    where = os.path.abspath(str(file)) if module == "__main__" else module  # noqa: PTH100
    return f"{where}:{name}"


def command_name(adapter: Any) -> str:
    """Return the name of an adapter for a command: as it came, or as Python imports it."""
    try:
        return shlex.quote(named(adapter))
    except AdapterError:
        return str(getattr(adapter, "__name__", "") or type(adapter).__name__)
