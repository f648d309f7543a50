"""The process of a Python adapter: it answers lines of the protocol, and prints go elsewhere."""

import faulthandler
import gc
import io
import os
import sys
import traceback
from collections.abc import Hashable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, BinaryIO

from nnspec.conformance.sources import boundary, surroundings
from nnspec.conformance.sources.description import AdapterError, misspelt
from nnspec.conformance.sources.guarded import Attended
from nnspec.conformance.sources.in_process import InProcess, said_by
from nnspec.conformance.sources.loading import digest, load, source_of
from nnspec.conformance.sources.memory import Writer, fetched
from nnspec.conformance.sources.messages import (
    array_of,
    decode,
    encode,
    extended,
    laid_out,
    line_of,
    message_of,
)
from nnspec.conformance.sources.places import from_here, places
from nnspec.conformance.sources.repeats import bits
from nnspec.conformance.sources.sharing import Memories
from nnspec.conformance.terms.outcomes import TEXT, Absent, Ended, Malformed, shortened

_KINDS: dict[type[Ended], str] = {Absent: "absent", Malformed: "malformed"}


def main(told: str = os.devnull) -> None:
    """Answer requests until one says stop or there are no more.

    What is refused to the adapter is told in a file.
    """
    suite = _Suite(*_channel())
    # Standard error tells where a crash or a time-out happened; core files would fill the disk.
    faulthandler.enable(all_threads=False)
    with suppress(ImportError):
        import resource  # noqa: PLC0415  POSIX alone has it

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    while (request := suite.heard()) and request["request"] != "stop":
        if request["request"] == "start":
            shares = suite.share(request.get("memory"))
            try:
                source, description = _start(request["adapter"], told)
                # What a library has loaded is no garbage, and need not be looked through for it.
                gc.freeze()
                suite.say_line(extended(description, "memory", b"true") if shares else description)
            except AdapterError as error:
                suite.say({"error": {"kind": "adapter", "message": str(error)}})
        else:
            suite.begin()
            for call in request.get("calls", [request]):
                suite.say_line(_answer(source, suite, call))


class _Suite:
    """The other end of the line, and its functions that an operation may ask.

    `asked` are the lines of the questions that a script has answered.
    """

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests, self._replies = requests, replies
        self.asked: list[bytes] = []
        self._memories = Memories([])
        self._arguments: int | None = None
        self._writer: Writer | None = None

    def share(self, names: Mapping[str, str] | None) -> bool:
        """Open the memory that the suite shares, and say whether that is possible."""
        try:
            opened = [os.open((names or {})[key], os.O_RDWR) for key in ("requests", "replies")]
        except (KeyError, OSError):
            return False
        self._arguments, self._writer = opened[0], Writer(opened[1])
        return True

    def begin(self) -> None:
        """Begin to answer a line: the suite has read the arrays of all answers before."""
        if self._writer is not None:
            self._writer.begin()

    def begin_call(self, call: Mapping[str, Any]) -> None:
        """Begin a call: nobody has asked a script, and its arrays lie in memories of their own."""
        self.asked.clear()
        self._memories = Memories(call["arguments"])

    def encoded(self, value: Any) -> Any:
        """Return a value with its arrays as objects of JSON, large ones in shared memory."""
        return encode(value, put=None if self._writer is None else self._writer.put)

    def heard(self) -> dict[str, Any]:
        """Return the next message, an empty one where there is none."""
        line = self._requests.readline()
        if not line:
            return {}
        message = message_of(line)
        return message if self._arguments is None else fetched(message, self._arguments)

    def say(self, message: Mapping[str, Any]) -> None:
        """Send a message."""
        self.say_line(line_of(message))

    def say_line(self, line: bytes) -> None:
        """Send the line of a message."""
        self._replies.write(line)
        self._replies.flush()

    def given(self, value: dict[str, Any]) -> Any:
        """Return what an object in a request stands for: an array, or a function."""
        if "script" in value:
            return partial(self._foretold, value["callback"], iter(value["script"]), [])
        if "callback" in value:
            return partial(self._ask_itself if "itself" in value else self._ask, value["callback"])
        array = array_of(value)
        shared = "shared" in value
        return self._memories.laid_out(array, value) if shared else laid_out(array, value)

    def with_asked(self, line: bytes) -> bytes:
        """Return the line of a reply with what was asked."""
        questions = b",".join(question.rstrip() for question in self.asked)
        return extended(line, "asked", b"[" + questions + b"]") if self.asked else line

    def _ask(self, name: str, *arguments: Any) -> Any:
        self.say({"callback": name, "arguments": self.encoded(arguments)})
        return decode(self.heard()["answer"], self.given)

    def _ask_itself(self, name: str, *arguments: Any) -> Any:
        """Ask a function that answers with its argument: the suite hears of it."""
        self._ask(name, *arguments)
        return arguments[0]

    def _foretold(self, name: str, script: Iterator[Any], last: list[Any], *arguments: Any) -> Any:
        # What no message can hold is the adapter's error here, where it asks.
        self.asked.append(line_of({"callback": name, "arguments": self.encoded(arguments)}))
        last[:] = [next(script, *last)]
        return decode(last[0], self.given)


def _channel() -> tuple[BinaryIO, BinaryIO]:
    """Move the protocol off standard input and output.

    An adapter finds an empty input there, and its output goes to standard error.
    """
    channel = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    # What was printed before a crash is to be read after it.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    return channel


def _start(adapter: str, told: str) -> tuple[InProcess, bytes]:
    """Load an adapter, and return it with the line of its description.

    What it could copy its answers from is refused to it first.

    Raises AdapterError if it cannot be loaded or described.
    """
    try:
        closed = _enclose(adapter, told)
        before = surroundings.state()
        found, short = load(adapter)
        tell = boundary.teller(told)
        for each in surroundings.changes(before, surroundings.state()):
            tell(f"left the import left {each}")
        source = Attended(found, short, tell=tell, closed=closed)
        # A function that nearly bears an operation's name is told of, for it is not judged.
        operations = [*source.description.operations, *misspelt(found)]
        said = source.description.plain() | {
            "operations": operations,
            "digest": digest(adapter),
            "scripts": True,
            "calls": True,
            "repeats": True,
            "aliases": True,
            "places": places(found, source.description.operations),
        }
        return source, line_of(said)
    except AdapterError:
        raise
    except Exception as error:  # an adapter's attributes may be anything, and raise anything
        why = f"{type(error).__name__}: {said_by(error)}"
        message = f"the adapter {adapter} describes itself wrongly: {why}"
        raise AdapterError(message) from error
    except KeyboardInterrupt:  # Ctrl-C does not get here: the adapter has raised it
        message = f"the adapter {adapter} raises KeyboardInterrupt when it is loaded"
        raise AdapterError(message) from None


def _enclose(adapter: str, told: str) -> boundary.Boundary:
    """Refuse an adapter what it does not declare, and tell what it declares."""
    closed = boundary.close_for_good((), told)
    file, own = source_of(adapter)
    declared = boundary.needs_of(file)
    closed.allow([*own, *declared])
    os.environ[boundary.VARIABLE] = os.pathsep.join([told, *own, *declared])
    for each in declared if not own else ():
        boundary.teller(told)(f"needs {each}")
    return closed


def _answer(source: InProcess, suite: _Suite, call: Mapping[str, Any]) -> bytes:
    """Call an operation and return the line of its answer or error.

    The line holds the questions that scripts have answered meanwhile. A call that is repeated has
    several answers if they differ in some bit. What it asked is not told.
    """
    suite.begin_call(call)
    operation, parameters = call["operation"], call["parameters"]
    parameters = {name: decode(value, suite.given) for name, value in parameters.items()}
    try:
        if "times" in call:
            answer, *others = _repeated(source, suite, call, parameters)
            return line_of({"answer": answer} | ({"others": others} if others else {}))
        arguments = [decode(argument, suite.given) for argument in call["arguments"]]
        return suite.with_asked(
            line_of({"answer": suite.encoded(source.call(operation, arguments, parameters))})
        )
    except Ended as ended:
        error = {
            "kind": _KINDS.get(type(ended), "raised"),
            "message": ended.message,
            **ended.details,
        }
    # KeyboardInterrupt too is the adapter's: Ctrl-C does not get here.
    except BaseException as raised:  # noqa: BLE001
        error = {
            "kind": "raised",
            "message": f"{operation} raised {type(raised).__name__}",
            "traceback": shortened(from_here(traceback.format_exc()), TEXT),
        }
    return suite.with_asked(line_of({"error": error}))


def _repeated(
    source: InProcess, suite: _Suite, call: Mapping[str, Any], parameters: Mapping[str, Any]
) -> list[Any]:
    """Call an operation again and again, and return its different answers as JSON has them."""
    found: dict[Hashable, Any] = {}
    given = [decode(argument, suite.given) for argument in call["arguments"]]
    places = [place for place, argument in enumerate(given) if callable(argument)]
    for _ in range(call["times"]):
        answer = source.call(call["operation"], given, parameters)
        found.setdefault(bits(answer), answer)
        suite.asked.clear()
        # A script begins anew; arrays are as they were, or the source has said that they are not.
        for place in places:
            given[place] = decode(call["arguments"][place], suite.given)
    return [encode(answer) for answer in found.values()]


if __name__ == "__main__":
    main()
