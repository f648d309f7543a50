"""The draw of fresh inputs rejects no right implementation, whichever seed decides it."""

import itertools
import time
from collections.abc import Iterable
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from nnspec.conformance.adapters import loopback
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.run.cases import sets
from nnspec.conformance.run.plan import checks
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.operations import operations_of
from nnspec.conformance.terms.outcomes import CONFORMS
from nnspec.spec import clauses
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
    for seed, clause, dtype in itertools.product(seeds, FRESH, NAMES):
        for operation in operations_of(clause):
            for case in sets(clause.page, seed)["fresh"](operation, dtype):
                with np.errstate(all="ignore"):
                    planned = Planned(clause, checks()[clause.id], operation, dtype, case)
                    ended = attempt(planned, source)
                judged += 1
                if ended.outcome != CONFORMS:
                    alarms.append((seed, planned.id, ended.outcome, ended.message))
    return judged, alarms
