"""The reference rounded once to each format: a perfect library, which every check must accept."""

from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import rounded
from nnspec.reference import __all__ as _operations

name = "loopback"
needs = ("nnspec.reference", "nnspec.conformance.terms")
dtypes = NAMES

globals().update({operation: rounded(operation) for operation in _operations})
