"""Searches that tests make, and cases as a search draws them."""

import random
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, settings

from nnspec import reference
from nnspec.conformance.run import plan
from nnspec.conformance.run.record import Exploration, Record, identified
from nnspec.conformance.search import domains, explore
from nnspec.conformance.sources.description import Source
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.cases import Case

SEARCHED = [name for name in reference.__all__ if domains.searched(name)]


def explored(
    source: Source, *only: str, examples: int, seed: int = 0, dtypes: Sequence[str] = ()
) -> Exploration:
    planned = plan.plan(source.description, only=only, dtypes=dtypes)
    record = Record(
        identified(source.description, planned)
        | {"started": "2026-01-01T00:00:00", "seconds": 0.0, "smoke": []},
        (),
    )
    found = explore.explore(planned, source, record, examples=examples, seed=seed).exploration
    assert found is not None
    return found


def drawn(operation: str, dtype: str, count: int, seed: int = 0) -> list[Case]:
    strategy, found = domains.cases(operation, dtype), list[Case]()
    if strategy is None:
        return found
    settled = settings(
        max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    with pytest.raises(hypothesis.errors.NoSuchExample):
        hypothesis.find(
            strategy,
            lambda case: found.append(case) is not None,
            settings=settled,
            random=random.Random(seed),  # noqa: S311  a seed makes it repeatable
        )
    return found


def adapter(**operations: Any) -> InProcess:
    return InProcess(SimpleNamespace(name="hidden", version="1", dtypes=("float32",), **operations))
