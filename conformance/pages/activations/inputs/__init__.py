"""The inputs of the page `activations`: everyday numbers, thresholds and rows."""

from nnspec.conformance.pages.activations.inputs import edges, elements, neighbors, rows, shapes
from nnspec.conformance.pages.activations.inputs.cases import FAMILY, PARAMETERS, filled

__all__ = ["FAMILY", "PARAMETERS", "edges", "elements", "filled", "neighbors", "rows", "shapes"]
