"""A sweep on a cluster loses nothing where a worker is killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nnspec.conformance.search import campaign
from nnspec.conformance.search.cluster import Cluster
from nnspec.conformance.search.task import carry_out
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.loading import load
from nnspec.conformance.sources.process import Adapter
from tests.search.sweeps import EVERY, of, plain

pytestmark = pytest.mark.usefixtures("plain_folder")


@pytest.fixture
def cluster() -> Iterator[object]:
    distributed = pytest.importorskip(
        "distributed", reason="the cluster needs the library distributed"
    )
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as running:
        yield running


@pytest.mark.proof
@pytest.mark.filterwarnings("default")
def test_a_worker_that_is_killed_in_mid_run_costs_nothing(cluster: object) -> None:
    pids = [worker.pid for worker in cluster.workers.values()]
    killed: list[int] = []

    def progress(done: int) -> None:
        if done >= EVERY // 4 and not killed:
            os.kill(pids[0], signal.SIGKILL)
            killed.append(pids[0])

    adapter = Adapter(str(Path(plain(0.2)).resolve()))
    with Cluster(adapter, cluster.scheduler_address) as crew:
        found = campaign.run(
            crew,
            campaign.sweep_of(crew.description, "tanh", "float16", {}),
            Path("sweep"),
            progress=progress,
        )
    assert killed
    assert found["summary"]["complete"]
    assert found["summary"]["verdict"] == "breaks"
    lines = Path("sweep/sweep-tanh-float16.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    firsts = [json.loads(line)["findings"]["covered"][0][0] for line in lines]
    assert sorted(firsts) == list(range(0, EVERY, 4096))
    Path("asked").unlink()
    local = carry_out(of("tanh", "float16"), InProcess(load("./plain.py")[0]), 0, EVERY)
    assert found["findings"]["histogram"] == local["histogram"]


@pytest.mark.proof
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the thresholds are glibc's")
def test_a_worker_that_dask_makes_return_its_memory_keeps_it_all_the_same() -> None:
    code = (
        "import resource, numpy as np; from types import SimpleNamespace;"
        " from nnspec.conformance.search import lanes, task;"
        "from nnspec.conformance.sources.description import describe;"
        " from nnspec.conformance.sources.in_process import Unwatched;"
        "kept = {kept} and lanes.keep_memory();"
        " adapter = SimpleNamespace(tanh=np.tanh, dtypes=('float32',));"
        "source = Unwatched(adapter, describe(adapter));"
        "sweep = task.Sweep('tanh', 'float32', 'float32'); task.carry_out(sweep, source, 0, 2**17);"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt;"
        " task.carry_out(sweep, source, 2**20, 2**20);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before"
        " if kept or not {kept} else 'cannot')"
    )
    faults = {
        kept: subprocess.run(
            [sys.executable, "-c", code.format(kept=kept)],
            env=os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for kept in (True, False)
    }
    if faults[True] == "cannot":
        pytest.skip("this C library has no mallopt")
    assert int(faults[True]) < int(faults[False]) / 10
