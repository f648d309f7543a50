"""Samples beside others of another size."""

import itertools
from collections.abc import Iterator

from nnspec.conformance.pages.layouts import named, scattered
from nnspec.conformance.pages.neighbors import VECTORS, levels, powers
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast

# A sample is 2⁸ times as large as its neighbor.
_POWER = 4

_INPUTS, _HIDDEN, _OUTPUTS = 5, 4, 3


@named
def neighbors(operation: str, dtype: str) -> Iterator[Case]:
    """Samples beside others of another size; where one is large, its cotangent is small.

    They differ one by one, in blocks of eight, and the first or the last one from all others. A
    training step has one sample, and no such case.
    """
    if operation == "perceptron_step":
        return
    for name, level in levels(VECTORS):
        size = powers(level, _POWER)[:, None]
        several = operation.startswith("mlp")
        widths = (_INPUTS, _HIDDEN, _OUTPUTS) if several else (_INPUTS, _OUTPUTS)
        layers = [
            [
                cast(scattered(f"neighbors {name} {kind} {place}", shape, low, 2 * low), dtype)
                for place, shape in enumerate(shapes)
            ]
            for kind, shapes, low in (
                ("weight", list(itertools.pairwise(widths)), 0.25),
                # A small part of every sum.
                ("bias", [(width,) for width in widths[1:]], 2.0**-8),
            )
        ]
        x = size * scattered(f"neighbors {name} x", (VECTORS, widths[0]), 0.5, 1.0)
        arguments = [cast(x, dtype), *(layers if several else [each[0] for each in layers])]
        if operation.endswith("_vjp"):
            drawn = scattered(f"neighbors {name} cotangent", (VECTORS, widths[-1]), 0.5, 1.0)
            arguments.append(cast(drawn / size, dtype))
        parameters = {"activations": ("leaky_relu", "identity")} if several else {}
        yield Case(name, operation, tuple(arguments), parameters)
