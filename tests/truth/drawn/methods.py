"""The pages `descent`, `adaptive` and `sampling`: parameters that the steps take back to their
last bits, settings at the ends of their ranges, and gradients of any size."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.operations import operations_on, parameters_of
from tests.truth.drawn.digests import (
    Array,
    full,
    one,
    positive,
    product_remainder,
    remainder,
    uniform,
    whole,
)

Call = tuple[list[Any], dict[str, Any]]

_SIZE = 24
_SIZES_OF_NUMBERS = ((-3, 3), (-40, 40), (-150, 150), (400, 420), (-450, -430))

# The condition of a Hessian stays below 16, the bound's own.
_LEAST_PIVOT, _MOST_PIVOT = 1.0, 4.0


def calls(operation: str, turn: int) -> Iterator[Call]:
    """Yield the calls of a turn."""
    name = f"{operation} {turn}"
    if operation == "newton":
        yield _system(name, 1 + turn % 8)
    elif operation == "minibatch_descent":
        yield _batches(name, turn)
    else:
        yield _steps(name, operation, turn)


def _steps(name: str, operation: str, turn: int) -> Call:
    steps, sizes = 1 + turn % 7, _SIZES_OF_NUMBERS[turn % len(_SIZES_OF_NUMBERS)]
    draw = positive if one(f"{name} signs", 0, 3) == 0 else full
    script = [
        [draw(f"{name} g {each}", (_SIZE,), *sizes), full(f"{name} h {each}", (2, 2), *sizes)]
        for each in range(steps)
    ]
    rates = [float(full(f"{name} rate {each}", (), -12, 3)) for each in range(steps)]
    parameters = {
        "learning_rate": rates if turn % 2 else rates[0],
        **_settings(name, operation, sizes),
    }
    given = scripted(script, "float64")
    zeros = [np.zeros(_SIZE), np.zeros((2, 2))]
    function = getattr(reference, operation)
    calls_made = iter(script)
    moved = list(function(lambda _: next(calls_made), zeros, steps, **parameters))
    # Where the steps lead from 0, parameters start on the other side: one of them, or nearly so.
    back = moved[one(f"{name} back", 0, steps)]
    params = [
        -each * (1.0 + full(f"{name} off {place}", each.shape, -52, -20))
        for place, each in enumerate(back)
    ]
    params[0][::4] = full(f"{name} theta", (_SIZE,), *sizes)[::4]
    return [given, params, steps], parameters


def _settings(name: str, operation: str, sizes: tuple[int, int]) -> dict[str, Any]:
    """Return decays that are ordinary, near 0, near 1 or 0, and an epsilon of any weight."""
    found: dict[str, Any] = {}
    for each in ("momentum", "decay", "beta1", "beta2"):
        near = float(positive(f"{name} {each} near", (), -50, -3))
        kinds = (0.9, float(uniform(f"{name} {each}", (), 0.0, 1.0)), near, 1.0 - near, 0.0)
        found[each] = kinds[one(f"{name} {each} kind", 0, len(kinds))]
    if operation in operations_on("descent") and operation != "momentum_unbiased":
        # Any finite number is a weight of the past there.
        free = float(full(f"{name} free", (), -4, 1))
        found["momentum"] = free if one(f"{name} freely", 0, 4) == 0 else found["momentum"]
    size = 2 if operation.endswith("inside") else 1
    scale = 2.0 ** (size * one(f"{name} scale", *sizes))
    found["epsilon"] = (0.0, 1e-8 * scale, scale)[one(f"{name} epsilon", 0, 3)]
    return {key: value for key, value in found.items() if key in parameters_of(operation)}


def _system(name: str, length: int) -> Call:
    """Return a system of reflections: H = Q D Q, Q = 1 - 2vvᵀ, with pivots of both signs."""
    steps = 3
    exponent = one(f"{name} exponent", -200, 200)
    hessians, gradients = [], []
    for step in range(steps):
        v = full(f"{name} v {step}", (length, 1), -3, 1)
        q = np.eye(length) - 2.0 * (v @ v.T) / float(np.sum(v * v))
        pivots = uniform(f"{name} d {step}", (length,), _LEAST_PIVOT, _MOST_PIVOT)
        pivots = pivots * (2.0 * whole(f"{name} sign {step}", (length,), 0, 2) - 1.0)
        hessians.append(np.ldexp((q * pivots) @ q, exponent))
        gradients.append([np.ldexp(full(f"{name} g {step}", (length,), -9, -1), exponent)])
    params = [full(f"{name} theta", (length,), 2, 4)]
    given = scripted(gradients, "float64"), scripted(hessians, "float64")
    return [*given, params, steps], {"learning_rate": float(positive(f"{name} rate", (), -5, 0))}


def _batches(name: str, turn: int) -> Call:
    """Return batches in which the last gradient takes back the others, but for its rounding."""
    sizes = _SIZES_OF_NUMBERS[turn % 3]
    lengths = [1 + one(f"{name} length {each}", 0, 9) for each in range(1 + turn % 4)]
    script: list[list[Array]] = []
    for batch, length in enumerate(lengths):
        rows = full(f"{name} g {batch}", (length, _SIZE), *sizes)
        if length > 1 and batch % 2 == turn % 2:
            rows[-1] = remainder(rows[:-1].T)
        script += [[row[:-2], row[-2:].reshape(2, 1)] for row in rows]
    rate = float(full(f"{name} rate", (), -20, 4))
    start = full(f"{name} theta", (_SIZE,), *sizes)
    first = np.stack([np.concatenate([each.ravel() for each in one_]) for one_ in script])
    first = first[: lengths[0]].T
    weights = np.full(first.shape, rate / lengths[0])
    start[::3] = -product_remainder(first, weights)[::3]
    batches = np.split(np.arange(sum(lengths), dtype=np.int64), np.cumsum(lengths)[:-1])
    return [scripted(script, "float64"), [start[:-2], start[-2:].reshape(2, 1)], batches], {
        "learning_rate": rate
    }
