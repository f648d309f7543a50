"""A process that answers lines with lines where the system is no POSIX one, as on Windows.

Threads read and write its pipes, for Windows cannot wait for a pipe until a deadline. psutil finds
the processes that it has started, and the memory that they hold.
"""

import os
import shlex
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from queue import SimpleQueue
from types import MappingProxyType
from typing import Any

from nnspec.conformance.sources import child
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.messages import MessageError, line_of, message_of, shown

# A process of Windows that an exception has ended has a status like this one or a greater one.
_EXCEPTION = 0x80000000

# Windows lets a group of its own leave Ctrl-C to the suite.
_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


class PortableChild:
    """A started process, and the lines that go to it and come from it, as those of `Child`.

    Nobody ends its processes if the suite is killed. It shares no memory with the suite.
    """

    memory = None

    def __init__(
        self,
        argv: Sequence[str],
        memory_limit: int = child.MEMORY,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        if not argv:
            message = "the command to start is empty"
            raise AdapterError(message)
        self._limit, self._held = memory_limit, 0
        self._process = _started(argv, variables)
        self.pid = self._process.pid
        pipes = self._process.stdin, self._process.stdout, self._process.stderr
        assert pipes[0] and pipes[1] and pipes[2]  # noqa: S101, PT018  all three were asked for
        self._stdin, self._stdout, self._stderr = pipes[0], pipes[1], pipes[2]
        self._news = threading.Condition()
        self._received, self._tail = bytearray(), bytearray()
        self._closed, self._broken, self._unwritten = False, False, 0
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._family = Family(self.pid)
        works = (self._read, self._write, self._keep_the_tail, self._watch)
        self._threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in self._threads:
            thread.start()

    def exchange(self, line: bytes, deadline: float) -> dict[str, Any]:
        """Send the line of a start and return the reply, as `Child.exchange` does."""
        self.send(line, deadline)
        came = self.receive(deadline)
        if len(came) > child.INTRODUCTION:
            raise MessageError(f"more than {child.INTRODUCTION} bytes: {shown(came)}")
        return message_of(came)

    def unasked(self) -> bytes:
        """Return the bytes that the process wrote although no reply was due, usually none.

        Raises EOFError if it has ended.
        """
        with self._news:
            if self._closed or self._process.poll() is not None:
                raise EOFError
            written = bytes(self._received)
            self._received.clear()
            return written

    def send(self, line: bytes, deadline: float) -> None:
        """Send a line; TimeoutError, or EOFError with how the process ended."""
        with self._news:
            self._unwritten += 1
            self._lines.put(line)
            self._news.wait_for(
                lambda: not self._unwritten or self._broken, deadline - time.monotonic()
            )
            if not self._broken and self._unwritten:
                raise TimeoutError
        if self._broken:
            raise EOFError(self._ending())

    def receive(self, deadline: float, due: int = 1) -> bytes:
        """Return the first of the lines that are `due`; a child may write no more unasked.

        Raises TimeoutError at the deadline, EOFError with how the process ended, MessageError for a
        line without an end or one line more than is due.
        """
        received = self._received
        while not self._has_come(deadline):
            if self._closed or self._process.poll() is not None:
                raise EOFError(self._ending())
            raise TimeoutError(
                f", only a line without an end: {shown(received)}" if received else ""
            )
        with self._news:
            end = received.find(b"\n")
            if end < 0:
                raise MessageError(f"more than {child.LONGEST} bytes without an end")
            if due == 1 and end < len(received) - 1:
                raise MessageError(f"more than one line: {shown(received)}")
            line = bytes(received[: end + 1])
            del received[: end + 1]
            self._news.notify_all()
        return line

    def stop(self) -> None:
        """Ask the process to stop, and kill what is left of it."""
        with suppress(EOFError, TimeoutError):
            self.send(line_of({"request": "stop"}), time.monotonic() + child.GRACE)
        self._awaited()
        self.kill()

    def kill(self, *, abort: bool = False) -> dict[str, str]:  # noqa: ARG002  that needs a signal
        """Kill the process and all that it started, and return its last words."""
        self._family.kill()
        self._process.kill()
        self._process.wait()
        with self._news:
            self._closed = True
            self._news.notify_all()
        self._lines.put(None)
        # A process that nobody found may keep a pipe open for ever.
        for thread in self._threads:
            thread.join(child.GRACE)
        for pipe in (self._stdin, self._stdout, self._stderr):
            with suppress(OSError):
                pipe.close()
        words = child.last_words(self._tail)
        return {"stderr": words} if words else {}

    def _has_come(self, deadline: float) -> bool:
        """Wait until a line or a flood has come; false at the deadline, or if none will come."""
        seen = 0
        with self._news:
            while True:
                if self._received.find(b"\n", seen) >= 0 or len(self._received) > child.LONGEST:
                    return True
                seen = len(self._received)
                over = self._closed or self._process.poll() is not None
                # What it wrote before its end may still be on the way.
                came = self._news.wait(min(max(deadline - time.monotonic(), 0), child.PULSE))
                if not came and (over or time.monotonic() >= deadline):
                    return False
                if self._closed and len(self._received) == seen:
                    return False

    def _ending(self) -> str:
        """Return how the process ended."""
        status = self._awaited()
        if self._held:
            held, allowed = (each / 2**30 for each in (self._held, self._limit))
            return f"held {held:.1f} GiB of memory where --memory-limit allows {allowed:g} GiB"
        if status is None:
            return "closed its end of the line"
        if status < 0:
            return child.signal_named(-status)
        return (
            f"crashed with status {status:#x}"
            if status >= _EXCEPTION
            else f"exited with status {status}"
        )

    def _awaited(self) -> int | None:
        """Return the exit status of the process if it ends soon, None if it does not."""
        try:
            return self._process.wait(child.GRACE)
        except subprocess.TimeoutExpired:
            return None

    def _read(self) -> None:
        """Take what the process writes, as fast as the suite reads it."""
        with suppress(OSError, ValueError):
            while chunk := os.read(self._stdout.fileno(), child.CHUNK):
                with self._news:
                    self._received += chunk
                    self._news.notify_all()
                    self._news.wait_for(
                        lambda: self._closed or len(self._received) <= child.LONGEST
                    )
        with self._news:
            self._closed = True
            self._news.notify_all()

    def _write(self) -> None:
        """Write each line to the process, however long that takes it."""
        while (line := self._lines.get()) is not None:
            try:
                rest = memoryview(line)
                while rest:
                    rest = rest[os.write(self._stdin.fileno(), rest) :]
            except (OSError, ValueError):
                self._broken = True
            with self._news:
                self._unwritten -= 1
                self._news.notify_all()
        with suppress(OSError):
            self._stdin.close()

    def _keep_the_tail(self) -> None:
        """Read standard error to its end, lest the process wait, and keep the last of it."""
        with suppress(OSError, ValueError):
            while chunk := os.read(self._stderr.fileno(), child.CHUNK):
                self._tail += chunk
                del self._tail[: -child.TAIL]

    def _watch(self) -> None:
        """Look what the process starts, and kill all of it if they hold too much memory."""
        while not self._closed and self._process.poll() is None:
            held = self._family.held()
            if self._limit and held > self._limit:
                self._held = held
                self._family.kill()
            time.sleep(child.PULSE)


class Family:
    """A process and all that it has started, as far as anybody has seen them."""

    def __init__(self, pid: int) -> None:
        import psutil  # noqa: PLC0415  Windows alone needs it

        self._known: dict[int, Any] = {}
        self._error = psutil.Error
        with suppress(self._error):
            self._known[pid] = psutil.Process(pid)

    def held(self) -> int:
        """Return the bytes of memory that they hold for themselves."""
        self._look()
        return sum(map(self._private, list(self._known.values())))

    def kill(self) -> None:
        """Kill all of them."""
        self._look()
        for each in list(self._known.values()):
            with suppress(self._error):
                each.kill()

    def _look(self) -> None:
        for each in list(self._known.values()):
            with suppress(self._error):
                for other in each.children(recursive=True):
                    self._known.setdefault(other.pid, other)

    def _private(self, process: Any) -> int:
        try:
            memory = process.memory_info()
        except self._error:
            return 0
        # Windows alone tells what is private.
        return int(getattr(memory, "private", memory.rss))


def _started(argv: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(  # noqa: S603  the user's own command
            list(argv),
            bufsize=0,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            creationflags=_GROUP,
            env=os.environ | variables,
        )
    except OSError as error:
        message = f"cannot start {shlex.join(argv)}: {error.strerror}"
        raise AdapterError(message) from None
