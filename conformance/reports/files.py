"""The files of a report; each is made from `report.json`, so it can be made again."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from nnspec.conformance.reports import badge, html, intoto, junit, markdown, sarif
from nnspec.conformance.run import report
from nnspec.conformance.run.record import Record
from nnspec.conformance.sources.recorded import FILE
from nnspec.conformance.terms import files
from nnspec.conformance.terms.files import WritingError

FILES: dict[str, Callable[[Record], str]] = {
    "report.json": report.text,
    "report.html": html.text,
    "junit.xml": junit.text,
    "results.sarif": sarif.text,
    "summary.md": markdown.text,
    "badge.json": badge.text,
    "statement.intoto.json": intoto.text,
}


def rendered(name: str, record: Record) -> bytes:
    """Return a file of a report. Characters that UTF-8 cannot encode are escaped."""
    return FILES[name](record).encode("utf-8", "backslashreplace")


def begin(record: Record, folder: Path) -> None:
    """Write the files of a run that has judged nothing yet; they say that it is incomplete.

    The answers of an earlier run are removed. Raises WritingError.
    """
    for name in (*FILES, FILE):
        if (folder / name).is_dir():
            message = f"{folder / name} cannot be written: it is a folder"
            raise WritingError(message)
    with files.told(folder / FILE):
        (folder / FILE).unlink(missing_ok=True)
    write(record, folder)


def write(record: Record, folder: Path, answers: BinaryIO | None = None) -> None:
    """Write every file of a report into a folder, and the answers; raises WritingError.

    `report.json` comes last: until then a folder holds the report of a run that has not ended.
    """
    # An adapter may have taken the folder away.
    with files.told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    # The record as a reader of the folder gets it: JSON has neither tuples nor NaN.
    plain = report.record(report.document(record))
    written: dict[Path, bytes | BinaryIO] = {} if answers is None else {folder / FILE: answers}
    written |= {folder / name: rendered(name, plain) for name in reversed(FILES)}
    files.replace(written)
