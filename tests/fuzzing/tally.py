"""What came of the examples of a fuzz test: how many ended how."""

import io
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from nnspec.conformance.command import cli

ROOT = Path(__file__).parents[2]


class Tally:
    """How many examples ran, and how each ended."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.ended: Counter[str] = Counter()

    def of(self, attempt: Callable[[], str]) -> None:
        """Count what an attempt returns."""
        self.ended[attempt()] += 1

    def told(self) -> str:
        """Return the line that a session with `-s` shows."""
        ended = ", ".join(f"{count:,} {name}" for name, count in self.ended.most_common())
        return f"{self.title}: {self.ended.total():,} executions ({ended})"


@contextmanager
def tallied(title: str) -> Iterator[Tally]:
    """Give a tally, and print it at the end."""
    tally = Tally(title)
    yield tally
    print(f"\n{tally.told()}")


class TracebackError(AssertionError):
    """A command ended with the status of a fault of its own, which standard error shows."""

    def __init__(self, shown: str) -> None:
        super().__init__(shown)
        frames = re.findall(r'File "(.+?)", line \d+, in (\w+)', shown)
        ours = [f"{Path(file).name}:{name}" for file, name in frames if _is_ours(file)]
        ended = re.findall(r"^([A-Za-z_.]+)(?:: |$)", shown, re.MULTILINE)
        self.fault = (
            ended[-1].rpartition(".")[2] if ended else "?",
            ours[-1] if ours else "elsewhere",
        )


def fault_of(error: Exception) -> tuple[str, str]:
    """Return the name of an exception, and the innermost function of ours that it comes from."""
    if isinstance(error, TracebackError):
        return error.fault
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        f"{Path(each.filename).name}:{each.name}"
        for each in frames
        # A comprehension is a frame of its own in some versions of Python.
        if _is_ours(each.filename) and not each.name.startswith("<")
    ]
    return type(error).__name__, ours[-1] if ours else "elsewhere"


def _is_ours(file: str) -> bool:
    path = Path(file).resolve()
    return any(path.is_relative_to(ROOT / name) for name in ("spec", "reference", "conformance"))


def status_of(arguments: list[str]) -> str:
    """Run a command in this process and say how it ended: with status 0, 1 or 2.

    Raises whatever it raises, and TracebackError if it tells of a fault of its own.
    """
    shown = io.StringIO()
    with redirect_stdout(io.StringIO()), redirect_stderr(shown):
        status = cli.main(arguments)
    if status not in (0, 1, 2) or "Traceback (most recent call last)" in shown.getvalue():
        raise TracebackError(shown.getvalue())
    return f"with status {status}"
