"""The line protocol: an adapter in another process, in any language, is sent lines of JSON and answers each with one.

`schemas/request.json` and `schemas/reply.json` describe the lines. A child and all that it started are killed when a call takes too
long, when a line is no message, and at the end. POSIX systems only.
"""

import os
import re
import selectors
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Self

import numpy as np

from conformance.formats import name_of
from conformance.implementation import AdapterError, Description, describe
from conformance.messages import MessageError, array_of, arrays_of, call_of, callbacks_of, decode, encode, line_of, message_of, shown
from conformance.outcomes import Absent, Died, Ended, Malformed, Raised, TimedOut

VERSION = 1

# Seconds between looks at whether a silent child lives: a grandchild that holds the pipe open would hide its end.
_PULSE = 0.05

# Seconds in which a child that closed its output, was asked to stop or was aborted may end by itself.
_GRACE = 1.0

# A longer line is a flood and not a reply: an array of ten million float64 takes less.
_LONGEST = 2**27

# What is kept of a child's standard error, in bytes and in lines.
_TAIL = 2**14
_LINES = 40

# Lines of a worker's last words that say nothing of its adapter: the frames above the adapter's, and what else was loaded.
_OURS = re.compile(r'\s+File "(?:<string>|.*/conformance/(?:implementation|worker)\.py)", line \d+ in |Extension modules: ')

# What a pipe holds, and so what one read can bring.
_CHUNK = 2**16

# The child finds every module where this process does, so that no folder of the user's can take the place of one of ours.
_WORKER = "import sys; sys.path[:] = sys.argv[1:]; del sys.argv[1:]; from conformance.worker import main; main()"

_ENDINGS: dict[str, type[Ended]] = {"absent": Absent, "raised": Raised, "malformed": Malformed}

# What an answer to start says: a JSON value, of what, and that in words. All but the first two may be left out.
_SAID: dict[str, tuple[type, type, str]] = {
    "name": (str, str, "a string"),
    "operations": (list, str, "a list of strings"),
    "version": (str, str, "a string"),
    "dtypes": (list, str, "a list of strings"),
    "accumulates_in": (dict, str, "an object of strings"),
    "fixed": (dict, dict, "an object of objects"),
    "expected_failures": (dict, str, "an object of strings"),
    "digest": (str, str, "a string"),
}


def worker(adapter: str, *, limit: float = 10.0, warm_up: float = 60.0, start_limit: float = 120.0) -> "Process":
    """Start an adapter that `loading.load` finds in a Python process of its own."""
    return Process([sys.executable, "-c", _WORKER, *sys.path], adapter, limit, warm_up, start_limit)


class Process:
    """A source whose answers come from a child process, which is started again when a call has ended it.

    Limits are in seconds: `limit` for a call, `warm_up` for the first call of an operation in a dtype in a fresh process, since
    libraries import and compile then, `start_limit` for the start. What the suite's own callbacks take is not charged.
    """

    def __init__(
        self, argv: Sequence[str], adapter: str | None = None, limit: float = 10.0, warm_up: float = 60.0, start_limit: float = 120.0
    ) -> None:
        self._argv, self._adapter = tuple(argv), adapter
        self._limit, self._warm_up, self._start_limit = limit, warm_up, start_limit
        self._warm: set[tuple[str, str]] = set()
        self._child: _Child | None
        self._child, self.description = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ask the child to stop, and end what is left of it."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the child's answer, an array or a (nested) list of arrays; an outcome is raised where it gives none."""
        if operation not in self.description.operations:
            message = f"the adapter offers no {operation}"
            raise Absent(message)
        child = self._ready(operation)
        callbacks = callbacks_of(operation, arrays)
        line = line_of(call_of(operation, arrays, parameters, scripts=child.scripted))
        kind = (operation, _dtype(arrays) or parameters.get("dtype", ""))
        limit = self._limit if kind in self._warm else self._warm_up
        try:
            reply = self._converse(child, operation, line, callbacks, limit)
        except BaseException:
            self._end()
            raise
        self._warm.add(kind)
        return _answer(operation, reply)

    def _converse(
        self, child: "_Child", operation: str, line: bytes, callbacks: Mapping[str, Callable[..., Any]], limit: float
    ) -> dict[str, Any]:
        """Send a call, answer what the child asks, and return its reply to the call."""
        deadline = time.monotonic() + limit
        while True:
            try:
                reply = child.exchange(line, deadline)
                asked = _asked(reply, callbacks)
                foreseen = _questions(reply.get("asked", []), callbacks)
            except TimeoutError as error:
                message = f"{operation} gave no answer within {limit:g} s{error}"
                raise TimedOut(message, **self._end(abort=self._adapter is not None)) from None
            except EOFError as error:
                message = f"{operation} ended the process: {error} in the middle of the call"
                raise Died(message, **self._end()) from None
            except (MessageError, RecursionError) as error:
                message = f"{operation} was answered with {error}"
                raise Malformed(message, **self._end()) from None
            for name, arguments in foreseen:
                callbacks[name](*arguments)
            if asked is None:
                return reply
            name, arguments = asked
            began = time.monotonic()
            answer = encode(callbacks[name](*arguments), layout=True)
            line = line_of({"request": "callback", "name": name, "answer": answer})
            deadline += time.monotonic() - began

    def _ready(self, operation: str) -> "_Child":
        """Return a child that awaits a request: the one there is, or a new one if that has ended."""
        if self._child is not None:
            try:
                unasked = self._child.unasked()
            except EOFError:
                self._end()
            else:
                if not unasked:
                    return self._child
                message = f"before {operation} was called, the process wrote without being asked: {shown(unasked)}"
                raise Malformed(message, **self._end())
        try:
            self._child, _ = self._start()
        except AdapterError as error:
            message = f"the process could not be started again for {operation}: {error}"
            raise Died(message) from None
        return self._child

    def _start(self) -> tuple["_Child", Description]:
        """Return a new child and what it says of itself; AdapterError says why there is none."""
        self._warm.clear()
        child = _Child(self._argv)
        request = {"request": "start", "protocol": VERSION} | ({} if self._adapter is None else {"adapter": self._adapter})
        try:
            reply = child.exchange(line_of(request), time.monotonic() + self._start_limit)
            child.scripted = reply.get("scripts") is True
            return child, description_of(reply)
        except TimeoutError as error:
            problem = f"gave no answer to start within {self._start_limit:g} s{error}"
            last_words = child.kill(abort=self._adapter is not None)
        except EOFError as error:
            problem = f"ended before it was ready: {error}"
            last_words = child.kill()
        except MessageError as error:
            problem = f"answered start with {error}"
            last_words = child.kill()
        except BaseException:
            child.kill()
            raise
        who = shlex.join(self._argv) if self._adapter is None else f"the process of the adapter {self._adapter}"
        message = "\n".join([f"{who} {problem}", *last_words.values()])
        raise AdapterError(message)

    def _end(self, *, abort: bool = False) -> dict[str, str]:
        """Kill the child, if there is one, and return its last words."""
        child, self._child = self._child, None
        return child.kill(abort=abort) if child is not None else {}


class _Child:
    """A started process that is sent lines and answers them, each exchange by its deadline; `scripted` says that it takes scripts."""

    def __init__(self, argv: Sequence[str]) -> None:
        if sys.platform == "win32":
            message = "an adapter in a process of its own needs a POSIX system; in this process: pytest --pyargs conformance --adapter"
            raise AdapterError(message)
        if not argv:
            message = "the command to start is empty"
            raise AdapterError(message)
        pipe = subprocess.PIPE
        try:
            # Leader of a group, so that what it starts can be ended with it; and Ctrl-C at the terminal is for us alone.
            process = subprocess.Popen(argv, bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)  # noqa: S603  the user's own command
        except OSError as error:
            message = f"cannot start {shlex.join(argv)}: {error.strerror}"
            raise AdapterError(message) from None
        assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018  all three are pipes
        self._process, self._stdin, self._stdout, self._stderr = process, process.stdin, process.stdout, process.stderr
        self._writable, self._readable = selectors.DefaultSelector(), selectors.DefaultSelector()
        self._writable.register(self._stdin, selectors.EVENT_WRITE)
        self._readable.register(self._stdout, selectors.EVENT_READ)
        os.set_blocking(self._stdin.fileno(), False)
        os.set_blocking(self._stdout.fileno(), False)
        self.scripted = False
        self._tail = bytearray()
        self._drain = threading.Thread(target=self._keep_the_tail, daemon=True)
        self._drain.start()

    def exchange(self, line: bytes, deadline: float) -> dict[str, Any]:
        """Send a line and return the reply; TimeoutError, EOFError with how the process ended, or MessageError."""
        self._send(line, deadline)
        return message_of(self._receive(deadline))

    def unasked(self) -> bytes:
        """Return what the process has written since its last reply, nothing as a rule; EOFError where it has ended."""
        if self._process.poll() is not None:
            raise EOFError
        try:
            written = os.read(self._stdout.fileno(), _CHUNK)
        except BlockingIOError:
            return b""
        if not written:
            raise EOFError
        return written

    def stop(self) -> None:
        """Ask the process to stop, and kill what is left of it."""
        with suppress(EOFError, TimeoutError):
            self._send(line_of({"request": "stop"}), time.monotonic() + _GRACE)
        self._stdin.close()
        self._awaited()
        self.kill()

    def kill(self, *, abort: bool = False) -> dict[str, str]:
        """Kill the process and all that it started and return its last words; a worker that is aborted says where it was."""
        if abort:
            self._process.send_signal(signal.SIGABRT)
            self._awaited()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        # A daemon that has left the group may keep standard error open for ever.
        self._drain.join(_GRACE)
        for each in (self._writable, self._readable, self._stdin, self._stdout):
            each.close()
        lines = [line for line in self._tail.decode(errors="replace").splitlines() if not _OURS.match(line)]
        words = "\n".join(lines[-_LINES:]).rstrip()
        return {"stderr": words} if words else {}

    def _send(self, line: bytes, deadline: float) -> None:
        rest = memoryview(line)
        while rest:
            try:
                rest = rest[os.write(self._stdin.fileno(), rest) :]
            except BlockingIOError:
                self._wait(self._writable, deadline)
            except BrokenPipeError:
                raise EOFError(self._ending()) from None

    def _receive(self, deadline: float) -> bytes:
        """Return the next line, which is all that a child may write before it is asked again."""
        line, chunk = bytearray(), b""
        while b"\n" not in chunk:
            try:
                self._wait(self._readable, deadline)
            except TimeoutError:
                raise TimeoutError(f", only a line without an end: {shown(line)}" if line else "") from None
            chunk = os.read(self._stdout.fileno(), _CHUNK)
            if not chunk:
                raise EOFError(self._ending())
            line += chunk
            if len(line) > _LONGEST:
                raise MessageError(f"more than {_LONGEST} bytes without an end: {shown(line)}")
        if line.index(b"\n") < len(line) - 1:
            raise MessageError(f"more than one line: {shown(line)}")
        return bytes(line)

    def _wait(self, ready: selectors.BaseSelector, deadline: float) -> None:
        """Wait until a pipe is ready; TimeoutError at the deadline, EOFError where the process is found dead."""
        while (remaining := deadline - time.monotonic()) > 0:
            if ready.select(min(remaining, _PULSE)):
                return
            # It may have answered between that look and its death.
            if self._process.poll() is not None and not ready.select(0):
                raise EOFError(self._ending())
        raise TimeoutError

    def _ending(self) -> str:
        """Return how the process ended."""
        status = self._awaited()
        if status is None:
            return "closed its end of the line"
        if status >= 0:
            return f"exited with status {status}"
        try:
            return signal.Signals(-status).name
        except ValueError:
            return f"signal {-status}"

    def _awaited(self) -> int | None:
        """Return the exit status of a process that is about to end, None if it is not."""
        try:
            return self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return None

    def _keep_the_tail(self) -> None:
        """Read standard error to its end, so that the process never has to wait for it, and keep the last of it."""
        with self._stderr:
            while chunk := self._stderr.read(_CHUNK):
                self._tail += chunk
                del self._tail[:-_TAIL]


def _asked(reply: Mapping[str, Any], callbacks: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
    """Return name and arguments of the callback that a reply asks for, None for a reply that is an answer or an error."""
    if len({"answer", "error", "callback"} & reply.keys()) != 1:
        raise MessageError(f"something that is neither an answer nor an error nor a callback: {shown(reply)}")
    if "error" in reply:
        error = reply["error"]
        if not isinstance(error, dict) or error.get("kind") not in tuple(_ENDINGS) or not isinstance(error.get("message"), str):
            raise MessageError(f"the error {shown(error)}; a kind ({', '.join(_ENDINGS)}) and a message were needed")
    return _question(reply, callbacks) if "callback" in reply else None


def _question(message: Any, callbacks: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return name and arguments of the callback that is asked for."""
    name, arguments = (message.get("callback"), message.get("arguments")) if isinstance(message, dict) else (None, None)
    if name not in tuple(callbacks) or not isinstance(arguments, list):
        needed = f"a callback ({', '.join(callbacks) or 'there is none'}) and arguments were needed"
        raise MessageError(f"the question {shown(message)}; {needed}")
    return name, [decode(argument, array_of) for argument in arguments]


def _questions(asked: Any, callbacks: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    """Return what was asked of callbacks whose answers the child had beforehand."""
    if not isinstance(asked, list):
        raise MessageError(f"asked {shown(asked)}; a list of questions was needed")
    return [_question(each, callbacks) for each in asked]


def _answer(operation: str, reply: Mapping[str, Any]) -> Any:
    """Return the arrays of an answer, raise the outcome of an error."""
    if "error" in reply:
        error = reply["error"]
        traceback = {"traceback": str(error["traceback"])} if "traceback" in error else {}
        raise _ENDINGS[error["kind"]](error["message"], **traceback)
    try:
        return arrays_of(reply["answer"])
    except (MessageError, RecursionError) as error:
        message = f"{operation} was answered with {error}"
        raise Malformed(message) from None


def description_of(reply: Mapping[str, Any]) -> Description:
    """Read an answer to start; AdapterError for a refusal, MessageError for what is no description."""
    if "error" in reply:
        error = reply["error"]
        raise AdapterError(str(error["message"] if isinstance(error, dict) and "message" in error else error))
    said = {key: reply[key] for key in _SAID if key in reply}
    if not {"name", "operations"} <= said.keys():
        raise MessageError(f"{shown(reply)}; a name and operations were needed")
    for key, value in said.items():
        outer, inner, words = _SAID[key]
        items = value.values() if isinstance(value, dict) else value
        if not isinstance(value, outer) or not all(isinstance(item, inner) for item in items):
            raise MessageError(f"{key} {shown(value)}; {words} was needed")
    # The attributes of an adapter, whose checks are those of any adapter, and what only a message says.
    return replace(describe(SimpleNamespace(**said), "unnamed"), operations=tuple(said["operations"]), digest=said.get("digest", ""))


def _dtype(value: Any) -> str:
    """Return the dtype of the first array in a value, "" without one."""
    if isinstance(value, (list, tuple)):
        return next(filter(None, map(_dtype, value)), "")
    return name_of(value.dtype) if isinstance(value, np.ndarray) else ""
