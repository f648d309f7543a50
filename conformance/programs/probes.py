"""Probes: a few small calls of each operation, on which programs are compared.

They are plain numbers, the same for everyone. There is a square matrix and a longer one, an image,
a single step and a schedule of several, and a large epsilon. An argument holds a zero, and so does
a cotangent. No two numbers of an array are equal, and no two lengths but those of the square.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from nnspec.conformance.programs.evaluation import Call, call_of
from nnspec.conformance.terms.nested import Array
from nnspec.conformance.terms.operations import OPERATIONS, page_of

Asked = tuple[tuple[Any, ...], Mapping[str, Any]]

# The probes of arrays that hold zeros, a tiny number, and large ones; the first is plain.
_ZEROS, _TINY, _LARGE = 1, 2, 3

# The probe of preprocessing with a feature that is constant.
_CONSTANT = 1

# The probe of so many samples has a cotangent that is zero in one of them.
_MOST_SAMPLES = 4

# The fractional parts of its products with squares are spread evenly, and no row of them is another
# one moved.
_GOLDEN = (math.sqrt(5) - 1) / 2


@lru_cache(maxsize=128)
def probes(operation: str) -> tuple[Call, ...]:
    """Return the probes of an operation."""
    return tuple(call_of(operation, *asked) for asked in asked_of(operation))


def asked_of(operation: str) -> Iterator[Asked]:
    """Yield the arguments and parameters of each probe of an operation."""
    yield from _PAGES[page_of(operation)](operation)


def numbers(shape: tuple[int, ...], first: int = 1, low: float = -2.0, high: float = 2.0) -> Array:
    """Return numbers between two limits, another row of them for each `first`."""
    count = math.prod(shape)
    spread = np.modf(_GOLDEN * np.arange(7 * first, 7 * first + count) ** 2)[0]
    return np.asarray(low + (high - low) * spread).reshape(shape)


def shares(shape: tuple[int, ...], first: int = 1) -> Array:
    """Return rows of positive numbers that sum to 1."""
    found = numbers(shape, first, 0.1, 1.0)
    return np.asarray(found / np.sum(found, axis=-1, keepdims=True))


def with_zeros(array: Array, *positions: int) -> Array:
    """Return an array with zeros at some positions of its flat vector."""
    found = array.copy()
    found.reshape(-1)[list(positions)] = 0.0
    return found


def _of_arrays(operation: str) -> Iterator[Asked]:
    """Activations: arrays of one shape, and an axis or a slope."""
    count, names = len(OPERATIONS[operation].arguments), OPERATIONS[operation].parameters
    settings = {"axis": (-1, 0, 1, -1), "negative_slope": (0.3, 0.1, 1.5, -0.4)}
    for place, shape in enumerate(((3, 3), (4, 5), (2, 3, 2), (2, 4))):
        arrays = [numbers(shape, 1 + place + 5 * k) for k in range(count)]
        if place == _ZEROS:
            arrays = [with_zeros(array, 3 + k, 7) for k, array in enumerate(arrays)]
        if place == _LARGE:
            arrays[0] = 4 * arrays[0]
        yield tuple(arrays), {name: settings[name][place] for name in names}


def _of_shares(operation: str) -> Iterator[Asked]:
    """Information: shares, some of them zero or tiny, and rows that do not sum to 1."""
    count, names = len(OPERATIONS[operation].arguments), OPERATIONS[operation].parameters
    settings = {"axis": (-1, 0, 1, -1), "epsilon": (0.2, 0.05, 1e-3, 0.25)}
    for place, shape in enumerate(((3, 3), (4, 5), (2, 3, 2), (2, 4))):
        arrays = [shares(shape, 1 + place + 5 * k) for k in range(count)]
        if place == _ZEROS:
            arrays[0] = with_zeros(arrays[0], 2, 9)
        if place == _TINY:
            arrays = [(1.5 - k) * array for k, array in enumerate(arrays)]
            arrays[-1].reshape(-1)[4] = 1e-6
            # After a division by the sum, this share is above 1 − epsilon.
            arrays[-1].reshape(-1)[1] = 1e3
        yield tuple(arrays), {name: settings[name][place] for name in names}


def _of_samples(operation: str) -> Iterator[Asked]:
    """Losses: samples in rows, with labels or targets and the cotangent of each answer."""
    arguments, names = OPERATIONS[operation].arguments, OPERATIONS[operation].parameters
    for place, shape in enumerate(((3, 3), (4, 5), (2, 4), (5, 2))):
        each = {
            "q": shares(shape, 1 + place),
            "logits": (1.0, 1.0, 3.0, 1.0)[place] * numbers(shape, 2 + place),
            "y": numbers(shape, 3 + place),
            "target": numbers(shape, 4 + place),
            "targets": (1.0, 1.5, 1.0, 1.0)[place] * shares(shape, 6 + place),
            "labels": (np.arange(shape[0]) * 2 + place) % shape[1],
            "cotangent": _cotangent(operation, shape, 8 + place),
        }
        if place == _ZEROS:
            each["targets"][0, 1] = each["targets"][1, 2] = 0.0
            each["targets"][2, 0], each["targets"][3, 3] = -0.3, 1.4
        if place == _TINY:
            each["q"][0, 1], each["q"][1, 0] = 1e-6, 0.9999
            each["labels"] = np.array([1, 0])
        arrays = tuple(each[name] for name in arguments)
        yield arrays, dict.fromkeys(names, (0.2, 0.05, 1e-3, 0.25)[place])


def _cotangent(operation: str, shape: tuple[int, ...], first: int) -> Array:
    if operation.startswith("sum_squared_error"):
        return np.asarray((0.7 + 0.1 * first) * (-1.0) ** first)
    samples = shape if operation.startswith("sigmoid") else shape[:1]
    found = numbers(samples, first)
    return with_zeros(found, 0) if samples[0] == _MOST_SAMPLES else found


def _of_layers(operation: str) -> Iterator[Asked]:
    """Networks: matrices, square ones too."""
    for place, (samples, inputs, outputs, hidden) in enumerate(((3, 3, 3, 3), (4, 2, 5, 3))):
        each = {
            "x": numbers((samples, inputs), 1 + place),
            "weight": numbers((inputs, outputs), 2 + place),
            "bias": numbers((outputs,), 3 + place),
            "weights": [
                numbers((inputs, hidden), 4 + place),
                numbers((hidden, outputs), 5 + place),
            ],
            "biases": [numbers((hidden,), 6 + place), numbers((outputs,), 7 + place)],
            "cotangent": with_zeros(numbers((samples, outputs), 8 + place), 1),
            "inputs": numbers((inputs,), 9 + place),
            "target": numbers((outputs,), 10 + place, 0.0, 1.0),
            "i_to_h": numbers((inputs, hidden), 11 + place),
            "h_to_o": numbers((hidden, outputs), 12 + place),
        }
        settings: dict[str, Any] = {
            "activations": (("tanh", "sigmoid"), ("relu", "softmax"))[place],
            "learning_rate": (0.7, 0.3)[place],
        }
        described = OPERATIONS[operation]
        arrays = tuple(each[name] for name in described.arguments)
        yield arrays, {name: settings[name] for name in described.parameters}


def _of_steps(operation: str) -> Iterator[Asked]:
    """Optimizers: one step, a schedule, a constant rate, and a large epsilon."""
    described = OPERATIONS[operation]
    for place, rates in enumerate(((0.3,), (0.2, 0.5, 0.1, 0.4), (0.25, 0.25, 0.25))):
        settings: dict[str, Any] = {
            "momentum": (0.7, 0.6, 0.8)[place],
            "decay": (0.7, 0.9, 0.6)[place],
            "beta1": (0.8, 0.7, 0.6)[place],
            "beta2": (0.6, 0.9, 0.75)[place],
            "epsilon": (0.3, 0.02, 0.7)[place],
        }
        params = [numbers((2,), 1 + place), numbers((1, 2), 2 + place)]
        if operation == "newton":
            params = [numbers((3,), 1 + place)]
        each = {
            "gradient": _gradient(place),
            "hessian": _hessian(place),
            "params": params,
            "steps": len(rates),
            "batches": [[0, 2, 1], [4, 3], [1, 5, 0, 2]][: len(rates)],
        }
        # Another rate in each step, or the same: one number.
        settings["learning_rate"] = rates[0] if len(set(rates)) == 1 else rates
        if operation == "minibatch_descent":
            settings["learning_rate"] = rates[0]
        arguments = tuple(each[name] for name in described.arguments)
        yield arguments, {name: settings[name] for name in described.parameters}


def _gradient(place: int) -> Callable[..., list[Array]]:
    """Return the gradient of a quadratic function, or that of one sample's."""

    def gradient(params: list[Array], index: int = 0) -> list[Array]:
        slopes = [numbers(array.shape, 3 + place + k, 0.2, 0.9) for k, array in enumerate(params)]
        shifts = [numbers(array.shape, 9 + index + k) for k, array in enumerate(params)]
        if place == _ZEROS:
            # The first parameter gets no gradient.
            slopes[0][0] = shifts[0][0] = 0.0
        return [a * array + b for a, array, b in zip(slopes, params, shifts, strict=True)]

    return gradient


def _hessian(place: int) -> Callable[[list[Array]], Array]:
    def hessian(params: list[Array]) -> Array:
        size = params[0].size
        sums = np.add.outer(params[0], params[0])
        return np.asarray(np.diag(numbers((size,), 20 + place, 1.0, 3.0)) + 0.1 + 0.05 * sums)

    return hessian


def _of_gradients(operation: str) -> Iterator[Asked]:
    """Clipping: gradients above the limit and below it."""
    names = OPERATIONS[operation].parameters
    for place, limit in enumerate((0.9, 1.7, 9.0)):
        gradients = [numbers((3,), 1 + place), numbers((2, 2), 2 + place, -0.6, 0.6)]
        settings = {"limit": limit / 2, "max_norm": limit, "epsilon": (0.3, 0.05, 0.2)[place]}
        yield (gradients,), {name: settings[name] for name in names}


def _of_channels(operation: str) -> Iterator[Asked]:
    """Batch normalization: a square matrix, a longer one, and images."""
    described = OPERATIONS[operation]
    for place, shape in enumerate(((3, 3), (5, 2), (2, 3, 2, 2))):
        channels = (shape[1],)
        each = {
            "x": 0.5 + numbers(shape, 1 + place),
            "scale": numbers(channels, 2 + place, -1.5, 1.9),
            "shift": numbers(channels, 3 + place),
            "mean": numbers(channels, 4 + place),
            "variance": numbers(channels, 5 + place, 0.4, 3.0),
            "running_mean": numbers(channels, 4 + place),
            "running_variance": numbers(channels, 5 + place, 0.4, 3.0),
            "cotangent": with_zeros(numbers(shape, 6 + place), 1),
        }
        settings = {"momentum": (0.3, 0.1, 0.6)[place], "epsilon": (0.4, 0.01, 0.2)[place]}
        arrays = tuple(each[name] for name in described.arguments)
        yield arrays, {name: settings[name] for name in described.parameters}


def _of_tables(operation: str) -> Iterator[Asked]:
    """Preprocessing: as many samples as features, more, and images."""
    names = OPERATIONS[operation].parameters
    shapes = ((4, 4), (5, 3), (4, 3, 2, 2))[: 2 if "components" in names else 3]
    for place, shape in enumerate(shapes):
        train = 0.5 + numbers(shape, 1 + place) * (
            1 + np.arange(shape[1]).reshape(-1, *[1] * (len(shape) - 2))
        )
        if place == _CONSTANT:
            train[:, 1] = 0.5
        data = numbers((shape[0] if place == 0 else 3, *shape[1:]), 3 + place)
        settings = {"axes": ((0,), (0,), (0, 2, 3))[place], "components": 2}
        yield (train, data), {name: settings[name] for name in names}


def _of_laws(operation: str) -> Iterator[Asked]:
    """Initializers: a few weights each, of fans on either side of each other."""
    described = OPERATIONS[operation]
    for place, shape in enumerate(((5, 3), (2, 7), (4, 4))):
        each = {"shape": shape, "fan_in": shape[0], "fan_out": shape[1]}
        settings: dict[str, Any] = {
            "std": (0.3, 0.05, 1.7)[place],
            "value": (0.25, -3.0, 1.5)[place],
            "negative_slope": (0.3, 0.0, 1.5)[place],
            "seed": place,
            "dtype": "float64",
        }
        arguments = tuple(each[name] for name in described.arguments)
        yield arguments, {name: settings[name] for name in described.parameters}


def _of_samples_by_chance(operation: str) -> Iterator[Asked]:
    """Sampling: sets whose last batch is short or full; or descent on batches."""
    if operation == "minibatch_descent":
        yield from _of_steps(operation)
    elif operation == "minibatches":
        yield from (((9, 4), {"seed": 1}), ((8, 4), {"seed": 2}), ((3, 11), {"seed": 3}))
    else:
        yield from (((9, 4, 2), {"seed": 1}), ((5, 6, 3), {"seed": 2}), ((11, 3, 5), {"seed": 3}))


_PAGES: Mapping[str, Callable[[str], Iterator[Asked]]] = {
    "activations": _of_arrays,
    "information": _of_shares,
    "losses": _of_samples,
    "networks": _of_layers,
    "descent": _of_steps,
    "adaptive": _of_steps,
    "sampling": _of_samples_by_chance,
    "initializers": _of_laws,
    "clipping": _of_gradients,
    "normalization": _of_channels,
    "preprocessing": _of_tables,
}
