"""The line protocol: an adapter in another process, in any language, is sent lines of JSON and answers each with one.

`schemas/request.json` and `schemas/reply.json` describe the lines. A child and all that it started are killed when a call takes too
long, when a line is no message, and at the end. POSIX systems only.
"""

import shlex
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import is_
from types import SimpleNamespace
from typing import Any, Self

import numpy as np

from nnspec.conformance.sources.child import Child
from nnspec.conformance.sources.description import AdapterError, Call, Description, describe
from nnspec.conformance.sources.messages import (
    MessageError,
    array_of,
    arrays_of,
    call_of,
    callbacks_of,
    decode,
    encode,
    line_of,
    message_of,
    shown,
)
from nnspec.conformance.terms.formats import name_of
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.outcomes import Absent, Died, Ended, Malformed, Raised, TimedOut

VERSION = 1

# What is sent in one line at most: calls enough that the line costs little beside them, and few enough that all are soon answered.
_CALLS = 64
_BYTES = 2**18

# The child finds every module where this process does, so that no folder of the user's can take the place of one of ours.
_WORKER = "import sys; sys.path[:] = sys.argv[1:]; del sys.argv[1:]; from nnspec.conformance.sources.worker import main; main()"

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
    "compiles_shapes": (bool, bool, "true or false"),
    "digest": (str, str, "a string"),
}


def worker(
    adapter: str, *, limit: float = 10.0, warm_up: float = 60.0, start_limit: float = 120.0
) -> "Process":
    """Start an adapter that `loading.load` finds in a Python process of its own."""
    return Process([sys.executable, "-c", _WORKER, *sys.path], adapter, limit, warm_up, start_limit)


@dataclass(eq=False)
class _Foreseen:
    """A call that is to be made, and what came of it if that is known already: the reply, or how it ended."""

    operation: str
    arguments: Sequence[Any]
    parameters: Mapping[str, Any]
    came: dict[str, Any] | Ended | None = None

    def is_made(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> bool:
        """Say whether a call is this one: the same arrays, and not only such with the same numbers."""
        same = (
            operation == self.operation
            and len(arrays) == len(self.arguments)
            and all(map(is_, arrays, self.arguments))
        )
        return same and parameters == self.parameters


class Process:
    """A source whose answers come from a child process, which is started again when a call has ended it.

    Limits are in seconds: `limit` for a call, `warm_up` for the first call of an operation in a dtype in a fresh process, since
    libraries import and compile then, `start_limit` for the start. What the suite's own callbacks take is not charged.
    """

    def __init__(
        self,
        argv: Sequence[str],
        adapter: str | None = None,
        limit: float = 10.0,
        warm_up: float = 60.0,
        start_limit: float = 120.0,
    ) -> None:
        self._argv, self._adapter = tuple(argv), adapter
        self._limit, self._warm_up, self._start_limit = limit, warm_up, start_limit
        self._warm: set[tuple[str, str]] = set()
        # Of those that are foreseen the first `_due` of which nothing came yet have been sent.
        self._foreseen: deque[_Foreseen] = deque()
        self._due = 0
        self._scripted = self._queued = False
        self._child: Child | None
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

    def foresee(self, calls: Sequence[Call]) -> None:
        """Take note of the next calls, in their order: a process that takes many in a line is sent them so, and need not be waited for.

        They are made none the less, and what comes of one is said to whoever makes it.
        """
        self._settle()
        self._foreseen = deque(
            _Foreseen(*call)
            for call in calls
            if self._queued and call[0] in self.description.operations
        )

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the child's answer, an array or a (nested) list of arrays; an outcome is raised where it gives none."""
        if operation not in self.description.operations:
            message = f"the adapter offers no {operation}"
            raise Absent(message)
        if self._comes_next(operation, arrays, parameters):
            self._receive(self._foreseen[0])
            came = self._foreseen.popleft().came
            if isinstance(came, Ended):
                raise came
            return _answer(operation, came or {})
        self._settle()
        child, callbacks = self._ready(operation), callbacks_of(operation, arrays)
        line = line_of(call_of(operation, arrays, parameters, scripts=self._scripted))
        self._due = 1
        return _answer(
            operation, self._converse(child, _kind(operation, arrays, parameters), line, callbacks)
        )

    def _comes_next(
        self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]
    ) -> bool:
        """Say whether a call is foreseen; then it comes next, for nobody has made those before it."""
        for place, each in enumerate(self._foreseen):
            if each.is_made(operation, arrays, parameters):
                for _ in range(place):
                    if self._due:
                        self._receive(self._foreseen[0])
                    self._foreseen.popleft()
                return True
        return False

    def _settle(self) -> None:
        """Receive what is due, since the next line will be about something else."""
        for each in self._foreseen:
            if not self._due:
                break
            self._receive(each)

    def _receive(self, foreseen: _Foreseen) -> None:
        """Find out what comes of the first foreseen call of which that is not known; it is sent, and more with it, if it was not."""
        if foreseen.came is None:
            try:
                child = (self._child if self._due else None) or self._ready(foreseen.operation)
                line = b"" if self._due else self._queue()
                foreseen.came = self._converse(
                    child,
                    _kind(foreseen.operation, foreseen.arguments, foreseen.parameters),
                    line,
                    {},
                )
            except Ended as ended:
                foreseen.came = ended

    def _queue(self) -> bytes:
        """Return the line with as many of the foreseen calls as are sent at once."""
        calls: list[dict[str, Any]] = []
        size = 0
        for each in self._foreseen:
            size += sum(array.nbytes for array in leaves(each.arguments))
            # A process that was started again may take fewer in a line than the one before it.
            if calls and (size > _BYTES or len(calls) == _CALLS or not self._queued):
                break
            calls.append(call_of(each.operation, each.arguments, each.parameters))
        self._due = len(calls)
        return line_of({"request": "calls", "calls": calls} if self._queued else calls[0])

    def _converse(
        self, child: Child, kind: tuple[str, str], line: bytes, callbacks: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Send a line, answer what the child asks, and return the first reply that is due; the child does not survive an exception."""
        try:
            reply = self._conversed(child, kind, line, callbacks)
        except BaseException:
            self._end()
            raise
        self._due -= 1
        self._warm.add(kind)
        return reply

    def _conversed(
        self, child: Child, kind: tuple[str, str], line: bytes, callbacks: Mapping[str, Any]
    ) -> dict[str, Any]:
        operation, limit = kind[0], self._limit if kind in self._warm else self._warm_up
        deadline = time.monotonic() + limit
        while True:
            try:
                child.send(line, deadline)
                reply = message_of(child.receive(deadline, self._due))
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
                callbacks[name].heard(*arguments)
            if asked is None:
                return reply
            name, arguments = asked
            began = time.monotonic()
            answer = encode(callbacks[name](*arguments), layout=True)
            line = line_of({"request": "callback", "name": name, "answer": answer})
            deadline += time.monotonic() - began

    def _ready(self, operation: str) -> Child:
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

    def _start(self) -> tuple[Child, Description]:
        """Return a new child and what it says of itself; AdapterError says why there is none."""
        self._warm.clear()
        child = Child(self._argv)
        request = {"request": "start", "protocol": VERSION} | (
            {} if self._adapter is None else {"adapter": self._adapter}
        )
        try:
            reply = child.exchange(line_of(request), time.monotonic() + self._start_limit)
            self._scripted, self._queued = (reply.get(key) is True for key in ("scripts", "calls"))
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
        who = (
            shlex.join(self._argv)
            if self._adapter is None
            else f"the process of the adapter {self._adapter}"
        )
        message = "\n".join([f"{who} {problem}", *last_words.values()])
        raise AdapterError(message)

    def _end(self, *, abort: bool = False) -> dict[str, str]:
        """Kill the child, if there is one, and return its last words."""
        child, self._child, self._due = self._child, None, 0
        return child.kill(abort=abort) if child is not None else {}


def _asked(reply: Mapping[str, Any], callbacks: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
    """Return name and arguments of the callback that a reply asks for, None for a reply that is an answer or an error."""
    if len({"answer", "error", "callback"} & reply.keys()) != 1:
        raise MessageError(
            f"something that is neither an answer nor an error nor a callback: {shown(reply)}"
        )
    if "error" in reply:
        error = reply["error"]
        if (
            not isinstance(error, dict)
            or error.get("kind") not in tuple(_ENDINGS)
            or not isinstance(error.get("message"), str)
        ):
            raise MessageError(
                f"the error {shown(error)}; a kind ({', '.join(_ENDINGS)}) and a message were needed"
            )
    return _question(reply, callbacks) if "callback" in reply else None


def _question(message: Any, callbacks: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return name and arguments of the callback that is asked for."""
    name, arguments = (
        (message.get("callback"), message.get("arguments"))
        if isinstance(message, dict)
        else (None, None)
    )
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
        raise AdapterError(
            str(error["message"] if isinstance(error, dict) and "message" in error else error)
        )
    said = {key: reply[key] for key in _SAID if key in reply}
    if not {"name", "operations"} <= said.keys():
        raise MessageError(f"{shown(reply)}; a name and operations were needed")
    for key, value in said.items():
        outer, inner, words = _SAID[key]
        items = (
            value.values()
            if isinstance(value, dict)
            else value
            if isinstance(value, (list, str))
            else [value]
        )
        if not isinstance(value, outer) or not all(isinstance(item, inner) for item in items):
            raise MessageError(f"{key} {shown(value)}; {words} was needed")
    # The attributes of an adapter, whose checks are those of any adapter, and what only a message says.
    return replace(
        describe(SimpleNamespace(**said), "unnamed"),
        operations=tuple(said["operations"]),
        digest=said.get("digest", ""),
    )


def _dtype(value: Any) -> str:
    """Return the dtype of the first array in a value, "" without one."""
    if isinstance(value, (list, tuple)):
        return next(filter(None, map(_dtype, value)), "")
    return name_of(value.dtype) if isinstance(value, np.ndarray) else ""


def _kind(operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[str, str]:
    """Return what the first call of is given more time: an operation in a dtype."""
    return operation, _dtype(arrays) or parameters.get("dtype", "")


@dataclass(frozen=True)
class Adapter:
    """An adapter by the name that `loading.load` finds it under, or the words of a command; and the seconds that a call may take."""

    name: str
    command: tuple[str, ...] = ()
    limit: float = 10.0
    warm_up: float = 60.0


def started(adapter: Adapter) -> Process:
    """Start the process that is named; AdapterError where it does not begin as the protocol has it."""
    if adapter.name:
        return worker(adapter.name, limit=adapter.limit, warm_up=adapter.warm_up)
    return Process(adapter.command, limit=adapter.limit, warm_up=adapter.warm_up)
