"""`junit.xml`: one test case a planned case, in the dialect that CI servers read.

The common schemas allow properties of a test suite, but not of a test case. So the cases of one
clause, operation and dtype form a suite, and its properties name them.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from xml.etree import ElementTree as ET

from nnspec.conformance.reports.findings import findings, share
from nnspec.conformance.reports.printing import block
from nnspec.conformance.reports.terminal import verdict
from nnspec.conformance.run.record import Record, Result
from nnspec.conformance.terms.operations import clause_of
from nnspec.conformance.terms.outcomes import ABSENT, BREAKS, CONFORMS, FAILURES, INCONCLUSIVE

# Characters that XML 1.0 cannot hold, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(record: Record) -> str:
    """Return junit.xml. Expected failures and failures of SHOULD clauses are skipped tests."""
    # The common schemas allow no time zone.
    started = (
        datetime.fromisoformat(record.header["started"])
        .astimezone(UTC)
        .strftime("%Y-%m-%dT%H:%M:%S")
    )
    adapter = " ".join(_written(record.header["adapter"]["name"]).split()) or "unnamed"
    root = ET.Element("testsuites")
    ordered = sorted([*_diagnosed(record), *_found(record)], key=_group)
    for number, (_, group) in enumerate(groupby(ordered, key=_group)):
        root.append(_suite(list(group), number, adapter, started, record.asked))
    for said in root.findall("testsuite[1]/system-out"):
        # The common schemas have no place for a verdict on all suites: the first one says it.
        said.text = _written(verdict(record).plain)
    if ended := record.header.get("ended"):
        root.append(_incomplete(_written(str(ended)), len(root), adapter, started))
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _diagnosed(record: Record) -> list[Result]:
    """Return the results, of which the smallest of a fault tells its diagnosis with its share.

    The others name the test that does.
    """
    told: dict[int, Result] = {}
    for finding in findings([each for each in record.results if each.failed], record.diagnoses):
        if finding.diagnosis is not None:
            said = f"{finding.headline}, {finding.diagnosis.sentence}"
            first = finding.smallest
            for each in finding.results:
                told[id(each)] = replace(each, explanation=f"{finding.headline}; see {first.id}")
            whole = f"{said} ({share(finding.diagnosis)})"
            told[id(first)] = replace(first, explanation=whole)
    return [told.get(id(each), each) for each in record.results]


def _found(record: Record) -> list[Result]:
    """Return the repeated findings of a search, each with the lines that make its case."""
    found = record.exploration.found if record.exploration else ()
    return [
        replace(each.result, rerun=f"{each.result.rerun}\n{each.lines}")
        for each in found
        if each.repeated
    ]


def _group(result: Result) -> tuple[str, str, str]:
    return result.clause, result.operation, result.format


def _suite(
    results: Sequence[Result], number: int, adapter: str, started: str, asked: str
) -> ET.Element:
    first = results[0]
    kinds = [_kind(result) for result in results]
    suite = ET.Element(
        "testsuite",
        id=str(number),
        package=adapter,
        name=" ".join(_group(first)),
        hostname="localhost",
        tests=str(len(results)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
        time="0",
        timestamp=started,
    )
    properties = ET.SubElement(suite, "properties")
    about = {
        "clause": first.clause,
        "level": first.level,
        "page": clause_of(first.clause).page,
        "operation": first.operation,
    }
    about |= {"dtype": first.format} | ({"asked": _written(asked)} if asked else {})
    for name, value in about.items():
        ET.SubElement(properties, "property", name=name, value=value)
    for result, kind in zip(results, kinds, strict=True):
        case = ET.SubElement(
            suite, "testcase", classname=result.clause.replace("/", "."), name=result.id, time="0"
        )
        if kind:
            message, body = (
                _written(f"{result.level} {result.outcome}: {result.message}"),
                _written(_body(result)),
            )
            # The schema of Jenkins allows only text in a skipped test.
            said = {} if kind == "skipped" else {"type": result.outcome, "message": message}
            ET.SubElement(case, kind, said).text = body if said else f"{message}\n{body}".rstrip()
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")
    return suite


def _incomplete(ended: str, number: int, adapter: str, started: str) -> ET.Element:
    """Return a suite with an error: a server takes a report without failures for a good one."""
    counted = {"tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
    suite = ET.Element(
        "testsuite",
        {"id": str(number), "package": adapter, "name": "the run", "hostname": "localhost"}
        | counted
        | {"time": "0", "timestamp": started},
    )
    ET.SubElement(suite, "properties")
    case = ET.SubElement(suite, "testcase", classname="nnspec", name="the run ends", time="0")
    ET.SubElement(case, "error", {"type": "incomplete", "message": ended}).text = ended
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")
    return suite


def _kind(result: Result) -> str:
    if result.outcome == CONFORMS:
        return ""
    if (
        result.outcome in (ABSENT, INCONCLUSIVE)
        or result.expected
        or (result.level == "SHOULD" and result.outcome in FAILURES)
    ):
        return "skipped"
    return "failure" if result.outcome == BREAKS else "error"


def _body(result: Result) -> str:
    lines = [f"{name}: {value}" for name, value in result.details.items()]
    last = filter(None, (result.expected, result.rerun))
    return "\n".join([*filter(None, [result.explanation]), *lines, *last])


def _written(value: str) -> str:
    return _UNWRITABLE.sub("�", block(value))
