"""The terminal that a command writes to, and its progress bar."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

_Item = TypeVar("_Item")


def console(*, stderr: bool = False) -> Console:
    """Return the terminal, which prints text as it is. A pipe that is closed is an error here."""
    return _Terminal(highlight=False, markup=False, emoji=False, stderr=stderr)


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        """Raise what the library would end the program for, with the status of a verdict."""
        raise BrokenPipeError


@contextmanager
def progress(total: int | None = None, what: str = "judging") -> Iterator[Callable[..., None]]:
    """Show a bar, at a terminal, and yield the function that moves it on by one."""
    with Progress(
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(what, total=total)
        yield lambda *_: bar.advance(task)


def counted(items: Iterable[_Item]) -> list[_Item]:
    """List the items as they come, and move a bar on with each, at a terminal."""
    listed = []
    with progress() as advance:
        for item in items:
            listed.append(item)
            advance()
    return listed
