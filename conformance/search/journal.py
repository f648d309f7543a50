"""The journal keeps the findings of a sweep on disk, so that an interrupted sweep can go on.

Its first line names the sweep; each finished task adds a line. A last line without its end, as a
power cut leaves it, is dropped. Each part of a sweep has its own file. A sweep reads all files of
its folder.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

from nnspec.conformance.search.findings import Findings

VERSION = 1


class JournalError(Exception):
    """A file is not a journal of this sweep; the message names the difference."""


class Journal:
    """The findings of finished tasks: those read at the start, and those added since.

    A finding is on disk before it counts.
    """

    def __init__(
        self, folder: Path, identity: Mapping[str, Any], part: tuple[int, int] = (1, 1)
    ) -> None:
        name = stem(identity, part)
        self.path = folder / f"{name}.jsonl"
        self.findings: list[Findings] = []
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(
            {
                *folder.glob(f"{stem(identity)}.jsonl"),
                *folder.glob(f"{stem(identity)}.*-of-*.jsonl"),
            }
        ):
            self.findings.extend(_read(path, identity))
        self._file: IO[bytes] = self.path.open("ab")
        if self._file.tell() == 0:
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
        self._file.write(json.dumps(line, allow_nan=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def stem(identity: Mapping[str, Any], part: tuple[int, int] = (1, 1)) -> str:
    """Return the name of a sweep's file without its suffix."""
    number, of = part
    return f"sweep-{identity['operation']}-{identity['dtype']}" + (
        f".{number}-of-{of}" if of > 1 else ""
    )


def _read(path: Path, identity: Mapping[str, Any]) -> list[Findings]:
    """Cut a last line without its end off a file, and return the findings in the file.

    Raises JournalError if the file is no journal or belongs to another sweep.
    """
    written = path.read_bytes()
    whole = written[: written.rfind(b"\n") + 1]
    if len(whole) < len(written):
        os.truncate(path, len(whole))
    lines = whole.splitlines()
    if not lines:
        return []
    try:
        header, *rest = map(json.loads, lines)
        found = [each["findings"] for each in rest]
    except (ValueError, KeyError, TypeError) as error:
        message = f"{path} is not a journal of a sweep: {type(error).__name__}: {error}"
        raise JournalError(message) from None
    if header != json.loads(json.dumps(identity)):
        message = (
            f"{path} belongs to another sweep: {_difference(header, identity)}; "
            "give --report another folder, or delete the file"
        )
        raise JournalError(message)
    return found


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
