"""The draw of fresh inputs rejects no right implementation, whichever seed decides it."""

import itertools
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from nnspec.conformance.adapters import loopback
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.run.cases import sets, sets_of
from nnspec.conformance.run.plan import EVERYTHING, checks, plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.operations import OPERATIONS, operations_of
from nnspec.conformance.terms.outcomes import CONFORMS
from nnspec.spec import Clause, clauses
from tests.proof.test_second_implementation import SECOND

pytestmark = pytest.mark.no_cover

RIGHT = [pytest.param(loopback, id="loopback"), pytest.param(SECOND, id="second")]

FRESH = [clause for clause in clauses().values() if clause.id.endswith("/fresh")]


@pytest.mark.study
@pytest.mark.parametrize("right", RIGHT)
def test_no_seed_of_a_thousand_raises_a_false_alarm(right: ModuleType | SimpleNamespace) -> None:
    began = time.process_time()
    judged, alarms = drawn(right, range(1000))
    seconds = time.process_time() - began
    print(f"{right.name}: {judged:,} cases, {seconds:,.0f} s of processor time")
    assert alarms == []


@pytest.mark.proof
@pytest.mark.parametrize("right", RIGHT)
def test_a_sample_of_seeds_raises_no_false_alarm(right: ModuleType | SimpleNamespace) -> None:
    judged, alarms = drawn(right, (1, 2**32 - 1))
    assert judged > len(NAMES) * len(FRESH)
    assert alarms == []


def drawn(
    right: ModuleType | SimpleNamespace, seeds: Iterable[int]
) -> tuple[int, list[tuple[int, str, str, str]]]:
    """Judge the fresh cases of seeds; return how many there were, and those that do not conform."""
    source, judged, alarms = InProcess(right), 0, []
    for seed, clause in itertools.product(seeds, FRESH):
        for operation, dtype in itertools.product(operations_of(clause), NAMES):
            for planned in planned_by(seed, clause, operation, dtype):
                with np.errstate(all="ignore"):
                    ended = attempt(planned, source)
                judged += 1
                if ended.outcome != CONFORMS:
                    alarms.append((seed, planned.id, ended.outcome, ended.message))
    return judged, alarms


def planned_by(seed: int, clause: Clause, operation: str, dtype: str) -> Iterator[Planned]:
    """Yield the fresh cases of a seed as they are planned, without making any other case.

    An operation without a dtype is asked once.
    """
    about = OPERATIONS[operation]
    if not about.asked_in(dtype) or not (about.has_dtype or dtype == NAMES[0]):
        return
    for name in sets_of(clause):
        for case in sets(clause.page, seed)[name](operation, dtype):
            asked_in = dtype if about.has_dtype else None
            yield Planned(clause, checks()[clause.id], operation, asked_in, case)


@pytest.mark.proof
def test_the_fresh_cases_are_those_that_are_planned() -> None:
    own = [
        each
        for clause, dtype in itertools.product(FRESH, NAMES)
        for operation in operations_of(clause)
        for each in planned_by(7, clause, operation, dtype)
    ]
    planned = plan(EVERYTHING, only=[clause.id for clause in FRESH], seed=7)

    def counted(cases: list[Planned]) -> Counter[tuple[str, str, str | None]]:
        return Counter((each.clause.id, each.operation, each.dtype) for each in cases)

    assert counted(own) == counted(planned)
