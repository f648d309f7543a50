"""An adapter in another process: JSON lines on its standard input and output, and whatever it does costs one case at most.

The suite sends four requests: start, call, the reply to a callback, and stop. An array is {dtype, shape, data}, data being the base64 of its
little-endian bytes in C order; `strides`, in elements, and `readonly` say how the suite held it, for those who can do likewise.
"""

import base64
import binascii
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from conformance.formats import NAMES, dtype_of
from conformance.implementation import AdapterError, Description
from conformance.outcomes import Absent, Died, Ended, Malformed, Raised, TimedOut

VERSION = 1

_KINDS: dict[str, type[Ended]] = {"absent": Absent, "raised": Raised, "malformed": Malformed}

# How long to wait before asking whether a silent child is still alive: a grandchild may hold its pipe open.
_HEARTBEAT = 0.05

# How much of a line that is no message, and of what a child wrote before it died, is shown.
_SHOWN = 200
_TAIL = 2000

_CHUNK = 1 << 16


class ProtocolError(Exception):
    """A line is no message of the protocol; the text says why."""


def encode(value: Any) -> Any:
    """Return arrays, and lists and tuples of them, as messages hold them; numbers and strings as they are."""
    if isinstance(value, np.ndarray):
        little = value.astype(value.dtype.newbyteorder("<"), copy=False) if value.dtype.byteorder == ">" else value
        message: dict[str, Any] = {
            "dtype": value.dtype.name,
            "shape": value.shape,
            "data": base64.b64encode(little.tobytes()).decode("ascii"),
        }
        if value.size and not value.flags.c_contiguous:
            message["strides"] = [stride // value.itemsize for stride in value.strides]
        if not value.flags.writeable:
            message["readonly"] = True
        return message
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    return value


def decode(message: Any) -> Any:
    """Return the arrays of a message, laid out as they say; ProtocolError where one cannot be read."""
    if isinstance(message, list):
        return [decode(item) for item in message]
    if not isinstance(message, dict) or not {"dtype", "shape", "data"} <= set(message):
        raise ProtocolError(f"an array is an object with dtype, shape and data; got {_shortened(json.dumps(message))}")
    if message["dtype"] not in (*NAMES, "int64"):
        raise ProtocolError(f"an array's dtype is one of {', '.join(NAMES)} or int64; got {message['dtype']!r}")
    shape = message["shape"]
    if not isinstance(shape, list) or not all(isinstance(length, int) and length >= 0 for length in shape):
        raise ProtocolError(f"an array's shape is a list of lengths; got {shape!r}")
    try:
        data = base64.b64decode(message["data"], validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise ProtocolError(f"an array's data is base64: {error}") from None
    dtype = dtype_of(message["dtype"])
    needed = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if len(data) != needed:
        raise ProtocolError(f"an array of shape {tuple(shape)} and dtype {dtype.name} has {needed} bytes; got {len(data)}")
    array = np.frombuffer(bytearray(data), dtype=dtype if sys.byteorder == "little" else dtype.newbyteorder("<")).astype(dtype, copy=False)
    return _laid_out(array.reshape(shape), message.get("strides"), readonly=bool(message.get("readonly")))


class Process:
    """An adapter in a child process, as a source of answers; it is started when needed, and again after a crash or a time-out.

    `limit` seconds are allowed for a call, `warm_up` for the first call of an operation in a dtype in each process, `start` for coming up.
    """

    def __init__(
        self, command: Sequence[str], adapter: str = "", *, limit: float = 10.0, warm_up: float = 60.0, start: float = 120.0
    ) -> None:
        self._command, self._adapter = list(command), adapter
        self._limit, self._warm_up, self._start_limit = limit, warm_up, start
        self._child: _Child | None = None
        self._warm: set[tuple[str, str]] = set()
        self.description = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ask the child to stop and kill what is left of it and of its children."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def call(
        self,
        operation: str,
        arrays: Sequence[Any],
        parameters: Mapping[str, Any],
        callbacks: Mapping[str, Callable[..., Any]] | None = None,
    ) -> Any:
        """Return the child's answer; one of `conformance.outcomes` where it gives none."""
        if self._child is None:
            self._started()
        child = self._child
        assert child is not None  # noqa: S101  _started leaves one or raises
        key = (operation, next((array.dtype.name for array in arrays if isinstance(array, np.ndarray)), ""))
        limit = self._limit if key in self._warm else self._warm_up
        request = {"request": "call", "operation": operation, "arguments": encode(list(arrays)), "parameters": dict(parameters)}
        try:
            reply = child.ask(request | ({"callbacks": list(callbacks)} if callbacks else {}), limit)
            while "callback" in reply:
                reply = child.ask(self._answered(reply, callbacks or {}), limit)
            answer = self._read(operation, reply)
        except (ProtocolError, _SilenceError, _DeathError) as problem:
            self._child = None
            self._warm.clear()
            child.kill()
            raise self._ended(operation, problem, limit, child) from None
        self._warm.add(key)
        return answer

    def _started(self) -> Description:
        child = _Child(self._command)
        try:
            reply = child.ask(
                {"request": "start", "protocol": VERSION} | ({"adapter": self._adapter} if self._adapter else {}), self._start_limit
            )
            if "error" in reply:
                raise AdapterError(str(reply["error"].get("message", reply["error"])))
            described = _description(reply)
        except _SilenceError:
            child.kill()
            raise AdapterError(
                f"{self._command[0]} gave no answer to the start request within {self._start_limit:g} s{child.last_words()}"
            ) from None
        except _DeathError:
            child.kill()
            raise AdapterError(f"{self._command[0]} {child.ending()} before it answered the start request{child.last_words()}") from None
        except (ProtocolError, AttributeError) as error:
            child.kill()
            raise AdapterError(f"{self._command[0]} answered the start request wrongly: {error}") from None
        except BaseException:
            child.kill()
            raise
        self._child = child
        return described

    def _answered(self, question: Mapping[str, Any], callbacks: Mapping[str, Callable[..., Any]]) -> dict[str, Any]:
        name = question["callback"]
        if name not in callbacks:
            raise ProtocolError(f"the callbacks of this call are {', '.join(callbacks) or 'none'}; got {name!r}")
        return {"request": "callback", "name": name, "answer": encode(callbacks[name](*decode(question.get("arguments", []))))}

    def _read(self, operation: str, reply: Mapping[str, Any]) -> Any:
        if "error" in reply:
            error = reply["error"]
            if not isinstance(error, dict) or error.get("kind") not in _KINDS or not isinstance(error.get("message"), str):
                raise ProtocolError(f"an error has a kind out of {', '.join(_KINDS)} and a message; got {_shortened(json.dumps(error))}")
            details = {"traceback": str(error["traceback"])} if "traceback" in error else {}
            raise _KINDS[error["kind"]](error["message"], **details)
        if "answer" not in reply:
            raise ProtocolError(f"a reply to a call has an answer or an error; got {_shortened(json.dumps(reply))}")
        try:
            return decode(reply["answer"])
        except ProtocolError as error:
            raise Malformed(f"{operation} answered with what cannot be read: {error}") from None

    def _ended(self, operation: str, problem: Exception, limit: float, child: "_Child") -> Ended:
        if isinstance(problem, _SilenceError):
            return TimedOut(f"{operation} gave no answer within {limit:g} s, and its process was killed", **child.output())
        if isinstance(problem, _DeathError):
            return Died(f"{operation} {child.ending()} in the middle of the call", **child.output())
        return Malformed(f"{operation} was answered with a line that is no message: {problem}", **child.output())


def worker(adapter: str, **limits: float) -> Process:
    """Return a process of this interpreter in which the adapter of that name runs."""
    return Process([sys.executable, "-m", "conformance.worker"], adapter, **limits)


class _SilenceError(Exception):
    """The child said nothing within the limit."""


class _DeathError(Exception):
    """The child has ended."""


class _Child:
    """A child process in a session of its own, its pipes read and written within time limits."""

    def __init__(self, command: Sequence[str]) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603  the user's own command
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, bufsize=0
            )
        except OSError as error:
            raise AdapterError(f"{command[0]} cannot be started: {error.strerror}") from None
        assert self._process.stdin is not None and self._process.stdout is not None and self._process.stderr is not None  # noqa: S101, PT018
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._input, False)  # noqa: FBT003  the function's only form
        os.set_blocking(self._output, False)  # noqa: FBT003
        self._received = bytearray()
        self._tail: deque[bytes] = deque(maxlen=64)
        self._listener = threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True)
        self._listener.start()

    def ask(self, request: Mapping[str, Any], limit: float) -> dict[str, Any]:
        """Send a request and return the reply."""
        deadline = time.monotonic() + limit
        self._send(json.dumps(request, allow_nan=False).encode() + b"\n", deadline)
        line = self._line(deadline)
        try:
            reply = json.loads(line)
        except ValueError:
            raise ProtocolError(f"not JSON: {_shortened(line.decode(errors='replace'))}") from None
        if not isinstance(reply, dict):
            raise ProtocolError(f"a message is an object; got {_shortened(line.decode(errors='replace'))}")
        return reply

    def stop(self) -> None:
        """Ask the child to stop, give it a moment, and kill what is left."""
        try:
            self._send(b'{"request": "stop"}\n', time.monotonic() + _HEARTBEAT)
            self._process.wait(timeout=1.0)
        except (_SilenceError, _DeathError, subprocess.TimeoutExpired):
            pass
        self.kill()

    def kill(self) -> None:
        """Kill the child and all of its process group, and close the pipes."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        self._listener.join(timeout=1.0)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def ending(self) -> str:
        """Say how the process ended."""
        code = self._process.poll()
        if code is None or code == -signal.SIGKILL:
            return "closed its output"
        return f"ended the process by {signal.Signals(-code).name}" if code < 0 else f"ended the process with exit status {code}"

    def output(self) -> dict[str, str]:
        """Return the last of what the child wrote on standard error, as details of an outcome."""
        text = b"".join(self._tail).decode(errors="replace").strip()
        return {"output": text[-_TAIL:]} if text else {}

    def last_words(self) -> str:
        """Return the last line of what the child wrote, to end a sentence with."""
        text = self.output().get("output", "")
        return f": {text.splitlines()[-1]}" if text else ""

    def _send(self, line: bytes, deadline: float) -> None:
        left = memoryview(line)
        with selectors.DefaultSelector() as selector:
            selector.register(self._input, selectors.EVENT_WRITE)
            while left:
                try:
                    left = left[os.write(self._input, left) :]
                except BlockingIOError:
                    self._await(selector, deadline)
                except (BrokenPipeError, OSError):
                    self._settle()
                    raise _DeathError from None

    def _line(self, deadline: float) -> bytes:
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            searched = 0
            while (end := self._received.find(b"\n", searched)) < 0:
                searched = len(self._received)
                try:
                    chunk = os.read(self._output, _CHUNK)
                except BlockingIOError:
                    self._await(selector, deadline)
                    continue
                if not chunk:
                    self._settle()
                    raise _DeathError
                self._received += chunk
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line

    def _await(self, selector: selectors.BaseSelector, deadline: float) -> None:
        """Wait until the pipe is ready; the child's death ends the wait, though a grandchild may hold the pipe open."""
        while not selector.select(min(_HEARTBEAT, max(deadline - time.monotonic(), 0.0))):
            if self._process.poll() is not None:
                raise _DeathError
            if time.monotonic() >= deadline:
                raise _SilenceError

    def _settle(self) -> None:
        """Give a child that closed its pipe the moment in which it ends, so that its exit status can be told."""
        try:
            self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            pass

    def _listen(self, pipe: Any) -> None:
        try:
            while chunk := pipe.read(_CHUNK):
                self._tail.append(chunk[-_TAIL:])
        except (OSError, ValueError):
            pass


def _description(reply: Mapping[str, Any]) -> Description:
    """Read the reply to a start request; ProtocolError says what is missing or of the wrong kind."""
    kinds = {"name": str, "version": str, "operations": list, "dtypes": list}
    optional = {"accumulates_in": dict, "fixed": dict, "expected_failures": dict, "digest": str}
    for name, kind in kinds.items():
        if not isinstance(reply.get(name), kind):
            raise ProtocolError(f"the reply to start needs {name!r}, a {kind.__name__}; got {_shortened(json.dumps(reply))}")
    for name, kind in optional.items():
        if not isinstance(reply.get(name, kind()), kind):
            raise ProtocolError(f"{name!r} in the reply to start must be a {kind.__name__}; got {_shortened(json.dumps(reply[name]))}")
    unknown = [dtype for dtype in (*reply["dtypes"], *reply.get("accumulates_in", {}).values()) if dtype not in NAMES]
    if unknown:
        raise ProtocolError(f"dtypes are names out of {', '.join(NAMES)}; got {', '.join(map(repr, unknown))}")
    return Description(
        name=reply["name"],
        version=reply["version"],
        operations=tuple(reply["operations"]),
        dtypes=tuple(reply["dtypes"]),
        **{name: reply[name] for name in optional if name in reply},
    )


def _laid_out(array: NDArray[Any], strides: Any, *, readonly: bool) -> NDArray[Any]:
    """Return an array with the strides (in elements) it had on the other side, NaN between its elements, writable or not."""
    if strides is not None:
        spans = [(length - 1) * stride for length, stride in zip(array.shape, strides, strict=True)]
        start = -sum(span for span in spans if span < 0)
        memory = np.full(start + sum(span for span in spans if span > 0) + 1, np.nan).astype(array.dtype)
        held = np.lib.stride_tricks.as_strided(memory[start:], array.shape, [stride * array.itemsize for stride in strides])
        held[...] = array
        array = held
    if readonly:
        array.flags.writeable = False
    return array


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} … ({len(text)} characters)"
