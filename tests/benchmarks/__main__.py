"""Runs all benchmarks and writes their page: `python -m tests.benchmarks [pytest's options]`, five minutes on one core."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.tables import FOLDER, write
from tests.benchmarks.timing import ONE_THREAD

_MODULES = ("bench_reference.py", "bench_peers.py", "bench_growth.py")

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "benchmarks.json"
    timer = "--benchmark-timer=tests.benchmarks.timing.processor_seconds"
    command = [sys.executable, "-m", "pytest", *(str(FOLDER / name) for name in _MODULES), f"--benchmark-json={path}", timer]
    quiet = ["--benchmark-quiet", "--benchmark-disable-gc", "-q", "-p", "no:cacheprovider"]
    subprocess.run([*command, *quiet, *sys.argv[1:]], env={**os.environ, **ONE_THREAD}, check=True, cwd=FOLDER.parents[1])
    write(json.loads(path.read_text(encoding="utf-8")))
