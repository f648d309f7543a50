"""The journal keeps the findings of a sweep on disk, so that an interrupted sweep can go on.

Its first line names the sweep; each finished task adds a line. A last line without its end, as a
power cut leaves it, is dropped. Each part of a sweep has its own file. A sweep reads all files of
its folder.
"""

import json
import os
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any, Self

from nnspec.conformance.search.findings import Findings, whole
from nnspec.conformance.terms import documents
from nnspec.conformance.terms.files import FileError, WritingError, contents, is_locked, reason
from nnspec.conformance.terms.schemas import schema_of

VERSION = 1

_SCHEMA = Path(__file__).with_name("sweep.schema.json")


class JournalError(Exception):
    """A file is not a journal of this sweep; the message names the difference."""


class Journal:
    """The findings of finished tasks: those read at the start, and those added since.

    A finding is on disk before it counts. Another process that writes the same file is refused, and
    the file is free again when this process ends, however it ends.
    """

    def __init__(
        self, folder: Path, identity: Mapping[str, Any], part: tuple[int, int] = (1, 1)
    ) -> None:
        name = stem(identity, part)
        self.path = folder / f"{name}.jsonl"
        self.findings: list[Findings] = []
        self._file = _opened(self.path)
        try:
            self._begin(folder, identity)
        except BaseException:
            self._file.close()
            raise

    def _begin(self, folder: Path, identity: Mapping[str, Any]) -> None:
        if not is_locked(self._file.fileno()):
            message = f"{self.path} is being written by another process"
            raise JournalError(message)
        parts = {
            *folder.glob(f"{stem(identity)}.jsonl"),
            *folder.glob(f"{stem(identity)}.*-of-*.jsonl"),
        }
        for path in sorted(parts):
            self.findings.extend(_read(path, identity, own=path == self.path))
        try:
            whole(self.findings)
        except ValueError as error:
            message = f"the journals in {folder} cannot be counted together: {error}"
            raise JournalError(message) from None
        if self._file.seek(0, os.SEEK_END) == 0:
            self._write(dict(identity))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, found: Findings) -> None:
        """Write the findings of a task to disk, then keep them."""
        self._write({"findings": found})
        self.findings.append(found)

    def _write(self, line: Mapping[str, Any]) -> None:
        rest = json.dumps(line, allow_nan=False).encode() + b"\n"
        try:
            # A full disk takes a part, and refuses the next.
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            message = f"{self.path} cannot be written: {reason(error)}"
            raise WritingError(message) from None


def stem(identity: Mapping[str, Any], part: tuple[int, int] = (1, 1)) -> str:
    """Return the name of a sweep's file without its suffix."""
    number, of = part
    return f"sweep-{identity['operation']}-{identity['dtype']}" + (
        f".{number}-of-{of}" if of > 1 else ""
    )


def _opened(path: Path) -> FileIO:
    """Open a journal to write at its end; raises WritingError, also for a pipe or a device."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            message = f"{path} cannot be written: it is no regular file"
            raise WritingError(message)
        return FileIO(path, "ab")
    except OSError as error:
        message = f"{path} cannot be written: {reason(error)}"
        raise WritingError(message) from None


def _read(path: Path, identity: Mapping[str, Any], *, own: bool) -> list[Findings]:
    """Return the findings in a file. The last line of another part may be without its end yet.

    That of the `own` part was never finished, and is cut off. Raises JournalError if the file is no
    journal or belongs to another sweep.
    """
    try:
        written = contents(path, documents.LIMIT)
        complete = written[: written.rfind(b"\n") + 1]
        if own and len(complete) < len(written):
            os.truncate(path, len(complete))
        if not complete:
            return []
        header, *rest = map(documents.parsed, complete.splitlines())
        found = [_findings(each) for each in rest]
    except FileError as error:
        message = f"{path} is not a journal of a sweep: {error}"
        raise JournalError(message) from None
    if header != json.loads(json.dumps(identity)):
        message = (
            f"{path} belongs to another sweep: {_difference(header, identity)}; "
            "give --report another folder, or delete the file"
        )
        raise JournalError(message)
    return found


def _findings(line: Any) -> Findings:
    """Return the findings in a line; raises FileError if it has none, or none that fit."""
    if not isinstance(line, dict) or line.keys() != {"findings"}:
        message = "a line has no findings"
        raise FileError(message)
    found: Findings = documents.fitting(line["findings"], _fits)
    return found


def _fits(found: Any) -> str:
    """Say where findings do not fit the schema, or have a range that ends before it begins."""
    if problem := schema_of(_SCHEMA, "findings")(found):
        return problem
    ranges = [*found["covered"], *(each[:2] for each in found["unanswered"]["ranges"])]
    ranges += [each for clause in found["clauses"].values() for each in clause["ranges"]]
    backwards = [each for each in ranges if each[0] > each[1]]
    return f" has a range that ends before it begins: {backwards[0]}" if backwards else ""


def _difference(header: Any, identity: Mapping[str, Any]) -> str:
    """Say in which values the first line of a journal differs from this sweep."""
    if not isinstance(header, dict):
        return f"its first line is {header}"
    differing = [
        f"{name} was {json.dumps(header.get(name))} and is {json.dumps(value)}"
        for name, value in identity.items()
        if header.get(name) != value
    ]
    return "; ".join(differing) or "its first line names more values"
