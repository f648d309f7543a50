"""The inputs of the page `descent`: given gradients, and gradients that heed the point."""

from nnspec.conformance.pages.descent.inputs import given, neighbors, quadratics, shapes
from nnspec.conformance.pages.descent.inputs.cases import descending, newtonian
from nnspec.conformance.pages.descent.inputs.family import FAMILY
from nnspec.conformance.pages.descent.inputs.quadratics import BASIS, MINIMUM, SPECTRA, START

__all__ = [
    "BASIS",
    "FAMILY",
    "MINIMUM",
    "SPECTRA",
    "START",
    "descending",
    "given",
    "neighbors",
    "newtonian",
    "quadratics",
    "shapes",
]
