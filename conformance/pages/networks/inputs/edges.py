"""Edges of range: cotangents of 0, and sums that are beyond the range."""

from collections.abc import Iterator

import numpy as np

from nnspec.conformance.pages.layouts import held, named
from nnspec.conformance.pages.networks.inputs.sets import built
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS


@named
def zero_cotangents(operation: str, dtype: str) -> Iterator[Case]:
    """Cotangents of 0: of some samples, of one output, of all, and of samples of large numbers."""
    widths = (5, 3) if operation.startswith("linear") else (5, 4, 3)
    case = built(operation, "", dtype, widths, samples=4)
    x, *others, cotangent = case.arguments
    samples = np.array([[1.0], [0.0], [0.0], [1.0]])
    # The sums of a layer stay in the range.
    large = np.where(samples == 0, FORMATS[dtype].maximum / 16, 1.0)
    for name, lit, size in (
        ("some", samples, 1.0),
        ("output", np.array([1.0, 0.0, 1.0]), 1.0),
        ("all", 0.0, 1.0),
        ("extreme", samples, large),
    ):
        weighed = held(cotangent.astype(np.float64) * lit, dtype)
        arguments = (held(x.astype(np.float64) * size, dtype), *others, weighed)
        yield case.changed(name=f"zeros-{name}", arguments=arguments)


@named
def overflowing(operation: str, dtype: str) -> Iterator[Case]:
    """Sums far beyond the range: by one product, by terms that lie in it, and of both signs.

    All products of such a sum have its sign. Ordinary samples stand between.
    """
    fmt = FORMATS[dtype]
    root = 2.0 ** ((fmt.maximum_exponent + 1) // 2 + 2)
    high = fmt.maximum / 2
    x = np.array([[root, 1.0, 0.0], [1.0, -0.5, 2.0], [0.0, 0.0, high]])
    weight = np.array([[root, -root], [2.0, -1.0], [8.0, 0.25]])
    arguments = [x, weight, np.array([0.5, -0.25])]
    if operation == "linear_vjp":
        arguments.append(np.array([[root, -root], [0.5, 2.0], [8.0, 0.25]]))
    yield Case("overflowing", operation, tuple(held(each, dtype) for each in arguments))
