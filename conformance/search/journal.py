"""The state of a sweep on disk: a line says what is swept, and each finished task adds one, so that an interrupted sweep goes on.

A line counts when it ends; what a power cut left of the last one is dropped. The parts of a sweep have files of their own, and all files
of one folder are read together.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

from nnspec.conformance.search.findings import Findings

VERSION = 1


class JournalError(Exception):
    """A file is no journal of this sweep; the message says what differs."""


class Journal:
    """The findings of finished tasks, those read at the start and those added since; each is on disk before it counts."""

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
        """Keep the findings of a task."""
        self._write({"findings": found})
        self.findings.append(found)

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, allow_nan=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def stem(identity: Mapping[str, Any], part: tuple[int, int] = (1, 1)) -> str:
    """Return the name of a sweep's files without their ending."""
    number, of = part
    return f"sweep-{identity['operation']}-{identity['dtype']}" + (
        f".{number}-of-{of}" if of > 1 else ""
    )


def _read(path: Path, identity: Mapping[str, Any]) -> list[Findings]:
    """Return the findings in a file, cutting off what is no whole line; JournalError where it is of another sweep."""
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
        message = f"{path} is no journal of a sweep: {type(error).__name__}: {error}"
        raise JournalError(message) from None
    if header != json.loads(json.dumps(identity)):
        differing = [
            f"{name} was {json.dumps(header.get(name)) if isinstance(header, dict) else header} and is {json.dumps(value)}"
            for name, value in identity.items()
            if not isinstance(header, dict) or header.get(name) != value
        ]
        message = f"{path} is of another sweep: {'; '.join(differing) or 'it says more'}; give --report another folder, or delete the file"
        raise JournalError(message)
    return found
