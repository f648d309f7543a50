"""Refuses an adapter the modules that would answer for it: the reference, and the suite's rooms.

An adapter may import the bundled adapters of libraries. Whatever else of the suite it needs, it
declares: `needs = ("nnspec.reference",)`. The verdict tells of both, of a need and of a refusal.
The boundary makes a cheat visible, and is no wall: a program of the same account can read memory
and files of its own process in many ways.
"""

import ast
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

# What Python processes that an adapter starts inherit: where to tell, and what is needed.
VARIABLE = "NNSPEC_ADAPTER"

_PACKAGE = Path(__file__).parents[2]

# What everybody may import, and the bundled adapters that answer with the suite's own formulas.
_OPEN = ("nnspec", "nnspec.conformance", "nnspec.conformance.adapters")
_ANSWERING = ("nnspec.conformance.adapters.reference", "nnspec.conformance.adapters.loopback")

# Files that hold no answers: the way to the suite, of which tracebacks show lines, and adapters.
_PLAIN = {"conformance/sources", "conformance/adapters", "conformance/interface"}

# What may come of a file that is no Python, or declares what is no name.
_UNREADABLE = (OSError, SyntaxError, ValueError, TypeError, AttributeError, RecursionError)

# Takes a line: `refused`, or `needs`, and of what.
Tell = Callable[[str], None]


class Boundary:
    """A finder of modules that refuses those of the suite; modules that are loaded it hides."""

    def __init__(self, needs: Sequence[str], tell: Tell) -> None:
        self._needs, self.tell = tuple(needs), tell
        self._hidden: dict[str, ModuleType] = {}
        self._attributes: list[tuple[ModuleType, str, ModuleType]] = []
        self.closed, self._seen = False, False

    def allow(self, needs: Sequence[str]) -> None:
        """Let these modules be found too."""
        self.open()
        self._needs = (*self._needs, *needs)
        self.close()

    def close(self) -> None:
        """Hide the modules that are loaded, and refuse to find them."""
        self._hide()
        sys.meta_path.insert(0, self)
        self.closed = True

    def close_again(self) -> None:
        """Hide what the suite has imported since."""
        if self._seen:
            self._seen = False
            self._hide()

    def _hide(self) -> None:
        for name in [each for each in sys.modules if _is_ours(each) and not self._may(each)]:
            self._hidden[name] = sys.modules.pop(name)
            parent, _, attribute = name.rpartition(".")
            above = sys.modules.get(parent, self._hidden.get(parent))
            # A package may have a function of the name of its module.
            if above is not None and vars(above).get(attribute) is self._hidden[name]:
                delattr(above, attribute)
                self._attributes.append((above, attribute, self._hidden[name]))

    def open(self) -> None:
        """Let all modules be found again."""
        self.closed = False
        sys.meta_path.remove(self)
        sys.modules.update(self._hidden)
        for package, attribute, module in self._attributes:
            setattr(package, attribute, module)
        self._hidden.clear()
        self._attributes.clear()

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        """Refuse a module of the suite, unless the suite itself imports it."""
        if not _is_ours(name) or self._may(name):
            return None
        if _suite_asks():
            self._seen = True
            hidden = self._hidden.get(name)
            loader: Any = None if hidden is None else _Loaded(hidden)
            return None if loader is None else ModuleSpec(name, loader)
        self.tell(f"refused import of {name}")
        message = (
            f"{name} belongs to the suite, which refuses it to the adapter; of the suite an "
            f"adapter imports {_OPEN[-1]} only, or what it declares: needs = ({name!r},)"
        )
        raise ImportError(message, name=name)

    def refuse_files(self) -> None:
        """Refuse from now on to open a file with answers; Python cannot take that back."""
        files = dict(_files())

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            if event != "open" or not self.closed or not isinstance(arguments[0], (str, bytes)):
                return
            try:
                found = os.stat(arguments[0])  # noqa: PTH116  the path may be bytes
            except (OSError, ValueError):
                return
            name = files.get((found.st_dev, found.st_ino), "")
            if name and not self._may(_module_of(name)) and not _suite_asks():
                self.tell(f"refused reading of {name}")
                message = f"{name} belongs to the suite, which refuses it to the adapter"
                raise PermissionError(message)

        sys.addaudithook(hook)

    def _may(self, name: str) -> bool:
        below = [f"{need}." for need in self._needs]
        if name in self._needs or name.startswith(tuple(below)):
            return True
        if name in _OPEN or any(each.startswith(f"{name}.") for each in below):
            return True
        return name.startswith(f"{_OPEN[-1]}.") and not name.startswith(_ANSWERING)


class _Loaded:
    """The loader of a module that is loaded already."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def create_module(self, _: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, _: ModuleType) -> None:
        return


def needs_of(file: Path | None) -> tuple[str, ...]:
    """Return what an adapter's file declares that it needs, before it is run: nothing else runs."""
    with suppress(*_UNREADABLE):
        for node in ast.parse(file.read_bytes()).body:  # type: ignore[union-attr]
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "needs":
                said = ast.literal_eval(node.value)
                return tuple(filter(_is_ours, (said,) if isinstance(said, str) else said))
    return ()


@contextmanager
def closed(needs: Sequence[str], tell: Tell) -> Iterator[None]:
    """Refuse modules of the suite inside the block, as far as one process can."""
    boundary = Boundary(needs, tell)
    boundary.close()
    try:
        yield
    finally:
        boundary.open()


def close_for_good(needs: Sequence[str], path: str) -> Boundary:
    """Refuse them in this process, and in Python processes that it starts; tell it in a file."""
    boundary = Boundary(needs, teller(path))
    boundary.close()
    boundary.refuse_files()
    os.environ[VARIABLE] = os.pathsep.join([path, *needs])
    return boundary


def close_here() -> None:
    """Do so in a process that an adapter has started, as its environment says."""
    path, *needs = os.environ[VARIABLE].split(os.pathsep)
    close_for_good(needs, path)


def close_again() -> None:
    """Hide in this process what the suite has imported since, before code of others runs."""
    for each in sys.meta_path:
        if isinstance(each, Boundary):
            each.close_again()


def tell_of(line: str) -> None:
    """Tell a line where the boundary of this process tells."""
    for each in sys.meta_path:
        if isinstance(each, Boundary):
            each.tell(line)


def teller(path: str) -> Tell:
    """Return what writes a line to the end of a file, if it can be opened."""

    def tell(line: str) -> None:
        with suppress(OSError):
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
            os.write(descriptor, f"{line}\n".encode(errors="replace"))
            os.close(descriptor)

    return tell


def _is_ours(name: str) -> bool:
    return name == "nnspec" or name.startswith("nnspec.")


def _suite_asks() -> bool:
    """Say whether a module of the suite asks: not an adapter, nor the package itself.

    For a bundled adapter, whoever imports or calls it asks.
    """
    frame = sys._getframe(1)  # noqa: SLF001  nobody else knows who imports
    while frame.f_back is not None:
        name = str(frame.f_globals.get("__name__", ""))
        passes_on = name.startswith(("importlib", f"{_OPEN[-1]}."))
        if frame.f_code.co_filename != __file__ and not passes_on:
            break
        frame = frame.f_back
    asks = str(frame.f_globals.get("__name__", ""))
    return asks.startswith("nnspec.") and not asks.startswith(_OPEN[-1])


def _module_of(name: str) -> str:
    """Return the module of a file of the suite; a file of data counts as a module of its folder."""
    inside = Path(name)
    if inside.parent.name == "__pycache__":
        inside = inside.parent.with_name(inside.name.partition(".")[0])
    if inside.stem == "__init__":
        inside = inside.parent
    return ".".join(["nnspec", *inside.with_suffix("").parts])


def _files() -> Iterator[tuple[tuple[int, int], str]]:
    """Yield the device and number, and the name, of each file of the suite that holds answers."""
    rest = [_PACKAGE / name for name in ("reference", "spec", "conformance")]
    for folder in rest:  # the list grows on the way
        inside = folder.relative_to(_PACKAGE).as_posix()
        if inside in _PLAIN:
            continue
        with suppress(OSError), os.scandir(folder) as entries:
            for each in entries:
                if each.is_dir():
                    rest.append(Path(each.path))
                else:
                    found = each.stat()
                    yield (found.st_dev, found.st_ino), f"{inside}/{each.name}"
