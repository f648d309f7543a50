"""Runs tests against one mutant after the other, each in a fork that has the libraries loaded.

It is started in a copy of the tree, which it may change. A line of JSON on standard input names a
mutant and its tests; a line on standard output says how they ended.
"""

import base64
import contextlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import jsonschema
import ml_dtypes
import numpy as np
import pytest
import rich.console
import scipy.special

# Loaded once, before anything of ours: a fork begins with them.
LOADED = (jsonschema, ml_dtypes, np, pytest, rich.console, scipy.special)

KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed out"

# pytest's exit status where every test passed; any other one is a test that noticed.
_PASSED = 0

# pytest warns of libraries that are loaded already, and the project makes errors of warnings.
_LATE = ("-W", "ignore::pytest.PytestAssertRewriteWarning")

# Seconds by the clock beyond those of the processor: for what waits without working.
_WAITS = 120


def main() -> None:
    """Answer each line of standard input."""
    for line in sys.stdin:
        print(json.dumps(tried(json.loads(line))), flush=True)


def tried(asked: dict[str, Any]) -> dict[str, Any]:
    """Put a mutant in its place, run its tests until one fails, and put the module back."""
    path = Path(asked["path"])
    before = path.read_bytes()
    forgotten(path)
    try:
        path.write_bytes(base64.b64decode(asked["text"]))
        return ended(asked["tests"], asked["seconds"])
    finally:
        path.write_bytes(before)
        forgotten(path)


def forgotten(path: Path) -> None:
    """Delete what Python keeps of a module: an edit may leave its size and its second."""
    for kept in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        kept.unlink()


def ended(tests: list[str], seconds: float) -> dict[str, Any]:
    """Run tests in a fork; it may take so many seconds of the processor."""
    log = Path("mutant.log")
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _run(tests, seconds, log)
    status = _awaited(child, 4 * seconds + _WAITS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    took = round(time.monotonic() - began, 2)
    if status is None or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return {"outcome": TIMED_OUT, "took": took, "by": ""}
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _PASSED:
        return {"outcome": SURVIVED, "took": took, "by": ""}
    return {"outcome": KILLED, "took": took, "by": _failure(log)}


def _run(tests: list[str], seconds: float, log: Path) -> None:
    """Become a pytest of these tests; never returns."""
    os.setpgid(0, 0)
    with log.open("wb") as file, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    limit = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    status = 1
    try:
        options = ["-x", "-q", "-p", "no:cacheprovider", "-m", "", "--tb=line", *_LATE]
        status = int(pytest.main([*options, *tests]))
    # A mutant may raise anything at its import, and this process must not go on as the worker.
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _awaited(child: int, seconds: float) -> int | None:
    """Return the status of a child, None if it does not end in so many seconds by the clock."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _failure(log: Path) -> str:
    """Return the test that noticed, as pytest names it in its last lines."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    failed = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
    return (failed or lines or [""])[-1][:300]


if __name__ == "__main__":
    main()
