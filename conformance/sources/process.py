"""An adapter in another process, in any language: it answers lines of JSON with lines of JSON."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from nnspec.conformance.sources.ahead import Ahead
from nnspec.conformance.sources.boundary import VARIABLE
from nnspec.conformance.sources.child import MEMORY
from nnspec.conformance.sources.conversation import ENDINGS, Conversation, Reply
from nnspec.conformance.sources.description import Call
from nnspec.conformance.sources.messages import (
    MessageError,
    arrays_of,
    call_of,
    callbacks_of,
    line_of,
)
from nnspec.conformance.sources.noticed import Noticed
from nnspec.conformance.sources.repeats import Repeats, renewed
from nnspec.conformance.sources.sharing import shares
from nnspec.conformance.terms.outcomes import Absent, Malformed

# The child finds every module where this process does, so that no folder of the user's can take the
# place of one of ours.
_WORKER = (
    "import os, sys; sys.path[:] = sys.argv[1:]; del sys.argv[1:]; "
    f"told = os.environ.pop({VARIABLE!r}, os.devnull); "
    "from nnspec.conformance.sources.worker import main; main(told)"
)


# The calls that one line repeats: all of them must end in the time of one call.
_AT_ONCE = 32


class Answer(NamedTuple):
    """The arrays of an answer, and the reply that they were read from."""

    arrays: Any
    reply: Reply


class Process:
    """A source whose answers come from a child process; `Conversation` explains the limits."""

    def __init__(
        self,
        argv: Sequence[str],
        adapter: str | None = None,
        limit: float = 10.0,
        warm_up: float = 60.0,
        start_limit: float = 120.0,
        memory_limit: int = MEMORY,
    ) -> None:
        self.conversation = Conversation(argv, adapter, limit, warm_up, start_limit, memory_limit)
        self.description = self.conversation.description
        self._ahead = Ahead(self.conversation)
        self._repeats, self._counted = Repeats(), self.conversation.child

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ask the child to stop, and end what is left of it."""
        self.conversation.close()

    @property
    def noticed(self) -> Noticed:
        """What was noticed of the adapter beside its answers."""
        return self.conversation.noticed()

    def foresee(self, calls: Sequence[Call]) -> None:
        """Take note of the next calls, in their order: a process may be sent many in one line.

        They are still made one by one, and each caller gets the reply to its own call.
        """
        takes_many = self.conversation.takes_many
        self._ahead.replace(
            call
            for call in calls
            if takes_many and call[0] in self.description.operations and self._can_take(call)
        )

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the child's answer, an array or a (nested) list of arrays, or raise an outcome."""
        return self.ask((operation, arrays, parameters)).arrays

    def ask(self, call: Call) -> Answer:
        """Return the child's answer and the reply that it came in, or raise an outcome."""
        operation = call[0]
        if operation not in self.description.operations:
            message = f"the adapter offers no {operation}"
            raise Absent(message)
        if not self._can_take(call):
            message = "the process takes each array in memory of its own"
            raise Absent(message)
        self._made(operation, 1)
        reply = self._ahead.take(call) or self._asked(call)
        return Answer(_arrays(operation, reply.message), reply)

    def _can_take(self, call: Call) -> bool:
        """Say whether the process can be given a call: its arrays may lie in one memory."""
        return self.conversation.takes_aliases or not shares(call[1])

    def again(self, call: Call, *, times: int, calls: int) -> list[Any]:
        """Ask a call again and again, and return its different answers so far.

        A process that takes `repeats` is asked with a few lines. It looks at the bits itself.
        """
        self._made(call[0], 0)
        due = self._repeats.due(call, times=times, calls=calls)
        answers: list[Any] = []
        for start in range(0, due, _AT_ONCE):
            answers += self._repeated(renewed(call), min(_AT_ONCE, due - start))
        return self._repeats.with_those(call, answers)

    def _repeated(self, call: Call, count: int) -> list[Any]:
        """Return the answers to so many calls, those that are alike perhaps once."""
        operation, arrays, _ = call
        repeats = self.conversation.takes_repeats and all(map(_is_foretold, arrays))
        many = self.conversation.takes_many and not any(map(callable, arrays))
        if operation not in self.description.operations or not (repeats or many):
            return [self.call(*renewed(call)) for _ in range(count)]
        self._made(operation, count)
        if repeats:
            message = self._asked(call, times=count).message
            others = message.get("others", [])
            if not isinstance(others, list):
                said = f"{operation} was answered with others that are no list"
                raise Malformed(said)
            messages = [message, *({"answer": each} for each in others)]
        else:
            messages = [each.message for each in self._asked_at_once(call, count)]
        return [_arrays(operation, each) for each in messages]

    def _made(self, operation: str, count: int) -> None:
        """Count calls of the process that there is; one that was started again has had none."""
        if self._counted is not self.conversation.child:
            self._counted = self.conversation.child
            self._repeats.made.clear()
        self._repeats.made[operation] += count

    def _asked(self, call: Call, *, times: int = 1) -> Reply:
        """Ask for a call that nobody has foreseen, so many times."""
        request = self._request(call) | ({"times": times} if times > 1 else {})
        return self.conversation.request(call, line_of(request), callbacks_of(*call[:2]))

    def _asked_at_once(self, call: Call, count: int) -> list[Reply]:
        """Ask for a call so many times in one line."""
        line = line_of({"request": "calls", "calls": [self._request(call)] * count})
        first = self.conversation.request(call, line, replies=count)
        return [first, *(self.conversation.reply(call) for _ in range(count - 1))]

    def _request(self, call: Call) -> dict[str, Any]:
        """Return a call's message to a process that is ready for it."""
        self._ahead.settle()
        self.conversation.ready(call[0])
        scripts, put = self.conversation.takes_scripts, self.conversation.line()
        return call_of(*call, scripts=scripts, put=put)


def _is_foretold(argument: Any) -> bool:
    """Say whether an argument needs no question: it is no function, or its answers are a script."""
    return not callable(argument) or bool(getattr(argument, "script", ()))


def _arrays(operation: str, message: Mapping[str, Any]) -> Any:
    """Return the arrays of an answer; an error is raised as the outcome that it names."""
    if "error" in message:
        error = message["error"]
        traceback = {"traceback": str(error["traceback"])} if "traceback" in error else {}
        raise ENDINGS[error["kind"]](error["message"], **traceback)
    try:
        return arrays_of(message["answer"])
    except (MessageError, RecursionError) as error:
        said = f"{operation} was answered with {error}"
        raise Malformed(said) from None


# A start imports a library, and a first call compiles.
_STARTS = 2


@dataclass(frozen=True)
class Adapter:
    """An adapter by the name that `loading.load` finds it under, or the words of a command.

    The limits are the seconds that a call may take, and the bytes that its processes may hold. A
    start may take twice as long as the first call of an operation.
    """

    name: str
    command: tuple[str, ...] = ()
    limit: float = 10.0
    warm_up: float = 60.0
    memory_limit: int = MEMORY


def started(adapter: Adapter) -> Process:
    """Start the process of an adapter; raises AdapterError if it does not keep to the protocol."""
    limits: dict[str, Any] = {
        "limit": adapter.limit,
        "warm_up": adapter.warm_up,
        "start_limit": _STARTS * adapter.warm_up,
        "memory_limit": adapter.memory_limit,
    }
    return worker(adapter.name, **limits) if adapter.name else Process(adapter.command, **limits)


def worker(adapter: str, **limits: Any) -> Process:
    """Start an adapter that `loading.load` finds in a Python process of its own.

    The limits are those of a `Process`.
    """
    return Process([sys.executable, "-c", _WORKER, *sys.path], adapter, **limits)
