"""Whatever an adapter does, every case is accounted for, no process is left, nothing falls over,
and the suite's own memory stays bounded."""

import json
import os
import secrets
import shlex
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from nnspec.conformance.command import cli
from tests.sources.hostilities import Hostile, hostile
from tests.sources.programs import PATIENT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are read in /proc")

# Every process that an adapter starts inherits it, by which it is found.
MARK = "NNSPEC_TEST_OF_HOSTILITY"

# What the suite's process may take beside what it had: the largest answer, which a report records,
# ten times over.
MEMORY = 700 * 2**20

# So many gibibytes an adapter may hold.
LIMIT = "0.75"

ADAPTERS = {each.name: each for each in hostile()}

QUICK = (
    "raises: ten megabytes that differ",
    "raises: an interrupt",
    "raises: words without end",
    "answers: a circle",
    "answers: many empty lists",
    "does: leaves with a status",
    "does: ends its guardian",
    "does: fills the shared files",
    "does: writes on all files",
    "leaves: a daemon that keeps the output",
    "leaves: many children",
    "imports: tries to copy",
    "imports: exits",
    "replies: many lists",
    "replies: an array for nothing",
    "starts: some operations",
)


@dataclass
class Seen:
    """What came of one adapter: the status, lost cases, left processes, tracebacks, and memory."""

    status: int
    lost: int
    left: int
    tracebacks: int
    memory: int
    seconds: float


def processes(mark: str) -> list[int]:
    found = []
    for each in Path("/proc").iterdir():
        try:
            if each.name.isdigit() and mark.encode() in (each / "environ").read_bytes():
                # One that is dead and not yet buried has no environment any more.
                found.append(int(each.name))
        except OSError:
            continue
    return found


def resident(name: str) -> int:
    rows = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(row.split()[1]) * 1024 for row in rows if row.startswith(f"{name}:"))


def tried(adapter: Hostile, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Certify an adapter with all reports, and look at what is left."""
    place = folder / "it"
    place.mkdir()
    monkeypatch.chdir(place)
    mark = secrets.token_hex(8)
    monkeypatch.setenv(MARK, mark)
    path = folder / "hostile.py"
    path.write_text(adapter.text, encoding="utf-8")
    words = shlex.join([sys.executable, str(path)])
    limit = "1" if adapter.slow else str(PATIENT)
    command = ["certify", *(["--command", words] if adapter.program else [str(path)])]
    command += ["--only", "relu/accuracy", "--only", "identity/accuracy", "--dtype", "float64"]
    command += ["--time-limit", limit, "--warm-up-limit", limit, "--memory-limit", LIMIT]
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before, began, tracebacks, status = resident("VmRSS"), time.monotonic(), 0, -1
    try:
        status = cli.main([*command, "--report", str(folder / "report")])
    except BaseException:  # noqa: BLE001  whatever falls over is counted
        tracebacks = 1
    taken, seconds = resident("VmHWM") - before, time.monotonic() - began
    until = time.monotonic() + PATIENT / 6
    own = os.getpid()
    while (left := [each for each in processes(mark) if each != own]) and time.monotonic() < until:
        time.sleep(0.05)
    for each in left:
        os.kill(each, signal.SIGKILL)
    return Seen(status, _lost(folder / "report/report.json"), len(left), tracebacks, taken, seconds)


def _lost(report: Path) -> int:
    if not report.exists():
        return 0
    found = json.loads(report.read_text(encoding="utf-8"))
    return int(found["header"]["planned"]) - len(found["results"])


def assert_survived(
    adapter: Hostile, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: object
) -> None:
    seen = tried(adapter, folder, monkeypatch)
    out, err = capsys.readouterr()
    assert (seen.lost, seen.left, seen.tracebacks) == (0, 0, 0), seen
    assert seen.status in (0, 1, 2), err
    assert seen.memory < MEMORY
    # Without a report there is a reason, which is no longer than a page.
    assert (folder / "report/report.json").exists() or err.startswith("conformance: ")
    assert len(out) + len(err) < 10**5
    assert sum(path.stat().st_size for path in folder.glob("report/*")) < 2**21


@pytest.mark.parametrize("name", QUICK)
def test_an_adapter_costs_its_own_cases_and_leaves_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_survived(ADAPTERS[name], tmp_path, monkeypatch, capsys)


@pytest.mark.proof
@pytest.mark.parametrize("name", [*ADAPTERS][::6])
def test_a_sample_of_hostile_adapters_costs_its_own_cases(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_survived(ADAPTERS[name], tmp_path, monkeypatch, capsys)


@pytest.mark.study
def test_no_hostile_adapter_of_any_family_loses_a_case_or_leaves_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: dict[str, Seen] = {}
    for number, adapter in enumerate(ADAPTERS.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        seen[adapter.name] = tried(adapter, folder, monkeypatch)
        capsys.readouterr()
        with capsys.disabled():
            print(adapter.name, seen[adapter.name], flush=True)
    with capsys.disabled():
        lost, left, fallen = (
            {name: each for name, each in seen.items() if getattr(each, kind)}
            for kind in ("lost", "left", "tracebacks")
        )
        worst = max(seen, key=lambda name: seen[name].memory)
        print(f"{len(seen)} tried, {len(lost)} lost cases, {len(left)} left processes, ", end="")
        print(f"{len(fallen)} fell over; {seen[worst].memory >> 20} MiB at most: {worst}")
    assert len(seen) >= 100
    assert not lost | left | fallen
    assert {each.status for each in seen.values()} <= {0, 1, 2}
    assert seen[worst].memory < MEMORY
