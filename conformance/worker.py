"""The process that a Python adapter runs in: it answers the lines of the protocol, and nothing that an adapter prints gets among them."""

import faulthandler
import io
import os
import resource
import sys
import traceback
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO

from conformance.implementation import AdapterError, InProcess, misspelt
from conformance.loading import digest, load
from conformance.messages import array_of, decode, encode, laid_out, line_of, message_of
from conformance.outcomes import Absent, Ended, Malformed

_KINDS: dict[type[Ended], str] = {Absent: "absent", Malformed: "malformed"}


def main() -> None:
    """Answer requests until one says stop or there are no more."""
    requests, replies = _channel()
    # Where a crash or a time-out happened is said on standard error; a core file of each would fill the disk.
    faulthandler.enable(all_threads=False)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))

    def reply(line: bytes) -> None:
        replies.write(line)
        replies.flush()

    def ask(name: str, *arguments: Any) -> Any:
        reply(line_of({"callback": name, "arguments": encode(arguments)}))
        return decode(message_of(requests.readline())["answer"], given)

    def given(value: dict[str, Any]) -> Any:
        if "script" in value:
            return partial(foretold, value["callback"], iter(value["script"]), [])
        return partial(ask, value["callback"]) if "callback" in value else laid_out(array_of(value), value)

    asked: list[dict[str, Any]] = []

    def foretold(name: str, script: Iterator[Any], last: list[Any], *arguments: Any) -> Any:
        question = {"callback": name, "arguments": encode(arguments)}
        # What no message can hold is the adapter's error here, where it asks.
        line_of(question)
        asked.append(question)
        last[:] = [next(script, *last)]
        return decode(last[0], given)

    for line in requests:
        request = message_of(line)
        if request["request"] == "start":
            try:
                source, description = _start(request["adapter"])
                reply(description)
            except AdapterError as error:
                reply(line_of({"error": {"kind": "adapter", "message": str(error)}}))
        elif request["request"] == "call":
            arguments = [decode(argument, given) for argument in request["arguments"]]
            parameters = {name: decode(value, given) for name, value in request["parameters"].items()}
            asked.clear()
            reply(_answer(source, request["operation"], arguments, parameters, asked))
        else:
            break


def _channel() -> tuple[BinaryIO, BinaryIO]:
    """Move the protocol off standard input and output; an adapter finds an empty input there, and its output goes to standard error."""
    channel = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    # What was printed before a crash is to be read after it.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    return channel


def _start(adapter: str) -> tuple[InProcess, bytes]:
    """Load an adapter and return it with its description; AdapterError where it cannot be loaded or described."""
    try:
        found, short = load(adapter)
        source = InProcess(found, short)
        # What is no operation is not judged, and the person is told so.
        operations = [*source.description.operations, *misspelt(found)]
        return source, line_of(source.description.plain() | {"operations": operations, "digest": digest(adapter), "scripts": True})
    except AdapterError:
        raise
    except Exception as error:  # an adapter's attributes may be anything, and raise anything
        message = f"the adapter {adapter} describes itself wrongly: {type(error).__name__}: {error}"
        raise AdapterError(message) from error


def _answer(source: InProcess, operation: str, arguments: list[Any], parameters: dict[str, Any], asked: list[dict[str, Any]]) -> bytes:
    """Call an operation and return the line with its answer, or with how the call ended, and with what it `asked` by script meanwhile."""
    try:
        answer = encode(source.call(operation, arguments, parameters))
        return line_of({"answer": answer} | ({"asked": asked} if asked else {}))
    except Ended as ended:
        error = {"kind": _KINDS.get(type(ended), "raised"), "message": ended.message, **ended.details}
    except BaseException as raised:  # noqa: BLE001  KeyboardInterrupt too is the adapter's: Ctrl-C does not get here
        error = {"kind": "raised", "message": f"{operation} raised {type(raised).__name__}", "traceback": traceback.format_exc()}
    return line_of({"error": error} | ({"asked": asked} if asked else {}))


if __name__ == "__main__":
    main()
