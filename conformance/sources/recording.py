"""A source whose calls are recorded: each with the digest of its request, and its reply."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.sources.conversation import Reply
from nnspec.conformance.sources.description import Call, Source
from nnspec.conformance.sources.messages import (
    EMPTY,
    call_of,
    callbacks_of,
    encode,
    joined,
    line_of,
    respelt,
)
from nnspec.conformance.sources.noticed import Noticed, noticed
from nnspec.conformance.sources.process import Process
from nnspec.conformance.sources.recorded import KINDS
from nnspec.conformance.sources.thinned import MANY, Kept, is_thinned, key_of_sample, thinned
from nnspec.conformance.terms.nested import leaves, mapped
from nnspec.conformance.terms.operations import OPERATIONS
from nnspec.conformance.terms.outcomes import Ended


class Recording:
    """A source that hands on what another one says, and gives each call to `keep`.

    `keep` takes the operation, the digest of the request and the line of the reply. It gets the
    calls of a case when the case has ended. An operation's questions to callbacks must have a form
    in the line protocol; a process can ask nothing else. The run's seed decides which numbers of a
    large answer are kept as its sample.
    """

    def __init__(
        self, source: Source, keep: Callable[[str, str, bytes], None], seed: int = 0
    ) -> None:
        self._source, self._keep, self._seed = source, keep, seed
        self.description = source.description
        self.foresee = source.foresee
        self._pending: _Pending | None = None
        self._calls: list[_Heard] = []

    @property
    def noticed(self) -> Noticed:
        """What the source noticed of its adapter beside its answers."""
        return noticed(self._source)

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the source's answer, or raise the outcome that it raised."""
        self._hear()
        callbacks = callbacks_of(operation, arrays)
        asked: list[Any] = []
        heard = {name: _Overheard(name, each, asked) for name, each in callbacks.items()}
        names = iter(heard)
        given = [heard[next(names)] if callable(each) else each for each in arrays]
        # Before the call: the arguments are what the source was given, whatever it does to them.
        request = digest_of(operation, arrays, parameters)
        pending = _Pending(operation, request, asked, all(map(_scripted, callbacks.values())))
        try:
            pending.answer, pending.line = _answered(self._source, (operation, given, parameters))
        except Ended as ended:
            # The line and not the exception, whose frames hold this object and the whole reply.
            said = _ended(ended)
            pending.line = lambda: said
            raise
        finally:
            self._pending = pending
            if not pending.many:
                self._hear()
        return pending.answer

    def settle(self) -> None:
        """Write down the calls since the last time."""
        self._hear()
        calls, self._calls = self._calls, []
        for each in calls:
            self._keep(each.operation, each.request, each.line)

    def sum_up(self, case: str, operation: str, measured: Mapping[str, Any]) -> None:
        """Write down what was `measured` of a case that conforms, if it hangs on many weights.

        A line with the digest of the calls since the last time stands for them. If they have few
        weights, they are written down themselves.
        """
        self._hear()
        if not any(each.weights for each in self._calls):
            self.settle()
            return
        calls, self._calls = self._calls, []
        asked, replied = hashlib.sha256(), hashlib.sha256()
        for each in calls:
            # What goes through layers of weights has other last bits on another machine.
            if hangs_on_chance(each.operation):
                asked.update(each.request.encode())
            replied.update(each.line)
        told = {
            "case": case,
            "calls": len(calls),
            "numbers": sum(each.numbers for each in calls),
            "sha256": replied.hexdigest(),
            **measured,
        }
        self._keep(operation, asked.hexdigest(), line_of({"unjudged": told}))

    def _hear(self) -> None:
        """Take down the whole reply to the last call, if it is not taken down yet."""
        pending, self._pending = self._pending, None
        if pending is not None:
            weights = pending.many and hangs_on_chance(pending.operation)
            call = pending.operation, pending.request, pending.whole(), pending.numbers
            self._calls.append(_Heard(*call, weights=weights))

    def thin(self, kept: Kept) -> None:
        """Write down what decides of the answer to the last call, if it has many numbers."""
        pending = self._pending
        if pending is None or not pending.scripted or not is_thinned(pending.answer, kept):
            return
        drawn = key_of_sample(self._seed, pending.request)
        held = thinned(pending.answer, pending.asked, drawn, kept)
        self._pending = None
        line = line_of({"thinned": held})
        self._calls.append(_Heard(pending.operation, pending.request, line, pending.numbers))

    def again(self, call: Call, *, times: int, calls: int) -> list[Any]:
        """Return the source's different answers to repetitions of a call, as one call is kept."""
        self._hear()
        request, line, numbers = digest_of(*call, times=times, calls=calls), EMPTY, 0
        try:
            answer, *others = answers = self._source.again(call, times=times, calls=calls)
            listed = {"others": encode(others)} if others else {}
            line = line_of({"answer": encode(answer), **listed})
            numbers = sum(each.size for each in leaves(answers))
        except Ended as ended:
            line = _ended(ended)
            raise
        finally:
            self._calls.append(_Heard(call[0], request, line, numbers))
        return answers


def _ended(ended: Ended) -> bytes:
    kind = KINDS[type(ended)]
    return line_of({"ended": kind, "message": ended.message, "details": ended.details})


@dataclass(frozen=True)
class _Heard:
    """A call: the digest of its request, the line of its reply, how many numbers were answered.

    The numbers may be `weights` of an initializer, too many to be written down.
    """

    operation: str
    request: str
    line: bytes
    numbers: int
    weights: bool = False


@dataclass
class _Pending:
    """A call that is not written down yet: whoever judges its answer may say that a part decides.

    The questions to callbacks follow from the answers if all of these are `scripted`.
    """

    operation: str
    request: str
    asked: list[Any]
    scripted: bool
    answer: Any = None
    line: Callable[[], bytes] = lambda: EMPTY

    @property
    def many(self) -> bool:
        """Whether an answer has many numbers."""
        return self.numbers > MANY

    @property
    def numbers(self) -> int:
        """How many numbers an answer has."""
        return 0 if self.answer is None else sum(each.size for each in leaves(self.answer))

    def whole(self) -> bytes:
        """Return the line of the whole reply, with the questions to callbacks before it."""
        asked = [[name, encode(arguments)] for name, arguments in self.asked]
        line = self.line()
        return joined(line, line_of({"asked": asked})) if asked else line


def settle(source: Source) -> None:
    """Let a recording write down the calls since the last time."""
    if isinstance(source, Recording):
        source.settle()


def sum_up(source: Source, case: str, operation: str, measured: Mapping[str, Any]) -> None:
    """Let a recording write down, of a case that conforms, as little as `Recording.sum_up` says."""
    if isinstance(source, Recording):
        source.sum_up(case, operation, measured)


def hangs_on_chance(operation: str) -> bool:
    """Say whether an operation answers random weights, which checks judge by their statistics."""
    return OPERATIONS[operation].random and not OPERATIONS[operation].answers_indices


def _scripted(callback: Any) -> bool:
    return bool(getattr(callback, "script", ()))


def _answered(source: Source, call: Call) -> tuple[Any, Callable[[], bytes]]:
    """Return a source's answer and how to get its line.

    A process has sent a line, for an object it is made.
    """
    if isinstance(source, Process):
        answer, reply = source.ask(call)
        return answer, partial(_line, reply)
    answer = source.call(*call)
    return answer, lambda: line_of({"answer": encode(answer)})


def _line(reply: Reply) -> bytes:
    """Return the line of an answer as this suite writes it; base 64 is never decoded for it.

    Another program may write the same answer in another way, and say more.
    """
    if reply.ours and reply.message.keys() == {"answer"}:
        return reply.line
    return line_of({"answer": respelt(reply.message["answer"])})


def digest_of(
    operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any], **again: int
) -> str:
    """Return the SHA-256 of a call as the line protocol writes it.

    A large array stands there by its own SHA-256. If the call is asked `again`, the line says how
    often.
    """
    call = call_of(operation, arrays, parameters, put=_digested) | again
    return hashlib.sha256(line_of(call)).hexdigest()


def _digested(array: NDArray[Any]) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(array.reshape(-1).view(np.uint8).data).hexdigest()}


@dataclass(frozen=True)
class _Overheard:
    """A callback that first writes down what it is asked: its arguments may make it raise."""

    name: str
    callback: Any
    asked: list[Any]

    def __call__(self, *arguments: Any) -> Any:
        self.asked.append((self.name, mapped(np.copy, arguments)))
        return self.callback(*arguments)

    def heard(self, *arguments: Any) -> None:
        """Do the same where the answer is known already."""
        self.asked.append((self.name, mapped(np.copy, arguments)))
        self.callback.heard(*arguments)

    @property
    def script(self) -> Any:
        return getattr(self.callback, "script", ())

    @property
    def itself(self) -> bool:
        return bool(getattr(self.callback, "itself", False))
