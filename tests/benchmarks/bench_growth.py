"""Times growing parts of a plan: more clauses, more dtypes, more inputs; each as the median of
rounds of processor time."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pytest

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.run import plan as suite
from nnspec.conformance.run import run
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.loading import load

# It offers every operation in every dtype.
ADAPTER = "loopback"

PARTS = {
    "clauses": (0.125, 0.25, 0.5, 1.0),  # the whole once
    "dtypes": (0.25, 0.5),
    "inputs": (0.125, 0.25, 0.5),
}

_ROUNDS = 3


@lru_cache(maxsize=1)
def source() -> InProcess:
    return InProcess(*load(ADAPTER))


@lru_cache(maxsize=1)
def plan() -> Sequence[Planned]:
    planned = suite.plan(source().description)
    # What is compiled and read once is paid for before the clock runs: one case of every clause.
    run.run(list({each.clause.id: each for each in planned}.values()), source())
    return planned


def part(axis: str, share: float) -> list[Planned]:
    """Return a share of the plan: the first of its dtypes, or one out of so many of its clauses,
    or of its cases, in the order of pages."""
    every = round(1 / share)
    if axis == "dtypes":
        kept = source().description.dtypes[: round(share * len(source().description.dtypes))]
        return [each for each in plan() if each.dtype in kept]
    if axis == "inputs":
        return list(plan()[::every])
    names = list(dict.fromkeys(each.clause.id for each in plan()))[::every]
    return [each for each in plan() if each.clause.id in set(names)]


@pytest.mark.parametrize(
    ("axis", "share"), [(axis, share) for axis, shares in PARTS.items() for share in shares]
)
def test_growth(benchmark: Any, axis: str, share: float) -> None:
    planned = part(axis, share)
    compared: list[int] = []
    benchmark.group = f"growth by {axis}"
    benchmark.pedantic(
        lambda: compared.append(sum(each.compared for each in run.run(planned, source()).results)),
        rounds=_ROUNDS,
    )
    benchmark.extra_info |= {
        "axis": axis,
        "share": share,
        "cases": len(planned),
        "values": compared[0],
    }
