"""The stored calls of the page `networks`: layers and small networks of every activation, made so
that every format holds them."""

from collections.abc import Iterator
from typing import Any

from nnspec.conformance.pages.networks.inputs import built, differentiable
from nnspec.conformance.terms.nested import wide

Call = tuple[str, list[Any], dict[str, Any]]


def vectors(operation: str) -> Iterator[Call]:
    """Yield the name, the arguments and the parameters of every stored call of an operation."""
    if operation.startswith("mlp"):
        names = differentiable(operation)
        for i, name in enumerate(names):
            turned = (name, names[(i + 3) % len(names)], names[(i + 4) % len(names)])
            # What has a knee or a jump comes first: there the sums carry no rounding of a narrow
            # format that could reach it.
            chain = sorted(turned, key=lambda each: each not in ("leaky_relu", "relu", "step"))
            yield _call(
                operation, "-".join(chain), (3, 2, 4, 2), samples=2, activations=chain, offset=13
            )
        yield _call(operation, "one-layer", (4, 3), samples=3, activations=("sigmoid",), offset=1)
    elif operation == "perceptron_step":
        yield _call(operation, "one-output", (3, 4, 1), learning_rate=0.25)
        yield _call(operation, "outputs", (4, 2, 3), learning_rate=2.0, offset=5)
        yield _call(operation, "one-of-each", (1, 1, 1), learning_rate=1.0, offset=2)
    else:
        yield _call(operation, "wide", (6, 3), samples=2, offset=9)
        yield _call(operation, "tall", (2, 3), samples=7, offset=4)
        yield _call(operation, "one-sample", (5, 4), samples=1, offset=6)


def _call(operation: str, name: str, widths: tuple[int, ...], **settings: Any) -> Call:
    case = built(operation, name, "float64", widths, **settings)
    return case.name, wide(list(case.arguments)), dict(case.parameters)
