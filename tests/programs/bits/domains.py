"""The domains of the pages: batches of calls as large as one likes, drawn by keys.

Shapes, axes and numbers of steps differ from batch to batch; all numbers differ from call to call.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnspec.conformance.programs.evaluation import LISTED
from nnspec.conformance.programs.program import THETA
from nnspec.conformance.terms.nested import Array
from nnspec.conformance.terms.operations import (
    arguments_of,
    axes_of,
    page_of,
    parameters_of,
)
from tests.programs.bits.batches import Batch, Steps
from tests.programs.bits.drawn import exact, numbers, powers, whole
from tests.programs.bits.words import ball

# What comes after the domain's name in a key: the operation, the batch, and the name of the number.
_KEY = "programs at 300 bits"


def batch(operation: str, place: int, count: int) -> Batch:
    """Return the batch of an operation at a place, with so many calls."""
    return _PAGES[page_of(operation)](operation, place, count, f"{_KEY}, {operation} {place}")


def calls_of(operation: str, given: Mapping[str, Array], settings: Mapping[str, Any]) -> Batch:
    """Return the batch of an ordinary operation."""
    names = {name: given[name] for name in arguments_of(operation)}
    own = {name: settings[name] for name in parameters_of(operation)}
    single = [array[..., 0] for array in names.values()]
    axes = axes_of(operation, single, own)
    first = single[0]
    length = first.size if axes is None else np.prod([first.shape[axis] for axis in axes])
    counts = {
        "n": length,
        "size": first.size,
        "rows": first.shape[0] if first.ndim else 1,
        "columns": first.shape[-1] if first.ndim else 1,
    }
    values = {name: np.atleast_1d(value) for name, value in own.items() if name not in _WORDS}
    arrays = {name: exact(array) for name, array in {**names, **values}.items()}
    every = {**{name: ball(float(value)) for name, value in counts.items()}, **arrays}
    return Batch(operation, every, axes, first.ndim)


# Parameters that choose axes.
_WORDS = ("axis", "axes")


def _activations(operation: str, place: int, count: int, key: str) -> Batch:
    shape, axis = (((2, 2), -1), ((3,), 0), ((2, 3), 0), ((1,), 0), ((2, 1, 2), 1))[place % 5]
    arrays = {name: numbers(f"{key} {name}", (*shape, count)) for name in ("x", "cotangent")}
    slope = numbers(f"{key} slope", (count,), -2.0, 2.0, (0.0, 1.0))
    return calls_of(operation, arrays, {"axis": axis, "negative_slope": slope})


def _shares(key: str, shape: tuple[int, ...], axis: int, edges: tuple[float | Array, ...]) -> Array:
    """Return weights of (0, 1], or the edges; half of the calls divide them by their sum."""
    found = numbers(key, shape, 2.0**-6, 1.0, edges)
    total = np.sum(found, axis=axis, keepdims=True)
    divided = np.where(total > 0, found / np.where(total > 0, total, 1), found)
    return np.where(numbers(f"{key}, divided", shape[-1:], edges=()) > 0, divided, found)


def _information(operation: str, place: int, count: int, key: str) -> Batch:
    shape, axis = (((2, 3), 1), ((3,), 0), ((3, 2), 0), ((1,), 0), ((2, 2, 2), 1))[place % 5]
    epsilon = powers(f"{key} epsilon", count, -7, -2)
    p = _shares(f"{key} p", (*shape, count), axis, (0.0, 1.0))
    q = _shares(f"{key} q", (*shape, count), axis, (epsilon, 1 - epsilon, 1.0, 0.0))
    # What is held impossible and happens costs infinity, but where q is clipped.
    if "epsilon" not in parameters_of(operation):
        p = np.where(q == 0, 0.0, p)
    else:
        # Of all shares 0, none is a part.
        q = np.where(np.sum(q, axis=axis, keepdims=True) == 0, 0.5, q)
    return calls_of(operation, {"p": p, "q": q}, {"axis": axis, "epsilon": epsilon})


def _losses(operation: str, place: int, count: int, key: str) -> Batch:
    free = operation.startswith(("sum", "sigmoid"))
    shape = ((2, 3), (1, 2), (2, 2), (3, 2), (1, 3))[place % 5]
    epsilon = powers(f"{key} epsilon", count, -7, -2)
    one = () if operation.startswith("sum") else shape if free else shape[:1]
    arrays = {
        "logits": numbers(f"{key} logits", (*shape, count), -8.0, 8.0),
        "y": numbers(f"{key} y", (*shape, count)),
        "target": numbers(f"{key} target", (*shape, count)),
        "targets": numbers(f"{key} targets", (*shape, count), 0.0, 1.0, (0.0, 1.0)),
        "labels": whole(f"{key} labels", (shape[0], count), 0, shape[1] - 1),
        "cotangent": numbers(f"{key} cotangent", (*one, count)),
        "q": numbers(
            f"{key} q", (*shape, count), 2.0**-6, 1.0, (epsilon, 1 - epsilon, 1.0, 2.0**-9)
        ),
    }
    return calls_of(operation, arrays, {"epsilon": epsilon})


def _networks(operation: str, place: int, count: int, key: str) -> Batch:
    samples, inputs, hidden, outputs = ((2, 2, 3, 1), (1, 3, 2, 2), (3, 1, 1, 2))[place % 3]
    shapes = {
        "x": (samples, inputs),
        "weight": (inputs, outputs),
        "bias": (outputs,),
        "cotangent": (samples, outputs),
        "inputs": (inputs,),
        "target": (outputs,),
        "i_to_h": (inputs, hidden),
        "h_to_o": (hidden, outputs),
    }
    arrays = {
        name: numbers(f"{key} {name}", (*shape, count), -2.0, 2.0) for name, shape in shapes.items()
    }
    return calls_of(operation, arrays, {"learning_rate": powers(f"{key} rate", count, -3, 1)})


def _steps(operation: str, place: int, count: int, key: str) -> Batch:
    steps, size = 1 + place % 3, 2
    weights = {
        name: numbers(f"{key} {name}", (count,), 0.0, 1023 / 1024, (0.0, 0.5))
        for name in ("momentum", "decay", "beta1", "beta2")
    }
    settings = {**weights, "epsilon": powers(f"{key} epsilon", count, -20, 1)}
    rates = np.stack([powers(f"{key} rate {k}", count, -5, 1) for k in range(steps)])
    if place % 2 or operation == "minibatch_descent":
        rates = np.stack([rates[0]] * steps)
    samples = ((0, 2, 1), (1, 3), (2,))[:steps] if operation == "minibatch_descent" else ()
    rows = (4,) if samples else ()
    slopes = numbers(f"{key} slopes", (*rows, size, count), -2.0, 2.0)
    shifts = numbers(f"{key} shifts", (*rows, size, count))
    walk = Steps(
        exact(numbers(f"{key} {THETA}", (size, count))),
        exact(rates),
        exact(slopes),
        exact(shifts),
        _hessian(key, count) if operation == "newton" else None,
        samples,
    )
    names = {name: settings[name] for name in parameters_of(operation) if name in settings}
    return Batch(operation, {k: exact(v) for k, v in names.items()}, (0,), steps=walk)


def _hessian(key: str, count: int) -> Any:
    """Return symmetric matrices whose diagonal outweighs the rest."""
    a, c = (numbers(f"{key} {name}", (count,), 4.0, 8.0, ()) for name in "ac")
    b = numbers(f"{key} b", (count,), -2.0, 2.0)
    return exact(np.stack([np.stack([a, b]), np.stack([b, c])]))


def _clipping(operation: str, place: int, count: int, key: str) -> Batch:
    limit = powers(f"{key} limit", count, -4, 4)
    shapes = (((2,), (1, 2)), ((1,),), ((2, 2), (1,)), ((3,), (2,)))[place % 4]
    epsilon = powers(f"{key} epsilon", count, -6, 0)
    listed = [
        numbers(f"{key} {k}", (*shape, count), -8.0, 8.0, (0.0, limit, -limit, 0.6 * limit))
        for k, shape in enumerate(shapes)
    ]
    if place % 4 == 0:
        # Norms that are at the limit: 3, 4 and 5, in the first array and in all.
        at = numbers(f"{key} at", (count,), edges=()) > 0
        scale = np.exp2(np.round(np.log2(limit)))
        limit = np.where(at, 5 * scale, limit)
        listed[0] = np.where(at, np.stack([3 * scale, -4 * scale]), listed[0])
        listed[1] = np.where(at, 0.0, listed[1])
    arrays = tuple(map(exact, listed))
    flat = np.concatenate([array.reshape(-1, count) for array in arrays])
    settings = {"limit": limit, "max_norm": limit, "epsilon": epsilon}
    first = listed[0][..., 0]
    counts = {
        "n": first.size,
        "size": first.size,
        "rows": first.shape[0],
        "columns": first.shape[-1],
    }
    names = {
        **{name: ball(float(value)) for name, value in counts.items()},
        **{name: exact(settings[name]) for name in parameters_of(operation)},
        LISTED: flat,
    }
    return Batch(operation, names, None, first.ndim, each=arrays)


def _normalization(operation: str, place: int, count: int, key: str) -> Batch:
    shape = ((3, 2), (2, 1), (2, 2, 1, 2), (4, 1))[place % 4]
    channels = (shape[1], count)
    arrays = (
        {name: numbers(f"{key} {name}", (*shape, count)) for name in ("x", "cotangent")}
        | {
            name: numbers(f"{key} {name}", channels)
            for name in ("scale", "shift", "mean", "running_mean")
        }
        | {
            name: numbers(f"{key} {name}", channels, 0.125, 4.0, (1.0,))
            for name in ("variance", "running_variance")
        }
    )
    settings = {
        "momentum": numbers(f"{key} momentum", (count,), 0.0, 1.0, (0.0, 1.0)),
        "epsilon": powers(f"{key} epsilon", count, -12, 0),
    }
    return calls_of(operation, arrays, settings)


def _preprocessing(operation: str, place: int, count: int, key: str) -> Batch:
    shape = ((3, 2), (4, 2), (3, 2), (2, 2, 1, 2))[place % (3 if _of_components(operation) else 4)]
    axes = (0,) if len(shape) == 2 else (0, 2, 3)
    train = numbers(f"{key} train", (*shape, _SPARE * count))
    if _of_components(operation):
        # Features of different sizes: the variances of the components are apart.
        train = train * np.array([1.0, 0.25])[:, None]
        train[0, :, :] += np.array([3.0, 1.0])[:, None]
    taken = np.flatnonzero(_in_the_domain(operation, train, axes))[:count]
    data = numbers(f"{key} data", (shape[0] - 1, *shape[1:], count))
    settings = {"axes": axes, "components": np.full(count, 1.0 + place % 2)}
    return calls_of(operation, {"train": train[..., taken], "data": data}, settings)


# Of so many times the calls, those in the domain are taken.
_SPARE = 3


def _in_the_domain(operation: str, train: Array, axes: tuple[int, ...]) -> Any:
    """Say in which calls features vary, and components are apart from each other and from 0."""
    if operation == "center":
        return np.ones(train.shape[-1], dtype=bool)
    if not _of_components(operation):
        variances = np.var(train, axis=axes)
        return np.all(variances > _VARYING, axis=tuple(range(variances.ndim - 1)))
    centered = np.moveaxis(train - np.mean(train, axis=0), -1, 0)
    first, second = (np.linalg.svd(centered, compute_uv=False) ** 2).T
    return (second > _VARYING) & (second <= _APART * first)


# As the domain of the page says: variances of components, and how near one is to the next.
_VARYING, _APART = 2.0**-4, 0.75


def _of_components(operation: str) -> bool:
    return "components" in parameters_of(operation)


def _initializers(operation: str, place: int, count: int, key: str) -> Batch:
    settings = {
        "fan_in": whole(f"{key} fan_in", (count,), 1, (4, 64, 4096)[place % 3]),
        "fan_out": whole(f"{key} fan_out", (count,), 1, (4, 64, 4096)[place % 3]),
        "std": powers(f"{key} std", count, -4, 2),
        "value": numbers(f"{key} value", (count,), -192.0, 192.0),
        "negative_slope": numbers(f"{key} slope", (count,), 0.0, 2.0, (0.0, 1.0)),
    }
    taken = {*arguments_of(operation), *parameters_of(operation)}
    names = {name: exact(value) for name, value in settings.items() if name in taken}
    return Batch(operation, names)


_PAGES: Mapping[str, Callable[[str, int, int, str], Batch]] = {
    "activations": _activations,
    "information": _information,
    "losses": _losses,
    "networks": _networks,
    "descent": _steps,
    "adaptive": _steps,
    "sampling": _steps,
    "clipping": _clipping,
    "normalization": _normalization,
    "preprocessing": _preprocessing,
    "initializers": _initializers,
}
