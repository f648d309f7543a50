"""One import name holds the specification, the reference and the conformance suite.

In a checkout, `spec`, `reference` and `conformance` are links to the folders beside this one. An
installation holds the folders themselves. The names of the interface are loaded when they are used.
"""

import os.path
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnspec.conformance.interface.check import check
    from nnspec.conformance.interface.failing import ClauseFailed
    from nnspec.conformance.interface.verdict import NoVerdict, Verdict

# The module of each name, in the room `conformance/interface`.
_HOMES = {
    "ClauseFailed": "failing",
    "NoVerdict": "verdict",
    "Verdict": "verdict",
    "check": "check",
}

__all__ = ["ClauseFailed", "NoVerdict", "Verdict", "check"]

_MISSING = [
    name
    for name in ("spec", "reference", "conformance")
    if not os.path.isfile(os.path.join(os.path.dirname(__file__), name, "__init__.py"))  # noqa: PTH113, PTH118, PTH120  pathlib takes longer to load than all of this
]
if _MISSING:
    message = (
        f"nnspec/{_MISSING[0]} is not a link to the folder ../{_MISSING[0]} of the checkout: git "
        "could not make links when it cloned the repository. On Windows, switch on Developer Mode "
        "and git config core.symlinks, and clone again. A package from pip needs no links."
    )
    raise ImportError(message)


def __getattr__(name: str) -> Any:
    """Load a name of the interface."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found = getattr(import_module(f"nnspec.conformance.interface.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
