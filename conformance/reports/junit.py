"""`junit.xml`: a suite for each clause, and a test case for each of its operations and dtypes.

That is the dialect that CI servers read. The common schemas allow properties of a suite alone, and
no place for a verdict on all suites: the first suite says it. What an adapter does not offer is
left out. A test case tells of its smallest failing case, and report.json has them all.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from xml.etree import ElementTree as ET

from nnspec.conformance.reports.failures import last_words
from nnspec.conformance.reports.findings import findings, share
from nnspec.conformance.reports.places import place_of, told
from nnspec.conformance.reports.printing import block
from nnspec.conformance.reports.terminal import verdict
from nnspec.conformance.run import known
from nnspec.conformance.run.record import NONE, Record, Result
from nnspec.conformance.terms.operations import clause_of
from nnspec.conformance.terms.outcomes import ABSENT, BREAKS, CONFORMS, FAILURES, INCONCLUSIVE

# Characters that XML 1.0 cannot hold, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# A server lists messages in a row each, and shows a body where somebody opens it.
_MESSAGE, _BODY = 200, 2000

# The kinds of test cases, the worst first. The kind of one that passes is "".
_KINDS = ("failure", "error", "skipped", "")


@dataclass(frozen=True)
class _Case:
    """A test case: its name, what became of it, and the words that it has if it did not pass."""

    classname: str
    name: str
    kind: str = ""
    outcome: str = ""
    message: str = ""
    body: str = ""


def text(record: Record) -> str:
    """Return junit.xml. Expected and known failures, and those of SHOULD clauses, are skipped."""
    # The common schemas allow no time zone.
    moment = datetime.fromisoformat(record.header["started"]).astimezone(UTC)
    about = {
        "package": " ".join(_written(record.header["adapter"]["name"]).split()) or "unnamed",
        "hostname": "localhost",
        "time": "0",
        "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S"),
    }
    root = ET.Element("testsuites")
    for clause, cases in _clauses(record):
        first = clause_of(clause)
        named = {"clause": clause, "level": first.level, "page": first.page}
        named |= {"asked": _written(record.asked)} if record.asked else {}
        root.append(_suite(clause, cases, len(root), about, named))
    if whole := _whole(record):
        root.append(_suite("the run", whole, len(root), about, {}))
    for said in root.findall("testsuite[1]/system-out"):
        said.text = _written(verdict(record).plain)
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _clauses(record: Record) -> Iterator[tuple[str, list[_Case]]]:
    """Yield each clause of an offered operation with its test cases."""
    offered = {*record.header["adapter"]["operations"]}
    results = [each for each in _diagnosed(record) if each.operation in offered]
    found = [(result, "") for result in results] + list(_found(record))
    same = {each.id for each in known.compared(record.header, record.results).known}
    ordered = sorted(found, key=lambda pair: (*_group(pair[0]), pair[1]))
    for clause, of_clause in groupby(ordered, key=lambda pair: pair[0].clause):
        cases = [
            _case([each for each, _ in group], suffix, same, record)
            for (*_, suffix), group in groupby(
                of_clause, key=lambda pair: (*_group(pair[0]), pair[1])
            )
        ]
        yield clause, cases


def _diagnosed(record: Record) -> list[Result]:
    """Return the results, of which the smallest of a fault tells its diagnosis with its share.

    The others name the test that does.
    """
    named: dict[int, Result] = {}
    for finding in findings([each for each in record.results if each.failed], record.diagnoses):
        if finding.diagnosis is not None:
            said = f"{finding.headline}, {finding.diagnosis.sentence}"
            first = finding.smallest
            for each in finding.results:
                named[id(each)] = replace(each, explanation=f"{finding.headline}; see {first.id}")
            whole = f"{said} ({share(finding.diagnosis)})"
            # It is the smallest one of its test too.
            named[id(first)] = replace(first, explanation=whole, size=0)
    return [named.get(id(each), each) for each in record.results]


def _found(record: Record) -> Iterator[tuple[Result, str]]:
    """Yield the repeated findings of a search, each with the lines that make its case."""
    for each in record.exploration.found if record.exploration else ():
        if each.repeated:
            rerun = f"{each.result.rerun}\n{each.lines}"
            yield replace(each.result, rerun=rerun), " found by a search"


def _group(result: Result) -> tuple[str, str, str]:
    return result.clause, result.operation, result.format


def _case(results: Sequence[Result], suffix: str, same: set[str], record: Record) -> _Case:
    """Return the test case of a clause, an operation and a dtype: the worst of its cases."""
    first = results[0]
    dtype = f",{first.dtype}" if first.dtype else ""
    name = first.id if suffix else f"{first.clause}[{first.operation}{dtype}]"
    kinds = [_kind(each, same) for each in results]
    kind = min(kinds, key=_KINDS.index)
    classname = first.clause.replace("/", ".")
    # A case that is absent beside others that pass is no reason to skip the test.
    if not kind or (kind == "skipped" and "" in kinds and _absent_at_most(results)):
        return _Case(classname, name)
    worst = [each for each, its in zip(results, kinds, strict=True) if its == kind]
    outcomes = [each for each in worst if each.outcome != ABSENT] or worst
    lines = told(outcomes)
    place = place_of(record, first.operation)
    where = [f"{place.file}:{place.line}"] if place else []
    reasons = list(dict.fromkeys(each.expected for each in outcomes if each.expected))[:1]
    said = [*lines[1:], *last_words(outcomes[:1]), *reasons, *where]
    before = "known from the baseline: " if outcomes[0].id in same else ""
    message = f"{first.level} {outcomes[0].outcome}: {before}{lines[0]}"
    return _Case(classname, name, kind, outcomes[0].outcome, message, "\n".join(said))


def _absent_at_most(results: Iterable[Result]) -> bool:
    return all(each.outcome in (CONFORMS, ABSENT) for each in results)


def _whole(record: Record) -> list[_Case]:
    """Return what is wrong with a run as a whole: a server takes no failure for a good sign."""
    name = "nnspec"
    cases = [
        _Case(name, f"{each} fails as the adapter expects", "failure", "unexpected", "it conforms")
        for each in record.unexpected_passes
    ]
    if record.verdict == NONE or "ended" in record.header:
        said = "; ".join(record.objections)
        cases.append(_Case(name, "the run has a verdict", "error", "incomplete", said, said))
    return cases


def _suite(
    name: str,
    cases: Sequence[_Case],
    number: int,
    about: Mapping[str, str],
    named: Mapping[str, str],
) -> ET.Element:
    kinds = [each.kind for each in cases]
    counted = {"tests": len(cases), "failures": kinds.count("failure")}
    counted |= {"errors": kinds.count("error"), "skipped": kinds.count("skipped")}
    numbers = {key: str(value) for key, value in counted.items()}
    suite = ET.Element("testsuite", {"id": str(number), "name": name} | numbers | dict(about))
    properties = ET.SubElement(suite, "properties")
    for key, value in named.items():
        ET.SubElement(properties, "property", name=key, value=value)
    for each in cases:
        word = " ".join(_written(each.name).split())
        case = ET.SubElement(suite, "testcase", classname=each.classname, name=word, time="0")
        if each.kind:
            message, body = _written(each.message, _MESSAGE), _written(each.body, _BODY)
            # The schema of Jenkins allows only text in a skipped test.
            said = {} if each.kind == "skipped" else {"type": each.outcome, "message": message}
            whole = body if said else f"{message}\n{body}".rstrip()
            ET.SubElement(case, each.kind, said).text = whole
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")
    return suite


def _kind(result: Result, same: set[str]) -> str:
    if result.outcome == CONFORMS:
        return ""
    if (
        result.outcome in (ABSENT, INCONCLUSIVE)
        or result.expected
        or result.id in same
        or (result.level == "SHOULD" and result.outcome in FAILURES)
    ):
        return "skipped"
    return "failure" if result.outcome == BREAKS else "error"


def _written(value: str, limit: int = _BODY) -> str:
    return _UNWRITABLE.sub("�", block(value, limit))
