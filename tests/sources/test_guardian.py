"""Nothing that an adapter starts outlives it, and its processes hold no more than they may."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from nnspec.conformance.sources.process import Process
from nnspec.conformance.sources.process import worker as started
from nnspec.conformance.terms.outcomes import Died
from tests.sources.programs import PATIENT, X, dies, lives

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform != "linux", reason="no other system has subreapers and /proc"),
]

MEBIBYTE = 2**20

# Daemons that leave the group, and one whose parent has ended; all of them write their numbers.
ADAPTER = """
    import os, subprocess, sys, time
    import numpy as np

    SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]

    def relu(x):
        return np.maximum(x, 0)

    def sigmoid(x):
        "Answers with the number of a daemon."
        if os.fork() == 0:
            os.setsid()
            if pid := os.fork():
                open("daemon", "w").write(str(pid))
                os._exit(0)
            time.sleep(600)
        os.wait()
        while not os.path.exists("daemon") or not open("daemon").read():
            time.sleep(0.01)
        return x

    def tanh(x):
        "Holds 300 MiB."
        held = np.ones(300 * 2**17)
        time.sleep(600)

    def identity(x):
        "Lets two others hold 150 MiB each."
        for _ in range(2):
            hold = "import time; x = bytearray(150 * 2**20); time.sleep(600)"
            subprocess.Popen([sys.executable, "-c", hold])
        time.sleep(600)

    def softmax(x, *, axis):
        "Has 150 MiB in common with two others."
        held = np.ones(150 * 2**17)
        for _ in range(2):
            if os.fork() == 0:
                time.sleep(600)
        time.sleep(1.5)
        return x

    def leaky_relu(x, *, negative_slope):
        "Kills its guardian."
        os.kill(os.getppid(), 9)
        time.sleep(600)

    def log_softmax(x, *, axis):
        "Stops its guardian."
        os.kill(os.getppid(), 19)
        os._exit(3)
"""


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Process:
    monkeypatch.chdir(tmp_path)
    Path("it.py").write_text(textwrap.dedent(ADAPTER), encoding="utf-8")
    with started("./it.py", limit=PATIENT, warm_up=PATIENT, memory_limit=250 * MEBIBYTE) as process:
        yield process


def asked(process: Process) -> float:
    return float(process.call("relu", [X], {}).sum())


def test_a_daemon_that_left_its_session_ends_with_the_process(process: Process) -> None:
    process.call("sigmoid", [X], {})
    daemon = int(Path("daemon").read_text(encoding="ascii"))
    assert lives(daemon)
    process.close()
    assert dies(daemon)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_daemon_ends_when_the_suite_is_killed(
    process: Process, number: int, tmp_path: Path
) -> None:
    code = f"""
        import os, signal
        import numpy as np
        from nnspec.conformance.sources.process import worker
        signal.signal({number}, signal.SIG_DFL) if {number} != 9 else None
        process = worker("./it.py")
        process.call("sigmoid", [np.ones(3)], {{}})
        print(process.conversation.child.pid, process.conversation.child._process.pid, flush=True)
        os.kill(os.getpid(), {number})
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == -number, done.stderr
    daemon = int(Path("daemon").read_text(encoding="ascii"))
    assert all(dies(int(each)) for each in [*done.stdout.split(), daemon])


@pytest.mark.parametrize("operation", ["tanh", "identity"])
def test_processes_that_hold_too_much_memory_are_ended(process: Process, operation: str) -> None:
    with pytest.raises(Died) as ended:
        process.call(operation, [X], {})
    assert ended.value.message.startswith(f"{operation} ended the process: held 0.")
    assert "GiB of memory where --memory-limit allows 0.244" in ended.value.message
    assert asked(process) == 4


def test_memory_that_processes_have_in_common_counts_once(process: Process) -> None:
    assert process.call("softmax", [X], {"axis": -1}).tolist() == X.tolist()


def test_an_adapter_that_kills_its_guardian_dies_with_it(process: Process) -> None:
    pid = process.conversation.child.pid
    with pytest.raises(Died, match="leaky_relu ended the process: SIGKILL"):
        process.call("leaky_relu", [X], {"negative_slope": 0.5})
    assert dies(pid)
    assert asked(process) == 4


def test_a_daemon_of_a_killed_guardian_is_found_by_its_environment(process: Process) -> None:
    process.call("sigmoid", [X], {})
    with pytest.raises(Died, match="leaky_relu ended the process: SIGKILL"):
        process.call("leaky_relu", [X], {"negative_slope": 0.5})
    assert dies(int(Path("daemon").read_text(encoding="ascii")))
    assert asked(process) == 4


def test_a_guardian_that_is_stopped_holds_nobody_up(process: Process) -> None:
    guard = process.conversation.child._process.pid
    with pytest.raises(Died):
        process.call("log_softmax", [X], {"axis": -1})
    assert dies(guard)
    assert asked(process) == 4


# This process may hold freed memory, which it would use again.
MEASURING = f"""
import os
import numpy as np
from nnspec.conformance.sources import guardian
before = guardian.private([os.getpid()], exact=True)
held = np.ones({64 * MEBIBYTE} // 8)
print(before, *(guardian.private([os.getpid()], exact=each) for each in (False, True)))
"""


def test_memory_is_that_of_no_file() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURING],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    before, quick, exact = map(int, done.stdout.split())
    assert 48 * MEBIBYTE < exact - before < 80 * MEBIBYTE
    assert abs(exact - quick) < 32 * MEBIBYTE
