"""The kernel gate: code that nobody trusts is asked in a process of its own, under a watch.

What is handed over as a path or a name is never imported in this process. Its own process says how
it is called, and this process says so to the reader.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nnspec.conformance.interface import isolation
from nnspec.conformance.interface.arrays import Library
from nnspec.conformance.interface.signatures import Signature, SignatureError
from nnspec.conformance.interface.subjects import Subject
from nnspec.conformance.interface.watch import Spent, Watch, telling_first
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.run.record import Record
from nnspec.conformance.run.run import run, undisturbed
from nnspec.conformance.sources.description import DEFAULT_DTYPES, AdapterError, Description
from nnspec.conformance.sources.guarded import JUDGING
from nnspec.conformance.sources.process import Process

# A call may take so many seconds, the first one so many, and less under a budget.
_CALL, _WARM_UP = 10.0, 60.0

# What is left of a budget that the start has used up.
_LITTLE = 1e-3

_ERRORS: Mapping[str, type[Exception]] = {
    "SignatureError": SignatureError,
    "ValueError": ValueError,
}


@dataclass(frozen=True)
class Judged:
    """A record, the cases that it is about, what was judged, and the seconds that it took.

    `left` are the ids of cases that the budget left, `refused` of those that the function refused.
    """

    record: Record
    planned: Sequence[Planned]
    subject: Subject
    spent: Spent
    left: tuple[str, ...]
    refused: tuple[str, ...]


def judged(
    function: Any,
    operation: str,
    options: Mapping[str, Any],
    planning: Callable[[Subject], list[Planned]],
    *,
    subject: Subject | None = None,
    budget: float = 0.0,
) -> Judged:
    """Judge a function in a process of its own.

    `planning` returns the cases of a subject; it is the one given, else as the process tells it.
    Raises AdapterError if the process cannot import the function, or cannot be started.
    """
    began, used = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="nnspec-") as folder:
        told = Path(folder) / "told.json"
        with _started(function, operation, options, told, budget) as source:
            start = time.monotonic() - began
            description = trusted(source.description, options["dtypes"], told)
            subject = subject or distant(told, description)
            planned = planning(subject)
            planned = telling_first(planned) if budget else planned
            rest = max(budget - start, _LITTLE) if budget else 0.0
            watch = Watch(source, planned, rest, description=subject.description)
            with undisturbed():
                found = run(planned, watch, progress=watch.progress)
    whole, own = time.monotonic() - began, time.process_time() - used
    spent = Spent(start, watch.waited, own, whole, budget)
    return Judged(found, planned, subject, spent, tuple(watch.left), tuple(watch.refused))


def _started(
    function: Any, operation: str, options: Mapping[str, Any], told: Path, budget: float
) -> Process:
    """Start the process; raises the error that it tells of what was handed over."""
    asked = {name: options[name] for name in ("dtypes", "backward", "fixed", "arrays", "device")}
    limits = {"limit": min(_CALL, budget or _CALL), "warm_up": min(_WARM_UP, budget or _WARM_UP)}
    asked |= {"operation": operation, "told": str(told)}
    try:
        return isolation.process(told.parent, isolation.named(function), limits, **asked)
    except AdapterError:
        if told.exists():
            read(told)
        raise


def trusted(description: Description, dtypes: Sequence[str], told: Path) -> Description:
    """Return a description without what loosens bounds, or leaves cases out by its own word.

    A library that compiles for each shape is asked in few of them.
    """
    libraries = {each["library"] for each in read(told)["functions"].values()}
    return replace(
        description,
        dtypes=tuple(dtypes) or DEFAULT_DTYPES,
        accumulates_in={},
        multiplies_in={},
        expected_failures={},
        deterministic=True,
        compiles_shapes=description.compiles_shapes and libraries == {"jax"},
    )


def distant(told: Path, description: Description) -> Subject:
    """Return the subject of a process, as that tells it."""
    said = read(told)
    functions: Any = {name: _Distant(name, each) for name, each in said["functions"].items()}
    return Subject(functions, description, said["name"], said["place"], said["held"])


def read(told: Path) -> dict[str, Any]:
    """Return what a process tells of its function; raises the error that it tells instead."""
    try:
        said: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
        if "error" in said:
            raise _ERRORS.get(said["kind"], AdapterError)(said["error"])
        checked = all(
            isinstance(said[name], kind)
            for name, kind in (("functions", dict), ("held", bool), ("name", str), ("place", str))
        ) and all(map(_is_told, said["functions"].values()))
    except (OSError, KeyError, TypeError, json.JSONDecodeError):
        checked = False
    if not checked:
        message = "the process does not say which function it asks"
        raise AdapterError(message)
    return said


def _is_told(said: Any) -> bool:
    texts, tables, flags = ("library", "device", "found"), ("names", "fixed"), ("bare", "derived")
    kinds: dict[str, type] = dict.fromkeys(texts, str)
    kinds |= dict.fromkeys(tables, dict) | dict.fromkeys(flags, bool)
    return isinstance(said, dict) and all(
        isinstance(said.get(name), kind) for name, kind in kinds.items()
    )


class _Distant:
    """A function in another process, as far as a verdict tells of it."""

    def __init__(self, operation: str, said: Mapping[str, Any]) -> None:
        name, device = said["library"], said["device"]
        self.operation, self.found = operation, said["found"]
        self.library = Library(name, _same, _same, device) if name else None
        self.signature = Signature(said["names"], said["fixed"])
        self.function: Any = None
        self.bare, self.derived = said["bare"], said["derived"]


def _same(array: Any) -> Any:
    return array


def expect_untouched(function: Any) -> None:
    """Raise AdapterError if the file of a function that is imported here replaced what judges it.

    What was handed over as a path was never imported here.
    """
    code = getattr(function, "__code__", None)
    file = os.path.abspath(code.co_filename) if code is not None else ""  # noqa: PTH100
    module = getattr(function, "__module__", "")
    for name, judging in list(sys.modules.items()):
        if name.partition(".")[0] not in JUDGING or name == module:
            continue
        for attribute, value in list(vars(judging).items()):
            own = getattr(getattr(value, "__code__", None), "co_filename", "")
            if own and os.path.abspath(own) == file:  # noqa: PTH100
                message = f"the file of the function replaced {name}.{attribute}, which judges it"
                raise AdapterError(message)
