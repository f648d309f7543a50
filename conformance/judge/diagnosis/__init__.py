"""What explains the failures of an operation: a mistake, another operation, an edited formula.

    explain(attempts)   the explanations of the failures in one dtype, the best first

All candidates compete. One that accounts for none of the smallest failing cases is dropped. Of the
others, a sample of the cases chooses a few, and these few are held against every case.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType

import numpy as np

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.diagnosis.candidates import (
    EDIT,
    Candidate,
    candidates,
    edits,
    size,
    source_of,
)
from nnspec.conformance.judge.diagnosis.evidence import (
    Account,
    accounted,
    conforming,
    contradicted,
    failing,
)
from nnspec.conformance.judge.diagnosis.fitted import fitted
from nnspec.conformance.judge.diagnosis.guesses import Attempts, Known
from nnspec.conformance.judge.diagnosis.memory import Recalled, opened, recalled
from nnspec.conformance.judge.judge import Attempt

__all__ = ["Explanation", "Known", "explain", "opened", "size", "source_of"]

# In at most this part of the cases an explanation may be wrong where the implementation is right.
_CONTRADICTED = 0.05

# An explanation may leave out this part of the failing cases. If it leaves out more, a second fault
# is looked for, unless it accounts for less than half.
_OTHERS = 0.1
_HALF = 0.5

# So many cases choose the candidates that are held against all of them.
_SAMPLE = 32
_CHOSEN = 8

# An edit accounts for one of the smallest failing cases of so many clauses.
_FIRST = 3

# Of two explanations, the one in better words may account for less by this part of the cases: by
# its rounding, a long walk leaves the formula.
_DRIFTED = 0.02

# Answers that are so many ulp apart are as good as equal: an edit is computed in another order.
_ULPS = 4.0


@dataclass(frozen=True)
class Explanation:
    """A mistake, a sibling operation or an edit, and the failing cases that it accounts for.

    So many cases were `failing`. `contradicted` counts the cases that speak against it, and
    `distance` is that of the answers in ulp. `others` answer the same. The `second` of two faults
    explains the rest.
    """

    name: str
    description: str
    kind: str
    cases: frozenset[str]
    failing: int
    contradicted: float
    distance: float
    others: tuple[str, ...] = ()
    second: bool = False


@dataclass(frozen=True)
class _Asked:
    """What candidates are held against: failing and conforming cases, the smallest first.

    All `cases` of the operation, in all dtypes, stand in the order in which they are asked. What a
    candidate with memory accounts for is kept in `replays`, by its name.
    """

    dtype: str | None
    failed: Attempts
    conforming: Attempts
    drawn: Attempts
    cases: Sequence[Planned]
    attempts: Attempts
    replays: dict[str, Recalled | None] = field(default_factory=dict)

    def replay(self, candidate: Candidate) -> Recalled | None:
        """Return what a candidate with memory accounts for, None for too little."""
        if candidate.name not in self.replays:
            most = _CONTRADICTED * len(self.conforming)
            found = recalled(candidate, self.attempts, self.cases, most)
            self.replays[candidate.name] = found
        return self.replays[candidate.name]

    def of_few(self, count: int) -> "_Asked":
        """Return the same with a few cases of each kind, the smallest of each clause among them."""
        few = _few(self.failed, count), _few(self.conforming, count)
        return replace(self, failed=few[0], conforming=few[1])


@dataclass(frozen=True)
class _Scored:
    """A candidate, what it accounts for of so many `failing` cases, and what speaks against it."""

    candidate: Candidate
    account: Account
    against: int
    failing: int

    @property
    def accounts(self) -> frozenset[str]:
        """The failing cases that do not speak against the candidate."""
        return self.account.cases | self.account.silent

    @property
    def order(self) -> tuple[object, ...]:
        """A key that sorts the best explanation first."""
        left = self.failing - len(self.accounts)
        apart = int(math.log2(1 + self.account.distance / _ULPS))
        untold = len(self.account.silent) if self.candidate.remembers else 0
        missed = left if left > _DRIFTED * self.failing else 0
        return missed, self.against, untold, apart, self.candidate.order


# A wrong formula may overflow, and nobody has to read that NumPy says so.
@np.errstate(all="ignore")
def explain(
    attempts: Attempts,
    known: Mapping[str, Known] = MappingProxyType({}),
    cases: Sequence[Planned] = (),
) -> list[Explanation]:
    """Return the explanations of failures at the cases of one operation and dtype, best first.

    Where a case was answered, a candidate answers it too. It has to be close to wrong answers, and
    within the bound where answers are right. Where a case ended otherwise, the candidate has to end
    it with the same words. A mistake in `known` is not asked again. A candidate with memory is
    asked all that the suite asked: the `cases` of the operation in all dtypes, in their order.
    """
    # NumPy warns of the mean of nothing whatever its error state.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return _explained(attempts, known, cases or [planned for planned, _ in attempts])


def _explained(
    attempts: Attempts, known: Mapping[str, Known], cases: Sequence[Planned]
) -> list[Explanation]:
    failed = sorted(failing(attempts), key=_size)
    if not failed:
        return []
    operation, dtype = failed[0][0].operation, failed[0][0].dtype
    drawn = [pair for pair in attempts if pair[1].samples]
    right = sorted(conforming(attempts), key=_size)
    asked = _Asked(dtype, failed, right, drawn, cases, attempts)
    few = asked.of_few(_SAMPLE)
    listed = [*candidates(operation, dtype), *_edits(operation, few)]
    listed += fitted(operation, few.failed)
    scored = [found for each in listed if (found := _scored(each, known, few)) is not None]
    best = _best(scored, known, asked)
    told = _told(best, scored, known, asked)
    two = len(told) == 2 and told[1].accounts.isdisjoint(told[0].accounts)  # noqa: PLR2004
    return [
        _explanation(each, len(failed), second=two and place > 0) for place, each in enumerate(told)
    ]


def _best(scored: Sequence[_Scored], known: Mapping[str, Known], asked: _Asked) -> list[_Scored]:
    """Hold the best candidates against every case, and return them in the order of what it says."""
    chosen = sorted(scored, key=lambda each: each.order)[:_CHOSEN]
    whole = [_scored(each.candidate, known, asked) for each in chosen]
    return sorted((each for each in whole if each is not None), key=lambda each: each.order)


def _told(
    best: Sequence[_Scored], scored: Sequence[_Scored], known: Mapping[str, Known], asked: _Asked
) -> list[_Scored]:
    """Return the candidates that are told: those that account for nearly all failing cases.

    Two faults are told as two: one accounts for at least half of the failing cases, and another one
    for nearly all of the rest.
    """
    count = len(asked.failed)
    if told := [each for each in best if len(each.accounts) >= (1 - _OTHERS) * count]:
        return told
    if not best or len(best[0].accounts) < _HALF * count:
        return []
    first = best[0]
    rest = [pair for pair in asked.failed if pair[0].id not in first.accounts]
    others = [each for each in scored if each.candidate.name != first.candidate.name]
    beside = _best(others, known, replace(asked, failed=rest))
    if not beside or len(beside[0].accounts) < (1 - _OTHERS) * len(rest):
        return []
    return [first, beside[0]]


def _scored(candidate: Candidate, known: Mapping[str, Known], asked: _Asked) -> _Scored | None:
    """Hold a candidate against cases; None if it accounts for too few, or is contradicted."""
    if candidate.remembers:
        return _remembering(candidate, asked)
    before = known.get(candidate.name, Known())
    formula = candidate.program is not None
    if candidate.kind != EDIT and not _begins(
        candidate, before, _first(asked, formula=formula), asked
    ):
        return None
    most = _CONTRADICTED * len(asked.conforming)
    against = contradicted(candidate, before, asked.conforming, asked.dtype, most)
    if against > most:
        return None
    account = accounted(candidate, before, asked.failed, asked.dtype, asked.drawn)
    return _Scored(candidate, account, against, len(asked.failed)) if account.cases else None


def _edits(operation: str, asked: _Asked) -> list[Candidate]:
    """Return the edits that account for one of the smallest failing cases; most do for none."""
    first = _first(asked, formula=True)
    return edits(operation, lambda each: _begins(each, Known(), first, asked)) if first else []


def _first(asked: _Asked, *, formula: bool) -> Attempts:
    """Return the smallest failing case of each clause; of a formula, few that are numbers.

    A formula is known by numbers, and by few: what is wrong in many alone is no formula.
    """
    first = _smallest_of_each(asked.failed)
    if not formula or asked.drawn:
        return first
    numbers = (
        pair
        for pair in first
        if not pair[0].case.many and any(not each.right.all() for each in pair[1].judged)
    )
    return list(islice(numbers, _FIRST))


def _begins(candidate: Candidate, known: Known, first: Attempts, asked: _Asked) -> bool:
    """Say whether a candidate accounts for one of the smallest failing cases."""
    return any(
        accounted(candidate, known, [pair], asked.dtype, asked.drawn).cases for pair in first
    )


def _remembering(candidate: Candidate, asked: _Asked) -> _Scored | None:
    """Hold a candidate with memory against all cases, if one failed that looks for memory."""
    if not any(planned.clause.id in candidate.clauses for planned, _ in asked.failed):
        return None
    if (found := asked.replay(candidate)) is None:
        return None
    failed = {planned.id for planned, _ in asked.failed}
    account = replace(
        found.account, cases=found.account.cases & failed, silent=found.account.silent & failed
    )
    return _Scored(candidate, account, found.against, len(failed)) if account.cases else None


def _explanation(scored: _Scored, count: int, *, second: bool) -> Explanation:
    candidate, account = scored.candidate, scored.account
    return Explanation(
        candidate.name,
        candidate.description,
        candidate.kind,
        scored.accounts,
        count,
        scored.against,
        account.distance,
        candidate.others,
        second,
    )


def _smallest_of_each(failed: Attempts) -> list[tuple[Planned, Attempt]]:
    """Return the smallest case of each clause."""
    return list({pair[0].clause.id: pair for pair in reversed(failed)}.values())


def _few(attempts: Attempts, count: int) -> Sequence[tuple[Planned, Attempt]]:
    """Return so many cases: the smallest of each clause, and then the smallest of all."""
    first = _smallest_of_each(attempts)
    chosen = {id(pair) for pair in [*first, *attempts][: max(count, len(first))]}
    return [pair for pair in attempts if id(pair) in chosen]


def _size(pair: tuple[Planned, Attempt]) -> int:
    return size(pair[0])
