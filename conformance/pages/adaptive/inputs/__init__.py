"""The inputs of the page `adaptive`: gradients given step by step, of every size."""

from nnspec.conformance.pages.adaptive.inputs import given, neighbors, relations, shapes
from nnspec.conformance.pages.adaptive.inputs.cases import decays, stepping
from nnspec.conformance.pages.adaptive.inputs.family import FAMILY
from nnspec.conformance.pages.adaptive.inputs.relations import INSIDE, SCALES, scaled

__all__ = [
    "FAMILY",
    "INSIDE",
    "SCALES",
    "decays",
    "given",
    "neighbors",
    "relations",
    "scaled",
    "shapes",
    "stepping",
]
