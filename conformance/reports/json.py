"""`report.json`: the result record as it is, in the form that report.schema.json describes."""

import dataclasses
import json
import math
from typing import Any

from conformance.record import VERSION, Record


def document(record: Record) -> dict[str, Any]:
    """Return the record as JSON values; numbers that JSON does not have are the strings "nan", "inf" and "-inf"."""
    results = [
        {name: value for name, value in dataclasses.asdict(result).items() if value not in ("", (), {})} for result in record.results
    ]
    whole = {"report": VERSION, "header": dict(record.header), "results": results, "summary": record.summary()}
    finite = _finite(whole)
    assert isinstance(finite, dict)  # noqa: S101  what goes in as a dict comes out as one
    return finite


def text(record: Record) -> str:
    """Return report.json."""
    return json.dumps(document(record), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
