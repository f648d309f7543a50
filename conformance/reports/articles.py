"""The failures of `report.html`: an article for each diagnosis, and for each clause beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnspec.conformance.programs.edits.edit import Segment
from nnspec.conformance.reports.findings import (
    Finding,
    findings,
    formula,
    segments,
    share,
    unanswered,
)
from nnspec.conformance.reports.printing import first_sentence
from nnspec.conformance.run.record import Record, Result

# So many cases of a clause that nothing explains are shown; report.json has them all.
_CASES = 4


@dataclass(frozen=True)
class Failure:
    """Failing cases, the smallest first: of a fault, of a clause, or without an answer.

    One with a diagnosis has its `headline`, its sentence in `segments`, the `formula` whose changed
    lines are marked, and its `share`. The clauses that fail in its wake have `followers`, each with
    their number.
    """

    level: str
    operation: str
    heading: str
    clause: str
    said: str
    output: str
    cases: Sequence[Result]
    more: int
    dtypes: Sequence[str]
    pictures: Sequence[Mapping[str, Any]]
    headline: str = ""
    segments: Sequence[Segment] = ()
    formula: Sequence[tuple[str, bool]] = ()
    share: str = ""
    others: int = 0
    followers: Sequence[tuple[str, int]] = ()


def failures(record: Record) -> list[Failure]:
    """Return the unexpected failures: MUST before SHOULD, cases without an answer last."""
    failed = [result for result in record.results if result.failed]
    told = findings(failed, record.diagnoses)
    found = [_of_finding(each, record) for each in told]
    found += [_without_answer(group) for group in unanswered(failed, told)]
    return sorted(found, key=lambda failure: failure.level)


def _of_finding(finding: Finding, record: Record) -> Failure:
    """Return the article of a finding."""
    first, diagnosis = finding.smallest, finding.diagnosis
    own = first.clause.startswith(f"{finding.operation}/")
    whole = [*finding.results, *finding.followers]
    dtypes = dtypes_of(whole)
    cases = _chosen(finding.cases, 1 if finding.headline else _CASES)
    followers: dict[str, int] = {}
    for each in finding.others:
        followers[each.clause] = followers.get(each.clause, 0) + 1
    return Failure(
        level=finding.level,
        operation=finding.operation,
        heading=first.clause if own else f"{first.clause} ({finding.operation})",
        clause=first.clause,
        said=first_sentence(first.message) if first.answered else first.message,
        output=_output([first]),
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
        share=share(diagnosis) if diagnosis else "",
        others=diagnosis.others if diagnosis else 0,
        followers=tuple(followers.items()),
    )


def _without_answer(group: Sequence[Result]) -> Failure:
    """Return the article of failures that ended without an answer, whose messages are alike."""
    first = group[0]
    return Failure(
        level=first.level,
        operation=first.operation,
        heading=f"{first.operation} {first.outcome}",
        clause=first.clause,
        said=first.message,
        output=_output(group),
        cases=_chosen(group, 1),
        more=len(group) - len(_chosen(group, 1)),
        dtypes=dtypes_of(group),
        pictures=(),
    )


def _chosen(ordered: Sequence[Result], count: int) -> list[Result]:
    """Return the first case of each dtype, then the next ones up to `count`."""
    dtypes = dtypes_of(ordered)
    first = [next(each for each in ordered if each.format == dtype) for dtype in dtypes]
    others = [each for each in ordered if each not in first]
    return sorted([*first, *others][: max(count, len(first))], key=lambda x: dtypes.index(x.format))


def _output(group: Sequence[Result]) -> str:
    """Return a traceback, or what a process wrote before it ended."""
    details = next((result.details for result in group if result.details), {})
    return str(details.get("traceback", details.get("stderr", ""))).strip()


def dtypes_of(results: Iterable[Result]) -> list[str]:
    """Return the formats of results, in their order."""
    return list(dict.fromkeys(result.format for result in results))
