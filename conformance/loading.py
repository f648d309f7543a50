"""Finds an adapter by its name: a bundled or registered one, a file, or an object in a module; an adapter is any object with attributes."""

import hashlib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
import traceback
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from conformance.implementation import AdapterError

# Third parties give their adapters short names under this entry-point group.
GROUP = "nnspec.adapters"

_BUNDLED = "conformance.adapters"


def load(name: str) -> tuple[Any, str]:
    """Return the adapter of a name and its short name; AdapterError says what was needed and what came.

    `name` is a registered or bundled name (`torch`), a file (`./my_network.py`), or a module, the last two with an object in them
    after a colon (`package.module:object`). A class whose functions take `self` is instantiated if that needs no arguments.
    """
    place, _, attribute = name.partition(":")
    if _is_file(place):
        module = _from_file(Path(place))
    elif not attribute and (registered := metadata.entry_points(group=GROUP, name=place)):
        return _instance(_guarded(name, next(iter(registered)).load)), place
    elif place in bundled():
        module = _guarded(name, importlib.import_module, f"{_BUNDLED}.{place}")
    else:
        module = _from_module(place)
    adapter: Any = module
    for part in filter(None, attribute.split(".")):
        if not hasattr(adapter, part):
            offered = ", ".join(each for each in vars(module) if not each.startswith("_"))
            message = f"{place} has no object {attribute!r}; it has {offered or 'none'}"
            raise AdapterError(message)
        adapter = getattr(adapter, part)
    return _instance(adapter), attribute or Path(place).stem.rpartition(".")[2]


def bundled() -> list[str]:
    """Return the names of the bundled adapters."""
    import conformance.adapters  # noqa: PLC0415  a name to look up, which no one pays for who loads a file

    return sorted(module.name for module in pkgutil.iter_modules(conformance.adapters.__path__))


def digest(adapter: Any) -> str:
    """Return the SHA-256 of the file that an adapter is written in, "" where there is none."""
    try:
        file = inspect.getsourcefile(adapter if inspect.ismodule(adapter) or inspect.isclass(adapter) else type(adapter))
    except TypeError:
        return ""
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file and Path(file).is_file() else ""


def _is_file(place: str) -> bool:
    return place.endswith(".py") or "/" in place or "\\" in place


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        message = f"an adapter file was needed; there is no file {path}"
        raise AdapterError(message)
    # As for a script, modules beside the file can be imported from it.
    sys.path.insert(0, str(path.resolve().parent))
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        message = f"a Python file was needed, ending in .py; got {path}"
        raise AdapterError(message)
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module
    _guarded(str(path), specification.loader.exec_module, module)
    return module


def _from_module(place: str) -> ModuleType:
    sys.path.insert(0, "")
    try:
        found = importlib.util.find_spec(place)
    except (ImportError, ValueError):
        found = None
    if found is None:
        message = f"there is no adapter {place!r}: the bundled ones are {', '.join(bundled())}; a file is named like ./{place}.py"
        raise AdapterError(message)
    module: ModuleType = _guarded(place, importlib.import_module, place)
    return module


def _guarded(name: str, function: Any, *arguments: Any) -> Any:
    """Call what runs an adapter's own code; AdapterError shows what went wrong there, and where."""
    try:
        return function(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  a module may raise anything, SystemExit too
        where = traceback.extract_tb(error.__traceback__)[-1]
        missing = error.name.partition(".")[0] if isinstance(error, ModuleNotFoundError) and error.name else ""
        hint = f"; install it: pip install {missing}" if missing else ""
        message = f"the adapter {name} cannot be loaded: {type(error).__name__}: {error} ({where.filename}:{where.lineno}){hint}"
        raise AdapterError(message) from None


def _instance(adapter: Any) -> Any:
    """Return an instance of a class whose functions take `self`; anything else is an adapter as it is."""
    if not inspect.isclass(adapter) or not any(_takes_self(function) for function in vars(adapter).values()):
        return adapter
    return _guarded(adapter.__name__, adapter)


def _takes_self(function: Any) -> bool:
    return inspect.isfunction(function) and next(iter(inspect.signature(function).parameters), "") == "self"
