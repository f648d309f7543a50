"""`results.sarif`: failures as static-analysis tools report them, for the pages of code hosts.

It is a log of SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/). A rule is a clause
that was judged, and a result is a clause that an operation fails. An expected failure is a
suppressed result. With a baseline, each result says whether it is new.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from nnspec.conformance.reports.github import groups
from nnspec.conformance.reports.places import place_of, told
from nnspec.conformance.reports.printing import NAME, printable
from nnspec.conformance.reports.unicode import plain
from nnspec.conformance.run import known
from nnspec.conformance.run.record import Record, Result
from nnspec.conformance.terms.operations import clause_of
from nnspec.conformance.terms.outcomes import ABSENT, FAILURES

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_LEVELS = {"MUST": "error", "SHOULD": "warning"}


def text(record: Record) -> str:
    """Return results.sarif."""
    judged = [each for each in record.results if each.outcome != ABSENT]
    rules = list(dict.fromkeys(each.clause for each in judged))
    failing = groups([each for each in judged if each.outcome in FAILURES])
    new = {each.id for each in known.compared(record.header, record.results).new}
    run = {
        "tool": {"driver": _driver(record, rules)},
        "automationDetails": {"id": f"nnspec/{_adapter(record)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(record)],
        "results": [_result(record, group, rules, new) for group in failing],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def _driver(record: Record, rules: Sequence[str]) -> dict[str, Any]:
    suite = record.header["suite"]
    return {
        "name": "nnspec",
        "version": printable(suite["version"], NAME),
        "rules": [_rule(each) for each in rules],
    }


def _invocation(record: Record) -> dict[str, Any]:
    """Return how the run ended: a log without results is no good sign if the run has not ended."""
    passed = [
        f"{each} conforms, though the adapter expects it to fail"
        for each in record.unexpected_passes
    ]
    notes = [
        {"level": "error", "message": {"text": printable(each)}}
        for each in [*record.objections, *passed]
    ]
    if record.asked:
        asked = f"asked was {printable(record.asked, NAME)}"
        notes.append({"level": "note", "message": {"text": asked}})
    ended = not record.objections
    found: dict[str, Any] = {"executionSuccessful": ended, "exitCode": record.status}
    return found | ({"toolExecutionNotifications": notes} if notes else {})


def _rule(name: str) -> dict[str, Any]:
    clause = clause_of(name)
    help_text = "\n\n".join(
        [
            plain(clause.requirement),
            f"Why: {plain(clause.why)}",
            f"Source: {plain(clause.source)}",
            f"More: conformance explain {name}",
        ]
    )
    return {
        "id": name,
        "shortDescription": {"text": clause.fails or plain(clause.requirement)},
        "fullDescription": {"text": plain(clause.requirement)},
        "help": {"text": help_text},
        "defaultConfiguration": {"level": _LEVELS[clause.level]},
        "properties": {"tags": [clause.page, clause.level]},
    }


def _result(
    record: Record, results: Sequence[Result], rules: Sequence[str], new: set[str]
) -> dict[str, Any]:
    first = results[0]
    unexpected = [each for each in results if each.failed]
    found: dict[str, Any] = {
        "ruleId": first.clause,
        "ruleIndex": rules.index(first.clause),
        "level": _LEVELS[first.level],
        "message": {"text": "\n".join([f"{first.operation}", *told(unexpected or results)])},
        "locations": [_location(record, first.operation)],
        "partialFingerprints": {"nnspec/v1": _fingerprint(record, first)},
        "occurrenceCount": len(results),
    }
    if not unexpected:
        found["suppressions"] = [
            {"kind": "external", "justification": printable(first.expected)},
        ]
    if "baseline" in record.header and first.level == "MUST" and unexpected:
        found["baselineState"] = "new" if any(each.id in new for each in results) else "unchanged"
    return found


def _location(record: Record, operation: str) -> dict[str, Any]:
    place = place_of(record, operation)
    logical = [{"name": operation, "kind": "function"}]
    if place is None:
        return {"logicalLocations": logical}
    physical = {
        "artifactLocation": {"uri": quote(place.file)},
        "region": {"startLine": place.line},
    }
    return {"physicalLocation": physical, "logicalLocations": logical}


def _fingerprint(record: Record, result: Result) -> str:
    """Return what identifies a failure in run after run, wherever its function has moved to."""
    words = "\n".join((_adapter(record), result.clause, result.operation))
    return hashlib.sha256(words.encode("utf-8", "backslashreplace")).hexdigest()


def _adapter(record: Record) -> str:
    return printable(str(record.header["adapter"]["name"]), NAME)
