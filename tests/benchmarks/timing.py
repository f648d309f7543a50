"""The clock of the benchmarks counts processor time, children's included: what others do on the
machine is not in it."""

import resource
from collections.abc import Callable, Iterator
from typing import Any

# Freed memory is kept: whether the system has to give it anew is chance, and can be most of the
# time of a short formula.
from nnspec.conformance.search.lanes import keep_memory

# What has to stand in the environment before NumPy, torch and onnxruntime start.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

_ROUNDS = 5
_TURNS = 9

# Long enough for the clock's microseconds not to count.
_SHORTEST = 2e-3


def processor_seconds() -> float:
    """Return the processor time that this process and those it has waited for have taken so far."""
    return sum(
        each.ru_utime + each.ru_stime
        for each in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def timed(
    benchmark: Any, function: Callable[..., Any], arguments: list[Any], parameters: dict[str, Any]
) -> None:
    """Time a call in five rounds of enough repetitions each."""
    keep_memory()
    once = _calling(function, arguments, parameters)
    benchmark.pedantic(once, rounds=_ROUNDS, iterations=_iterations(once), warmup_rounds=1)


def ratios(
    function: Callable[..., Any],
    base: Callable[..., Any],
    arguments: list[Any],
    parameters: dict[str, Any],
) -> list[float]:
    """Return the time of a call over that of another one in rounds in which they take turns, for a
    machine's speed changes; in order."""
    keep_memory()
    calls = [_calling(each, arguments, parameters) for each in (function, base)]
    iterations = [_iterations(once) for once in calls]
    found = []
    for _ in range(_TURNS):
        seconds = [
            _taken(once, count) / count for once, count in zip(calls, iterations, strict=True)
        ]
        found.append(seconds[0] / seconds[1])
    return sorted(found)


def _calling(
    function: Callable[..., Any], arguments: list[Any], parameters: dict[str, Any]
) -> Callable[[], None]:
    """Return a call without its answer; generators are exhausted."""

    def once() -> None:
        answer = function(*arguments, **parameters)
        if isinstance(answer, Iterator):
            for _ in answer:
                pass

    return once


def _iterations(once: Callable[[], None]) -> int:
    """Return how often a call has to be repeated for its time to be measured."""
    once()
    return max(1, round(_SHORTEST / max(_taken(once, 1), 1e-6)))


def _taken(once: Callable[[], None], count: int) -> float:
    started = processor_seconds()
    for _ in range(count):
        once()
    return max(processor_seconds() - started, 1e-6)
