"""Times a sweep of float32 beside what it cannot do without: the implementation's own answers and
the reference's, on the same numbers."""

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.search.lanes import keep_memory
from nnspec.conformance.search.ranges import CALL
from nnspec.conformance.search.sweep import Sweep
from nnspec.conformance.search.task import PIECE, carry_out
from nnspec.conformance.sources.description import describe
from nnspec.conformance.sources.in_process import Unwatched
from nnspec.conformance.sources.loading import load
from tests.benchmarks.timing import processor_seconds

ADAPTER = "torch"
DTYPE = "float32"
OPERATIONS = ("sigmoid", "tanh")

# Ranges spread evenly over all bit patterns, so that every kind of number and every exponent has
# its share.
RANGES = 64
SIZE = 2 * CALL

_ROUNDS = 5


@pytest.mark.parametrize("operation", OPERATIONS)
def test_sweep(benchmark: Any, operation: str) -> None:
    # As every task does.
    keep_memory()
    adapter, _ = load(ADAPTER)
    source = Unwatched(adapter, describe(adapter))
    sweep = Sweep(operation, DTYPE, DTYPE)
    firsts = range(0, sweep.size, sweep.size // RANGES)
    numbers = [np.arange(first, first + SIZE, dtype=np.uint32).view(np.float32) for first in firsts]
    alone: dict[str, list[float]] = {"implementation": [], "reference": []}

    def apart() -> None:
        """Time each by itself, between the rounds of the sweep: what slows the machine down slows
        all of them."""
        for name, function, size in (
            ("implementation", getattr(adapter, operation), CALL),
            ("reference", getattr(reference, operation), PIECE),
        ):
            alone[name].append(_seconds(function, numbers, size))

    def swept() -> None:
        for first in firsts:
            carry_out(sweep, source, first, SIZE)

    benchmark.group = "sweeps"
    benchmark.pedantic(swept, setup=apart, rounds=_ROUNDS, warmup_rounds=1)
    medians = {name: statistics.median(seconds) for name, seconds in alone.items()}
    benchmark.extra_info |= {
        "sweep": operation,
        "dtype": DTYPE,
        "adapter": ADAPTER,
        "inputs": RANGES * SIZE,
        **medians,
    }


def _seconds(function: Callable[..., Any], numbers: list[np.ndarray], size: int) -> float:
    """Return the processor time of a function on numbers, so many a call."""
    began = processor_seconds()
    with np.errstate(all="ignore"):
        for x in numbers:
            for start in range(0, x.size, size):
                function(x[start : start + size])
    return processor_seconds() - began
