"""Adapters whose surroundings are watched: in a process of their own, and beside the judge.

Beside the judge an adapter could change the functions that judge it. They are put back after each
call, and so is the state that arithmetic hangs on; what was changed is told.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from nnspec.conformance.sources import boundary, surroundings
from nnspec.conformance.sources.description import Description
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.loading import load, source_of
from nnspec.conformance.sources.noticed import Noticed, of_lines

# The packages whose functions judge, all of their modules that are loaded.
JUDGING = ("builtins", "math", "operator", "functools", "numpy", "ml_dtypes", "scipy", "nnspec")


class Attended(InProcess):
    """An adapter in a process of its own: it is told which operation changes the state, and how."""

    def __init__(
        self,
        adapter: Any,
        name: str = "",
        *,
        tell: Callable[[str], None],
        closed: boundary.Boundary | None = None,
        description: Description | None = None,
    ) -> None:
        super().__init__(adapter, name, description=description)
        self._tell, self._closed = tell, closed

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Call the adapter's function, and compare the state before and after."""
        before = surroundings.state()
        if self._closed is not None:
            self._closed.close_again()
        try:
            return super().call(operation, arrays, parameters)
        finally:
            for each in surroundings.changes(before, surroundings.state()):
                self._tell(f"left {operation} left {each}")


class Guarded(InProcess):
    """An adapter in the judge's process, which gets back its functions and its state."""

    def __init__(
        self, adapter: Any, name: str, guard: "Guard", description: Description | None = None
    ) -> None:
        self._guard = guard
        with guard.around("the description"):
            super().__init__(adapter, name, description=description)

    @property
    def noticed(self) -> Noticed:
        """What was noticed of the adapter beside its answers."""
        return self._guard.noticed

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Call the adapter's function in the state that it left, and put back the judge's."""
        with self._guard.around(operation):
            return super().call(operation, arrays, parameters)


class Guard:
    """The judge's functions and its state, and those that the adapter has left.

    A `with` block runs the adapter: the guard puts back what it finds changed when that ends.
    """

    def __init__(self, needs: Sequence[str] = ()) -> None:
        self._lines: dict[str, list[str]] = {
            "needs": list(needs),
            "process": ["shared with the judge"],
        }
        self._needs = tuple(needs)
        self._wall: AbstractContextManager[None] = nullcontext()
        self._held = _namespaces()
        self._state, self._environment = surroundings.state(), surroundings.environment()
        self._errors: dict[str, Any] = dict(np.geterr())
        self._theirs: tuple[bytes, dict[str, Any]] | None = None
        self._about = ""

    @property
    def noticed(self) -> Noticed:
        """What was noticed so far."""
        return of_lines(self._lines)

    def trust(self, own: Sequence[str], needs: Sequence[str]) -> None:
        """Let an adapter of the suite's own use itself, and what it declares, without a word."""
        self._needs = (*own, *needs)

    def around(self, about: str) -> "Guard":
        """Return the guard for a block that is about an operation."""
        self._about = about
        return self

    def __enter__(self) -> None:
        self._wall = boundary.closed(self._needs, self._refused)
        self._wall.__enter__()
        self._state = self._state._replace(threads=surroundings.state().threads)
        if self._theirs is not None:
            environment, errors = self._theirs
            surroundings.put_back(environment)
            np.seterr(**errors)

    def __exit__(self, *_: object) -> None:
        self._wall.__exit__(None, None, None)
        self._put_back_functions()
        found = surroundings.state()
        if found == self._state:
            self._theirs = None
            return
        for each in surroundings.changes(self._state, found):
            self._say("left", f"{self._about} left {each}")
        self._theirs = surroundings.environment(), dict(np.geterr())
        surroundings.put_back(self._environment)
        np.seterr(**self._errors)

    def _refused(self, line: str) -> None:
        self._say("refused", line.partition(" ")[2])

    def _put_back_functions(self) -> None:
        for module, (now, before) in self._held.items():
            if _same(now, before):
                continue
            for name, value in before.items():
                if now.get(name) is not value:
                    now[name] = value
                    self._say("replaced", f"{self._about} replaced {module}.{name}")
            # Names that are new belong to a module that was loaded late.
            before.update(now)

    def _say(self, kind: str, line: str) -> None:
        self._lines.setdefault(kind, []).append(line)


def loaded(adapter: str) -> Guarded:
    """Load an adapter beside the judge, whose functions are held fast before.

    Raises AdapterError if it cannot be loaded.
    """
    guard = guard_of(adapter)
    with guard.around("the import"):
        found, short = load(adapter)
    return Guarded(found, short, guard)


def guard_of(adapter: str) -> Guard:
    """Return a guard that allows an adapter of this name what it declares."""
    file, own = source_of(adapter)
    guard = Guard(() if own else boundary.needs_of(file))
    if own:
        guard.trust(own, boundary.needs_of(file))
    return guard


def _namespaces() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Return the namespaces of the modules that judge, each with a copy of it."""
    return {
        name: (vars(module), dict(vars(module)))
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in JUDGING
    }


def _same(now: dict[str, Any], before: dict[str, Any]) -> bool:
    try:
        # Two equal objects are compared by their identity first, which is all that it takes.
        return now == before
    except Exception:  # noqa: BLE001  a value that differs may compare as it likes
        return False
