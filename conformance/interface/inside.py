"""The process of a function that nobody trusts: it is loaded, described and asked there.

Modules of the suite are hidden before the function's file runs, and the reference is emptied:
whatever way leads to one of its functions, that function computes nothing.
"""

import json
import sys
import types
from collections.abc import Callable, Mapping
from contextlib import suppress
from inspect import signature
from pathlib import Path
from typing import Any

from nnspec.conformance.interface import signatures
from nnspec.conformance.interface.subjects import Subject, of_glossary, of_operation
from nnspec.conformance.sources import boundary
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.terms.operations import OPERATIONS

# Whether this process has been started to ask one function.
STARTED: list[str] = []

# The package whose functions answer, and the name under which its modules hold a refusal.
_REFERENCE, _REFUSAL = "nnspec.reference", "_refused"


class Glossary:
    """A subject as a process describes it: operations and declarations for attributes."""

    def __init__(self, subject: Subject) -> None:
        vars(self).update({**subject.description.plain(), **subject.functions})


def inside(name: str, operation: str = "", told: str = "", **options: Any) -> Glossary:
    """Return the adapter of a function that is named, in the process that asks it.

    What the suite wants to say of the function is written into the file `told`. An error that says
    what the function must be stands there, and is raised.
    """
    STARTED.append(name)
    how = {key: value for key, value in options.items() if value} | {"distrusted": True}
    empty()
    boundary.close_again()
    try:
        found = of_operation(name, operation, **how) if operation else of_glossary(name, **how)
    except (AdapterError, signatures.SignatureError, ValueError) as error:
        _write(told, {"error": str(error), "kind": type(error).__name__})
        raise
    finally:
        STARTED.clear()
    if (torch := sys.modules.get("torch")) is not None:
        # Threads of small arrays wait for one another.
        torch.set_num_threads(1)
    _write(told, plain(found))
    return Glossary(found)


def plain(subject: Subject) -> dict[str, Any]:
    """Return what a verdict tells of a subject, as values that JSON has."""
    return {
        "name": subject.name,
        "place": subject.place,
        "held": subject.held,
        "functions": {
            name: {
                "library": each.library.name if each.library is not None else "",
                "device": each.library.device if each.library is not None else "",
                "found": each.found,
                "names": dict(each.signature.names),
                "fixed": dict(each.signature.fixed),
                "bare": each.bare,
                "derived": each.derived,
            }
            for name, each in subject.functions.items()
        },
    }


def empty() -> None:
    """Take the code of the reference's functions away; who calls one is refused, and told of.

    Their signatures stay: they say how an operation is called.
    """
    assert OPERATIONS  # noqa: S101  they have been read off the signatures
    for module in [each for name, each in sys.modules.items() if _is_reference(name)]:
        vars(module)[_REFUSAL] = _refusal(module.__name__)
        for function in [each for each in vars(module).values() if _is_own(each)]:
            _take(function)


def _take(function: types.FunctionType) -> None:
    for each in (function, getattr(function, "__wrapped__", None)):
        if isinstance(each, types.FunctionType) and each.__code__.co_name != _emptied.__name__:
            with suppress(TypeError, ValueError):
                vars(each)["__signature__"] = signature(each)
            each.__code__ = _emptied.__code__.replace(co_freevars=each.__code__.co_freevars)


def _emptied(*_: Any, **__: Any) -> Any:
    # The name is a global of the module whose function has this code.
    return _refused()  # type: ignore[name-defined]  # noqa: F821


def _refusal(module: str) -> Callable[[], Any]:
    def refuse() -> Any:
        boundary.tell_of(f"refused call of {module}")
        message = f"{module} is emptied in the process of a function that is judged"
        raise PermissionError(message)

    return refuse


def _is_reference(module: str) -> bool:
    return f"{module}.".startswith(f"{_REFERENCE}.")


def _is_own(value: Any) -> bool:
    return isinstance(value, types.FunctionType) and _is_reference(value.__module__)


def _write(told: str, said: Mapping[str, Any]) -> None:
    if told:
        with suppress(TypeError, ValueError):
            Path(told).write_text(json.dumps(said), encoding="utf-8")
