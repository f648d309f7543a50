"""JSON of others: numbers are finite, and neither bytes nor values are more than memory holds."""

import json
import math
from pathlib import Path
from typing import Any

from nnspec.conformance.terms.files import FileError, contents
from nnspec.conformance.terms.schemas import Check

# The largest file that is read, and the most values in it. A report of all cases has 3 MB and
# 110,000 values.
LIMIT = 2**27
_MOST = 2**23


def read(path: Path, limit: int = LIMIT) -> Any:
    """Return the value in a file. Raises FileError, which says why there is none."""
    return parsed(contents(path, limit))


def parsed(text: bytes) -> Any:
    """Return the value that bytes hold as JSON.

    Raises FileError for anything else: numbers that are not finite, too many values, a nesting that
    is too deep.
    """
    # A value needs many times the memory of its text: `[]` has two letters, and a list 56 bytes.
    many = text.count(b",") + text.count(b"[") + text.count(b"{")
    if many > _MOST:
        message = f"it holds more than {_MOST:,} values"
        raise FileError(message)
    try:
        return _DECODER.decode(text.decode("utf-8"))
    except RecursionError:
        message = "it is nested too deeply"
        raise FileError(message) from None
    except ValueError as error:
        message = f"it is no JSON: {error}"
        raise FileError(message) from None


def fitting(value: Any, check: Check) -> Any:
    """Return a value that fits a schema; raises FileError, which says where it does not."""
    try:
        problem = check(value)
    except RecursionError:
        problem = " is nested too deeply"
    if problem:
        raise FileError((f"it{problem}" if problem[0] == " " else problem).lstrip("."))
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        message = f"the number {text[:20]} is too large"
        raise ValueError(message)
    return number


def _refused(name: str) -> Any:
    message = f"{name} is no number of JSON"
    raise ValueError(message)


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_refused)
