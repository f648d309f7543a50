"""The sample of each room against its tests: scores with their intervals, and the survivors."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

from tests.mutation.cover import Cover
from tests.mutation.mutants import ROOT, Mutant
from tests.mutation.worker import KILLED, SURVIVED, TIMED_OUT

EXPLAINED = Path(__file__).with_name("explained.json")
EQUIVALENT = "equivalent"

# A fork that collects its tests and imports the suite takes so many seconds beside its tests.
_START = 20.0
# A mutant may slow its tests down so many times before it counts as one without an end.
_SLOWER = 4.0

# The normal quantile of a two-sided interval of 95 %.
_Z = 1.959964


@dataclass(frozen=True)
class Trial:
    """How a mutant ended: killed, timed out, survived or equivalent, and by which test.

    `left` counts the covering tests beyond the budget; `tests` those that were given.
    """

    mutant: Mutant
    outcome: str
    by: str
    took: float
    tests: int
    left: int

    @property
    def killed(self) -> bool:
        """Whether a test noticed: it failed, or it had no end."""
        return self.outcome in (KILLED, TIMED_OUT)


def wilson(killed: int, tried: int) -> tuple[float, float]:
    """Return the 95 % interval of a share after Wilson (1927)."""
    if not tried:
        return 0.0, 1.0
    share, z2 = killed / tried, _Z**2
    middle = share + z2 / (2 * tried)
    half = _Z * sqrt(share * (1 - share) / tried + z2 / (4 * tried**2))
    return (middle - half) / (1 + z2 / tried), (middle + half) / (1 + z2 / tried)


def explained() -> dict[str, str]:
    """Return the mutants that change nothing that anyone could notice, each with its reason."""
    found: dict[str, str] = json.loads(EXPLAINED.read_text(encoding="utf-8"))
    return found


class Copies:
    """Copies of the tree, each with a worker in it; one mutant at a time is in a copy."""

    def __init__(self, folder: Path, jobs: int, budget: float) -> None:
        # Seconds of tests against one mutant: the fastest tests that make up so many.
        self.budget = budget
        self._workers = [_worker(copied(folder / f"{number}")) for number in range(jobs)]
        self._free = list(self._workers)

    def ask(self, mutant: Mutant, tests: Sequence[str], seconds: float) -> dict[str, Any]:
        """Run tests against a mutant in a copy that is free."""
        worker = self._free.pop()
        text = mutant.applied((ROOT / mutant.path).read_bytes())
        asked = {
            "path": mutant.path,
            "text": base64.b64encode(text).decode(),
            "tests": [*tests],
            "seconds": seconds,
        }
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(json.dumps(asked).encode() + b"\n")
        worker.stdin.flush()
        answer: dict[str, Any] = json.loads(worker.stdout.readline())
        self._free.append(worker)
        return answer

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.communicate()


@contextmanager
def copies(jobs: int, budget: float) -> Iterator[Copies]:
    """Copy the tree for each job; the copies are deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        made = Copies(Path(folder).resolve(), jobs, budget)
        try:
            yield made
        finally:
            made.close()


def copied(tree: Path) -> Path:
    """Copy the working tree to a folder, and compile it there."""
    kept = shutil.ignore_patterns(".git", "__pycache__", ".hypothesis", ".*_cache")
    shutil.copytree(ROOT, tree, symlinks=True, ignore=kept)
    command = [sys.executable, "-m", "compileall", "-q", "."]
    subprocess.run(command, cwd=tree, check=False, capture_output=True)
    return tree


def _worker(tree: Path) -> subprocess.Popen[bytes]:
    """Start a worker in a copy: it and all that it starts import from there."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.mutation.worker"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def tried(
    mutants: Sequence[Mutant],
    cover: Cover,
    jobs: int,
    budget: float,
    tell: Callable[[Trial], None],
    until: float = float("inf"),
) -> list[Trial]:
    """Try the mutants, so many at a time; begin none once `time.monotonic()` is `until`."""
    known = explained()
    with copies(jobs, budget) as made, ThreadPoolExecutor(jobs) as pool:
        for each in mutants[:1]:
            _see_that_nothing_fails(each, cover, made)

        def one(mutant: Mutant) -> Trial | None:
            if mutant.name in known:
                return Trial(mutant, EQUIVALENT, "", 0.0, 0, 0)
            if time.monotonic() >= until:
                return None
            found = _trial(mutant, cover, made)
            tell(found)
            return found

        return [each for each in pool.map(one, mutants) if each is not None]


def _see_that_nothing_fails(mutant: Mutant, cover: Cover, made: Copies) -> None:
    """Run a mutant's tests on the module as it is: a copy where they fail would kill everything."""
    same = replace(mutant, put=mutant.old)
    control = _trial(same, cover, made)
    if control.killed:
        message = f"the tests of {mutant.path} fail without a mutant: {control.by}"
        raise RuntimeError(message)


def _trial(mutant: Mutant, cover: Cover, made: Copies) -> Trial:
    covering = cover.tests_about(mutant, (ROOT / mutant.path).read_text(encoding="utf-8"))
    tests, total = [], 0.0
    for each in covering:
        if tests and total + cover.seconds[each] > made.budget:
            break
        tests.append(each)
        total += cover.seconds[each]
    if not tests:
        return Trial(mutant, SURVIVED, "no test runs it", 0.0, 0, 0)
    answer = made.ask(mutant, tests, _START + _SLOWER * total)
    left = len(covering) - len(tests)
    return Trial(mutant, answer["outcome"], answer["by"], answer["took"], len(tests), left)


@dataclass(frozen=True)
class Score:
    """How many mutants of a room were tried and killed; an equivalent one counts as neither."""

    room: str
    tried: int
    killed: int
    timed_out: int
    equivalent: int
    survivors: tuple[Trial, ...]

    def __str__(self) -> str:
        low, high = wilson(self.killed, self.tried)
        return (
            f"{self.room}: {self.killed} of {self.tried} mutants killed "
            f"({self.killed / max(self.tried, 1):.1%}; 95 %: {low:.1%} to {high:.1%}), "
            f"{self.timed_out} of them by time-outs; {self.equivalent} more are equivalent"
        )


def score(room: str, trials: Sequence[Trial]) -> Score:
    """Count the trials of a room."""
    counted = [each for each in trials if each.outcome != EQUIVALENT]
    return Score(
        room,
        len(counted),
        sum(each.killed for each in counted),
        sum(each.outcome == TIMED_OUT for each in counted),
        len(trials) - len(counted),
        tuple(each for each in counted if not each.killed),
    )
