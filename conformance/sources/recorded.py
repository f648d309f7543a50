"""Recorded answers: `answers.jsonl.gz` keeps every call and its reply, and can be played again.

The first line says who was certified and how the plan was made; each later line is one call. A run
is deterministic: the same plan asks the same questions in the same order. A person with the answers
can judge them again without the library.
"""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.sources.conversation import Reply
from nnspec.conformance.sources.description import Call, Source
from nnspec.conformance.sources.messages import (
    EMPTY,
    MessageError,
    call_of,
    callbacks_of,
    encode,
    extended,
    joined,
    line_of,
    message_of,
    respelt,
)
from nnspec.conformance.sources.process import Process
from nnspec.conformance.sources.thinned import MANY, Kept, is_thinned, key_of_sample, thinned
from nnspec.conformance.terms.nested import leaves, mapped
from nnspec.conformance.terms.outcomes import Absent, Died, Ended, Malformed, Raised, TimedOut

VERSION = 2
FILE = "answers.jsonl.gz"

# Bytes of answers are all but random, and harder compression finds nothing more in them.
_LEVEL = 1

# The longest line that is read: that of an answer of the line protocol, and the askings before it.
_LONGEST = 2**28

_CHUNK = 2**20

_KINDS: dict[type[Ended], str] = {
    Absent: "absent",
    Raised: "raised",
    Malformed: "malformed",
    Died: "died",
    TimedOut: "timed out",
}
ENDINGS = {kind: ending for ending, kind in _KINDS.items()}

# What an ending may carry besides its message.
_DETAILS = {"traceback", "stderr"}


class RecordingError(Exception):
    """A file holds no recorded answers; the message says which line is not one."""


class Answers:
    """A file of recorded answers that is being written: a line for each call, each reply once."""

    def __init__(self, file: BinaryIO, header: Mapping[str, Any]) -> None:
        self._file, self._packed = (
            file,
            gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=file, mtime=0),
        )
        self._calls = 0
        self._known: dict[bytes, int] = {}
        self._packed.write(line_of({"answers": VERSION, **header}))

    def add(self, operation: str, request: str, reply: bytes) -> None:
        """Write a call: the operation, the digest of its request, and the line of its reply."""
        self.put(operation, request, hashlib.sha256(reply).digest(), lambda: reply)

    def put(self, operation: str, request: str, digest: bytes, reply: Callable[[], bytes]) -> None:
        """Write a call; `reply` is called only if no earlier call has a reply with this digest."""
        self._calls += 1
        first = self._known.setdefault(digest, self._calls)
        call = {"operation": operation, "request": request}
        if first == self._calls:
            # The reply is a line of JSON already, and most of the file.
            self._packed.write(extended(line_of(call), "reply", reply()[:-1]))
        else:
            self._packed.write(line_of({**call, "same": first}))

    def close(self) -> dict[str, Any]:
        """Complete the file, and return its name, SHA-256 and calls, as a report has them."""
        self._packed.close()
        self._file.seek(0)
        return {"file": FILE, "sha256": _sha256(self._file), "calls": self._calls}


class Recording:
    """A source that hands on what another one says, and gives each call to `keep`.

    `keep` takes the operation, the digest of the request and the line of the reply. An operation's
    questions to callbacks must have a form in the line protocol; a process can ask nothing else.
    The run's seed decides which numbers of a large answer are kept as its sample.
    """

    def __init__(
        self, source: Source, keep: Callable[[str, str, bytes], None], seed: int = 0
    ) -> None:
        self._source, self._keep, self._seed = source, keep, seed
        self.description = source.description
        self.foresee = source.foresee
        self._pending: _Pending | None = None

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the source's answer, or raise the outcome that it raised."""
        self.settle()
        callbacks = callbacks_of(operation, arrays)
        asked: list[Any] = []
        heard = {name: _Overheard(name, each, asked) for name, each in callbacks.items()}
        names = iter(heard)
        given = [heard[next(names)] if callable(each) else each for each in arrays]
        # Before the call: the arguments are what the source was given, whatever it does to them.
        request = digest_of(operation, arrays, parameters)
        pending = _Pending(operation, request, asked, all(map(_scripted, callbacks.values())))
        try:
            pending.answer, pending.line = _answered(self._source, (operation, given, parameters))
        except Ended as ended:
            pending.line = partial(_ended, ended)
            raise
        finally:
            self._pending = pending
            if not pending.many:
                self.settle()
        return pending.answer

    def settle(self) -> None:
        """Write down the whole reply to the last call, if it is not written yet."""
        pending, self._pending = self._pending, None
        if pending is not None:
            self._keep(pending.operation, pending.request, pending.whole())

    def thin(self, kept: Kept) -> None:
        """Write down what decides of the answer to the last call, if it has many numbers."""
        pending = self._pending
        if pending is None or not pending.scripted or not is_thinned(pending.answer, kept):
            return
        drawn = key_of_sample(self._seed, pending.request)
        held = thinned(pending.answer, pending.asked, drawn, kept)
        self._pending = None
        self._keep(pending.operation, pending.request, line_of({"thinned": held}))

    def again(self, call: Call, *, times: int, calls: int) -> list[Any]:
        """Return the source's different answers to repetitions of a call, as one call is kept."""
        self.settle()
        request, line = digest_of(*call, times=times, calls=calls), EMPTY
        try:
            answer, *others = answers = self._source.again(call, times=times, calls=calls)
            listed = {"others": encode(others)} if others else {}
            line = line_of({"answer": encode(answer), **listed})
        except Ended as ended:
            line = _ended(ended)
            raise
        finally:
            self._keep(call[0], request, line)
        return answers


def _ended(ended: Ended) -> bytes:
    kind = _KINDS[type(ended)]
    return line_of({"ended": kind, "message": ended.message, "details": ended.details})


@dataclass
class _Pending:
    """A call that is not written down yet: whoever judges its answer may say that a part decides.

    The questions to callbacks follow from the answers if all of these are `scripted`.
    """

    operation: str
    request: str
    asked: list[Any]
    scripted: bool
    answer: Any = None
    line: Callable[[], bytes] = lambda: EMPTY

    @property
    def many(self) -> bool:
        """Whether an answer has many numbers."""
        return self.answer is not None and sum(each.size for each in leaves(self.answer)) > MANY

    def whole(self) -> bytes:
        """Return the line of the whole reply, with the questions to callbacks before it."""
        asked = [[name, encode(arguments)] for name, arguments in self.asked]
        line = self.line()
        return joined(line, line_of({"asked": asked})) if asked else line


def settle(source: Source) -> None:
    """Let a recording write down the reply to its last call: nobody will say what decides of it."""
    if isinstance(source, Recording):
        source.settle()


def _scripted(callback: Any) -> bool:
    return bool(getattr(callback, "script", ()))


def _answered(source: Source, call: Call) -> tuple[Any, Callable[[], bytes]]:
    """Return a source's answer and how to get its line.

    A process has sent a line, for an object it is made.
    """
    if isinstance(source, Process):
        answer, reply = source.ask(call)
        return answer, partial(_line, reply)
    answer = source.call(*call)
    return answer, lambda: line_of({"answer": encode(answer)})


def _line(reply: Reply) -> bytes:
    """Return the line of an answer as this suite writes it; base 64 is never decoded for it.

    Another program may write the same answer in another way, and say more.
    """
    if reply.ours and reply.message.keys() == {"answer"}:
        return reply.line
    return line_of({"answer": respelt(reply.message["answer"])})


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
        with path.open("rb") as file:
            sha256 = _sha256(file)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror}") from None
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


def digest_of(
    operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any], **again: int
) -> str:
    """Return the SHA-256 of a call as the line protocol writes it.

    A large array stands there by its own SHA-256. If the call is asked `again`, the line says how
    often.
    """
    call = call_of(operation, arrays, parameters, put=_digested) | again
    return hashlib.sha256(line_of(call)).hexdigest()


def _digested(array: NDArray[Any]) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(array.reshape(-1).view(np.uint8).data).hexdigest()}


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


@dataclass(frozen=True)
class _Overheard:
    """A callback that first writes down what it is asked: its arguments may make it raise."""

    name: str
    callback: Any
    asked: list[Any]

    def __call__(self, *arguments: Any) -> Any:
        self.asked.append((self.name, mapped(np.copy, arguments)))
        return self.callback(*arguments)

    def heard(self, *arguments: Any) -> None:
        """Do the same where the answer is known already."""
        self.asked.append((self.name, mapped(np.copy, arguments)))
        self.callback.heard(*arguments)

    @property
    def script(self) -> Any:
        return getattr(self.callback, "script", ())

    @property
    def itself(self) -> bool:
        return bool(getattr(self.callback, "itself", False))


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the messages of a compressed file; raises RecordingError if one cannot be read."""
    number = 0
    try:
        with gzip.open(path) as file:
            while line := file.readline(_LONGEST):
                # Not the message's own error: the 200 characters that it shows of a cut line are
                # in order.
                if not line.endswith(b"\n"):
                    said = f"a line without an end after {len(line)} bytes"
                    raise EOFError(said)  # noqa: TRY301  worded like the end of a file
                yield message_of(line)
                number += 1
    except (OSError, EOFError, zlib.error, MessageError) as error:
        raise RecordingError(f"{path.name} cannot be read beyond line {number}: {error}") from None


def _is_call(call: Mapping[str, Any], number: int) -> bool:
    """Say whether a line has the form of a call; a reference must be to an earlier call."""
    if not isinstance(call.get("operation"), str) or not isinstance(call.get("request"), str):
        return False
    if "reply" not in call:
        return type(call.get("same")) is int and 0 < call["same"] < number
    reply = call["reply"]
    return (
        isinstance(reply, dict)
        and isinstance(reply.get("thinned", {}), dict)
        and _is_ending(reply)
        and all(map(_is_asking, listed(reply.get("asked", []))))
    )


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
