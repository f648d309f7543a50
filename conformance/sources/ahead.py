"""Foreseen calls: many go out in one line, and each reply is kept until the call is made."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Any

from nnspec.conformance.sources.conversation import Conversation, Reply
from nnspec.conformance.sources.description import Call
from nnspec.conformance.sources.messages import call_of, line_of
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.outcomes import Ended

# Calls and bytes of arrays in one line. So many that a line costs little beside its calls, and so
# few that all of them are soon answered.
_CALLS = 64
_BYTES = 2**18


@dataclass(eq=False)
class _Foreseen:
    """A call that will be made, and what came of it, as soon as that is known."""

    operation: str
    arguments: Sequence[Any]
    parameters: Mapping[str, Any]
    came: Reply | Ended | None = None

    @property
    def call(self) -> Call:
        """The call alone."""
        return self.operation, self.arguments, self.parameters

    def is_made_by(self, call: Call) -> bool:
        """Say whether this is the call: the same arrays, not only arrays with the same numbers."""
        operation, arrays, parameters = call
        same = (
            operation == self.operation
            and len(arrays) == len(self.arguments)
            and all(map(is_, arrays, self.arguments))
        )
        return same and parameters == self.parameters


class Ahead:
    """The queue of foreseen calls of a conversation.

    The child owes the replies to the first calls of which nothing came yet, as many as are `due`.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._calls: deque[_Foreseen] = deque()

    def replace(self, calls: Iterable[Call]) -> None:
        """Take note of other calls, in their order."""
        self.settle()
        self._calls = deque(_Foreseen(*call) for call in calls)

    def take(self, call: Call) -> Reply | None:
        """Return the reply to a call that is foreseen, None for another; an outcome is raised.

        Calls before it are dropped, for nobody has made them.
        """
        place = next((at for at, each in enumerate(self._calls) if each.is_made_by(call)), None)
        if place is None:
            return None
        for _ in range(place):
            if self._conversation.due:
                self._receive(self._calls[0])
            self._calls.popleft()
        came = self._receive(self._calls[0])
        self._calls.popleft()
        if isinstance(came, Ended):
            raise came
        return came

    def settle(self) -> None:
        """Receive every reply that is due, since the next line will be about something else."""
        for each in self._calls:
            if not self._conversation.due:
                break
            self._receive(each)

    def _receive(self, foreseen: _Foreseen) -> Reply | Ended:
        """Return the reply to the first call without one; send the call if it was not sent."""
        if foreseen.came is None:
            try:
                foreseen.came = self._reply(foreseen)
            except Ended as ended:
                foreseen.came = ended
        return foreseen.came

    def _reply(self, foreseen: _Foreseen) -> Reply:
        conversation = self._conversation
        if conversation.due:
            return conversation.reply(foreseen.call)
        conversation.ready(foreseen.operation)
        calls = self._next_calls()
        request = {"request": "calls", "calls": calls} if conversation.takes_many else calls[0]
        return conversation.request(foreseen.call, line_of(request), replies=len(calls))

    def _next_calls(self) -> list[dict[str, Any]]:
        """Return the calls that go out in the next line."""
        calls: list[dict[str, Any]] = []
        size, put = 0, self._conversation.line()
        for each in self._calls:
            size += sum(array.nbytes for array in leaves(each.arguments))
            full = size > _BYTES or len(calls) == _CALLS
            # A process that was started again may take fewer in a line than the one before it.
            if calls and (full or not self._conversation.takes_many):
                break
            calls.append(call_of(*each.call, put=put))
        return calls
