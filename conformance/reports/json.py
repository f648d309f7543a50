"""`report.json`: the result record as it is, in the form that report.schema.json describes."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

from conformance.record import VERSION, Record


class ReportError(Exception):
    """A file is no report; the message says what it is instead."""


def document(record: Record) -> dict[str, Any]:
    """Return the record as JSON values; numbers that JSON does not have are the strings "nan", "inf" and "-inf"."""
    results = [
        {name: value for name, value in dataclasses.asdict(result).items() if value not in ("", (), {})} for result in record.results
    ]
    whole = {"report": VERSION, "header": dict(record.header), "results": results, "pictures": record.pictures, "summary": record.summary()}
    plain = finite(whole)
    assert isinstance(plain, dict)  # noqa: S101  what goes in as a dict comes out as one
    return plain


def text(record: Record) -> str:
    """Return report.json."""
    return json.dumps(document(record), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read(path: Path) -> dict[str, Any]:
    """Return the report that a file, or the report.json of a folder, holds; ReportError says what is there instead."""
    file = path / "report.json" if path.is_dir() else path
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{file} is no report: {error}"
        raise ReportError(message) from None
    if not isinstance(found, dict) or found.get("report") != VERSION or not {"header", "results", "summary"} <= found.keys():
        message = f"{file} is no report of version {VERSION}"
        raise ReportError(message)
    if len(found["results"]) != found["header"]["planned"]:
        message = f"{file} is incomplete: {found['header']['planned']} cases were planned, and it has {len(found['results'])}"
        raise ReportError(message)
    return found


def finite(value: Any) -> Any:
    """Return a value with strings in the place of the numbers that JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value
