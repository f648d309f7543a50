"""The result record: header, one result a planned case, and a summary that follows from them; every report is made of it."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from nnspec import spec
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.run import environment, plan
from nnspec.conformance.sources.description import Description
from nnspec.conformance.terms.formats import INTEGERS
from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS, FAILURES, OUTCOMES, VACUOUS

VERSION = 1

CONFORMING = "conforms"
BREAKING = "breaks"
NONE = "no verdict"


@dataclass(frozen=True)
class Result:
    """What came of one planned case."""

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
        """Whether the case was decided by the value of an answer, and not by an answer that never came or was no array."""
        return self.outcome == CONFORMS or "truth" in self.details

    @property
    def failed(self) -> bool:
        """Whether the case failed in a way that nobody expected."""
        return self.outcome in FAILURES and not self.expected


@dataclass(frozen=True)
class Discovery:
    """A case that a search found beyond the fixed inputs, and the lines that make it one of them.

    `after` so many examples it was found, `repeated` says that it failed once more, `known` that fixed inputs break the clause too.
    """

    result: Result
    lines: str
    place: str
    after: int
    repeated: bool
    known: bool

    @property
    def denies(self) -> bool:
        """Whether the discovery changes the exit status: a MUST that fails again and that nobody expected to."""
        return self.result.failed and self.result.level == "MUST" and self.repeated


@dataclass(frozen=True)
class Exploration:
    """What searches were made, with how many examples each, how many cases they judged, and what they found.

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
        """The exit status: 0 nothing found that counts, 1 a MUST violated, 2 an error of the suite's own."""
        if any(each.result.outcome == VACUOUS for each in self.found):
            return 2
        return int(any(each.denies for each in self.found))


@dataclass(frozen=True)
class Record:
    """A whole run: what was planned, of whom, on what, what came of it, what there is to draw of it, and what was found beyond it."""

    header: Mapping[str, Any]
    results: tuple[Result, ...]
    unexpected_passes: tuple[str, ...] = ()
    pictures: tuple[Mapping[str, Any], ...] = ()
    exploration: Exploration | None = None

    def counts(self, level: str = "") -> dict[str, int]:
        """Return how many cases of a level (of all without one) ended in each outcome."""
        counted = Counter(result.outcome for result in self.results if level in ("", result.level))
        return {outcome: counted[outcome] for outcome in OUTCOMES}

    @property
    def objections(self) -> tuple[str, ...]:
        """Why there is no verdict: cases that were lost or compared nothing, and an adapter that offers nothing."""
        counts = self.counts()
        found = []
        if len(self.results) != self.header["planned"]:
            found.append(
                f"{self.header['planned']} cases were planned and {len(self.results)} are accounted for"
            )
        if counts[VACUOUS]:
            found.append(f"{counts[VACUOUS]} cases compared nothing")
        if counts[ABSENT] == len(self.results):
            found.append(
                "the adapter offers none of the operations"
                if self.results
                else "nothing was planned"
            )
        return tuple(found)

    @property
    def verdict(self) -> str:
        """The run in one word: "conforms", "breaks", or "no verdict"."""
        if self.objections:
            return NONE
        denied = self.unexpected_passes or any(
            result.failed and result.level == "MUST" for result in self.results
        )
        return BREAKING if denied else CONFORMING

    @property
    def status(self) -> int:
        """The exit status: 0 conforms, 1 breaks, 2 no verdict; where all that was planned conforms, that of the exploration."""
        found = self.exploration.status if self.exploration is not None else 0
        return {CONFORMING: found, BREAKING: 1, NONE: 2}[self.verdict]

    def summary(self) -> dict[str, Any]:
        """Return the verdict and what it follows from."""
        return {
            "verdict": self.verdict,
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
        }


def unexpected_passes(results: Sequence[Result], expected: Iterable[str]) -> tuple[str, ...]:
    """Return what was expected to fail, `clause` or `clause[operation]`, and of which every case that ran conforms."""
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


def now() -> tuple[datetime, float]:
    """Return the date, and the reading of a clock that nobody sets."""
    return datetime.now(UTC), time.perf_counter()


def identified(description: Description, planned: Sequence[Planned]) -> dict[str, Any]:
    """Return the header's first part: adapter, specification, suite, machine and number of cases."""
    judged = {each.clause.id: each.clause.digest for each in planned}
    return {
        "adapter": description.plain(),
        "specification": {"edition": spec.EDITION, "digest": spec.digest(), "clauses": judged},
        **environment.found(),
        "planned": len(planned),
    }


def repeated_by(selection: Mapping[str, Sequence[str]], command: str) -> dict[str, Any]:
    """Return the part of the header that says how the plan was made and is made again."""
    return {
        "selection": {name: list(values) for name, values in selection.items()},
        "command": command,
    }


def finish(
    planned: Sequence[Planned],
    description: Description,
    results: tuple[Result, ...],
    pictures: Sequence[Mapping[str, Any]],
    smoke: list[dict[str, Any]],
    began: tuple[datetime, float],
) -> Record:
    """Return the record of a run that `began` then and ends here."""
    started, clock = began
    header = identified(description, planned) | {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "smoke": smoke,
    }
    passes = tuple(
        expected
        for expected in unexpected_passes(results, description.expected_failures)
        if _wholly_planned(expected, planned, description)
    )
    return Record(header, results, passes, tuple(pictures))


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
