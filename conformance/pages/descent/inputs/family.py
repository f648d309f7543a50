"""The family of the page: methods on drawn parameters, gradients and Hessians."""

from collections.abc import Mapping, Sequence

import numpy as np

from nnspec.conformance.pages.descent.inputs.cases import Array, descending, newtonian
from nnspec.conformance.pages.families import Dimension, Family, Sizes
from nnspec.conformance.pages.layouts import scattered, signs
from nnspec.conformance.pages.steps import families
from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import NAMES


def _dimensions(operation: str) -> Mapping[str, Dimension]:
    """Return elements, arrays and steps, and for Newton's method elements and steps."""
    if operation != "newton":
        return families.dimensions()
    elements = Dimension(5, largest=513, reason="a step costs the third power of the elements")
    return {"elements": elements, "steps": families.steps()}


def _formats(operation: str) -> Sequence[str]:
    return WIDE if operation == "newton" else NAMES


def _made(operation: str, dtype: str, sizes: Sizes, key: str) -> Case:
    if operation == "newton":
        return _newton(dtype, sizes, key)
    given, start = families.script(sizes, key, dtype), families.start(sizes, key)
    return descending("", operation, dtype, given, start, sizes["steps"], families.RATE)


def _newton(dtype: str, sizes: Sizes, key: str) -> Case:
    """Return a case of Newton's method whose parameters stay near their beginning.

    The gradients turn round in every step. Their last element is as large as all others together:
    bounds grow with the norm.
    """
    size, steps = sizes["elements"], sizes["steps"]
    start = scattered(f"{key} parameters", (size,), 1.0, 2.0)
    slopes = scattered(f"{key} gradients", (steps, size), 0.5, 1.0)
    slopes[:, -1] *= np.sqrt(size)
    turned = [[row * sign] for row, sign in zip(slopes, signs(steps), strict=True)]
    hessians = [_curved(size, f"{key} Hessian {step}") for step in range(steps)]
    return newtonian(
        "",
        dtype,
        scripted(turned, dtype, f"{steps} drawn gradients"),
        scripted(hessians, dtype, f"{steps} drawn Hessians"),
        start,
        steps,
        families.RATE,
    )


def _curved(size: int, key: str) -> Array:
    """Return a symmetric matrix with eigenvalues from 1 to 9, none of whose elements is zero.

    By Gershgorin's theorem they lie no further from the diagonal, 4 to 6, than the sum of a row's
    other elements: two neighbors of 1 at most, and 1 for all others.
    """
    drawn = scattered(key, (size, size), -1.0, 1.0)
    every = np.tril(drawn, -1) / max(size, 1)
    band = np.diag(np.copysign(0.5, np.diag(drawn, 1)) + np.diag(drawn, 1) / 2, -1)
    lower = np.tril(every, -2) + band
    return np.asarray(np.diag(5.0 + np.diag(drawn)) + lower + lower.T)


FAMILY = Family(_dimensions, _made, _formats)
