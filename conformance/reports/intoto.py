"""`statement.intoto.json`: the verdict as an in-toto statement, which existing tools sign.

It is a statement of version 1 with the predicate "test result" 0.1
(https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md). A test is a
clause. It failed if a MUST case failed. It warned if a SHOULD case failed, a failure was expected,
or the suite could not tell. It warned too if a case of an operation that the adapter offers is
absent. A verdict about a part of the plan is a warning, and so is one that holds with declared
factors or for few lengths. Annotations of the report say what was asked, and what was left out.
"""

import hashlib
import json as json_text
import re
from typing import Any

from nnspec import reference
from nnspec.conformance.reports import lengths
from nnspec.conformance.reports.printing import NAME, printable
from nnspec.conformance.reports.terminal import edition_of
from nnspec.conformance.run import known, report
from nnspec.conformance.run.record import CONFORMING, Record, Result
from nnspec.conformance.terms.outcomes import CONFORMS

# An adapter in another language gives its own digest, which may be any text.
_SHA256 = re.compile("[0-9a-f]{64}")

_PASSED, _WARNED, _FAILED = "PASSED", "WARNED", "FAILED"


def text(record: Record) -> str:
    """Return statement.intoto.json.

    Its subject is the adapter's source, or the report if that source has no SHA-256.
    """
    adapter = record.header["adapter"]
    whole = _described(
        "report.json",
        hashlib.sha256(report.text(record).encode("utf-8", "backslashreplace")).hexdigest(),
        "application/json",
    )
    whole["annotations"] = _annotations(record)
    tests = _tests(record)
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            _described(adapter["name"] or "_", adapter["digest"])
            if _SHA256.fullmatch(adapter["digest"])
            else whole
        ],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": _result(record, tests),
            "configuration": _configuration(record, whole),
            "passedTests": [clause for clause, came in tests.items() if came == _PASSED],
            "warnedTests": [clause for clause, came in tests.items() if came == _WARNED],
            "failedTests": [clause for clause, came in tests.items() if came == _FAILED],
        },
    }
    return json_text.dumps(statement, indent=1) + "\n"


def _annotations(record: Record) -> dict[str, Any]:
    """Return the verdict with what was asked and what the adapter left out, in words and counts."""
    adapter = record.header["adapter"]
    said = [f"{record.verdict}{record.qualification}"]
    said += [f"in what was asked: {printable(record.asked, NAME)}"] if record.asked else []
    found: dict[str, Any] = {
        "verdict": " ".join(said),
        "complete": record.complete,
        "selection": record.summary()["selection"],
        "operations": [name for name in reference.__all__ if name in adapter["operations"]],
        "dtypes": adapter["dtypes"],
        "absent": dict(record.unanswered),
    }
    few = lengths.few(compiles_shapes=adapter["compiles_shapes"])
    if "baseline" in record.header:
        found["baseline"] = {
            "sha256": record.header["baseline"]["sha256"],
            **known.counts(record.header, record.results),
        }
    return found | ({"lengths": few} if few else {})


def _configuration(record: Record, report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the specification, the suite and the files from which a reader checks the verdict."""
    header = record.header
    edition, version = edition_of(record), header["suite"]["version"]
    found = [
        _described(f"nnspec specification {edition}", header["specification"]["digest"]),
        _described(f"nnspec suite {version}", header["suite"]["digest"]),
        report,
    ]
    if "answers" in header:
        found.append(
            _described(header["answers"]["file"], header["answers"]["sha256"], "application/gzip")
        )
    return found


def _described(name: str, digest: str, kind: str = "") -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": digest}} | ({"mediaType": kind} if kind else {})


def _tests(record: Record) -> dict[str, str]:
    """Return the result of each clause with cases of an operation that the adapter offers."""
    grouped: dict[str, list[Result]] = {}
    offered = {*record.header["adapter"]["operations"]}
    for result in record.results:
        if result.operation in offered:
            grouped.setdefault(result.clause, []).append(result)
    return {clause: _came(record, clause, results) for clause, results in grouped.items()}


def _came(record: Record, clause: str, results: list[Result]) -> str:
    unexpected = any(key.partition("[")[0] == clause for key in record.unexpected_passes)
    if unexpected or any(result.failed and result.level == "MUST" for result in results):
        return _FAILED
    return _PASSED if all(result.outcome == CONFORMS for result in results) else _WARNED


def _result(record: Record, tests: dict[str, str]) -> str:
    """Return the verdict in the predicate's words; a run without a verdict has failed."""
    if record.verdict != CONFORMING:
        return _FAILED
    warned = (
        _WARNED in tests.values() or record.qualification or record.reduced or not record.complete
    )
    return _WARNED if warned else _PASSED
