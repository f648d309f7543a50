"""Other functions compute the reference's operations: formulas, descents, and two libraries.

Torch and scikit-learn offer theirs by their adapters.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.loading import load
from tests.benchmarks import descents, formulas
from tests.benchmarks.formulas import Function

_LIBRARIES = {"torch": "torch", "sklearn": "scikit-learn"}


def alternatives(operation: str) -> dict[str, Function]:
    """Return what else computes an operation, by what it is called in the tables."""
    found = dict(_IDIOMS.get(operation, {}))
    for module, title in _LIBRARIES.items():
        adapter = _adapter(module)
        if hasattr(adapter, operation):
            found[title] = getattr(adapter, operation)
    return found


@lru_cache(maxsize=None)
def _adapter(module: str) -> Any:
    if find_spec(module) is None:
        return None
    try:
        return load(module)[0]
    except AdapterError:
        return None


_IDIOMS: Mapping[str, Mapping[str, Function]] = {**formulas.IDIOMS, **descents.IDIOMS}
