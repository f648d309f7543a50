"""The inputs of the page `normalization`: batches far from zero, nearly constant, or small."""

from nnspec.conformance.pages.normalization.inputs import edges, neighbors, sets
from nnspec.conformance.pages.normalization.inputs.family import FAMILY
from nnspec.conformance.pages.normalization.inputs.sets import PARAMETERS, filled

__all__ = ["FAMILY", "PARAMETERS", "edges", "filled", "neighbors", "sets"]
