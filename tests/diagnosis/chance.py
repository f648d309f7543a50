"""Whether two random operations are alike: in the law of weights, or in the habits of orders."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnspec.conformance.terms.operations import OPERATIONS

# Weights are drawn for these fans, so many times.
FANS = ((40, 160), (160, 40), (64, 64))
DRAWS = 24

# Moments and quantiles in units of the deviation agree to this part: chance has a tenth of it.
WITHIN = 0.03
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

# Epochs of so many samples in batches of so many, for so many seeds.
EPOCHS = ((10, 3), (12, 4), (7, 7), (31, 8))
SEEDS = 60
OFTEN = 0.12

Function = Callable[..., Any]


def same_law(operation: str, one: Function, other: Function) -> bool:
    """Say whether two initializers draw from one law, whatever their fans."""
    return all(
        np.allclose(drawn(one, *asked), drawn(other, *asked), rtol=WITHIN, atol=WITHIN)
        for asked in asked_of(operation)
    )


def asked_of(operation: str) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Yield the arguments and parameters of which weights are drawn."""
    names = OPERATIONS[operation].parameters
    for place, fans in enumerate(FANS):
        settings = {"std": (0.5, 2.0, 0.05)[place], "negative_slope": (0.0, 0.7, 0.2)[place]}
        settings["value"] = (0.5, 2.0, 0.05)[place]
        arguments = (fans,) if "shape" in OPERATIONS[operation].arguments else fans
        yield arguments, {name: settings[name] for name in names if name in settings}


def drawn(function: Function, arguments: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
    """Return the logarithm of the deviation, and mean and quantiles in deviations."""
    weights = np.concatenate(
        [
            np.ravel(function(*arguments, **parameters, seed=seed, dtype="float64"))
            for seed in range(DRAWS)
        ]
    )
    deviation = np.std(weights)
    size = deviation if deviation > 0 else 1.0
    quantiles = np.quantile(weights, QUANTILES) / size
    return np.array([np.log(size), deviation / size, np.mean(weights) / size, *quantiles])


def same_habits(operation: str, one: Function, other: Function) -> bool:
    """Say whether two operations order samples alike: how often, in what order and how many."""
    return all(
        np.allclose(ordered(operation, one, *each), ordered(operation, other, *each), atol=OFTEN)
        for each in EPOCHS
    )


def ordered(operation: str, function: Function, count: int, batch_size: int) -> Any:
    """Return averages over seeds: samples and batches, different ones, neighbors, equal orders."""
    sizes = (count, batch_size, 5) if operation == "draws" else (count, batch_size)
    found = [[np.asarray(b) for b in function(*sizes, seed=seed)] for seed in range(SEEDS)]
    orders = [np.concatenate([np.zeros(0, dtype=np.int64), *batches]) for batches in found]
    habits = [
        (
            len(order) / count,
            len(batches),
            len(np.unique(order)) / count,
            np.mean(np.diff(order) % count == 1) if len(order) > 1 else 0.0,
            float(np.array_equal(order, orders[0])),
        )
        for batches, order in zip(found, orders, strict=True)
    ]
    return np.mean(habits, axis=0)
