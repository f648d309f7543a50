"""Faults out of public repositories and threads: their behavior, told again in our own code.

Each was chosen before anyone had seen what the diagnosis says of it. Two sources of one behavior
are one fault.
"""

from functools import lru_cache
from importlib import import_module

from tests.diagnosis.fault import Fault, faults_in

MODULES = (
    "activations",
    "information",
    "losses",
    "networks",
    "descent",
    "adaptive",
    "normalization",
    "clipping",
    "preprocessing",
    "initializers",
    "sampling",
)


@lru_cache(maxsize=1)
def faults() -> tuple[Fault, ...]:
    """Return every fault, page by page."""
    modules = (import_module(f"{__name__}.{name}") for name in MODULES)
    return tuple(each for module in modules for each in faults_in(module))
