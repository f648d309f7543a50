"""Calls that find the worst error of a method: parameters and gradients of every significand,
steps that cancel what they meet."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.callbacks import scripted

Array = NDArray[np.float64]

_STEPS, _SIZE = 16, 640
_MOMENTA = (0.5, 0.75, 0.9, 0.999)


def inputs(operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield the calls: random significands, the same with all signs alike, and steps as large as
    the parameters they cancel."""
    if operation == "newton":
        yield from _systems()
        return
    bits = np.random.PCG64(11)
    for number, momentum in enumerate(_MOMENTA):
        gradients = [_significands(bits, _SIZE) for _ in range(_STEPS)]
        if number % 2:
            gradients = [abs(each) for each in gradients]
        params = [
            gradients[0] * 0.37 + _significands(bits, _SIZE) * 2.0**-10,
            _significands(bits, 4),
        ]
        script = [[each, each[:4] * 3] for each in gradients]
        rates = tuple(0.1 * (1 + step % 3) for step in range(_STEPS))
        parameters: dict[str, Any] = {"learning_rate": rates if number >= 2 else 0.37}
        if operation != "gradient_descent":
            parameters["momentum"] = momentum
        yield [scripted(script, "float64"), params, _STEPS], parameters


def _significands(bits: np.random.PCG64, count: int) -> Array:
    """Return numbers of (-4, 4) with random significands and exponents from -8 to 1."""
    raw = bits.random_raw(count)
    significand = 1.0 + (raw >> np.uint64(12)).astype(np.float64) * 2.0**-52
    return np.asarray(
        np.ldexp(significand, (raw % np.uint64(10)).astype(int) - 8)
        * np.where(raw & np.uint64(1024), 1.0, -1.0)
    )


def _systems() -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield systems of 8 unknowns whose matrix is the identity, four times, and a symmetric part
    of half its size."""
    bits = np.random.PCG64(13)
    steps, size = 10, 8
    for _ in range(510):
        parts = [_significands(bits, size * size).reshape(size, size) for _ in range(steps)]
        hessians = [
            4.0 * np.eye(size) + (each + each.T) / np.max(np.sum(abs(each + each.T), axis=1)) * 2.0
            for each in parts
        ]
        gradients = [[_significands(bits, size)] for _ in range(steps)]
        params = [8.0 + _significands(bits, size)]
        yield (
            [scripted(gradients, "float64"), scripted(hessians, "float64"), params, steps],
            {"learning_rate": 0.3},
        )
