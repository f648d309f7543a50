"""The page `sampling`: batches of every length whose gradients cancel, after steps that leave
little of the parameters."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.callbacks import scripted

Array = NDArray[np.float64]

_LENGTHS = ((1,), (2, 3), (3, 1), (5, 7, 2), (16, 9), (33,), (100, 27))
_PARAMETERS = 90


def inputs(operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield the arguments and parameters of calls that answer at least 40,000 elements together."""
    for number, lengths in enumerate(_LENGTHS * 6):
        for rate in (0.1, 0.3333333333333333, 1.0, 2.0**-40 + 2.0**-80, 7.0, 1e-3):
            count = sum(lengths)
            rows = _bits(_PARAMETERS * (count + 1), 257 * number).reshape(count + 1, _PARAMETERS)
            if number % 2:
                rows[2::2] = -rows[1:-1:2] * (1 - 2.0**-50)
            gradient = scripted(
                [[row[:60].reshape(3, 20), row[60:]] for row in rows[1:]], "float64"
            )
            params = [rows[0, :60].reshape(3, 20), rows[0, 60:]]
            ends = np.cumsum(lengths)
            batches = [
                np.arange(end - length, end, dtype=np.int64)
                for length, end in zip(lengths, ends.tolist(), strict=True)
            ]
            yield [gradient, params, batches], {"learning_rate": rate}


def _bits(count: int, offset: int) -> Array:
    """Return numbers of both signs in [1/2, 16) with all bits of the significand in use, in an
    order without pattern."""
    k = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(4099 * offset)
    scrambled = k * np.uint64(0x9E3779B97F4A7C15)
    significand = (scrambled >> np.uint64(11)).astype(np.float64) * 2.0**-53
    exponent = (scrambled >> np.uint64(3)) % np.uint64(5)
    sign = np.where(scrambled & np.uint64(1), -1.0, 1.0)
    return np.asarray(sign * np.ldexp(0.5 + significand / 2, exponent.astype(np.int64)))
