"""The programs that the tests of sources start, and the calls that they ask of them."""

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from nnspec import conformance
from nnspec.conformance.sources import process as protocol
from nnspec.conformance.sources.process import Process
from nnspec.conformance.terms.formats import cast

HOSTILE = Path(__file__).parent / "hostile"


SCHEMAS = {
    path.name: json.loads(path.read_text(encoding="utf-8"))
    for path in (Path(conformance.__file__).parent / "sources" / "schemas").glob("*.json")
}


X = np.array([[1.0, -2.0, 3.0]])


# Seconds that whatever does come may take to come: others may keep the machine busy. What never
# comes is given less.
PATIENT = 60.0


HOUR = 3600.0


def worker(name: str, limit: float = PATIENT) -> Process:
    return protocol.worker(f"{HOSTILE}/adapters.py:{name}", limit=limit, warm_up=limit)


def child(*behavior: str, limit: float = PATIENT, start_limit: float = PATIENT) -> Process:
    return Process(
        [sys.executable, str(HOSTILE / "child.py"), *behavior],
        limit=limit,
        warm_up=limit,
        start_limit=start_limit,
    )


def softmax(process: Process) -> object:
    return process.call("softmax", [X], {"axis": -1})


def assert_answers(process: Process) -> None:
    process.conversation.limit = process.conversation.warm_up = PATIENT
    assert process.call("relu", [X], {}).tolist() == [[1, 0, 3]]


def assert_shows_softmax(words: str) -> None:
    """Assert that a process said where it was, in the adapter's lines and not in ours."""
    assert re.search(r'hostile/adapters\.py", line \d+ in softmax', words)
    assert "conformance" not in words


def lives(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet buried does not."""
    try:
        os.kill(pid, 0)
        return (
            not Path("/proc/self").exists()
            or Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
            != "Z"
        )
    except (ProcessLookupError, FileNotFoundError):
        return False


def dies(pid: int) -> bool:
    until = time.monotonic() + PATIENT
    while lives(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not lives(pid)


def strided(dtype: str) -> Iterator[tuple[str, np.ndarray]]:
    block = cast(np.arange(24.0).reshape(4, 6), dtype)
    yield "contiguous", block
    yield "every other column", block[:, ::2]
    yield "reversed", block[::-1, ::-2]
    yield "transposed", block.T
    yield "broadcast", np.broadcast_to(block[0], (3, 6))
    yield "one element", block[1:2, 3:4]
    yield "scalar", block[1, 2, ...]
    yield "empty", block[:0, ::2]
    yield "overlapping", np.lib.stride_tricks.sliding_window_view(block[0], 3)


Asked = tuple[str, tuple[np.ndarray, ...], dict[str, object]]


def relus(count: int) -> list[Asked]:
    return [("relu", (np.array([-1.0, float(number)]),), {}) for number in range(count)]


def sent_in(lines: list[tuple[str, dict[str, object]]]) -> list[int]:
    """How many calls stood in each line that asked for some."""
    said = [message for name, message in lines if name == "request.json"]
    return [
        len(message.get("calls", [message]))
        for message in said
        if message["request"] in ("call", "calls")
    ]


def validator(name: str) -> Draft202012Validator:
    resources = [(file, Resource.from_contents(schema)) for file, schema in SCHEMAS.items()]
    return Draft202012Validator(SCHEMAS[name], registry=Registry().with_resources(resources))
