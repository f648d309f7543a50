"""Which known mistake explains a failure: its answers, or those of a sibling, are like ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from nnspec.conformance.judge.diagnosis.candidates import candidates, size, source_of
from nnspec.conformance.judge.diagnosis.evidence import (
    CONTRADICTED,
    Attempts,
    Known,
    accounted,
    contradicted,
)
from nnspec.conformance.terms.outcomes import ABSENT, FAILURES

__all__ = ["Explanation", "Known", "explain", "size", "source_of"]


@dataclass(frozen=True)
class Explanation:
    """A mistake or a sibling operation, and the failing cases that it accounts for.

    `contradicted` counts the cases that speak against it, `distance` is the mean one in ulp.
    """

    name: str
    description: str
    cases: frozenset[str]
    contradicted: float
    distance: float


# A wrong formula may overflow, and nobody has to read that NumPy says so.
@np.errstate(all="ignore")
def explain(
    attempts: Attempts, known: Mapping[str, Known] = MappingProxyType({})
) -> list[Explanation]:
    """Return the explanations of failures at the cases of one operation and dtype, best first.

    Where a case was answered, a candidate answers it too. It has to be close to wrong answers, and
    within the bound where answers are right. Where a case ended otherwise, the candidate has to end
    it with the same words. A mistake in `known` is not asked again.
    """
    failed = sorted(
        (pair for pair in attempts if pair[1].outcome in FAILURES), key=lambda pair: size(pair[0])
    )
    if not failed:
        return []
    operation, dtype = failed[0][0].operation, failed[0][0].dtype
    # The smallest failing case of each clause comes first: a candidate that accounts for none of
    # them is dropped.
    first = list(
        {planned.clause.id: (planned, given) for planned, given in reversed(failed)}.values()
    )
    # Cases that are many of a kind would outvote the others. Small cases come first: they
    # contradict as well as large ones. Those that are made when they are asked for would be made
    # and judged once more for each candidate.
    conforming = sorted(
        (
            (planned, given)
            for planned, given in attempts
            if given.outcome not in (*FAILURES, ABSENT)
            and given.judged
            and not (planned.case.one_of_many or (planned.case.deferred and planned.case.many))
        ),
        key=lambda pair: size(pair[0]),
    )
    opening = next((planned.case for planned, _ in attempts if planned.case.times), None)
    found = []
    for each in candidates(operation, dtype, opening):
        before = known.get(each.name, Known())
        if not any(accounted(each, before, [pair], dtype)[0] for pair in first):
            continue
        against = contradicted(each, before, conforming, dtype)
        if against <= CONTRADICTED * len(conforming):
            cases, distance = accounted(each, before, failed, dtype)
            found.append(Explanation(each.name, each.description, cases, against, distance))
    return sorted(found, key=lambda each: (-len(each.cases), each.contradicted, each.distance))
