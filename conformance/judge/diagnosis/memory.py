"""Candidates with memory: each is asked all that the suite asked, in the same order."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.diagnosis.candidates import Candidate
from nnspec.conformance.judge.diagnosis.evidence import Account, alike, conforming, failing
from nnspec.conformance.judge.diagnosis.guesses import Attempts
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.outcomes import FAILURES, Ended

# A candidate that accounts for less than half of so many failing cases is asked no more.
_FIRST = 16
_HALF = 0.5


class Recalled(NamedTuple):
    """The failing cases that a candidate accounts for, and how many cases speak against it."""

    account: Account
    against: int


def recalled(
    candidate: Candidate, attempts: Attempts, cases: Sequence[Planned], most: float
) -> Recalled | None:
    """Ask a candidate all cases of the operation, first once in each dtype, as the suite does.

    The attempts are those in one dtype. A case of many numbers is asked and not compared: judging
    it costs most. Return None for a candidate that accounts for less than half of the failing
    cases. So does one that is wrong in more than `most` cases where the implementation is right.
    """
    failed = {planned.id: given for planned, given in failing(attempts)}
    right = {planned.id for planned, _ in conforming(attempts)}
    source = candidate.make()
    opened(source, cases)
    accounted, many, distances, seen, against = set[str](), set[str](), list[float](), 0, 0
    for planned in cases:
        if planned.case.deferred and planned.case.many:
            _call(source, planned)
            many.add(planned.id)
            continue
        found = attempt(planned, source)
        if planned.id in failed:
            seen += 1
            like, distance = alike(found, failed[planned.id])
            if like:
                accounted.add(planned.id)
                distances.append(distance)
            if seen >= _FIRST and len(accounted) < _HALF * seen:
                return None
        elif planned.id in right and found.outcome in FAILURES:
            against += 1
            if against > most:
                return None
    if not accounted or len(accounted) < _HALF * seen:
        return None
    silent = frozenset(many & failed.keys())
    return Recalled(Account(frozenset(accounted), silent, float(np.median(distances))), against)


def opened(source: InProcess, cases: Iterable[Planned]) -> None:
    """Call an operation as the suite does first in each dtype: the case that is asked again.

    The answer is judged later, with the others to the same case.
    """
    first = {planned.dtype: planned for planned in cases if planned.case.times}
    for dtype, planned in first.items():
        # A call that ends without an answer ends so again where it is judged.
        with suppress(Ended):
            Implementation(source, dtype).again(planned.case, times=1)


def _call(source: InProcess, planned: Planned) -> None:
    case = planned.case
    with suppress(Ended):
        Implementation(source, planned.dtype).call(case.operation, case.arguments, case.parameters)
