"""Runs all benchmarks and writes their page at the end: `python -m tests.benchmarks [pytest's
options]`, eight minutes on one core."""

import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.tables import FOLDER, write
from tests.benchmarks.timing import ONE_THREAD

_TIMER = "--benchmark-timer=tests.benchmarks.timing.processor_seconds"
_QUIET = ("--benchmark-quiet", "--benchmark-disable-gc", "-q", "-p", "no:cacheprovider")
_NEEDED = ("onnx", "pytest_benchmark", "sklearn", "torch")
_MODULES = (
    "bench_reference.py",
    "bench_sweep.py",
    "bench_peers.py",
    "bench_profile.py",
    "bench_growth.py",
)

if missing := [name for name in _NEEDED if find_spec(name) is None]:
    sys.exit(f"{', '.join(missing)} must be installed: pip install -e '.[test,benchmark]'")

began = time.monotonic()
record: dict[str, object] = {}
found: list[dict[str, object]] = []
for number, module in enumerate(_MODULES, 1):
    print(
        f"{module}, {number} of {len(_MODULES)}, after {time.monotonic() - began:.0f} s", flush=True
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmarks.json"
        command = [
            sys.executable,
            "-m",
            "pytest",
            str(FOLDER / module),
            f"--benchmark-json={path}",
            _TIMER,
            *_QUIET,
            *sys.argv[1:],
        ]
        subprocess.run(command, env={**os.environ, **ONE_THREAD}, check=True, cwd=FOLDER.parents[1])
        record = json.loads(path.read_text(encoding="utf-8"))
    found += record["benchmarks"]
write({**record, "benchmarks": found})
print(f"{FOLDER / 'README.md'} and growth.svg are written, after {time.monotonic() - began:.0f} s")
