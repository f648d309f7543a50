"""One import name holds the specification, the reference and the conformance suite.

In a checkout, `spec`, `reference` and `conformance` are links to the folders beside this one. An
installation holds the folders themselves. The names of the interface are loaded when they are used.
"""

import os
import os.path

# Type checkers take it for true. The module `typing` takes longer to load than everything here.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from nnspec.conformance.interface.certify import certify
    from nnspec.conformance.interface.check import check
    from nnspec.conformance.interface.clauses import Clause
    from nnspec.conformance.interface.failing import ClauseFailed
    from nnspec.conformance.interface.parametrize import parametrize
    from nnspec.conformance.interface.tasks import Evaluation, flashinfer, kernelbench
    from nnspec.conformance.interface.tools import explain, inputs, mistakes, plan, vectors
    from nnspec.conformance.interface.verdict import NoVerdict, Verdict

__all__ = [
    "Clause",
    "ClauseFailed",
    "Evaluation",
    "NoVerdict",
    "Verdict",
    "certify",
    "check",
    "explain",
    "flashinfer",
    "inputs",
    "kernelbench",
    "mistakes",
    "parametrize",
    "plan",
    "vectors",
]

# The modules in the room `conformance/interface` of names that are not their own module's.
_HOMES = {
    "Clause": "clauses",
    "ClauseFailed": "failing",
    "NoVerdict": "verdict",
    "Verdict": "verdict",
    **dict.fromkeys(("Evaluation", "flashinfer", "kernelbench"), "tasks"),
    **dict.fromkeys(("explain", "inputs", "mistakes", "plan", "vectors"), "tools"),
}

# So does the module `pathlib`.
_FOLDER = os.path.dirname(__file__)  # noqa: PTH120

_MISSING = [
    name
    for name in ("spec", "reference", "conformance")
    if not os.path.isfile(f"{_FOLDER}/{name}/__init__.py")  # noqa: PTH113
]
if _MISSING:
    message = (
        f"nnspec/{_MISSING[0]} is not a link to the folder ../{_MISSING[0]} of the checkout: git "
        "could not make links when it cloned the repository. On Windows, switch on Developer Mode "
        "and git config core.symlinks, and clone again. A package from pip needs no links."
    )
    raise ImportError(message)

if "NNSPEC_ADAPTER" in os.environ:
    # An adapter has started this process, and asks the suite for its answers.
    from nnspec.conformance.sources import boundary

    boundary.close_here()


def __getattr__(name: str) -> object:
    """Load a name of the interface."""
    from importlib import import_module  # noqa: PLC0415  whoever asks for no name pays for nothing

    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    home = f"nnspec.conformance.interface.{_HOMES.get(name, name)}"
    found: object = getattr(import_module(home), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
