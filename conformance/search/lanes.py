"""Carries the tasks of a sweep out in processes of this machine, each with one task at a time.

A process that dies or hangs in a call costs that call: the rest of its task is done elsewhere. The
call is tried in halves, until the range that ends the process is small and is recorded.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent import futures
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any, Self

from nnspec.conformance.search import ranges
from nnspec.conformance.search.findings import Findings, nothing, unanswered
from nnspec.conformance.search.sweep import Sweep
from nnspec.conformance.search.task import carry_out
from nnspec.conformance.sources import loading, process
from nnspec.conformance.sources.description import AdapterError, Description, Source, describe
from nnspec.conformance.sources.in_process import Unwatched
from nnspec.conformance.sources.process import Adapter
from nnspec.conformance.terms.outcomes import CRASHES, TIMES_OUT

# Seconds between looks at whether a call takes too long.
_PULSE = 0.2

# Seconds in which an adapter has to be loaded.
_LOADING = 120.0

# The allocator keeps blocks of up to so many bytes, instead of returning them after each call.
_KEPT = 2**28

# Names of the two thresholds to glibc's mallopt.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


def description_of(adapter: Adapter) -> Description:
    """Load an adapter and return what it says of itself; AdapterError where it cannot be loaded."""
    return _source(adapter, threading.get_ident()).description


def perform(adapter: Adapter, sweep: Sweep, first: int, count: int) -> tuple[Description, Findings]:
    """Carry out one task in this process, and return its findings beside whose they are."""
    keep_memory()
    source = _source(adapter, threading.get_ident())
    try:
        return source.description, carry_out(sweep, source, first, count, _tell)
    finally:
        _tell(_IDLE)


# What a process of ours tells the one that started it: the first pattern of the call that it is in.
_IDLE = -1
_calling: Any = None


def _tell(pattern: int) -> None:
    if _calling is not None:
        _calling.value = pattern


@lru_cache(maxsize=None)
def _source(adapter: Adapter, thread: int) -> Source:
    """Return the source of a thread: a process can answer only one thread at a time."""
    del thread
    if adapter.command:
        return process.started(adapter)
    found, short = loading.load(adapter.name)
    description = replace(describe(found, short), digest=loading.digest(adapter.name))
    # A sweep makes each argument anew: whoever watched them would copy every one in vain.
    return Unwatched(found, description)


@lru_cache(maxsize=1)
def keep_memory() -> bool:
    """Let the allocator keep freed memory, and say whether it can.

    The workers of a cluster return it after each call, at several times the price.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all(
        mallopt(name, _KEPT) == 1 for name in (_TRIM_THRESHOLD, _MMAP_THRESHOLD)
    )


def _begin(calling: Any) -> None:
    """Prepare a process: it leaves Ctrl-C to its parent, and ends with its parent.

    It prints to standard error and dumps no core.
    """
    global _calling  # noqa: PLW0603  a process has one task at a time
    _calling = calling
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    os.dup2(2, 1)
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  POSIX alone has it

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


class _Lane:
    """A process that does one task after the other, started again where it has ended."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self.future: futures.Future[tuple[Description, Findings]] | None = None
        self.task = (0, 0)
        self.overdue = False
        self.description = self._start()

    def _start(self) -> Description:
        context = multiprocessing.get_context("spawn")
        self._calling = context.Value("q", _IDLE, lock=False)
        self._executor = futures.ProcessPoolExecutor(1, context, _begin, (self._calling,))
        try:
            self._pid = self._executor.submit(os.getpid).result(_LOADING)
            description = self._executor.submit(description_of, self._adapter).result(_LOADING)
        except (BrokenProcessPool, TimeoutError) as error:
            self.end()
            did = "took too long" if isinstance(error, TimeoutError) else "ended its process"
            message = (
                f"loading the adapter {self._adapter.name or ' '.join(self._adapter.command)} {did}"
            )
            raise AdapterError(message) from None
        except BaseException:
            self.end()
            raise
        self._warm = False
        return description

    def begin(self, sweep: Sweep, task: tuple[int, int]) -> None:
        """Give the process a task."""
        self.task, self.overdue = task, False
        self._seen, self._since = _IDLE, time.monotonic()
        self.future = self._executor.submit(perform, self._adapter, sweep, *task)

    def result(self) -> tuple[Description, Findings] | None:
        """Return the result of the task, None where the process has ended in the middle of it."""
        assert self.future is not None  # noqa: S101  it has been given one
        future, self.future = self.future, None
        try:
            return future.result()
        except BrokenProcessPool:
            return None

    def again(self) -> None:
        """Start a new process in the place of one that has ended."""
        self.end()
        self._start()

    @property
    def culprit(self) -> int:
        """The first pattern of the call that the process was in, -1 where it was in none."""
        return int(self._calling.value)

    def look(self) -> None:
        """Kill the process if its call takes too long; a command's process watches itself."""
        now, calling = time.monotonic(), self.culprit
        if calling != self._seen:
            self._warm = self._warm or self._seen != _IDLE
            self._seen, self._since = calling, now
        limit = self._adapter.limit if self._warm else self._adapter.warm_up
        if not self._adapter.command and calling != _IDLE and now - self._since > limit:
            self.overdue = True
            self._kill()

    def end(self) -> None:
        """End the process."""
        self._kill()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _kill(self) -> None:
        with suppress(ProcessLookupError, AttributeError):
            os.kill(self._pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


class Lanes:
    """Processes of this machine that a sweep is carried out in."""

    def __init__(self, adapter: Adapter, jobs: int) -> None:
        # A library with threads of its own would have as many again in every process.
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, "1")
        first = _Lane(adapter)
        self.description = first.description
        self._lanes, self._adapter, self._jobs, self._deaths = [first], adapter, jobs, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for lane in self._lanes:
            lane.end()

    def results(
        self, sweep: Sweep, planned: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[Description, Findings]]:
        """Yield the findings of every task as they come.

        Ctrl-C lets the tasks that have begun finish, and raises KeyboardInterrupt then; a second
        Ctrl-C raises it at once.
        """
        waiting, interrupted = deque(planned), False
        with futures.ThreadPoolExecutor(self._jobs) as starting:
            more = min(self._jobs, len(planned)) - len(self._lanes)
            self._lanes += starting.map(_Lane, [self._adapter] * max(more, 0))
        while True:
            for lane in self._lanes:
                if lane.future is None and waiting:
                    lane.begin(sweep, waiting.popleft())
            busy = {lane.future: lane for lane in self._lanes if lane.future is not None}
            if not busy:
                break
            try:
                done, _ = futures.wait(busy, _PULSE, futures.FIRST_COMPLETED)
            except KeyboardInterrupt:
                if interrupted:
                    raise
                interrupted = True
                waiting.clear()
                continue
            for lane in busy.values():
                lane.look()
            for lane in map(busy.__getitem__, done):
                yield lane.result() or self._after_death(lane, waiting)
        if interrupted:
            raise KeyboardInterrupt

    def _after_death(
        self, lane: _Lane, waiting: deque[tuple[int, int]]
    ) -> tuple[Description, Findings]:
        """Start a process again, and put the parts of its task in front of the queue.

        Returns the findings on the range that is given up.
        """
        self._deaths += 1
        outcome, culprit = TIMES_OUT if lane.overdue else CRASHES, lane.culprit
        lane.again()
        parts = divided(lane.task, culprit) if self._deaths < ranges.PATIENCE else [lane.task]
        if len(parts) == 1:
            return lane.description, given_up(lane.task, outcome)
        waiting.extendleft(reversed(parts))
        return lane.description, nothing()


def divided(task: tuple[int, int], culprit: int = _IDLE) -> list[tuple[int, int]]:
    """Split a task that ended its process into the tasks to try instead.

    The culprit call stands apart, or is halved, or is the only one.
    """
    first, count = task
    if count <= ranges.CALL or culprit == _IDLE:
        return ranges.halves(first, count)
    size = min(ranges.CALL, first + count - culprit)
    parts = [
        (first, culprit - first),
        (culprit, size),
        (culprit + size, first + count - culprit - size),
    ]
    return [part for part in parts if part[1] > 0]


def given_up(task: tuple[int, int], outcome: str) -> Findings:
    """Return the findings on a task that has ended its process."""
    first, count = task
    said = (
        "a call gave no answer within the time limit"
        if outcome == TIMES_OUT
        else "the process ended in the middle of a call"
    )
    return {**unanswered(first, count, outcome, said), "covered": [[first, first + count - 1]]}
