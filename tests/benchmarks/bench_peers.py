"""Times our suite and its peers from start to end, each in a process of its own, and counts what
each has judged."""

import json
import statistics
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.benchmarks.peers import PEERS

_ROUNDS = 3


@pytest.mark.parametrize("name", PEERS)
def test_suite(benchmark: Any, name: str) -> None:
    counts: dict[str, Any] = {}
    walls: list[float] = []
    once_started: list[float] = []

    def once() -> None:
        started = time.perf_counter()
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.peers", name],
            capture_output=True,
            text=True,
            check=True,
        )
        walls.append(time.perf_counter() - started)
        counts.update(json.loads(ran.stdout.splitlines()[-1]))
        once_started.extend([counts["started"]] if "started" in counts else [])

    benchmark.group = "suites"
    benchmark.pedantic(once, rounds=_ROUNDS)
    assert counts["cases"]
    assert counts["values"]
    counts |= {"started": statistics.median(once_started)} if once_started else {}
    benchmark.extra_info |= {
        "suite": PEERS[name][0],
        "what": PEERS[name][1].__doc__,
        "wall": statistics.median(walls),
        **counts,
    }
