"""What `certify` and `merge` print of a record: the report of a terminal, or one for programs.

With a format for programs, or with a file, nothing else goes to standard output: who is judged and
where the reports are goes to standard error.
"""

import argparse
from collections.abc import Callable

from rich.console import Console

from nnspec.conformance.command import formats, screen
from nnspec.conformance.reports import exploration, printing, shrunk, terminal
from nnspec.conformance.run import report
from nnspec.conformance.run.record import Record, Result

TEXT = "text"

_COLUMNS = (
    *("clause", "level", "operation", "case", "dtype", "outcome"),
    *("compared", "worst_ulp", "worst_ratio", "diagnosis", "message", "rerun"),
)


def _renderers() -> dict[str, Callable[[Record], str]]:
    """Return the functions that write the formats; they take a while to load."""
    from nnspec.conformance.reports import github, junit, markdown, sarif  # noqa: PLC0415

    return {
        "json": report.text,
        "markdown": markdown.text,
        "csv": _table,
        "github": github.text,
        "sarif": sarif.text,
        "junit": junit.text,
    }


# The formats of a record; `_renderers` has all but the first.
FORMATS = (TEXT, "json", "markdown", "csv", "github", "sarif", "junit")


def console(options: argparse.Namespace) -> Console:
    """Return the terminal for what is told beside the record."""
    beside = options.format != TEXT or options.output is not None
    return screen.console(stderr=beside)


def write(record: Record, options: argparse.Namespace) -> None:
    """Print a record in the format of the options, or write it; raises WritingError."""
    if options.format != TEXT:
        # The record as a reader of its file gets it: JSON has neither tuples nor NaN.
        plain = report.record(report.document(record))
        formats.write(options, _renderers()[options.format](plain))
    else:
        formats.show(options, lambda console: show(record, console))


def show(record: Record, console: Console) -> None:
    """Print a record on a terminal, and what a search found beyond it."""
    terminal.show(record, console)
    for each in record.header.get("noticed", {}).get("left", ()):
        said = printing.printable(f"noticed: {each}; calls after it may differ")
        console.print(said, markup=False, soft_wrap=True)
    shrunk.show(record.smaller, console)
    if record.exploration is not None:
        exploration.show(record.exploration, console)


def _table(record: Record) -> str:
    """Return a row for each case, for a spreadsheet."""
    return formats.csv(_COLUMNS, map(_row, record.results))


def _row(result: Result) -> list[object]:
    diagnosed = {"diagnosis": result.diagnosis[0] if result.diagnosis else ""}
    told = {"message": printing.printable(result.message)}
    return [(vars(result) | diagnosed | told)[name] for name in _COLUMNS]
