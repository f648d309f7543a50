"""The child process of a Python adapter: `python -m conformance.worker` speaks the protocol and keeps its channel to itself."""

import faulthandler
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from conformance import loading, protocol
from conformance.implementation import AdapterError, InProcess
from conformance.outcomes import Absent, Ended, Malformed, Raised

_KINDS: dict[type[Ended], str] = {Absent: "absent", Raised: "raised", Malformed: "malformed"}


def main() -> None:
    """Serve the requests on standard input until there are no more."""
    requests, replies = _channel()
    faulthandler.enable()
    source: InProcess | None = None
    for line in requests:
        request = json.loads(line)
        if request["request"] == "stop":
            break
        if request["request"] == "start":
            try:
                adapter, name = loading.load(request["adapter"])
                source = InProcess(adapter, name)
                reply = _description(source, loading.digest(adapter))
            except AdapterError as error:
                reply = {"error": {"kind": "adapter", "message": str(error)}}
        else:
            assert source is not None  # noqa: S101  the suite starts before it calls
            reply = _called(source, request, lambda question: _asked(question, requests, replies))
        _send(replies, reply)
    # An adapter's threads and exit handlers are not waited for.
    os._exit(0)


def _called(source: InProcess, request: dict[str, Any], ask: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    arguments = protocol.decode(request["arguments"])
    callbacks = [_callback(name, ask) for name in request.get("callbacks", [])]
    try:
        return {"answer": protocol.encode(source.call(request["operation"], [*callbacks, *arguments], request["parameters"]))}
    except Ended as ended:
        kind = next(word for outcome, word in _KINDS.items() if isinstance(ended, outcome))
        return {"error": {"kind": kind, "message": ended.message, **ended.details}}


def _callback(name: str, ask: Callable[[dict[str, Any]], Any]) -> Callable[..., Any]:
    return lambda *arguments: ask({"callback": name, "arguments": protocol.encode(arguments)})


def _asked(question: dict[str, Any], requests: Iterator[bytes], replies: BinaryIO) -> Any:
    _send(replies, question)
    return protocol.decode(json.loads(next(requests))["answer"])


def _description(source: InProcess, digest: str) -> dict[str, Any]:
    described = source.description
    return {
        "name": described.name,
        "version": described.version,
        "operations": described.operations,
        "dtypes": described.dtypes,
        "accumulates_in": dict(described.accumulates_in),
        "fixed": {operation: dict(values) for operation, values in described.fixed.items()},
        "expected_failures": dict(described.expected_failures),
        "digest": digest,
    }


def _channel() -> tuple[BinaryIO, BinaryIO]:
    """Move the protocol off standard input and output, so that what a library prints, in any language, goes to standard error."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, replies


def _send(replies: BinaryIO, message: dict[str, Any]) -> None:
    replies.write(json.dumps(message).encode() + b"\n")
    replies.flush()


if __name__ == "__main__":
    main()
