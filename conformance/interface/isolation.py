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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nnspec.conformance.interface.subjects import Subject, of_glossary, of_operation
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.run.record import Record
from nnspec.conformance.run.run import run, undisturbed
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.process import Process, worker

# The adapter of such a process. It is a file because `loading.load` takes names of files.
_ADAPTER = """\
import json

from nnspec.conformance.interface.isolation import inside

needs = ("nnspec.conformance.interface.isolation",)
adapter = inside(**json.loads({options!r}))
"""

# Whether this process has been started to ask one function.
_STARTED: list[str] = []


class Glossary:
    """A subject as a process describes it: operations and declarations for attributes."""

    def __init__(self, subject: Subject) -> None:
        vars(self).update({**subject.description.plain(), **subject.functions})


def judged(
    function: Any, operation: str, options: Mapping[str, Any], planned: Sequence[Planned]
) -> Record:
    """Judge planned cases of a function in a process of its own.

    Raises AdapterError if the process cannot import the function, or cannot be started.
    """
    asked = {name: options[name] for name in ("dtypes", "backward", "fixed", "arrays", "device")}
    with started(named(function), operation=operation, **asked) as source, undisturbed():
        return run(planned, source)


@contextmanager
def started(name: str, **options: Any) -> Iterator[Process]:
    """Start the process of a function, or of a glossary if no operation is named."""
    with tempfile.TemporaryDirectory(prefix="nnspec-") as folder:
        file = Path(folder) / "isolated.py"
        said = json.dumps({"name": name, **options})
        file.write_text(_ADAPTER.format(options=said), encoding="utf-8")
        with worker(f"{file}:adapter") as source:
            yield source


def inside(name: str, operation: str = "", **options: Any) -> Glossary:
    """Return the adapter of a function that is named, in the process that asks it."""
    _STARTED.append(name)
    how = {key: value for key, value in options.items() if value}
    found = of_operation(name, operation, **how) if operation else of_glossary(name, **how)
    _STARTED.clear()
    return Glossary(found)


def expect_outside() -> None:
    """Raise RuntimeError if a process that a file asked for is importing this file."""
    if _STARTED:
        message = (
            f"{_STARTED[-1]} is being imported by a process of its own: put the call of nnspec "
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
