"""`report.json`: the record of a run, in the form that report.schema.json describes."""

import json
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

from nnspec.conformance.run import environment
from nnspec.conformance.run.diagnoses import diagnosed
from nnspec.conformance.run.record import (
    VERSION,
    Discovery,
    Exploration,
    Record,
    Result,
    Smaller,
)
from nnspec.conformance.terms import documents
from nnspec.conformance.terms.files import FileError
from nnspec.conformance.terms.schemas import schema

# The versions that are read: what `compare` and `coverage` look at stands alike in all of them.
READ = (1, VERSION)

_FOLDER = Path(__file__).parent
_SCHEMAS = {
    1: _FOLDER / "version_1" / "report.schema.json",
    VERSION: _FOLDER / "report.schema.json",
}

_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

# In these fields of a result the words are numbers that JSON does not have.
_NUMBERS = (
    "index",
    "input",
    "answer",
    "truth",
    "error",
    "bound",
    "error_ulp",
    "bound_ulp",
    "vector",
    "step",
)


class ReportError(Exception):
    """A file is no report, or an incomplete one; the message says why."""


def document(record: Record) -> dict[str, Any]:
    """Return the record as values of JSON, with the strings "nan", "inf" and "-inf" for numbers."""
    results = [_plain(result) for result in record.results]
    whole = {
        "report": VERSION,
        "header": dict(record.header),
        "results": results,
        "diagnoses": [vars(each) for each in record.diagnoses],
        "pictures": record.pictures,
        "summary": record.summary(),
    }
    if record.exploration is not None:
        found = [
            {**vars(finding), "result": _plain(finding.result)}
            for finding in record.exploration.found
        ]
        whole["exploration"] = {**vars(record.exploration), "found": found}
    if record.smaller:
        whole["smaller"] = [
            {**vars(each), "result": _plain(each.result)} for each in record.smaller
        ]
    plain = finite(whole)
    assert isinstance(plain, dict)  # noqa: S101  what goes in as a dict comes out as one
    return plain


def text(record: Record) -> str:
    """Return report.json."""
    return json.dumps(document(record), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def record(document: dict[str, Any]) -> Record:
    """Return the record of a report; raises ReportError if the document is no report."""
    try:
        results = tuple(_result(each) for each in document["results"])
        passes, pictures = (
            document["summary"]["unexpected_passes"],
            tuple(map(_number, document["pictures"])),
        )
        return Record(
            document["header"],
            results,
            tuple(passes),
            pictures,
            _exploration(document.get("exploration")),
            tuple(
                Smaller(**{**each, "result": _result(each["result"])})
                for each in document.get("smaller", ())
            ),
            diagnosed(document.get("diagnoses", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        message = f"the document is no report: {type(error).__name__}: {error}"
        raise ReportError(message) from None


def parsed(file: Path, versions: Collection[int] = READ) -> dict[str, Any]:
    """Return the report in a file, complete or not.

    Raises ReportError if there is none, or one of another version than these.
    """
    try:
        found = documents.read(file)
    except FileError as error:
        message = f"{file} is no report: {error}"
        raise ReportError(message) from None
    if (
        not isinstance(found, dict)
        or type(found.get("report")) is not int
        or not {"header", "results", "summary"} <= found.keys()
    ):
        message = f"{file} is no report of nnspec"
        raise ReportError(message)
    if found["report"] not in versions:
        made = _maker(found)
        message = (
            f"{file} is a report of version {found['report']}, made by {environment.who(made)}; "
            f"this is {environment.who(environment.found()['suite'])}, which takes version "
            f"{' or '.join(map(str, versions))} here: {environment.remedy(made)}"
        )
        raise ReportError(message)
    try:
        documents.fitting(found, schema(_SCHEMAS[found["report"]]))
        # Raises RecursionError for a report that is nested too deeply to be written again.
        finite(found)
    except FileError as error:
        message = f"{file} is no report of version {found['report']}: {error}"
        raise ReportError(message) from None
    except RecursionError:
        message = f"{file} is no report: it is nested too deeply"
        raise ReportError(message) from None
    return found


def _maker(document: dict[str, Any]) -> Any:
    """Return what a report says of the suite that made it; that one can judge it."""
    header = document["header"]
    return header.get("suite") if isinstance(header, dict) else None


def read(path: Path) -> dict[str, Any]:
    """Return the report in a file, or in the report.json of a folder.

    Raises ReportError if there is none, or if it is incomplete.
    """
    file = path / "report.json" if path.is_dir() else path
    found = parsed(file)
    if ended := found["header"].get("ended"):
        message = f"{file} is incomplete: {ended}"
        raise ReportError(message)
    if len(found["results"]) != found["header"]["planned"]:
        message = (
            f"{file} is incomplete: {found['header']['planned']} cases were planned, and it has "
            f"{len(found['results'])}"
        )
        raise ReportError(message)
    return found


def _plain(result: Result) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(result).items()
        if value not in ("", (), {}) and (name, value) != ("size", 0)
    }


def _exploration(plain: dict[str, Any] | None) -> Exploration | None:
    if plain is None:
        return None
    found = tuple(
        Discovery(**{**each, "result": _result(each["result"])}) for each in plain["found"]
    )
    return Exploration(**{**plain, "found": found})


def _result(plain: dict[str, Any]) -> Result:
    details = {
        name: _number(value) if name in _NUMBERS else value
        for name, value in plain.get("details", {}).items()
    }
    numbers = {name: float(_number(plain[name])) for name in ("worst_ulp", "worst_ratio")}
    measured = {name: _number(value) for name, value in plain.get("measured", {}).items()}
    changed = {
        "details": details,
        "measured": measured,
        "diagnosis": tuple(plain.get("diagnosis", ())),
    }
    return Result(**{**plain, **numbers, **changed})


def _number(value: Any) -> Any:
    """Undo `finite`."""
    if isinstance(value, dict):
        return {name: _number(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_number(item) for item in value]
    return _WORDS.get(value, value) if isinstance(value, str) else value


def finite(value: Any) -> Any:
    """Return a value with strings in the place of the numbers that JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value
