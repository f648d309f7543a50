"""The page `sampling` in ball arithmetic: the mean of a batch's gradients; a random order has a
law and no truth."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from flint import arb

from tests.truth.balls import Balls


def minibatch_descent(
    gradient: Callable[..., list[Balls]],
    params: list[Balls],
    batches: list[Any],
    *,
    learning_rate: float,
) -> Iterator[list[Balls]]:
    """Yield theta - rate/B · Σ gradient(theta, index) after each batch."""
    theta = params
    for batch in batches:
        samples = [gradient(theta, int(index)) for index in batch]
        totals = [sum(each[1:], start=each[0]) for each in zip(*samples, strict=True)]
        factor = arb(learning_rate) / len(batch)
        theta = [
            np.asarray(array - factor * total, dtype=object)
            for array, total in zip(theta, totals, strict=True)
        ]
        yield theta
