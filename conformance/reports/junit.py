"""`junit.xml`: one test case a planned case, in the dialect that continuous-integration servers read."""

import re
from xml.etree import ElementTree as ET

from conformance.outcomes import ABSENT, BREAKS, CONFORMS, FAILURES, INCONCLUSIVE
from conformance.record import Record, Result
from conformance.reports.terminal import printable

# What XML 1.0 cannot hold, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(record: Record) -> str:
    """Return junit.xml: failures of SHOULD clauses and expected ones are skipped tests, for they do not deny a certificate."""
    results = record.results
    suite = ET.Element(
        "testsuite",
        name=_written(f"nnspec {record.header['adapter']['name']}"),
        tests=str(len(results)),
        failures=str(sum(_kind(result) == "failure" for result in results)),
        errors=str(sum(_kind(result) == "error" for result in results)),
        skipped=str(sum(_kind(result) == "skipped" for result in results)),
        time=str(record.header["seconds"]),
        timestamp=record.header["started"],
    )
    for result in results:
        case = ET.SubElement(suite, "testcase", classname=result.clause.replace("/", "."), name=result.id, time="0")
        if kind := _kind(result):
            ET.SubElement(case, kind, message=_written(f"{result.level} {result.outcome}: {result.message}")).text = _written(_body(result))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _kind(result: Result) -> str:
    if result.outcome == CONFORMS:
        return ""
    if result.outcome in (ABSENT, INCONCLUSIVE) or result.expected or (result.level == "SHOULD" and result.outcome in FAILURES):
        return "skipped"
    return "failure" if result.outcome == BREAKS else "error"


def _body(result: Result) -> str:
    lines = [f"{name}: {value}" for name, value in result.details.items()]
    return "\n".join([*lines, *filter(None, (result.explanation, result.expected, result.rerun))])


def _written(value: str) -> str:
    return _UNWRITABLE.sub("�", printable(value))
