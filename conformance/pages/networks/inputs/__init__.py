"""The inputs of the page `networks`: layers that are not square, networks of up to fifty layers."""

from nnspec.conformance.pages.networks.inputs import edges, neighbors, sets
from nnspec.conformance.pages.networks.inputs.family import FAMILY
from nnspec.conformance.pages.networks.inputs.sets import built, differentiable

__all__ = ["FAMILY", "built", "differentiable", "edges", "neighbors", "sets"]
