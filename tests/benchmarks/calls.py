"""Calls of every operation at a size: arrays of about so many elements, from bits that every
machine draws alike."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.pages.vectors import entries
from nnspec.conformance.terms.operations import arguments_of, page_of, parameters_of

Array = NDArray[np.float64]
Call = tuple[list[Any], dict[str, Any]]

CLASSES = 10
_STEPS = 4

_PARAMETERS: dict[str, Any] = {
    "axes": (0,),
    "axis": -1,
    "beta1": 0.9,
    "beta2": 0.999,
    "components": 4,
    "decay": 0.9,
    "dtype": "float64",
    "learning_rate": 0.01,
    "limit": 0.5,
    "max_norm": 1.0,
    "momentum": 0.9,
    "negative_slope": 0.1,
    "seed": 7,
    "std": 0.01,
    "value": 0.5,
}


# torch's clipping knows no other, and scikit-learn clips probabilities at the machine epsilon.
_EPSILONS = {"clipping": 1e-6, "information": 2.0**-52, "losses": 2.0**-52}


def call(operation: str, size: int) -> Call:
    """Return arguments and parameters: vectors, rows of ten classes, or square matrices.

    Each holds `size` numbers. A parameter without a value here has that of a stored vector.
    """
    stored = next(
        (
            each["parameters"]
            for each in entries(page_of(operation))
            if each["operation"] == operation
        ),
        {},
    )
    known = {**stored, **_PARAMETERS}
    given = {name: known[name] for name in parameters_of(operation) if name in known}
    if "epsilon" in parameters_of(operation):
        given["epsilon"] = _EPSILONS.get(page_of(operation), 1e-8)
    if "activations" in parameters_of(operation):
        given["activations"] = ("tanh", "identity")
    return _ARGUMENTS[page_of(operation)](operation, size), given


def numbers(*shape: int) -> Array:
    """Return numbers spread over (-4, 4), another array for every shape."""
    raw = np.random.PCG64(sum(shape)).random_raw(math.prod(shape))
    return np.asarray((raw >> np.uint64(11)).astype(np.float64) * 2.0**-50 - 4.0).reshape(shape)


def shares(*shape: int) -> Array:
    """Return rows of positive numbers that sum to 1."""
    found = np.abs(numbers(*shape)) + 2.0**-20
    return np.asarray(found / found.sum(axis=-1, keepdims=True))


def _activations(operation: str, size: int) -> list[Any]:
    shape = (size // CLASSES, CLASSES) if "axis" in parameters_of(operation) else (size,)
    return [numbers(*shape) for _ in arguments_of(operation)]


def _information(operation: str, size: int) -> list[Any]:
    p = shares(size // CLASSES, CLASSES)
    return [p, p[::-1].copy()][: len(arguments_of(operation))]


def _losses(operation: str, size: int) -> list[Any]:
    rows = size // CLASSES
    scores = numbers(rows, CLASSES)
    each = operation.startswith("sigmoid")
    made: dict[str, Any] = {
        "y": scores,
        "target": scores[::-1].copy(),
        "q": shares(rows, CLASSES),
        "labels": np.arange(rows) % CLASSES,
        "logits": scores,
        "targets": shares(rows, CLASSES),
        "cotangent": np.array(1.5)
        if operation.startswith("sum")
        else numbers(*scores.shape)
        if each
        else numbers(rows),
    }
    return [made[name] for name in arguments_of(operation)]


def _networks(operation: str, size: int) -> list[Any]:
    n = math.isqrt(size)
    square, scaled = numbers(n, n), numbers(n, n) / n
    made: dict[str, Any] = {
        "x": square,
        "weight": scaled,
        "bias": numbers(n),
        "cotangent": square[::-1].copy(),
        "weights": [scaled, scaled.T.copy()],
        "biases": [numbers(n), numbers(n)],
        "inputs": numbers(n),
        "target": numbers(n),
        "i_to_h": scaled,
        "h_to_o": scaled.T.copy(),
    }
    return [made[name] for name in arguments_of(operation)]


def _optimizers(operation: str, size: int) -> list[Any]:
    if operation == "newton":
        size = math.isqrt(size)
    gradient, hessian = (
        numbers(size),
        np.eye(size) * 4.0 + numbers(size, size) / size if operation == "newton" else None,
    )
    made: dict[str, Any] = {
        "gradient": lambda *_: [gradient],
        "hessian": lambda _: hessian,
        "params": [numbers(size)[::-1].copy()],
        "steps": _STEPS,
        "batches": [np.arange(_STEPS)],
    }
    return [made[name] for name in arguments_of(operation)]


def _clipping(_: str, size: int) -> list[Any]:
    return [[numbers(size - size // 4), numbers(size // 4)]]


def _sampling(operation: str, size: int) -> list[Any]:
    if operation in ("draws", "minibatches"):
        batches = [size // (CLASSES * CLASSES)] if operation == "draws" else []
        return [size, CLASSES * CLASSES, *batches]
    return _optimizers(operation, size)


def _initializers(operation: str, size: int) -> list[Any]:
    n = math.isqrt(size)
    return [(size,)] if arguments_of(operation) == ("shape",) else [n, n]


def _normalization(operation: str, size: int) -> list[Any]:
    x, channel = numbers(size // CLASSES, CLASSES), np.abs(numbers(CLASSES)) + 0.5
    return [
        {"x": x, "cotangent": x[::-1].copy()}.get(name, channel) for name in arguments_of(operation)
    ]


def _preprocessing(_: str, size: int) -> list[Any]:
    train = numbers(size // CLASSES, CLASSES)
    # Variances a quarter apart or more, so that components have an order.
    return [train * 1.5 ** np.arange(CLASSES), train[::-1].copy()]


_ARGUMENTS: dict[str, Callable[[str, int], list[Any]]] = {
    "activations": _activations,
    "adaptive": _optimizers,
    "clipping": _clipping,
    "descent": _optimizers,
    "information": _information,
    "initializers": _initializers,
    "losses": _losses,
    "networks": _networks,
    "normalization": _normalization,
    "preprocessing": _preprocessing,
    "sampling": _sampling,
}

OPERATIONS = tuple(reference.__all__)
