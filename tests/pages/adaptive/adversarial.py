"""Calls that find the worst error of a method: gradients of every significand, epsilons beside
their roots, steps that cancel θ."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.adaptive.inputs import decays
from nnspec.conformance.terms.callbacks import scripted

Array = NDArray[np.float64]

_STEPS, _SIZE = 8, 1300
_SETTINGS = ((0.5, 0.75, 0.25), (0.9, 0.999, 1e-8), (0.75, 0.5, 0.0), (0.999, 0.9999, 1e-3))


def inputs(operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield the calls: random significands, the same with all signs alike, and steps as large as
    the parameters they cancel."""
    bits = np.random.PCG64(17)
    for number, (past, squares, epsilon) in enumerate(_SETTINGS):
        gradients = [_significands(bits, _SIZE) for _ in range(_STEPS)]
        if number % 2:
            gradients = [abs(each) for each in gradients]
        params = [
            np.sign(gradients[0]) * 0.37 + _significands(bits, _SIZE) * 2.0**-12,
            _significands(bits, 4),
        ]
        script = [[each, each[:4] * 3] for each in gradients]
        rates = tuple(0.1 * (1 + step % 3) for step in range(_STEPS))
        parameters: dict[str, Any] = {
            "learning_rate": rates if number >= 2 else 0.37,
            **decays(operation, past, squares),
        }
        yield [scripted(script, "float64"), params, _STEPS], {**parameters, "epsilon": epsilon}


def _significands(bits: np.random.PCG64, count: int) -> Array:
    """Return numbers of (-4, 4) with random significands and exponents from -8 to 1."""
    raw = bits.random_raw(count)
    significand = 1.0 + (raw >> np.uint64(12)).astype(np.float64) * 2.0**-52
    return np.asarray(
        np.ldexp(significand, (raw % np.uint64(10)).astype(int) - 8)
        * np.where(raw & np.uint64(1024), 1.0, -1.0)
    )
