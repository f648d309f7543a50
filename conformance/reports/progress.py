"""The progress of a sweep on standard error: a bar in a terminal, else plain lines."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

# Seconds between plain lines.
_PAUSE = 10.0


@contextmanager
def tasks_progress(name: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show progress inside the block.

    The block calls the yielded function with the number of inputs that are done. The first call
    counts those of an earlier run.
    """
    shown = _bar if sys.stderr.isatty() else _lines
    with shown(name, total) as progress:
        yield progress


@contextmanager
def _bar(name: str, total: int) -> Iterator[Callable[[int], None]]:
    rated = TextColumn("{task.fields[rate]}")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        rated,
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=Console(stderr=True), transient=True, speed_estimate_period=60
    ) as bar:
        task, rate = bar.add_task(name, total=total, rate=""), _Rate()
        yield lambda done: bar.update(task, completed=done, rate=rate.text(done))


@contextmanager
def _lines(name: str, total: int) -> Iterator[Callable[[int], None]]:
    rate, last = _Rate(), [float("-inf")]

    def progress(done: int) -> None:
        now = time.monotonic()
        if now - last[0] >= _PAUSE:
            last[0] = now
            print(  # noqa: T201  progress
                ", ".join(
                    filter(
                        None,
                        [f"{name}: {done / total:.1%}", rate.text(done), rate.left(total - done)],
                    )
                ),
                file=sys.stderr,
            )

    yield progress


class _Rate:
    """Inputs a second since the first call."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None
        self._per_second = 0.0

    def text(self, done: int) -> str:
        """Return the rate as text, "" at the first call."""
        now = time.monotonic()
        if self._first is None:
            self._first = now, done
            return ""
        since, before = self._first
        self._per_second = (done - before) / max(now - since, 1e-9)
        return f"{self._per_second / 1e6:.1f} million values/s"

    def left(self, remaining: int) -> str:
        """Return the time left at this rate as text, "" if the rate is unknown."""
        if not self._per_second:
            return ""
        minutes, seconds = divmod(round(remaining / self._per_second), 60)
        return f"{minutes}:{seconds:02} left"
