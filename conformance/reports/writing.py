"""The files of a report: which there are, and that each is written from what `report.json` says, so that it can be written again."""

from collections.abc import Callable
from pathlib import Path

from conformance.record import Record
from conformance.reports import badge, intoto, json, junit, markdown

FILES: dict[str, Callable[[Record], str]] = {
    "report.json": json.text,
    "junit.xml": junit.text,
    "summary.md": markdown.text,
    "badge.json": badge.text,
    "statement.intoto.json": intoto.text,
}


def encoded(record: Record) -> dict[str, bytes]:
    """Return every file of a report; a record and the one that is read from its report.json have the same."""
    plain = json.record(json.document(record))
    return {name: text(plain).encode("utf-8", "backslashreplace") for name, text in FILES.items()}


def write(record: Record, folder: Path) -> None:
    """Write every file of a report into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in encoded(record).items():
        (folder / name).write_bytes(content)
