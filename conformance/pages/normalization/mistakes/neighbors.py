"""Mistakes with neighbors: a channel has the statistics of the one before."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.normalization.mistakes.parts import moments, used
from nnspec.conformance.terms.mistakes import Operation, computed, spoiling

Array = NDArray[np.floating[Any]]


@spoiling("normalization/neighbors", "normalization/channel-independence")
def normalizes_by_the_channel_before(operation: Operation) -> Operation:
    """Normalizes each channel by the statistics of the one before, the first by the last's."""

    def answer(x: Array, *others: Array, **parameters: Any) -> Any:
        if "momentum" in parameters:
            _, *running = operation(x, *others, **parameters)
            epsilon = parameters["epsilon"]
            return [computed(_by_the_channel_before)(x, *others[:2], epsilon=epsilon), *running]
        # The gradient has no statistics but those of x.
        if len(others) == 2:
            return operation(np.roll(x, 1, axis=1), *others, **parameters)
        *affine, mean, variance = others
        given = (np.roll(each, 1) for each in (mean, variance))
        return operation(x, *affine, *given, **parameters)

    return answer


def _by_the_channel_before(x: Array, scale: Array, shift: Array, *, epsilon: float) -> Array:
    mean, variance = (np.roll(each.reshape(-1), 1) for each in moments(x))
    return used(x, scale, shift, mean, variance, epsilon=epsilon)
