"""The clock of the benchmarks counts processor time, children's included: what others do on the machine is not in it."""

import resource
from collections.abc import Callable, Iterator
from typing import Any

from conformance.dispatching import keep_memory

# What has to stand in the environment before NumPy, torch and onnxruntime start.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

_ROUNDS = 5

# Long enough for the clock's microseconds not to count.
_SHORTEST = 2e-3


def processor_seconds() -> float:
    """Return the processor time that this process and those it has waited for have taken so far."""
    return sum(each.ru_utime + each.ru_stime for each in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def timed(benchmark: Any, function: Callable[..., Any], arguments: list[Any], parameters: dict[str, Any]) -> None:
    """Time a call in five rounds of enough repetitions each; generators are exhausted.

    Freed memory is kept, for whether the system has to give it anew is chance, and can be most of the time of a short formula.
    """
    keep_memory()

    def once() -> None:
        answer = function(*arguments, **parameters)
        if isinstance(answer, Iterator):
            for _ in answer:
                pass

    once()
    started = processor_seconds()
    once()
    taken = max(processor_seconds() - started, 1e-6)
    benchmark.pedantic(once, rounds=_ROUNDS, iterations=max(1, round(_SHORTEST / taken)), warmup_rounds=1)
