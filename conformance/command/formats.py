"""The options `--format` and `--output` of a command: in which format it prints, and where.

`add` adds both options; the first format is the default. `tried` refuses a file that could not be
written, before the work. `write` prints a text, or writes it into the file; `show` does the same
with what is made for a terminal. `csv` makes a table for a spreadsheet, `json` a value for a
program, and `table` either of them, or a table of Markdown.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from csv import writer
from io import StringIO
from json import dumps
from pathlib import Path
from typing import Any

from rich.console import Console

from nnspec.conformance.command import arguments, screen
from nnspec.conformance.reports import tables
from nnspec.conformance.reports.printing import printable
from nnspec.conformance.run.report import finite
from nnspec.conformance.terms import files

# A text in a file has lines of so many columns where it is a table.
_WIDTH = 100

# A spreadsheet takes text that begins so for a formula, and a file of others may hold one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def add(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add the options to a command that prints in these formats, the first one by default."""
    first, *others = names
    parser.add_argument(
        "--format",
        choices=names,
        default=first,
        help=f"print it as {first} (default){''.join(f', {name}' for name in others)}",
    )
    parser.add_argument(
        "--output",
        type=arguments.named,
        metavar="FILE",
        help="write it into this file instead of printing it",
    )


def tried(options: argparse.Namespace) -> None:
    """Raise WritingError if a file is named that cannot be written: before the work, not after."""
    if options.output is not None:
        files.tried(Path(options.output))


def write(options: argparse.Namespace, text: str) -> None:
    """Print a text, or write it into the file that `--output` names, whole or not at all.

    Raises WritingError if the file cannot be written.
    """
    whole = text if text.endswith("\n") else f"{text}\n"
    if options.output is None:
        sys.stdout.write(whole)
        return
    files.write(Path(options.output), whole.encode("utf-8", "backslashreplace"))


def show(options: argparse.Namespace, shown: Callable[[Console], None]) -> None:
    """Show something on the terminal, or write it as text into the file that `--output` names.

    Raises WritingError if the file cannot be written.
    """
    if options.output is None:
        shown(screen.console())
        return
    written = StringIO()
    shown(Console(file=written, width=_WIDTH, highlight=False, markup=False, color_system=None))
    write(options, written.getvalue())


def table(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in a format: csv, json with an object for each row, or markdown."""
    if name == "csv":
        return csv(headings, rows)
    if name == "json":
        return json([dict(zip(headings, row, strict=True)) for row in rows])
    words = [[printable(str(value)) for value in row] for row in rows]
    return "\n".join(tables.markdown(headings, words, words=len(headings))) + "\n"


def csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as comma-separated values, without a cell that a spreadsheet computes."""
    written = StringIO()
    lines = writer(written, lineterminator="\n")
    lines.writerow(headings)
    lines.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def json(value: Any) -> str:
    """Return a value as JSON; numbers that JSON does not have are words."""
    return dumps(finite(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _cell(value: object) -> str:
    """Return a cell; a text that would be a formula begins with an apostrophe."""
    text = "" if value is None else str(value)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"'{text}" if text.startswith(_FORMULA) and not number else text
