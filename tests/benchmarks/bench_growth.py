"""Times growing parts of a plan: more clauses, more dtypes, more inputs."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from conformance import running, suite
from conformance.implementation import InProcess
from conformance.loading import load
from conformance.suite import Planned

# It offers every operation in every dtype.
ADAPTER = "loopback"

PARTS = {
    "clauses": (0.125, 0.25, 0.5, 1.0),  # the whole once
    "dtypes": (0.25, 0.5, 0.75),
    "inputs": (0.125, 0.25, 0.5),
}


@lru_cache(maxsize=1)
def source() -> InProcess:
    return InProcess(*load(ADAPTER))


@lru_cache(maxsize=1)
def plan() -> Sequence[Planned]:
    planned = suite.plan(source().description)
    # What is compiled and read once is paid for before the clock runs: one case of every clause.
    running.run(list({each.clause.id: each for each in planned}.values()), source())
    return planned


def part(axis: str, share: float) -> list[Planned]:
    """Return a share of the plan: of its clauses, of its dtypes, or of every clause's cases in every dtype."""
    if axis == "clauses":
        names = sorted({each.clause.id for each in plan()})
        kept = set(np.random.default_rng(1).permutation(names)[: round(share * len(names))].tolist())
        return [each for each in plan() if each.clause.id in kept]
    if axis == "dtypes":
        dtypes = source().description.dtypes
        return [each for each in plan() if each.dtype in dtypes[: round(share * len(dtypes))]]
    drawn = np.random.default_rng(2).random(len(plan()))
    return [each for each, chance in zip(plan(), drawn, strict=True) if chance < share]


@pytest.mark.parametrize(("axis", "share"), [(axis, share) for axis, shares in PARTS.items() for share in shares])
def test_growth(benchmark: Any, axis: str, share: float) -> None:
    planned = part(axis, share)
    compared: list[int] = []
    benchmark.group = f"growth by {axis}"
    benchmark.pedantic(lambda: compared.append(sum(each.compared for each in running.run(planned, source()).results)), rounds=1)
    benchmark.extra_info |= {"axis": axis, "share": share, "cases": len(planned), "values": compared[0]}
