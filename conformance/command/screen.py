"""The terminal that a command writes to, and the bar that moves there as a command goes on."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

_Each = TypeVar("_Each")


def console() -> Console:
    """Return the terminal, which prints text as it is."""
    return Console(highlight=False)


@contextmanager
def progress(total: int | None = None, what: str = "judging") -> Iterator[Callable[..., None]]:
    """Give what is called after each case or mistake: it moves a bar on, at a terminal."""
    with Progress(
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(what, total=total)
        yield lambda *_: bar.advance(task)


def counted(each_of: Iterable[_Each]) -> list[_Each]:
    """List what comes, and move a bar on with each of it, at a terminal."""
    found = []
    with progress() as advance:
        for each in each_of:
            found.append(each)
            advance()
    return found
