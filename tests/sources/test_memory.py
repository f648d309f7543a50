"""Shared memory: large arrays pass through files without names, and nothing of them is left."""

import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from nnspec import conformance
from nnspec.conformance.sources.memory import Memory, Writer, fetched
from nnspec.conformance.sources.messages import LARGE, MessageError, array_of, encode
from nnspec.conformance.sources.process import Process, worker
from nnspec.conformance.sources.recording import Recording, digest_of
from nnspec.conformance.terms.formats import NAMES, cast
from tests.sources.programs import PATIENT, child

PAGE = Path(conformance.__file__).parent / "sources" / "protocol.md"
NUMBERS = np.cos(np.arange(3 * LARGE).reshape(3, -1))


@pytest.fixture
def memory():
    found = Memory()
    yield found
    found.close()


@pytest.mark.parametrize("dtype", [*NAMES, "int64"])
def test_an_array_comes_back_to_the_last_bit(dtype: str, memory: Memory) -> None:
    array = np.arange(LARGE) if dtype == "int64" else cast(NUMBERS, dtype)
    descriptor = memory.descriptors[0]
    writer = Writer(descriptor)
    message = encode([array, array.T, np.ones(3)], put=writer.put)
    assert ["place" in each for each in message] == [True, True, False]
    first, second, third = fetched(message, descriptor)
    assert array_of(first).dtype == array.dtype
    assert array_of(first).tobytes() == array.tobytes()
    assert array_of(second).tobytes() == array.T.tobytes()
    assert array_of(third).tolist() == [1, 1, 1]
    writer.begin()
    assert encode(array, put=writer.put)["place"] == 0


@pytest.mark.parametrize(
    "message",
    [
        {"dtype": "float64", "shape": [3], "place": 0},
        {"dtype": "float64", "shape": [3], "place": -8},
        {"dtype": "float64", "shape": [2**60], "place": 0},
        {"dtype": "float64", "shape": [-1], "place": 0},
        {"dtype": "float64", "shape": 3, "place": 0},
        {"dtype": "complex64", "shape": [0], "place": 0},
        {"shape": [0], "place": 0},
        {"dtype": "float64", "shape": [0], "place": True},
        {"place": 0},
    ],
)
def test_an_array_that_is_not_there_is_told(message: object, memory: Memory) -> None:
    with pytest.raises(MessageError):
        fetched({"answer": [message]}, memory.descriptors[1])


def test_a_worker_takes_and_gives_large_arrays_so() -> None:
    recorded: list[bytes] = []
    with worker("loopback") as process:
        source = Recording(process, lambda *call: recorded.append(call[2]))
        for name in NAMES:
            x = cast(NUMBERS, name)
            assert source.call("identity", [x], {}).tobytes() == x.tobytes()
        softmax = source.call("softmax", [NUMBERS.T], {"axis": 0})
        assert softmax.shape == NUMBERS.T.shape
        source.settle()
        assert process.conversation._writer is not None
    # A certificate holds base 64, wherever the array was.
    assert all(b'"data":' in line and b'"place":' not in line for line in recorded)


def test_calls_in_one_line_do_not_overwrite_each_other() -> None:
    with worker("loopback") as process:
        calls = [
            ("constant", ((3 * LARGE,),), {"value": float(v), "dtype": "float64"}) for v in range(9)
        ]
        process.foresee(calls)
        found = [process.call(*call) for call in calls]
    assert [float(each[-1]) for each in found] == [float(v) for v in range(9)]
    assert all((each == each[0]).all() for each in found)


def test_the_request_of_a_large_array_has_a_digest_of_its_own() -> None:
    other = NUMBERS.copy()
    assert digest_of("relu", [NUMBERS], {}) == digest_of("relu", [other], {})
    other[2, -1] = np.nextafter(other[2, -1], 2)
    assert digest_of("relu", [NUMBERS], {}) != digest_of("relu", [other], {})


def program(folder: Path) -> list[str]:
    """Return a program that is made of the functions on the page."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    file = folder / "program.py"
    file.write_text(
        "import json, math, sys\nimport numpy\n"
        + code
        + textwrap.dedent("""
            for line in sys.stdin:
                request = json.loads(line)
                if request["request"] == "start":
                    memory = request["memory"]
                    reply = {"name": "it", "operations": ["identity"], "memory": True}
                elif request["request"] == "call":
                    (x,) = request["arguments"]
                    reply = {"answer": write(read(x, memory["requests"]), memory["replies"])}
                else:
                    break
                print(json.dumps(reply), flush=True)
        """)
    )
    return [sys.executable, str(file)]


def test_the_program_on_the_page_shares_memory(tmp_path: Path) -> None:
    with Process(program(tmp_path), limit=PATIENT, warm_up=PATIENT) as process:
        for number in range(3):
            x = NUMBERS + number
            assert process.call("identity", [x], {}).tobytes() == x.tobytes()


def test_a_program_that_does_not_share_is_sent_base_64() -> None:
    with child("takes base 64") as process:
        assert process.conversation._writer is None
        assert process.call("relu", [NUMBERS], {}) == 1


def descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_no_descriptor_is_left_whoever_ends_first() -> None:
    before = descriptors()
    with worker("loopback") as process:
        process.call("identity", [NUMBERS], {})
        assert process.conversation.child is not None
        process.conversation.child._process.kill()
        process.conversation.child._process.wait()
        # It is started again, with new files.
        assert process.call("identity", [NUMBERS], {}).tobytes() == NUMBERS.tobytes()
    assert descriptors() == before


@pytest.mark.skipif(sys.platform != "linux", reason="names of open files are read in /proc")
def test_no_file_has_a_name_that_somebody_would_have_to_remove(memory: Memory) -> None:
    for each in memory.descriptors:
        target = Path(f"/proc/self/fd/{each}").readlink()
        assert str(target).endswith("(deleted)")
        assert not target.exists()


@pytest.mark.proof
@pytest.mark.skipif(sys.platform != "linux", reason="names of open files are read in /proc")
def test_nothing_is_left_when_the_suite_is_killed() -> None:
    code = textwrap.dedent("""
        import os, signal
        import numpy as np
        from nnspec.conformance.sources.process import worker
        process = worker("loopback")
        process.call("identity", [np.ones(10**6)], {})
        print(process.conversation.child.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    # The worker reads the end of its input and ends; the files end with it.
    worker_of_it = Path("/proc", done.stdout.strip())
    deadline = time.monotonic() + PATIENT
    while _runs(worker_of_it) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(worker_of_it)


def _runs(process: Path) -> bool:
    """Say whether a process runs: one that has ended holds no files, whoever waits for it."""
    try:
        return ") Z" not in (process / "stat").read_text(encoding="utf-8")
    except OSError:
        return False
