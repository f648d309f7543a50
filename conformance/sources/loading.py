"""Finds the adapter that a person names: `torch`, `./my_network.py`, or `package.module:object`.

A class is a glossary as it stands, like a module. If its operations take `self`, or if its
constructor makes them, an instance is the glossary; the constructor must need no arguments.
"""

import ast
import hashlib
import importlib
import inspect
import pkgutil
import re
import sys
import traceback
from dataclasses import dataclass
from functools import reduce
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from nnspec import reference
from nnspec.conformance import adapters
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.in_process import said_by
from nnspec.conformance.terms import extras

# Third parties give their adapters short names in this group of entry points.
GROUP = "nnspec.adapters"

_FILE = re.compile(r"(?P<file>.+\.py)(?::(?P<attribute>[\w.]+))?")
_MODULE = re.compile(r"(?P<module>[\w-]+(?:\.\w+)*)(?::(?P<attribute>[\w.]+))?")


@dataclass(frozen=True)
class _Place:
    """The place of an adapter: a module, which may be a file, or an attribute of it."""

    module: str
    attribute: str
    file: Path | None = None


def load(adapter: str) -> tuple[Any, str]:
    """Return an adapter and its short name; AdapterError says what was needed and what came."""
    place = _place(adapter)
    module = _imported(adapter, place)
    try:
        found = reduce(getattr, place.attribute.split("."), module) if place.attribute else module
    except AttributeError as error:
        offered = [name for name in vars(module) if not name.startswith("_")]
        message = (
            f"there is no {place.attribute} in {place.file or place.module}: {error}; "
            f"it has {', '.join(offered) or 'nothing'}"
        )
        raise AdapterError(message) from None
    short = f"{place.file.stem}:{place.attribute}".rstrip(":") if place.file else adapter
    return _glossary(adapter, place, found), short


def glossary(found: type) -> Any:
    """Return what the operations of a class are attributes of: the class, or an instance of it.

    Raises AdapterError if an instance is needed and cannot be made.
    """
    return _glossary(found.__qualname__, _Place(found.__module__, found.__qualname__), found)


def digest(adapter: str) -> str:
    """Return the SHA-256 of an adapter's source, "" if there is none.

    The source is its file, or all files of its package. The files of bundled adapters that these
    import follow one after the other.
    """
    source = _source(_place(adapter))
    if source is None or not source.is_file():
        return ""
    files = sorted(source.parent.rglob("*.py")) if source.name == "__init__.py" else [source]
    for file in files:  # the list grows on the way
        files += [each for each in _borrowed(file) if each not in files]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def source_of(adapter: str) -> tuple[Path | None, tuple[str, ...]]:
    """Return the source file of an adapter, and its module if that belongs to the suite."""
    place = _place(adapter)
    return _source(place), (place.module,) if place.module.startswith("nnspec.") else ()


def bundled() -> tuple[str, ...]:
    """Return the short names of the adapters that come with the suite."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(adapters.__path__)))


def registered() -> dict[str, str]:
    """Return the short names of adapters of installed third parties, each with its object."""
    from importlib.metadata import entry_points  # noqa: PLC0415  a tenth of the start

    return {each.name: each.value for each in entry_points(group=GROUP)}


def _place(adapter: str) -> _Place:
    """Read a person's words, and bring the module that they name within reach.

    They are a path, else a short name (registered, then bundled), else a module.
    """
    if match := _FILE.fullmatch(adapter):
        file = Path(match["file"]).resolve()
        _reach(file.parent, Path.cwd())
        return _Place("", match["attribute"] or "", file)
    match = _MODULE.fullmatch(adapter)
    if match is None:
        message = (
            f"an adapter is a name ({', '.join(bundled())}), a path that ends in .py, or "
            f"package.module:object; got {adapter!r}"
        )
        raise AdapterError(message)
    _reach(Path.cwd())
    module, attribute = match["module"], match["attribute"] or ""
    if module.startswith("conformance.adapters.") and _is_ours("conformance"):
        message = (
            f"everything of the suite is imported from nnspec now: the adapter is nnspec.{adapter}"
        )
        raise AdapterError(message)
    if "." not in module:
        # A tenth of the start, and of use for short names alone.
        from importlib.metadata import entry_points  # noqa: PLC0415

        for registered in entry_points(group=GROUP, name=module):
            return _Place(registered.module, attribute or registered.attr or "")
        if module in bundled():
            module = f"{adapters.__name__}.{module}"
    return _Place(module, attribute)


def _is_ours(package: str) -> bool:
    """Say whether a package of this name is not the user's own: missing, or of this checkout."""
    found = find_spec(package)
    return (
        found is None
        or Path(found.origin or "").resolve()
        == Path(adapters.__path__[0]).parent.joinpath("__init__.py").resolve()
    )


def _reach(*folders: Path) -> None:
    """Let modules be found in these folders too, after all that is installed.

    An adapter in ./torch.py wants the library's torch.
    """
    sys.path.extend(dict.fromkeys(str(folder) for folder in folders if str(folder) not in sys.path))


def _imported(adapter: str, place: _Place) -> ModuleType:
    if place.file and not place.file.is_file():
        message = f"there is no file {place.file}"
        raise AdapterError(message)
    try:
        return _executed(place.file) if place.file else importlib.import_module(place.module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  a file may exit when it is imported
        raise AdapterError(_reason(adapter, place, error)) from None


def _executed(file: Path) -> ModuleType:
    # Under its own name ./torch.py would be the module torch that it imports.
    name = f"adapter_{file.stem}"
    specification = spec_from_file_location(name, file)
    assert specification is not None  # noqa: S101  the name ends in .py
    assert specification.loader is not None  # noqa: S101
    module = module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module


def _reason(adapter: str, place: _Place, error: BaseException) -> str:
    """Say why an adapter could not be imported, in the words of the person who has to mend it."""
    missing = error.name or "" if isinstance(error, ModuleNotFoundError) else ""
    if missing and not place.file and f"{place.module}.".startswith(f"{missing}."):
        return (
            f"there is no adapter {adapter}: no module {missing}, and bundled are "
            f"{', '.join(bundled())}; a file is named by its path"
        )
    name = place.module.removeprefix(f"{adapters.__name__}.")
    if missing and name != place.module:
        return (
            f"the adapter {name} needs {missing}, which is not installed: {extras.installing(name)}"
        )
    return f"the adapter {adapter} cannot be imported: {_located(place, error)}"


def _located(place: _Place, error: BaseException) -> str:
    """Return an error with its line, one of the adapter's own file if that was on the way."""
    said = f"{type(error).__name__}: {said_by(error)}"
    if isinstance(error, SyntaxError):
        # Null bytes are found before a line is.
        at = f"{error.filename}:{error.lineno}" if error.filename else f"{_source(place)}"
        return f"{at}: {said}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(("<frozen", __file__))
    ]
    own = [frame for frame in frames if Path(frame.filename) == _source(place)]
    return (
        f"{(own or frames)[-1].filename}:{(own or frames)[-1].lineno}: {said}" if frames else said
    )


def _source(place: _Place) -> Path | None:
    """Return the source file of a place, None where it is none or cannot be found."""
    if place.file:
        return place.file
    try:
        found = find_spec(place.module)
    except (Exception, SystemExit):  # noqa: BLE001  the import of its package may raise anything
        return None
    origin = found.origin if found is not None else None
    return Path(origin) if origin is not None and origin.endswith(".py") else None


def _borrowed(file: Path) -> list[Path]:
    """Return the files of the bundled adapters' modules that a file imports."""
    try:
        nodes = list(ast.walk(ast.parse(file.read_bytes())))
    except (SyntaxError, ValueError):  # the second where there are null bytes
        return []
    imported = {
        alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    # Not by find_spec, which imports the package of a module, and so its library.
    prefix, folder = f"{adapters.__name__}.", Path(adapters.__path__[0])
    modules = [
        folder.joinpath(*name.removeprefix(prefix).split("."))
        for name in sorted(imported)
        if name.startswith(prefix)
    ]
    return [
        file
        for module in modules
        for file in (module / "__init__.py", module.with_suffix(".py"))
        if file.is_file()
    ]


def _glossary(adapter: str, place: _Place, found: Any) -> Any:
    """Return what the operations are attributes of: what was found, or an instance of it."""
    if not isinstance(found, type):
        return found
    operations = [
        inspect.getattr_static(found, name) for name in reference.__all__ if hasattr(found, name)
    ]
    if operations and not any(map(_takes_self, operations)):
        return found
    try:
        return found()
    except Exception as error:  # noqa: BLE001  a constructor may raise anything
        message = (
            f"the operations of the class {adapter} need an instance, and none could be made: "
            f"{_located(place, error)}"
        )
        raise AdapterError(message) from None


def _takes_self(function: Any) -> bool:
    return (
        inspect.isfunction(function)
        and next(iter(inspect.signature(function).parameters), "") == "self"
    )
