"""The files of a report; each is made from `report.json`, so it can be made again."""

from collections.abc import Callable
from pathlib import Path

from nnspec.conformance.reports import badge, html, intoto, junit, markdown
from nnspec.conformance.run import report
from nnspec.conformance.run.record import Record

FILES: dict[str, Callable[[Record], str]] = {
    "report.json": report.text,
    "report.html": html.text,
    "junit.xml": junit.text,
    "summary.md": markdown.text,
    "badge.json": badge.text,
    "statement.intoto.json": intoto.text,
}


def rendered(name: str, record: Record) -> bytes:
    """Return a file of a report. Characters that UTF-8 cannot encode are escaped."""
    return FILES[name](record).encode("utf-8", "backslashreplace")


def write(record: Record, folder: Path) -> None:
    """Write every file of a report into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    # The record as a reader of the folder gets it: JSON has neither tuples nor NaN.
    plain = report.record(report.document(record))
    for name in FILES:
        (folder / name).write_bytes(rendered(name, plain))
