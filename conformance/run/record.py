"""The record of a run: header, one result a planned case, and a summary. Reports are made of it."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from nnspec import spec
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.run import (
    arithmetic,
    environment,
    expectations,
    known,
    plan,
    selection,
    shares,
)
from nnspec.conformance.run.diagnoses import Diagnosis
from nnspec.conformance.sources.description import Description
from nnspec.conformance.sources.noticed import of_lines
from nnspec.conformance.terms.formats import INTEGERS
from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS, FAILURES, OUTCOMES, VACUOUS

VERSION = 2

CONFORMING = "conforms"
BREAKING = "breaks"
NONE = "no verdict"


@dataclass(frozen=True)
class Result:
    """The result of one planned case. The arguments of a failing one hold `size` numbers."""

    clause: str
    level: str
    operation: str
    case: str
    dtype: str | None
    outcome: str
    message: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    diagnosis: tuple[str, ...] = ()
    explanation: str = ""
    expected: str = ""
    measured: Mapping[str, Any] = field(default_factory=dict)
    compared: int = 0
    worst_ulp: float = 0.0
    worst_ratio: float = 0.0
    size: int = 0
    rerun: str = ""

    @property
    def id(self) -> str:
        """The name that `--only` takes: `clause[case,dtype]`."""
        return f"{self.clause}[{self.case}{f',{self.dtype}' if self.dtype else ''}]"

    @property
    def format(self) -> str:
        """The dtype for a reader, a word where the operation has none."""
        return self.dtype or INTEGERS

    @property
    def answered(self) -> bool:
        """Whether the value of an answer decided the case, not a missing or malformed answer."""
        return self.outcome == CONFORMS or "truth" in self.details

    @property
    def failed(self) -> bool:
        """Whether the case failed in a way that nobody expected."""
        return self.outcome in FAILURES and not self.expected


@dataclass(frozen=True)
class Discovery:
    """A case that a search found beyond the fixed inputs, and the lines that make it one of them.

    The search found it `after` so many examples. `repeated` says that it failed once more, `known`
    that fixed inputs break the clause too.
    """

    result: Result
    lines: str
    place: str
    after: int
    repeated: bool
    known: bool

    @property
    def denies(self) -> bool:
        """Whether it changes the exit status: an unexpected failure of a MUST that repeats."""
        return self.result.failed and self.result.level == "MUST" and self.repeated


@dataclass(frozen=True)
class Exploration:
    """The searches beyond the fixed inputs: their examples, judged cases and discoveries.

    `left_out` holds the clauses on accuracy that no search judges, with the reasons.
    """

    examples: int
    seed: int
    hypothesis: str
    searches: int
    judged: int
    found: tuple[Discovery, ...]
    left_out: Mapping[str, str]

    @property
    def status(self) -> int:
        """The exit status: 1 a MUST is violated, 2 only the suite erred, 0 neither."""
        if any(each.denies for each in self.found):
            return 1
        return 2 if any(each.result.outcome == VACUOUS for each in self.found) else 0


@dataclass(frozen=True)
class Smaller:
    """A failing case that is smaller than one of the plan: a search has shrunk that one.

    `shrunk` is the id of the planned case, and `seed` decided its numbers, None where they are
    fixed. The smaller case has `numbers` in its arguments, not `before`. With shorter `lengths`
    than these, drawn cases do not fail; dimensions that may be as short as they can are left out.
    The `lines` make the case, if it is short enough to be written. So many cases were `judged` for
    it. `repeated` says that it failed once more.
    """

    result: Result
    shrunk: str
    seed: int | None
    before: int
    numbers: int
    lengths: Mapping[str, int]
    lines: str
    place: str
    judged: int
    repeated: bool


@dataclass(frozen=True)
class Record:
    """A whole run: its header, results and pictures, and the discoveries of a search beyond it.

    Failures of drawn cases have `smaller` ones beside them, and operations that fail `diagnoses`.
    """

    header: Mapping[str, Any]
    results: tuple[Result, ...]
    unexpected_passes: tuple[str, ...] = ()
    pictures: tuple[Mapping[str, Any], ...] = ()
    exploration: Exploration | None = None
    smaller: tuple[Smaller, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()

    def counts(self, level: str = "") -> dict[str, int]:
        """Return how many cases of a level (of all without one) ended in each outcome."""
        counted = Counter(result.outcome for result in self.results if level in ("", result.level))
        return {outcome: counted[outcome] for outcome in OUTCOMES}

    @property
    def objections(self) -> tuple[str, ...]:
        """What the run did not judge: lost cases, vacuous cases, an adapter without operations.

        If no MUST fails, these are the reasons for no verdict.
        """
        counts = self.counts()
        found = of_lines(self.header.get("noticed", {})).objections
        if ended := self.header.get("ended"):
            found.append(str(ended))
        if len(self.results) != self.header["planned"]:
            found.append(
                f"{self.header['planned']} cases were planned and {len(self.results)} are "
                "accounted for"
            )
        if counts[VACUOUS]:
            found.append(f"the suite erred in {counts[VACUOUS]} cases")
        if counts[ABSENT] == len(self.results) and (self.results or not self.header["planned"]):
            found.append(
                "the adapter offers none of the operations"
                if self.results
                else "nothing was planned"
            )
        return tuple(found)

    @property
    def verdict(self) -> str:
        """The run in one word: "conforms", "breaks", or "no verdict".

        A MUST that fails denies, whatever else happened.
        """
        if any(result.failed and result.level == "MUST" for result in self.results):
            return BREAKING
        if self.objections:
            return NONE
        return BREAKING if self.unexpected_passes else CONFORMING

    @property
    def idle(self) -> tuple[str, ...]:
        """A sentence for each expected failure that names no clause that is judged."""
        return tuple(expectations.idle(self.header["adapter"]["expected_failures"]))

    @property
    def complete(self) -> bool:
        """Whether the run asked for every case of the adapter, in every dtype that it declares."""
        return selection.complete(self.header)

    @property
    def asked(self) -> str:
        """In words, the part of the plan that the run asked for, "" if that is all of it."""
        return selection.asked(self.header)

    @property
    def unanswered(self) -> Mapping[str, int]:
        """Of each operation that the adapter offers, how many MUST cases are absent all the same.

        Operations without an absent case are left out.
        """
        offered = {*self.header["adapter"]["operations"]}
        return Counter(
            result.operation
            for result in self.results
            if result.outcome == ABSENT and result.level == "MUST" and result.operation in offered
        )

    @property
    def reduced(self) -> bool:
        """Whether the adapter leaves out MUST cases of operations that it offers.

        It does if it answers that they are absent, or declares that it compiles for each length.
        """
        return bool(self.unanswered) or bool(self.header["adapter"]["compiles_shapes"])

    @property
    def qualification(self) -> str:
        """The words that the verdict has for declared factors, "" if there are none."""
        cases = ((each.operation, each.dtype, each.outcome) for each in self.results)
        return arithmetic.qualification(
            self.header["adapter"], cases, self.header.get("noticed", {}).get("needs", ())
        )

    @property
    def status(self) -> int:
        """The exit status: 0 conforms, 1 breaks, 2 no verdict.

        It is also 1 if the exploration violates a MUST, and 2 if only the suite erred there. If
        there is a baseline, a failure that is known does not count.
        """
        own = {CONFORMING: 0, BREAKING: 1, NONE: 2}[self.verdict]
        if own == 1 and not self.new:
            own = 2 if self.objections else 0
        found = known.status(self.header, self.exploration)
        return 1 if 1 in (own, found) else max(own, found)

    @property
    def new(self) -> bool:
        """Whether something fails that the baseline does not have; without one, whatever fails."""
        return known.is_new(self.header, self.results, self.unexpected_passes)

    def summary(self) -> dict[str, Any]:
        """Return the verdict and the counts that it follows from."""
        return {
            "verdict": self.verdict,
            "complete": self.complete,
            "selection": self.header.get("selection", {"dtypes": [], "only": []}),
            "unanswered": dict(self.unanswered),
            "objections": list(self.objections),
            "planned": self.header["planned"],
            "run": sum(
                result.compared > 0 or result.outcome in FAILURES for result in self.results
            ),
            "compared": sum(result.compared for result in self.results),
            "must": self.counts("MUST"),
            "should": self.counts("SHOULD"),
            "expected_failures": sum(
                bool(result.expected) and result.outcome in FAILURES for result in self.results
            ),
            "unexpected_passes": list(self.unexpected_passes),
            **known.summary(self.header, self.results),
        }


def unexpected_passes(results: Sequence[Result], expected: Iterable[str]) -> tuple[str, ...]:
    """Return the expected failures, `clause` or `clause[operation]`, whose every case conforms."""
    ran: dict[str, list[Result]] = {}
    for result in results:
        if result.outcome != ABSENT:
            for key in (result.clause, f"{result.clause}[{result.operation}]"):
                ran.setdefault(key, []).append(result)
    return tuple(
        key
        for key in expected
        if key in ran and all(result.outcome == CONFORMS for result in ran[key])
    )


class Interrupted(KeyboardInterrupt):
    """A signal ended a run; the message is its name, and `record` has the results so far."""

    def __init__(self, name: str, record: Record) -> None:
        super().__init__(name)
        self.record = record


def interruption(interrupt: KeyboardInterrupt) -> str:
    """Return what a record says of a run that a signal has ended."""
    by = f" by {interrupt}" if str(interrupt) else ""
    return f"the run was interrupted{by}, and is incomplete"


def now() -> tuple[datetime, float]:
    """Return the date, and the reading of a clock that nobody sets."""
    return datetime.now(UTC), time.perf_counter()


def identified(description: Description, planned: Sequence[Planned]) -> dict[str, Any]:
    """Return the first part of the header: adapter, specification, suite, machine, case count."""
    judged = {each.clause.id: each.clause.digest for each in planned}
    return {
        "adapter": description.plain(),
        "specification": {"edition": spec.edition(), "digest": spec.digest(), "clauses": judged},
        **environment.found(),
        "planned": len(planned),
    }


def repeated_by(chosen: Mapping[str, Any], command: str) -> dict[str, Any]:
    """Return the part of the header that says how the plan was made and is made again."""
    part = chosen.get("part")
    return {
        "selection": {name: list(chosen.get(name, ())) for name in ("dtypes", "only")}
        | ({"part": shares.written(part)} if part is not None else {}),
        "seed": chosen.get("seed", 0),
        "command": command,
    }


def begun(
    planned: Sequence[Planned],
    description: Description,
    selection: Mapping[str, Any],
    command: str,
) -> Record:
    """Return the record of a run that has judged nothing yet: whoever ends it, it stays so."""
    made = finish(planned, description, (), (), [], now(), ended="the run has not ended")
    return replace(made, header={**made.header, **repeated_by(selection, command)})


def finish(
    planned: Sequence[Planned],
    description: Description,
    results: tuple[Result, ...],
    pictures: Sequence[Mapping[str, Any]],
    smoke: list[dict[str, Any]],
    began: tuple[datetime, float],
    diagnoses: tuple[Diagnosis, ...] = (),
    ended: str = "",
) -> Record:
    """Return the record of a run that `began` then and ends here, perhaps before its time."""
    started, clock = began
    header = identified(description, planned) | {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "smoke": smoke,
        "arithmetic": arithmetic.found(results),
        **({"ended": ended} if ended else {}),
    }
    passes = tuple(
        expected
        for expected in unexpected_passes(results, description.expected_failures)
        if _wholly_planned(expected, planned, description)
    )
    return Record(header, results, passes, tuple(pictures), diagnoses=diagnoses)


def _wholly_planned(expected: str, planned: Sequence[Planned], description: Description) -> bool:
    """Say whether every case of an expected failure is planned: some of its cases may well conform.

    The cases of its clause are planned anew, for a selection may have left some out.
    """
    clause = expected.partition("[")[0]
    selected = {each.id for each in planned}
    return all(
        each.id in selected
        for each in plan.plan(description, only=[clause])
        if expected in (clause, f"{clause}[{each.operation}]")
    )
