"""A run that a signal ends leaves a report that says so, and neither a process nor a file."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command.test_nothing_lost import FILES, ONE, plain_folder, report
from tests.command.trials import leaves_nothing, ran

__all__ = ["plain_folder"]

pytestmark = pytest.mark.usefixtures("plain_folder")

# One operation that is judged, and one that never answers.
HANGS = """
import pathlib
import signal

import numpy as np


def relu(x):
    return np.maximum(x, 0)


def softmax(x, *, axis):
    if pathlib.Path(__file__).with_name("asked").exists():
        pathlib.Path(__file__).with_name("hangs").touch()
        while True:
            signal.pause()
    pathlib.Path(__file__).with_name("asked").touch()
    return x
"""


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.proof
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_leaves_a_report_that_says_it_is_incomplete(
    sent: str, jobs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("hangs.py").write_text(HANGS, encoding="utf-8")
    only = ("--only", "relu/accuracy", "--only", "softmax/accuracy")
    number = getattr(signal, sent)
    # Whoever started this session may ignore a signal, and would hand that on.
    before = signal.signal(number, signal.default_int_handler)
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "nnspec",
            "certify",
            "./hangs.py",
            *only,
            "--dtype",
            "float64",
            "--report",
            "r",
            "--jobs",
            jobs,
        ],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        signal.signal(number, before)
        # A job may be in a call before the plan is made.
        until(lambda: Path("hangs").exists() and Path("r/report.json").exists())
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert b"Traceback" not in out + err
    assert f"the run was interrupted by {sent}, and is incomplete".encode() in out
    leaves_nothing(tmp_path)
    assert {path.name for path in Path("r").iterdir()} == FILES
    found = report()
    assert sent in found["header"]["ended"]
    assert len(found["results"]) < found["header"]["planned"]
    assert found["summary"]["verdict"] == "no verdict"
    assert "incomplete" in Path("r/summary.md").read_text(encoding="utf-8")
    assert 'errors="1"' in Path("r/junit.xml").read_text(encoding="utf-8")
    assert ran(capsys, "verify", "r").status == 2
    assert ran(capsys, "compare", "r").status == 2


@pytest.mark.proof
@pytest.mark.usefixtures("interruptible")
def test_a_killed_run_leaves_a_report_that_says_it_is_incomplete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(capsys, "certify", "./a.py", *ONE, "--report", "r").status == 0
    # It ends when its suite is gone.
    waits = (
        "parent = os.getppid()\n        while parent == os.getppid():\n            time.sleep(0.01)"
    )
    hangs = HANGS.replace("while True:\n            signal.pause()", waits)
    Path("hangs.py").write_text(f"import os\nimport time\n{hangs}", encoding="utf-8")
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "nnspec",
            "certify",
            "./hangs.py",
            "--only",
            "softmax/accuracy",
            "--report",
            "r",
        ],
        stdout=subprocess.DEVNULL,
    ) as process:
        until(Path("hangs").exists)
        process.kill()
    found = report()
    assert found["header"]["ended"] == "the run has not ended"
    assert found["results"] == []
    assert not Path("r/answers.jsonl.gz").exists()
    found_again = ran(capsys, "verify", "r")
    assert found_again.status == 2
    assert "the run has not ended" in found_again.err
    for name in ("summary.md", "junit.xml", "report.html"):
        assert "he run has not ended" in Path("r", name).read_text(encoding="utf-8")
    assert json.loads(Path("r/badge.json").read_text(encoding="utf-8"))["message"] == "no verdict"
    statement = json.loads(Path("r/statement.intoto.json").read_text(encoding="utf-8"))
    assert statement["predicate"]["result"] != "PASSED"


@pytest.mark.proof
def test_a_signal_that_is_ignored_stays_so(tmp_path: Path) -> None:
    """As nohup starts a command."""
    script = (
        "import signal, os, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
        "from nnspec.conformance.command import signals\n"
        "with signals.raised():\n    os.kill(os.getpid(), signal.SIGHUP)\nprint('there')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, cwd=tmp_path
    )
    assert done.stdout == b"there\n"
