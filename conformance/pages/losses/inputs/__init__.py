"""The inputs of the page `losses`: logits, targets and labels, small ones and huge ones."""

from nnspec.conformance.pages.losses.inputs import edges, neighbors, sets
from nnspec.conformance.pages.losses.inputs.family import FAMILY

__all__ = ["FAMILY", "edges", "neighbors", "sets"]
