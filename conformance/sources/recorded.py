"""Recorded answers: `answers.jsonl.gz` keeps every call and its reply, and can be played again.

The first line says who was certified and how the plan was made; each later line is one call. A run
is deterministic: the same plan asks the same questions in the same order. A person with the answers
can judge them again without the library.
"""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from nnspec.conformance.sources.messages import (
    MessageError,
    extended,
    line_of,
    message_of,
)
from nnspec.conformance.terms.files import FileError, opened, reason
from nnspec.conformance.terms.outcomes import Absent, Died, Ended, Malformed, Raised, TimedOut

VERSION = 2
FILE = "answers.jsonl.gz"

# Bytes of answers are all but random, and harder compression finds nothing more in them.
_LEVEL = 1

# The longest line that is read: that of an answer of the line protocol, and the askings before it.
_LONGEST = 2**28

# The largest file that is read, packed and unpacked, and the most calls. All cases of an adapter
# that offers everything take 17 MB, 42 MB unpacked, and 11,000 calls.
_PACKED = 2**29
_UNPACKED = 2**31
_CALLS = 2**18

_CHUNK = 2**20

KINDS: dict[type[Ended], str] = {
    Absent: "absent",
    Raised: "raised",
    Malformed: "malformed",
    Died: "died",
    TimedOut: "timed out",
}
ENDINGS = {kind: ending for ending, kind in KINDS.items()}

# What an ending may carry besides its message.
_DETAILS = {"traceback", "stderr"}

# What a call may have, and what a reply of each form may have. Nobody judges anything else.
_CALL = {"operation", "request", "reply", "same"}
_FORMS: dict[str, set[str]] = {
    "answer": {"answer", "others", "asked"},
    "thinned": {"thinned"},
    "ended": {"ended", "message", "details", "asked"},
    "unjudged": {"unjudged"},
}


class RecordingError(Exception):
    """A file holds no recorded answers; the message says which line is not one."""


class Answers:
    """A file of recorded answers that is being written: a line for each call, each reply once.

    So many `calls` were written. If the file cannot be written any more, `problem` says why; the
    calls after that are left out.
    """

    def __init__(self, file: BinaryIO, header: Mapping[str, Any]) -> None:
        self._file, self._packed = (
            file,
            gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=file, mtime=0),
        )
        self.calls = 0
        self._known: dict[bytes, int] = {}
        self.problem = ""
        self._write(line_of({"answers": VERSION, **header}))

    def add(self, operation: str, request: str, reply: bytes) -> None:
        """Write a call: the operation, the digest of its request, and the line of its reply."""
        self.put(operation, request, hashlib.sha256(reply).digest(), lambda: reply)

    def put(self, operation: str, request: str, digest: bytes, reply: Callable[[], bytes]) -> None:
        """Write a call; `reply` is called only if no earlier call has a reply with this digest."""
        self.calls += 1
        first = self._known.setdefault(digest, self.calls)
        call = {"operation": operation, "request": request}
        if first == self.calls:
            # The reply is a line of JSON already, and most of the file.
            self._write(extended(line_of(call), "reply", reply()[:-1]))
        else:
            self._write(line_of({**call, "same": first}))

    def close(self) -> dict[str, Any]:
        """Complete the file, and return its name, SHA-256 and calls, as a report has them.

        Returns nothing if there is a problem.
        """
        try:
            if not self.problem:
                self._packed.close()
                self._file.seek(0)
                return {"file": FILE, "sha256": _sha256(self._file), "calls": self.calls}
        except OSError as error:
            self._note(error)
        return {}

    def _write(self, line: bytes) -> None:
        try:
            if not self.problem:
                self._packed.write(line)
        except OSError as error:
            self._note(error)

    def _note(self, error: OSError) -> None:
        self.problem = f"the answers could not be written: {reason(error)}"
        # What its buffer holds would be written when it is forgotten, and fail there.
        self._packed.fileobj = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Recorded:
    """A file of recorded answers that has been read to its end.

    `repeated` are the numbers of the calls that later calls refer to.
    """

    path: Path
    header: Mapping[str, Any]
    calls: int
    repeated: frozenset[int]
    sha256: str

    def described(self) -> dict[str, Any]:
        """Return what a report says of the file."""
        return {"file": FILE, "sha256": self.sha256, "calls": self.calls}


def read(path: Path) -> Recorded:
    """Read a file of recorded answers to its end.

    Raises RecordingError if it cannot be read, and says in which line.
    """
    try:
        with opened(path, _PACKED) as file:
            sha256 = _sha256(file)
    except (OSError, FileError) as error:
        said = reason(error) if isinstance(error, OSError) else error
        raise RecordingError(f"{path.name} cannot be read: {said}") from None
    lines = lines_of(path)
    header = next(lines, {})
    if header.get("answers") != VERSION:
        raise RecordingError(f"{path.name} holds no recorded answers of version {VERSION}")
    calls, repeated = 0, set()
    for calls, call in enumerate(lines, 1):
        if not _is_call(call, calls):
            raise RecordingError(
                f"{path.name}, call {calls}: an operation, a request and a reply were needed"
            )
        if "same" in call:
            repeated.add(call["same"])
    return Recorded(path, header, calls, frozenset(repeated), sha256)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the messages of a compressed file; raises RecordingError if one cannot be read."""
    number = size = 0
    try:
        with opened(path, _PACKED) as packed, gzip.GzipFile(fileobj=packed) as file:
            while line := file.readline(_LONGEST):
                size += len(line)
                if size > _UNPACKED or number > _CALLS:
                    said = f"more than {_UNPACKED:,} bytes or {_CALLS:,} calls are not read"
                    raise EOFError(said)  # noqa: TRY301  worded like the end of a file
                # Not the message's own error: the 200 characters that it shows of a cut line are
                # in order.
                if not line.endswith(b"\n"):
                    said = f"a line without an end after {len(line)} bytes"
                    raise EOFError(said)  # noqa: TRY301  worded like the end of a file
                yield message_of(line)
                number += 1
    except (OSError, EOFError, zlib.error, FileError, MessageError) as error:
        raise RecordingError(f"{path.name} cannot be read beyond line {number}: {error}") from None


def _is_call(call: Mapping[str, Any], number: int) -> bool:
    """Say whether a line has the form of a call; a reference must be to an earlier call."""
    texts = (call.get(name) for name in ("operation", "request"))
    if not set(call) <= _CALL or not all(isinstance(each, str) for each in texts):
        return False
    if "reply" not in call:
        return type(call.get("same")) is int and 0 < call["same"] < number
    reply = call["reply"]
    return (
        isinstance(reply, dict)
        and _is_form(reply)
        and all(isinstance(reply.get(part, {}), dict) for part in ("thinned", "unjudged"))
        and _is_ending(reply)
        and all(map(_is_asking, listed(reply.get("asked", []))))
    )


def _is_form(reply: Mapping[str, Any]) -> bool:
    """Say whether a reply has what one of the forms has, and no more.

    One that a callback has ended may have questions alone.
    """
    form = next((allowed for name, allowed in _FORMS.items() if name in reply), {"asked"})
    return set(reply) <= form


def _is_ending(reply: Mapping[str, Any]) -> bool:
    details = reply.get("details", {})
    return "ended" not in reply or (
        reply["ended"] in tuple(ENDINGS)
        and isinstance(reply.get("message"), str)
        and isinstance(details, dict)
        and set(details) <= _DETAILS
    )


def _is_asking(asking: Any) -> bool:
    return isinstance(asking, list) and [type(each) for each in asking] == [str, list]


def listed(value: Any) -> list[Any]:
    """Return a list as it is, and any other value as the only one of a list."""
    return value if isinstance(value, list) else [value]
