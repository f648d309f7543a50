"""The failures of `report.html`: an article for each diagnosis, and for each clause beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnspec.conformance.programs.edits.edit import Segment
from nnspec.conformance.reports.failures import clause_in_words, contract, said_of
from nnspec.conformance.reports.findings import (
    Finding,
    findings,
    fix,
    formula,
    hint,
    segments,
    share,
)
from nnspec.conformance.run.record import Record, Result

# So many cases of a clause that nothing explains are shown; report.json has them all.
_CASES = 4


@dataclass(frozen=True)
class Failure:
    """Failing cases, the smallest first: of a fault, of a clause, or without an answer.

    One with a diagnosis has its `headline`, its sentence in `segments`, the `formula` whose changed
    lines are marked, its `fix` and its `share`. The clauses that fail in its wake are `followers`,
    each with the number of its cases. What else fails stands `beside`: the level, the clause in
    words, its id, what is said of it, and the number of cases.
    """

    level: str
    operation: str
    heading: str
    clause: str
    said: str
    output: str
    place: str
    contract: Sequence[str]
    cases: Sequence[Result]
    more: int
    dtypes: Sequence[str]
    pictures: Sequence[Mapping[str, Any]]
    headline: str = ""
    segments: Sequence[Segment] = ()
    formula: Sequence[tuple[str, bool]] = ()
    fix: str = ""
    share: str = ""
    others: int = 0
    followers: Sequence[tuple[str, int]] = ()
    beside: Sequence[tuple[str, str, str, str, int]] = ()


def failures(record: Record) -> list[Failure]:
    """Return the unexpected failures, one a fault: MUST before SHOULD."""
    failed = [result for result in record.results if result.failed]
    return [_of_finding(each, record) for each in findings(failed, record.diagnoses)]


def _of_finding(finding: Finding, record: Record) -> Failure:
    """Return the article of a finding."""
    first, diagnosis = finding.smallest, finding.diagnosis
    cases = _chosen(finding.cases, 1 if finding.headline or not first.answered else _CASES)
    dtypes = dtypes_of(finding.results)
    return Failure(
        level=finding.level,
        operation=finding.operation,
        heading=clause_in_words(first) if first.answered else f"{first.operation} {first.outcome}",
        clause=first.clause,
        said=said_of(first),
        place=record.header["adapter"].get("places", {}).get(finding.operation, ""),
        contract=() if first.answered else contract(first),
        output=_output(finding.cases),
        cases=cases,
        more=len(finding.cases) - len(cases),
        dtypes=dtypes,
        pictures=[
            each
            for each in record.pictures
            if (each["clause"], each["operation"]) == (first.clause, finding.operation)
            and (each["dtype"] or "integers") in dtypes
        ],
        headline=finding.headline,
        segments=segments(diagnosis) if diagnosis else (),
        formula=formula(diagnosis) if diagnosis else (),
        fix=fix(finding) or hint(finding),
        share=share(diagnosis) if diagnosis else "",
        others=diagnosis.others if diagnosis else 0,
        followers=_counted(finding.others),
        beside=[
            (
                group[0].level,
                clause_in_words(group[0]),
                group[0].clause,
                said_of(group[0]),
                len(group),
            )
            for group in finding.beside
        ],
    )


def _counted(others: Iterable[Result]) -> tuple[tuple[str, int], ...]:
    """Return the clauses of cases, each with the number of its cases."""
    found: dict[str, int] = {}
    for each in others:
        found[each.clause] = found.get(each.clause, 0) + 1
    return tuple(found.items())


def _chosen(ordered: Sequence[Result], count: int) -> list[Result]:
    """Return the first case of each dtype, then the next ones up to `count`."""
    dtypes = dtypes_of(ordered)
    first = [next(each for each in ordered if each.format == dtype) for dtype in dtypes]
    others = [each for each in ordered if each not in first]
    return sorted([*first, *others][: max(count, len(first))], key=lambda x: dtypes.index(x.format))


def _output(group: Sequence[Result]) -> str:
    """Return a traceback, or what a process wrote before it ended."""
    told = (
        str(each.details[name]).strip()
        for each in group
        for name in ("traceback", "stderr")
        if name in each.details
    )
    # A record keeps each text once, and elsewhere says where that is.
    return max(told, key=lambda text: "\n" in text, default="")


def dtypes_of(results: Iterable[Result]) -> list[str]:
    """Return the formats of results, in their order."""
    return list(dict.fromkeys(result.format for result in results))
