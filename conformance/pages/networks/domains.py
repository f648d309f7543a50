"""The domains of the page `networks`: layers of few or many units, with exact sums."""

import itertools
from typing import Any

from hypothesis import strategies as st

from nnspec.conformance.pages.domain import Domain
from nnspec.conformance.pages.networks.inputs import differentiable
from nnspec.conformance.pages.strategies import LENGTHS, Range, arrays, between, powers
from nnspec.conformance.terms.cases import Case

_NUMBERS = Range(-4.0, 4.0)
_WEIGHTS = Range(-2.0, 2.0)

_WIDTH, _DEPTH = 4, 3


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    layers = (
        1
        if operation.startswith("linear")
        else 2
        if operation == "perceptron_step"
        else draw(between(1, _DEPTH))
    )
    sizes = [draw(between(1, _WIDTH)) for _ in range(layers + 2)]
    if not operation.startswith("mlp") and draw(st.booleans()):
        sizes[draw(between(0, layers + 1))] = draw(LENGTHS)
    samples, *widths = sizes
    weights = [
        draw(arrays((above, below), _WEIGHTS, dtype)) for above, below in itertools.pairwise(widths)
    ]
    if operation == "perceptron_step":
        inputs, target = (
            draw(arrays((width,), _NUMBERS, dtype)) for width in (widths[0], widths[-1])
        )
        return Case(
            "found", operation, (inputs, target, *weights), {"learning_rate": draw(powers(-3, 1))}
        )
    x = draw(arrays((samples, widths[0]), _NUMBERS, dtype))
    biases = [draw(arrays((width,), _WEIGHTS, dtype)) for width in widths[1:]]
    arguments: list[Any] = (
        [x, weights, biases] if operation.startswith("mlp") else [x, weights[0], biases[0]]
    )
    if operation.endswith("_vjp"):
        arguments.append(draw(arrays((samples, widths[-1]), _NUMBERS, dtype)))
    known = differentiable(operation)
    names = tuple(known[draw(between(0, len(known) - 1))] for _ in range(layers))
    parameters = {"activations": names} if operation.startswith("mlp") else {}
    return Case("found", operation, tuple(arguments), parameters)


DOMAIN = Domain(cases)
