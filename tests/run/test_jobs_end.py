"""A run with jobs leaves no process, whether it ends or somebody ends it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.run.orders import file

pytestmark = pytest.mark.usefixtures("plain_folder")

HANGING = """
import itertools
import pathlib


def relu(x):
    pathlib.Path(__file__).with_name(f"hangs-{x.dtype}").touch()
    return sum(itertools.repeat(0))


softmax = lambda x, *, axis: relu(x)
"""


@contextlib.contextmanager
def certifying(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Certify what hangs with two jobs, and wait until both hang; the folder is on their path, by
    which they are found afterwards."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    command = [
        sys.executable,
        "-m",
        "nnspec",
        "certify",
        file(HANGING),
        "--dtype",
        "float32",
        "--jobs",
        "2",
    ]
    process = subprocess.Popen(
        [*command, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        # Jobs, the guardians of their adapters, and the adapters.
        until(lambda: len(processes(folder)) == 6 and Path("hangs-float32").exists())
        yield process
    finally:
        process.kill()
        process.wait()


def ended_by(process: subprocess.Popen[bytes], sent: signal.Signals) -> int | None:
    """Send a signal as a person does, again where nothing comes of it: it may arrive where Python
    ignores what is raised."""
    for _ in range(10):
        process.send_signal(sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(15)
    return None


def processes(folder: Path) -> list[str]:
    """Return the command lines of jobs, of guardians and of adapters that were started with a
    folder on their path."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "args="], check=True, capture_output=True, text=True
    ).stdout
    return [line for line in listed.splitlines() if str(folder) in line and "sys.argv" in line]


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.proof
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    "sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda sent: sent.name
)
def test_whoever_interrupts_the_run_or_kills_it_ends_every_process(
    tmp_path: Path, sent: signal.Signals
) -> None:
    with certifying(tmp_path) as process:
        assert ended_by(process, sent) == (-sent if sent == signal.SIGKILL else 2)
        until(lambda: not processes(tmp_path))


@pytest.mark.proof
def test_a_run_that_is_over_leaves_no_process(tmp_path: Path) -> None:
    with certifying(
        tmp_path,
        "--time-limit",
        "0.2",
        "--warm-up-limit",
        "0.2",
        "--only",
        "relu/accuracy",
        "--only",
        "softmax/sum",
    ) as process:
        assert process.wait(60) == 1
        assert not processes(tmp_path)
