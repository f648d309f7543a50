"""A job: a process that judges operations for another process and sends the results back.

It starts a process of its own for the adapter. Both end when the process that started the job
closes the connection or dies.
"""

import hashlib
import os
import sys
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.run import plan
from nnspec.conformance.run.diagnoses import Explained
from nnspec.conformance.run.pictures import Picture
from nnspec.conformance.run.processes import heard
from nnspec.conformance.run.record import Result
from nnspec.conformance.run.run import Progress, results, smoked, undisturbed
from nnspec.conformance.sources.description import AdapterError, Source
from nnspec.conformance.sources.noticed import Noticed, noticed
from nnspec.conformance.sources.process import Adapter, started
from nnspec.conformance.sources.recording import Recording
from nnspec.conformance.terms.files import WritingError, reason

if TYPE_CHECKING:
    from queue import SimpleQueue

# Seconds between two messages of progress. A person does not see shorter pauses.
_PAUSE = 0.1


@dataclass(frozen=True)
class Order:
    """An order to judge an adapter: the selection of the plan, and the start of a rerun line.

    `recorded` says whether the answers are wanted too.
    """

    adapter: Adapter
    selection: Mapping[str, Any]
    command: str
    recorded: bool


class JobError(Exception):
    """A job died and its work cannot be done; the message names the work and how the job ended."""


class RecordedCall(NamedTuple):
    """A recorded call: the digests of request and reply, and the place of the reply in the file."""

    operation: str
    request: str
    digest: bytes
    place: int
    size: int


@dataclass(frozen=True)
class Part:
    """The outcome of an operation in one dtype: smoke step, results, pictures, reasons, calls."""

    smoke: list[dict[str, Any]]
    first_calls: list[RecordedCall]
    results: tuple[Result, ...]
    pictures: list[Picture]
    explained: list[Explained]
    calls: list[RecordedCall]
    noticed: Noticed = field(default_factory=Noticed)


class Replies:
    """A file that holds each reply once, and the calls since `taken` was last called."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._size = file, 0
        self._known: dict[bytes, tuple[int, int]] = {}
        self._calls: list[RecordedCall] = []

    def add(self, operation: str, request: str, reply: bytes) -> None:
        """Keep a call: its operation, the digest of its request, and the line of its reply."""
        digest = hashlib.sha256(reply).digest()
        if digest not in self._known:
            self._known[digest] = self._size, len(reply)
            self._written(reply)
            self._size += len(reply)
        self._calls.append(RecordedCall(operation, request, digest, *self._known[digest]))

    def taken(self) -> list[RecordedCall]:
        """Write out the replies, and return the calls since the last time."""
        self._written(b"")
        calls, self._calls = self._calls, []
        return calls

    def _written(self, reply: bytes) -> None:
        try:
            self._file.write(reply)
            if not reply:
                self._file.flush()
        except OSError as error:
            message = f"the answers could not be written: {reason(error)}"
            raise WritingError(message) from None


def main() -> None:
    """Judge each operation that arrives.

    The command's arguments are the descriptors of the connection and of the file of replies.
    """
    # The reference imports it late. A job needs it for nearly every operation.
    import scipy.special  # noqa: F401, PLC0415

    connection, replies = Connection(int(sys.argv[1])), Replies(os.fdopen(int(sys.argv[2]), "wb"))
    received, ending = heard(connection)
    # If the other process is gone, nobody hears of an error.
    with undisturbed(), suppress(KeyboardInterrupt, ConnectionError):
        _work(connection, received, replies, ending)


def parts_of(
    operation: str, order: Order, source: Source, replies: Replies, progress: Progress
) -> dict[str | None, Part]:
    """Judge an operation in one dtype after the other.

    Deaths and time-outs are counted over all dtypes, as in a single process.
    """
    planned = plan.plan(source.description, operation=operation, **order.selection)
    groups = {dtype: list(group) for dtype, group in groupby(planned, key=lambda each: each.dtype)}
    seed = order.selection.get("seed", 0)
    asked = Recording(source, replies.add, seed) if order.recorded else source
    fatal: dict[str, list[str]] = defaultdict(list)
    smoke = {
        dtype: (smoked(group, asked, fatal), replies.taken()) for dtype, group in groups.items()
    }
    parts: dict[str | None, Part] = {}
    for dtype, group in groups.items():
        problems, calls = smoke[dtype]
        misfits = {(each["operation"], each["dtype"]) for each in problems}
        drawn: list[Picture] = []
        explained: list[Explained] = []
        found = results(
            group,
            asked,
            command=order.command,
            progress=progress,
            fatal=fatal,
            misfits=misfits,
            drawn=drawn,
            explained=explained,
        )
        parts[dtype] = Part(
            problems, calls, found, drawn, explained, replies.taken(), noticed(source)
        )
    return parts


def _work(
    connection: Connection, received: "SimpleQueue[Any]", replies: Replies, ending: threading.Event
) -> None:
    asked = None
    try:
        try:
            order: Order = received.get()
            # Every operation needs the checks: the job loads them before the first one arrives.
            plan.checks()
            asked = started(order.adapter)
        except AdapterError as error:
            connection.send(error)
            return
        connection.send(asked.description)
        while True:
            operation, progress = received.get(), _Progress(connection)
            # The first report says that the job has begun: a death counts only from here.
            progress.told()
            parts = parts_of(operation, order, asked, replies, progress.judged)
            progress.told()
            connection.send(parts)
    except ConnectionError:
        raise
    except WritingError as error:
        connection.send(error)
    except Exception as error:  # noqa: BLE001  the other process tells it, in its words
        connection.send(JobError(f"{type(error).__name__}: {error}\n{traceback.format_exc()}"))
    finally:
        ending.set()
        if asked is not None:
            asked.close()


class _Progress:
    """Reports the judged cases, many in one message."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._judged: list[str] = []
        self._next = time.monotonic()

    def judged(self, planned: Planned) -> None:
        """Note a judged case, and report if the pause is over."""
        self._judged.append(planned.id)
        if time.monotonic() >= self._next:
            self.told()

    def told(self) -> None:
        """Report all cases since the last message."""
        self._connection.send(self._judged)
        self._judged, self._next = [], time.monotonic() + _PAUSE
