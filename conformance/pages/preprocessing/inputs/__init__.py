"""The inputs of the page `preprocessing`: dyadic training sets, and data unlike them."""

from nnspec.conformance.pages.preprocessing.inputs import neighbors, sets
from nnspec.conformance.pages.preprocessing.inputs.family import FAMILY
from nnspec.conformance.pages.preprocessing.inputs.sets import (
    WIDE_FORMATS,
    designed,
    filled,
    rotation,
    walsh,
)

__all__ = ["FAMILY", "WIDE_FORMATS", "designed", "filled", "neighbors", "rotation", "sets", "walsh"]
