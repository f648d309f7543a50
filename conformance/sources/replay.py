"""Recorded answers that are played again: each call must be the one recorded in its place."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nnspec.conformance.sources.description import Call, Description
from nnspec.conformance.sources.messages import (
    MessageError,
    array_of,
    arrays_of,
    callbacks_of,
    decode,
)
from nnspec.conformance.sources.recorded import ENDINGS, Recorded, lines_of, listed
from nnspec.conformance.sources.recording import digest_of, hangs_on_chance
from nnspec.conformance.sources.thinned import Mask, filled, key_of_sample
from nnspec.conformance.terms.nested import leaves

# What stands of a case whose calls are summed up.
_MEASURED: dict[str, Any] = {"compared": int, "worst_ulp": float, "worst_ratio": float}


class Deviation(BaseException):
    """A question differs from the one that was asked when the answers were recorded.

    The message says in which call. It is no Exception: a judge would take that for an error of the
    suite's own, and go on.
    """


class Summary(NamedTuple):
    """What a line says of the calls that it stands for: how many, and the digest of their requests.

    They answered so many `numbers`, and so many values were `compared`.
    """

    request: str
    calls: int
    numbers: int
    compared: int


class Replay:
    """A source whose answers were recorded: each call must be the one recorded in its place."""

    def __init__(self, recorded: Recorded, description: Description) -> None:
        self.description = description
        self._recorded, self._lines = recorded, lines_of(recorded.path)
        next(self._lines)
        self._number = 0
        # A line that was read and not asked for yet.
        self._next_line: dict[str, Any] | None = None
        self._kept: dict[int, dict[str, Any]] = {}
        # Which numbers of the last answer are recorded, None for all, and whether its judge knows;
        # how many of all are not; and the cases that a line sums up.
        self._known: Mask | None = None
        self._heeded = False
        self.unknown = self.answered = 0
        self.summed: list[str] = []

    @property
    def played(self) -> int:
        """How many calls were played again."""
        return self._number

    def foresee(self, calls: Sequence[Call]) -> None:
        """What comes next is recorded."""

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the recorded answer, or raise the recorded outcome.

        Raises Deviation if another call was recorded in this place, or no call.
        """
        call = self._next(operation, digest_of(operation, arrays, parameters))
        reply = self._reply(call)
        if "thinned" in reply:
            asked = operation, arrays, parameters
            answer = self._read(lambda: self._filled(reply["thinned"], asked, call))
        else:
            answer = self._read(lambda: self._repeated(reply, callbacks_of(operation, arrays)))
        self.answered += sum(array.size for array in leaves(answer))
        return answer

    def again(self, call: Call, *, times: int, calls: int) -> list[Any]:
        """Return the recorded answers to a call that was asked again, or raise as `call` does."""
        line = self._next(call[0], digest_of(*call, times=times, calls=calls))
        reply = self._reply(line)
        others = listed(reply.get("others", []))
        found: list[Any] = self._read(lambda: [self._repeated(reply, {}), *map(arrays_of, others)])
        self.answered += sum(array.size for array in leaves(found))
        return found

    def partly(self) -> Mask | None:
        """Return which numbers of the last answer are recorded, None where all are.

        Whoever asks judges these alone.
        """
        self._heeded = True
        return self._known

    def settle(self) -> None:
        """Raise Deviation if the last answer is recorded in part, and was judged as a whole.

        The numbers that are left out would be right whatever they were.
        """
        known, self._known = self._known, None
        if known is not None and not self._heeded:
            raise Deviation(
                f"call {self._number} is recorded in part, and each of its numbers is judged"
            )
        self._heeded = False

    def summed_up(
        self, case: str, operation: str, due: Callable[[], Summary | None]
    ) -> dict[str, Any] | None:
        """Return what was measured of a case, if a line sums up its calls; None if none does.

        `due` returns what such a line has to say of the calls. Raises Deviation if the line sums up
        another case, other calls, or a case that hangs on no chance or has few weights.
        """
        line = self._peeked()
        told = line["reply"].get("unjudged") if line and "reply" in line else None
        if told is None:
            return None
        self._read_on()
        if told.get("case") != case or not hangs_on_chance(operation):
            raise Deviation(f"call {self._number} sums up a case that is not judged by statistics")
        numbers, measured = told.get("numbers"), {name: told.get(name) for name in _MEASURED}
        if type(numbers) is not int or not all(
            isinstance(measured[name], kind) for name, kind in _MEASURED.items()
        ):
            raise Deviation(f"call {self._number} sums up a case without its measurements")
        asked, needed = (line or {}).get("request"), due()
        # Answers that differ in some bit count each; the reference's do not differ.
        if (
            needed is None
            or (asked, told.get("calls")) != (needed.request, needed.calls)
            or numbers < needed.numbers
            or measured["compared"] < needed.compared
        ):
            raise Deviation(f"call {self._number} sums up other calls than the case has")
        self.answered += numbers
        self.unknown += numbers
        self.summed.append(case)
        return measured

    def _peeked(self) -> dict[str, Any] | None:
        """Return the next line, which stays the next one; None at the end."""
        self.settle()
        if self._next_line is None:
            self._next_line = next(self._lines, None)
        return self._next_line

    def _read_on(self) -> dict[str, Any] | None:
        """Return the next line and go on behind it; None at the end."""
        line, self._next_line = self._peeked(), None
        self._number += line is not None
        return line

    def _next(self, operation: str, request: str) -> dict[str, Any]:
        """Return the line of the next call; raises Deviation if another was recorded there."""
        call = self._read_on()
        if call is None:
            raise Deviation(
                f"the answers end after call {self._number}, and {operation} is to be asked once "
                "more"
            )
        if call["operation"] != operation:
            raise Deviation(
                f"call {self._number} asked {call['operation']} where {operation} is to be asked"
            )
        if call["request"] != request:
            raise Deviation(
                f"call {self._number} asked {operation} something else than is to be asked"
            )
        return call

    def _reply(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """Return the reply in a line, or the earlier one that the line refers to."""
        reply: dict[str, Any] = call["reply"] if "reply" in call else self._kept[call["same"]]
        if self._number in self._recorded.repeated:
            self._kept[self._number] = reply
        return reply

    def _read(self, answered: Callable[[], Any]) -> Any:
        try:
            return answered()
        except (MessageError, RecursionError) as error:
            raise Deviation(f"call {self._number} has {error}") from None

    def end(self) -> None:
        """Raise Deviation if recorded calls are left over."""
        if self._peeked() is not None:
            raise Deviation(
                f"{self._recorded.calls} calls are recorded where {self._number} are to be asked"
            )

    def _filled(self, held: Any, call: Call, line: Mapping[str, Any]) -> Any:
        operation, arrays, _ = call
        try:
            drawn = key_of_sample(self._recorded.header.get("seed"), line["request"])
            answer, questions, self._known = filled(held, drawn, call)
        except (TypeError, ValueError, LookupError) as error:
            said = f"numbers that cannot be read: {type(error).__name__}: {error}"
            raise MessageError(said) from None
        self.unknown += int(np.count_nonzero(~self._known))
        callbacks = callbacks_of(operation, arrays)
        for name, arguments in questions:
            callbacks[name](*arguments)
        return answer

    def _repeated(
        self, reply: Mapping[str, Any], callbacks: Mapping[str, Callable[..., Any]]
    ) -> Any:
        problem: Exception = MessageError("no answer and no ending")
        for name, arguments in reply.get("asked", []):
            if name not in callbacks:
                raise MessageError(f"a question to {name!r}, which is no callback of its operation")
            given = [decode(argument, array_of) for argument in arguments]
            try:
                callbacks[name](*given)
            # The recording says what the source made of it, if the source heard of it.
            except Exception as error:  # noqa: BLE001
                problem = error
        if "answer" in reply:
            return arrays_of(reply["answer"])
        if "ended" in reply:
            raise ENDINGS[reply["ended"]](reply["message"], **reply.get("details", {}))
        raise problem
