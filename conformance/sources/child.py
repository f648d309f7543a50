"""A process that answers lines with lines by a deadline, and is killed with all that it started.

It needs a POSIX system; `portable` has one for the others.
"""

import os
import re
import selectors
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from nnspec.conformance.sources import guardian
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.memory import Memory
from nnspec.conformance.sources.messages import MessageError, line_of, message_of, shown

# Seconds between looks at whether a silent child lives: a grandchild that holds the pipe open would
# hide its end.
PULSE = 0.05

# Seconds in which a child may end by itself that closed its output, was asked to stop or aborted.
GRACE = 1.0

# Bytes that the processes of an adapter may hold for themselves.
MEMORY = 4 * 2**30

# A longer line is a flood and not a reply: an array of six million float64 takes less.
LONGEST = 2**26

# What a program says of itself is shorter.
INTRODUCTION = 2**20

# Seconds in which a guardian ends all processes, and in which it starts one on a busy machine.
_INSISTENCE = 5.0
_START = 60.0

# What is kept of a child's standard error, in bytes and in lines.
TAIL = 2**14
_LINES = 40

# Lines of a worker's last words that do not concern its adapter: frames above the adapter's, and
# the list of other loaded modules.
_OURS = re.compile(
    r'\s+File "(?:<string>|<frozen [\w. ]+>|.*/importlib/\w+\.py|'
    r'.*/conformance/sources/(?:boundary|guarded|in_process|loading|worker)\.py)", line \d+ in '
    r"|Extension modules: "
)

# What a pipe holds, and so what one read can bring.
CHUNK = 2**16


class Child:
    """A started process, and the lines that go to it and come from it.

    A guardian starts it, and ends all that it has started. `memory_limit` is in bytes, 0 for none.
    The process has `variables` in its environment, beside all that there are.
    """

    def __init__(
        self,
        argv: Sequence[str],
        memory_limit: int = MEMORY,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        if not argv:
            message = "the command to start is empty"
            raise AdapterError(message)
        self.memory, self._limit, self._variables = Memory(), memory_limit, variables
        self._control, theirs = socket.socketpair()
        try:
            with theirs:
                process = _guarded(argv, theirs, memory_limit, self.memory.descriptors, variables)
        except BaseException:
            self._control.close()
            self.memory.close()
            raise
        # All three are pipes.
        assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018
        self._process, self._stdin, self._stdout, self._stderr = (
            process,
            process.stdin,
            process.stdout,
            process.stderr,
        )
        self._writable, self._readable = selectors.DefaultSelector(), selectors.DefaultSelector()
        self._writable.register(self._stdin, selectors.EVENT_WRITE)
        self._readable.register(self._stdout, selectors.EVENT_READ)
        os.set_blocking(self._stdin.fileno(), False)
        os.set_blocking(self._stdout.fileno(), False)
        self._received, self._tail = bytearray(), bytearray()
        self._drain = threading.Thread(target=self._keep_the_tail, daemon=True)
        self._drain.start()
        self._said, self.pid = bytearray(), 0
        self._await_start(argv)

    def exchange(self, line: bytes, deadline: float) -> dict[str, Any]:
        """Send the line of a start and return the reply.

        Raises TimeoutError at the deadline, EOFError with how the process ended. Raises
        MessageError if the reply is no message, or too long for one to a start.
        """
        self.send(line, deadline)
        came = self.receive(deadline)
        if len(came) > INTRODUCTION:
            raise MessageError(f"more than {INTRODUCTION} bytes: {shown(came)}")
        return message_of(came)

    def unasked(self) -> bytes:
        """Return the bytes that the process wrote although no reply was due, usually none.

        Raises EOFError if it has ended.
        """
        if self._is_over():
            raise EOFError
        try:
            written = os.read(self._stdout.fileno(), CHUNK)
        except BlockingIOError:
            return b""
        if not written:
            raise EOFError
        return written

    def stop(self) -> None:
        """Ask the process to stop, and kill what is left of it."""
        with suppress(EOFError, TimeoutError):
            self.send(line_of({"request": "stop"}), time.monotonic() + GRACE)
        self._stdin.close()
        self._awaited()
        self.kill()

    def kill(self, *, abort: bool = False) -> dict[str, str]:
        """Kill the process and all that it started, and return its last words.

        A worker that is aborted says where it was.
        """
        with suppress(OSError):
            if abort:
                self._control.sendall(guardian.ABORT)
                self._awaited()
            self._control.shutdown(socket.SHUT_WR)
        if self._awaited(_INSISTENCE) is None:
            # Somebody has stopped the guardian.
            guardian.end(self._process.pid, self.pid)
            self._process.kill()
            self._process.wait()
        if self.pid and "over" not in self._told():
            guardian.end_marked(self._variables)
        # A process that nobody found may keep standard error open for ever.
        self._drain.join(GRACE)
        for each in (self._writable, self._readable, self._stdin, self._stdout, self._control):
            each.close()
        self.memory.close()
        words = last_words(self._tail)
        return {"stderr": words} if words else {}

    def send(self, line: bytes, deadline: float) -> None:
        """Send a line; TimeoutError, or EOFError with how the process ended."""
        rest = memoryview(line)
        while rest:
            try:
                rest = rest[os.write(self._stdin.fileno(), rest) :]
            except BlockingIOError:
                self._wait(self._writable, deadline)
            except BrokenPipeError:
                raise EOFError(self._ending()) from None

    def receive(self, deadline: float, due: int = 1) -> bytes:
        """Return the first of the lines that are `due`; a child may write no more unasked.

        Raises TimeoutError at the deadline, EOFError with how the process ended, MessageError for a
        line without an end or one line more than is due.
        """
        received, seen = self._received, 0
        while (end := received.find(b"\n", seen)) < 0:
            seen = len(received)
            try:
                self._wait(self._readable, deadline)
            except TimeoutError:
                raise TimeoutError(
                    f", only a line without an end: {shown(received)}" if received else ""
                ) from None
            chunk = os.read(self._stdout.fileno(), CHUNK)
            if not chunk:
                raise EOFError(self._ending())
            received += chunk
            if len(received) > LONGEST:
                raise MessageError(f"more than {LONGEST} bytes without an end: {shown(received)}")
        if due == 1 and end < len(received) - 1:
            raise MessageError(f"more than one line: {shown(received)}")
        # One copy less where nothing else has come.
        line = bytes(received) if end == len(received) - 1 else bytes(received[: end + 1])
        del received[: end + 1]
        return line

    def _wait(self, ready: selectors.BaseSelector, deadline: float) -> None:
        """Wait until a pipe is ready.

        Raises TimeoutError at the deadline, EOFError if the process is dead.
        """
        while (remaining := deadline - time.monotonic()) > 0:
            if ready.select(min(remaining, PULSE)):
                return
            # It may have answered between that look and its death.
            if self._is_over() and not ready.select(0):
                raise EOFError(self._ending())
        raise TimeoutError

    def _ending(self) -> str:
        """Return how the process ended."""
        if self._awaited() is None and not self._is_over():
            return "closed its end of the line"
        said = self._told()
        if "memory" in said:
            held, allowed = (each / 2**30 for each in (int(said["memory"]), self._limit))
            return f"held {held:.1f} GiB of memory where --memory-limit allows {allowed:g} GiB"
        # The guardian says nothing if it is killed, and the process dies with it.
        status = int(said.get("ended", -signal.SIGKILL))
        if status >= 0:
            return f"exited with status {status}"
        return signal_named(-status)

    def _await_start(self, argv: Sequence[str]) -> None:
        """Wait until the guardian has started the process; raises AdapterError if it cannot."""
        self._control.settimeout(_START)
        with suppress(OSError):
            while b"\n" not in self._said and (came := self._control.recv(CHUNK)):
                self._said += came
        self._control.settimeout(0)
        said = self._told()
        if "started" not in said:
            words = self.kill().get("stderr", "its guardian did not start")
            reason = os.strerror(int(said["failed"])) if "failed" in said else words
            message = f"cannot start {shlex.join(argv)}: {reason}"
            raise AdapterError(message)
        self.pid = int(said["started"])

    def _told(self) -> dict[str, str]:
        """Return what the guardian has said so far: words, each with a number."""
        with suppress(OSError):
            while came := self._control.recv(CHUNK):
                self._said += came
        return dict(each.split() for each in self._said.decode().splitlines())

    def _is_over(self) -> bool:
        """Say whether the process has ended; the guardian says so before it ends the others."""
        return self._process.poll() is not None or "ended" in self._told()

    def _awaited(self, seconds: float = GRACE) -> int | None:
        """Return the guardian's exit status if it ends soon, None if it does not."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def _keep_the_tail(self) -> None:
        """Read standard error to its end, lest the process wait, and keep the last of it."""
        with self._stderr:
            while chunk := self._stderr.read(CHUNK):
                self._tail += chunk
                del self._tail[:-TAIL]


def last_words(tail: bytes | bytearray) -> str:
    """Return the lines of standard error that concern an adapter, the last of them."""
    lines = [line for line in tail.decode(errors="replace").splitlines() if not _OURS.match(line)]
    return "\n".join(lines[-_LINES:]).rstrip()


def signal_named(number: int) -> str:
    """Return the name of a signal, its number if it has none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _guarded(
    argv: Sequence[str],
    line: socket.socket,
    limit: int,
    kept: Sequence[int],
    variables: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    """Start the guardian of a command, which needs no site and no module but the standard ones."""
    pipe, own = subprocess.PIPE, [sys.executable, "-I", "-S", guardian.__file__]
    try:
        # The guardian leads a session, and its adapter another one: Ctrl-C at the terminal reaches
        # the suite alone.
        return subprocess.Popen(  # noqa: S603  the user's own command
            [*own, str(line.fileno()), str(limit), *argv],
            bufsize=0,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            pass_fds=(line.fileno(), *kept),
            start_new_session=True,
            env=os.environ | variables,
        )
    except OSError as error:
        message = f"cannot start {shlex.join(argv)}: {error.strerror}"
        raise AdapterError(message) from None
