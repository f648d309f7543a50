"""Samples where a certificate of torch spends its time: in its process, on the way there and back,
in truths, bounds or comparisons."""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from nnspec import conformance
from nnspec.conformance.run import plan, run
from nnspec.conformance.sources import process

ADAPTER = "torch"

_PERIOD = 0.005
_PACKAGE = Path(conformance.__file__).parent

# The innermost frame of a room or of one of its modules says what is being done: an entry is a
# function, a module or a room, and the first part that has one of a frame's names takes the time.
PARTS = {
    "waiting for the adapter's process": ("_wait", "send", "receive"),
    "messages to it and from it": ("sources", "implementation", "callbacks"),
    "true answers": ("reference", "truth"),
    "bounds": ("bounds",),
    "diagnosis, pictures": ("diagnosis", "mistakes", "pictures"),
    "planning, making the inputs": ("plan", "cases", "inputs", "layouts", "vectors", "operations"),
    "comparing": ("judge", "checks", "formats", "nested"),
}
REST = "the rest"


def part_of(frame: FrameType | None) -> str:
    """Return the part of the work that a frame belongs to, by the innermost of its callers that is
    the suite's or the reference's."""
    while frame is not None:
        code = frame.f_code
        path = Path(code.co_filename)
        names = (code.co_name, path.stem, *(parent.name for parent in path.parents[:2]))
        if path.is_relative_to(_PACKAGE) or "reference" in names:
            for part, own in PARTS.items():
                if set(own) & set(names):
                    return part
        frame = frame.f_back
    return REST


def sampled(function: Callable[[], Any]) -> dict[str, float]:
    """Call a function and return how many seconds of this thread each part was at work, looked at
    every five milliseconds.

    Who looks has to wait where Python is at work, and not where it waits: a look counts for the
    time since the one before.
    """
    found: dict[str, float] = defaultdict(float)
    ended, watched = threading.Event(), threading.get_ident()

    def look() -> None:
        before = time.perf_counter()
        while not ended.wait(_PERIOD):
            now = time.perf_counter()
            found[part_of(sys._current_frames().get(watched))] += now - before
            before = now

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        function()
    finally:
        ended.set()
        watcher.join()
    return found


def test_profile(benchmark: Any) -> None:
    found: list[dict[str, float]] = []
    benchmark.group = "profile"
    with process.worker(ADAPTER) as source:
        benchmark.pedantic(
            lambda: found.append(sampled(lambda: run.run(plan.plan(source.description), source))),
            rounds=1,
        )
    benchmark.extra_info |= {"profiled": ADAPTER, "seconds": dict(found[0])}
