"""The conversation with a child process: requests are lines, and replies have deadlines.

`schemas/request.json` and `schemas/reply.json` describe the lines. A child is killed, with all that
it started, if a call takes too long, if a line is no message, and at the end.
"""

import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnspec.conformance.sources.boundary import VARIABLE
from nnspec.conformance.sources.child import MEMORY, Child
from nnspec.conformance.sources.description import AdapterError, Call, Description
from nnspec.conformance.sources.introduction import description_of
from nnspec.conformance.sources.memory import Writer, fetched, nameless
from nnspec.conformance.sources.messages import (
    MessageError,
    Put,
    array_of,
    decode,
    encode,
    line_of,
    message_of,
    shown,
)
from nnspec.conformance.sources.noticed import Noticed, read
from nnspec.conformance.sources.portable import PortableChild
from nnspec.conformance.terms.formats import name_of
from nnspec.conformance.terms.outcomes import Absent, Died, Ended, Malformed, Raised, TimedOut

VERSION = 2

# Versions of the protocol that a command may speak, the newest first. All that a newer one adds is
# asked of a program alone that says at its start that it takes it.
VERSIONS = (VERSION, 1)

# The kinds of error that a reply may name, and the outcomes that they are.
ENDINGS: dict[str, type[Ended]] = {"absent": Absent, "raised": Raised, "malformed": Malformed}

# A call asks functions so many times at most. Each question costs the suite time, and the time of
# the suite is not charged.
_QUESTIONS = 2**13

# A line with this key refers to memory, and cannot be recorded as it is.
_PLACE = b'"place":'

# Callbacks by their names.
Callbacks = Mapping[str, Any]


class Question(NamedTuple):
    """What a child asks a callback: `{"callback": name, "arguments": […]}`."""

    callback: str
    arguments: list[Any]


@dataclass(frozen=True)
class Reply:
    """The reply to a call, `{"answer": …}` or `{"error": {…}}`, and the line that it came in.

    `asked` in the message are the questions to callbacks whose answers the child had beforehand. A
    reply that is `ours` comes from the suite's own worker, which writes lines as `line_of` does.
    """

    message: Mapping[str, Any]
    line: bytes
    ours: bool


class _BrokenError(Exception):
    """A child ended, kept silent or broke the protocol; `ending` is the outcome of the call."""

    def __init__(self, ending: type[Ended], message: str) -> None:
        super().__init__(message)
        self.ending = ending


class _SilentError(AdapterError):
    """A child gave no answer to start in time, and would give none in another version."""


class Conversation:
    """A child and what is said to it; the child is started again when a call has ended it.

    Limits are in seconds: `limit` for a call, `start_limit` for the start. `warm_up` is for the
    first call of an operation in a dtype in a fresh process: libraries import and compile then.
    The time of the suite's own callbacks is not charged. `memory_limit` is in bytes, 0 for none.
    """

    def __init__(
        self,
        argv: Sequence[str],
        adapter: str | None,
        limit: float,
        warm_up: float,
        start_limit: float,
        memory_limit: int = MEMORY,
    ) -> None:
        self._argv, self._adapter, self._memory_limit = tuple(argv), adapter, memory_limit
        self.limit, self.warm_up, self._start_limit = limit, warm_up, start_limit
        # The suite's own worker is of this version. Of another program it is found out once.
        self._versions = VERSIONS if adapter is None else (VERSION,)
        self._warm: set[tuple[str, str]] = set()
        # Replies that the child owes, and what it said at its start that it understands.
        self.due = 0
        self.takes_scripts = self.takes_many = self.takes_repeats = self.takes_aliases = False
        # What puts the arrays of the next line into the memory that the child shares, if it does.
        self._writer: Writer | None = None
        # The file in which processes tell what was refused to them.
        self._told, self._noticed = nameless(), Noticed()
        self.child: Child | PortableChild | None
        try:
            self.child, self.description = self._start()
        except BaseException:
            os.close(self._told)
            raise

    def close(self) -> None:
        """Ask the child to stop, and end what is left of it."""
        if self.child is not None:
            self.child.stop()
            self.child = None
        if self._told >= 0:
            self._noticed, told, self._told = self.noticed(), self._told, -1
            os.close(told)

    def ready(self, operation: str) -> None:
        """See that a child awaits a request: the one there is, or a new one if that has ended.

        Raises Malformed if the child has spoken unasked, Died if it cannot be started again.
        """
        if self.child is not None:
            try:
                unasked = self.child.unasked()
            except EOFError:
                self.end()
            else:
                if not unasked:
                    return
                message = (
                    f"before {operation} was called, the process wrote without being asked: "
                    f"{shown(unasked)}"
                )
                raise Malformed(message, **self.end())
        try:
            self.child, _ = self._start()
        except AdapterError as error:
            message = f"the process could not be started again for {operation}: {error}"
            raise Died(message) from None

    def line(self) -> Put | None:
        """Begin a line, and return what takes its large arrays elsewhere, None where they stay."""
        if self._writer is None:
            return None
        self._writer.begin()
        return self._writer.put

    def request(
        self, call: Call, line: bytes, callbacks: Callbacks | None = None, *, replies: int = 1
    ) -> Reply:
        """Send a line that asks for several replies, and return the first, which is to `call`."""
        self.due = replies
        return self.reply(call, line, callbacks)

    def reply(self, call: Call, line: bytes = b"", callbacks: Callbacks | None = None) -> Reply:
        """Return the next reply that is due, to `call`. An exception ends the child."""
        ended: Ended | None = None
        try:
            reply = self._exchange(call, line, callbacks or {})
        except _BrokenError as broken:
            aborted = broken.ending is TimedOut and self._adapter is not None
            ended = broken.ending(str(broken), **self.end(abort=aborted))
        except BaseException:
            self.end()
            raise
        if ended is not None:
            # Not in the block above: it would hold the other one, and so a line of any length.
            raise ended
        self.due -= 1
        self._warm.add(_kind(call))
        return reply

    def end(self, *, abort: bool = False) -> dict[str, str]:
        """Kill the child, if there is one, and return its last words."""
        child, self.child, self.due = self.child, None, 0
        return child.kill(abort=abort) if child is not None else {}

    def _exchange(self, call: Call, line: bytes, callbacks: Callbacks) -> Reply:
        """Send a line, answer each question of the child, and return its reply."""
        limit = self.limit if _kind(call) in self._warm else self.warm_up
        deadline = time.monotonic() + limit
        for _ in range(_QUESTIONS + 1):
            came, message, question, told = self._heard(call[0], line, callbacks, limit, deadline)
            for each in told:
                callbacks[each.callback].heard(*each.arguments)
            if question is None:
                ours = self._adapter is not None and _PLACE not in came
                return Reply(message, came, ours)
            began = time.monotonic()
            found = callbacks[question.callback](*question.arguments)
            answer = encode(found, layout=True, put=self.line())
            line = line_of({"request": "callback", "name": question.callback, "answer": answer})
            deadline += time.monotonic() - began
        raise _BrokenError(Malformed, f"{call[0]} asked more than {_QUESTIONS:,} questions")

    def _heard(
        self, operation: str, line: bytes, callbacks: Callbacks, limit: float, deadline: float
    ) -> tuple[bytes, dict[str, Any], Question | None, list[Question]]:
        """Send a line and read one.

        Returns the line, its message, its question, and the questions that it tells of.
        """
        assert self.child is not None  # noqa: S101  it has been seen to be ready
        try:
            self.child.send(line, deadline)
            came = self.child.receive(deadline, self.due)
            message = message_of(came)
            if self._writer is not None and self.child.memory:
                message = fetched(message, self.child.memory.descriptors[1])
            question = _question_in(message, callbacks)
            return came, message, question, _questions(message.get("asked", []), callbacks)
        except TimeoutError as error:
            said = f"{operation} gave no answer within {limit:g} s{error}"
            raise _BrokenError(TimedOut, said) from None
        except EOFError as error:
            said = f"{operation} ended the process: {error} in the middle of the call"
            raise _BrokenError(Died, said) from None
        except (MessageError, RecursionError) as error:
            raise _BrokenError(Malformed, f"{operation} was answered with {error}") from None

    def noticed(self) -> Noticed:
        """Return what the processes have told in the file that they were given for it."""
        return self._noticed if self._told < 0 else read(self._told)

    def _start(self) -> tuple[Child | PortableChild, Description]:
        """Return a new child and what it says of itself; AdapterError says why there is none.

        A program that does not start in a version is started again in an older one.
        """
        refusals: dict[str, None] = {}
        for version in self._versions:
            try:
                started = self._started(version)
            except _SilentError:
                raise
            except AdapterError as error:
                refusals[str(error)] = None
            else:
                self._versions = (version,)
                return started
        raise AdapterError("\n".join(refusals))

    def _started(self, version: int) -> tuple[Child | PortableChild, Description]:
        """Return a new child that is asked for a version, and what it says of itself.

        Raises AdapterError if it does not start.
        """
        self._warm.clear()
        # Other processes open it by way of this one, which only Linux can.
        told = f"/proc/{os.getpid()}/fd/{self._told}" if sys.platform == "linux" else os.devnull
        # A POSIX system can fork, and a guardian does.
        kind: type[Child | PortableChild] = Child if hasattr(os, "fork") else PortableChild
        child = kind(self._argv, self._memory_limit, {VARIABLE: told})
        named = {} if self._adapter is None else {"adapter": self._adapter}
        request = {"request": "start", "protocol": version} | named
        if version > 1 and child.memory:
            request |= {"memory": child.memory.names()}
        refusal = AdapterError
        try:
            reply = child.exchange(line_of(request), time.monotonic() + self._start_limit)
            self.takes_scripts, self.takes_many, self.takes_repeats, self.takes_aliases = (
                reply.get(key) is True for key in ("scripts", "calls", "repeats", "aliases")
            )
            shared = child.memory if reply.get("memory") is True else None
            self._writer = Writer(shared.descriptors[0]) if shared else None
            return child, description_of(reply)
        except TimeoutError as error:
            refusal = _SilentError
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
        raise refusal(message)


def _question_in(message: Mapping[str, Any], callbacks: Callbacks) -> Question | None:
    """Return the question that a message asks, None for an answer or an error.

    Raises MessageError if the message is none of the three.
    """
    if len({"answer", "error", "callback"} & message.keys()) != 1:
        raise MessageError(
            f"something that is neither an answer nor an error nor a callback: {shown(message)}"
        )
    if "error" in message:
        error = message["error"]
        if (
            not isinstance(error, dict)
            or error.get("kind") not in tuple(ENDINGS)
            or not isinstance(error.get("message"), str)
        ):
            raise MessageError(
                f"the error {shown(error)}; a kind ({', '.join(ENDINGS)}) and a message were needed"
            )
    return _question(message, callbacks) if "callback" in message else None


def _question(message: Any, callbacks: Callbacks) -> Question:
    """Read a question to one of the callbacks; raises MessageError if it is none."""
    name, arguments = (
        (message.get("callback"), message.get("arguments"))
        if isinstance(message, dict)
        else (None, None)
    )
    if name not in tuple(callbacks) or not isinstance(arguments, list):
        needed = f"a callback ({', '.join(callbacks) or 'there is none'}) and arguments were needed"
        raise MessageError(f"the question {shown(message)}; {needed}")
    return Question(name, [decode(argument, array_of) for argument in arguments])


def _questions(asked: Any, callbacks: Callbacks) -> list[Question]:
    """Read the questions to callbacks whose answers the child had beforehand."""
    if not isinstance(asked, list):
        raise MessageError(f"asked {shown(asked)}; a list of questions was needed")
    if len(asked) > _QUESTIONS:
        raise MessageError(f"{len(asked):,} questions; {_QUESTIONS:,} are the most")
    return [_question(each, callbacks) for each in asked]


def _kind(call: Call) -> tuple[str, str]:
    """Return the operation and dtype of a call: the first call of each is given time to warm up."""
    operation, arrays, parameters = call
    return operation, _dtype(arrays) or parameters.get("dtype", "")


def _dtype(value: Any) -> str:
    """Return the dtype of the first array in a value, "" if there is no array."""
    if isinstance(value, (list, tuple)):
        return next(filter(None, map(_dtype, value)), "")
    return name_of(value.dtype) if isinstance(value, np.ndarray) else ""
