"""The inputs of the page `information`: distributions in 64ths, which sum to 1 in every format."""

from nnspec.conformance.pages.information.inputs import neighbors, sets
from nnspec.conformance.pages.information.inputs.family import FAMILY
from nnspec.conformance.pages.information.inputs.sets import clipping, filled

__all__ = ["FAMILY", "clipping", "filled", "neighbors", "sets"]
