"""The page `losses`: rows of every length with clear, tied and hopeless winners, soft and one-hot
targets, and errors that cancel."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.operations import arguments_of, parameters_of
from tests.truth.adversarial import significands

Array = NDArray[np.float64]

_LENGTHS = (1, 2, 3, 4, 7, 8, 9, 33, 128, 1000)


def inputs(operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield calls that hold at least 40,000 numbers together."""
    for length in _LENGTHS:
        given = _given(operation, length)
        clipping = {"epsilon": 0.1 / length} if "epsilon" in parameters_of(operation) else {}
        yield [given[name] for name in arguments_of(operation)], clipping


@lru_cache(maxsize=None)
def _given(operation: str, length: int) -> dict[str, Any]:
    """Return every argument that an operation of the page may have, for rows of a length."""
    rows = 1_000 if length <= 9 else max(20, 8_000 // length)
    bits = np.random.PCG64(length)

    def uniform(*shape: int) -> Array:
        return (
            1 + (bits.random_raw(int(np.prod(shape))) >> np.uint64(11)).astype(np.float64)
        ).reshape(shape) * 2.0**-53

    # Gaps between the logits from the last bits of 1 to 10,000. Beside a logit that is shifted far
    # away or ten powers of two smaller, the difference is rounded.
    scale = np.ldexp(1.0, np.arange(rows) % 26 - 12)[:, None]
    sizes = np.ldexp(1.0, -(bits.random_raw(rows * length) % 10).astype(int).reshape(rows, length))
    logits = significands(bits, (uniform(rows, length) - 0.5) * scale * sizes)
    logits += np.where(np.arange(rows) % 5 == 0, 4096.0, 0.0)[:, None]
    # One class is ahead of all others by 30 to 700.
    ahead = np.arange(length) == (np.arange(rows) % length)[:, None]
    gaps = -30.0 - 670.0 * uniform(rows, 1) * (0.5 + uniform(rows, length) / 2)
    clear = significands(bits, np.where(ahead, uniform(rows, length), gaps))
    logits = np.where(np.arange(rows)[:, None] % 4 == 1, clear, logits)
    labels = (bits.random_raw(rows) % length).astype(np.int64)
    soft = significands(bits, uniform(rows, length))
    targets = np.where(np.arange(rows)[:, None] % 3 == 0, np.eye(length)[labels], soft)
    per_row = significands(bits, np.ldexp(uniform(rows) - 0.5, 3))
    if operation.startswith("sum"):
        y, target = logits.reshape(-1)[: 40 * length], targets.reshape(-1)[: 40 * length]
        return {
            "y": np.resize(y, 4_100),
            "target": np.resize(target, 4_100),
            "cotangent": np.asarray(1.7),
        }
    each = (
        significands(bits, np.ldexp(uniform(rows, length) - 0.5, 3))
        if operation.startswith("sigmoid")
        else per_row
    )
    return {"logits": logits, "targets": targets, "labels": labels, "q": soft, "cotangent": each}
