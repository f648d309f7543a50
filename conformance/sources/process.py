"""An adapter in another process, in any language: it answers lines of JSON with lines of JSON."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from nnspec.conformance.sources.ahead import Ahead
from nnspec.conformance.sources.conversation import ENDINGS, Conversation, Reply
from nnspec.conformance.sources.description import Call
from nnspec.conformance.sources.messages import (
    MessageError,
    arrays_of,
    call_of,
    callbacks_of,
    line_of,
)
from nnspec.conformance.terms.outcomes import Absent, Malformed

# The child finds every module where this process does, so that no folder of the user's can take the
# place of one of ours.
_WORKER = (
    "import sys; sys.path[:] = sys.argv[1:]; del sys.argv[1:]; "
    "from nnspec.conformance.sources.worker import main; main()"
)


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
    ) -> None:
        self.conversation = Conversation(argv, adapter, limit, warm_up, start_limit)
        self.description = self.conversation.description
        self._ahead = Ahead(self.conversation)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ask the child to stop, and end what is left of it."""
        self.conversation.close()

    def foresee(self, calls: Sequence[Call]) -> None:
        """Take note of the next calls, in their order: a process may be sent many in one line.

        They are still made one by one, and each caller gets the reply to its own call.
        """
        takes_many = self.conversation.takes_many
        self._ahead.replace(
            call for call in calls if takes_many and call[0] in self.description.operations
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
        reply = self._ahead.take(call) or self._asked(call)
        return Answer(_arrays(operation, reply.message), reply)

    def _asked(self, call: Call) -> Reply:
        """Ask for a call that nobody has foreseen."""
        operation, arrays, _ = call
        self._ahead.settle()
        self.conversation.ready(operation)
        scripts, put = self.conversation.takes_scripts, self.conversation.line()
        line = line_of(call_of(*call, scripts=scripts, put=put))
        return self.conversation.request(call, line, callbacks_of(operation, arrays))


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


@dataclass(frozen=True)
class Adapter:
    """An adapter by the name that `loading.load` finds it under, or the words of a command.

    The limits are the seconds that a call may take.
    """

    name: str
    command: tuple[str, ...] = ()
    limit: float = 10.0
    warm_up: float = 60.0


def started(adapter: Adapter) -> Process:
    """Start the process of an adapter; raises AdapterError if it does not keep to the protocol."""
    if adapter.name:
        return worker(adapter.name, limit=adapter.limit, warm_up=adapter.warm_up)
    return Process(adapter.command, limit=adapter.limit, warm_up=adapter.warm_up)


def worker(
    adapter: str, *, limit: float = 10.0, warm_up: float = 60.0, start_limit: float = 120.0
) -> Process:
    """Start an adapter that `loading.load` finds in a Python process of its own."""
    return Process([sys.executable, "-c", _WORKER, *sys.path], adapter, limit, warm_up, start_limit)
