"""How a process introduces itself: its reply to start, read into the description of an adapter."""

from collections.abc import Mapping
from typing import Any

from nnspec.conformance.sources.description import AdapterError, Description, described
from nnspec.conformance.sources.messages import MessageError, shown

# What the reply says: a JSON value, of what, and that in words. Only the first two are required.
_SAID: dict[str, tuple[type, type, str]] = {
    "name": (str, str, "a string"),
    "operations": (list, str, "a list of strings"),
    "version": (str, str, "a string"),
    "dtypes": (list, str, "a list of strings"),
    "accumulates_in": (dict, str, "an object of strings"),
    "multiplies_in": (dict, str, "an object of strings"),
    "fixed": (dict, dict, "an object of objects"),
    "expected_failures": (dict, str, "an object of strings"),
    "compiles_shapes": (bool, bool, "true or false"),
    "deterministic": (bool, bool, "true or false"),
    "digest": (str, str, "a string"),
    "places": (dict, str, "an object of strings"),
}


def description_of(reply: Mapping[str, Any]) -> Description:
    """Read a reply to start.

    Raises AdapterError for a refusal, MessageError if the reply does not have the form of one.
    """
    if "error" in reply:
        error = reply["error"]
        raise AdapterError(
            str(error["message"] if isinstance(error, dict) and "message" in error else error)
        )
    said = {key: reply[key] for key in _SAID if key in reply}
    if not {"name", "operations"} <= said.keys():
        raise MessageError(f"{shown(reply)}; a name and operations were needed")
    for key, value in said.items():
        outer, inner, words = _SAID[key]
        if not isinstance(value, outer) or not all(isinstance(each, inner) for each in _in(value)):
            raise MessageError(f"{key} {shown(value)}; {words} was needed")
    return described({**said, "name": said["name"] or "unnamed"})


def _in(value: Any) -> Any:
    """Return the items of a list or the values of an object; anything else is its only item."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, (list, str)) else [value]
