"""Says where a value of JSON does not fit a schema: our files of others are looked at before use.

The suite's own schemas need few of the keywords of JSON Schema (2020-12), and these alone are
known. A value that fits here fits by the standard; whole numbers and numbers must be finite and of
a size that a computer has, which the standard does not ask for.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

# Where a value does not fit, and what was needed; "" if it fits.
Check = Callable[[Any], str]

# The size of the largest whole number that a file of ours may hold.
_LARGEST = 2**64

# What is shown of a value that does not fit.
_SHOWN = 60

_KINDS: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: type(value) is int and abs(value) <= _LARGEST,
    "number": lambda value: (
        math.isfinite(value)
        if type(value) is float
        else type(value) is int and abs(value) <= _LARGEST
    ),
}

# These say nothing of a value.
_REMARKS = {"$schema", "$defs", "title", "description"}


@lru_cache(maxsize=None)
def schema(path: Path) -> Check:
    """Return the check of the schema in a file of ours."""
    root = json.loads(path.read_text(encoding="utf-8"))
    return _Root(root).check(root)


@lru_cache(maxsize=None)
def schema_of(path: Path, name: str) -> Check:
    """Return the check of a property of the object that a schema in a file of ours is about."""
    root = json.loads(path.read_text(encoding="utf-8"))
    return _Root(root).check(root["properties"][name])


class _Root:
    """A schema with its definitions, each of which is made into a check once."""

    def __init__(self, whole: Mapping[str, Any]) -> None:
        self._whole = whole
        self._made: dict[str, list[Check]] = {}

    def check(self, part: Any) -> Check:
        """Return the check of a part. Raises KeyError for a keyword that is not known."""
        if part is False:
            return lambda value: f" is {_shown(value)}, where nothing may be"
        names = [name for name in part if name not in _REMARKS | {"then", "items"}]
        if "items" in part:
            names.append("items")
        checks = [_KEYWORDS[name](self, part) for name in names]
        return checks[0] if len(checks) == 1 else lambda value: _first(checks, value)

    def referred(self, name: str) -> Check:
        """Return the check of a definition, which may refer to itself."""
        if name not in self._made:
            self._made[name] = []
            definition = self._whole["$defs"][name.removeprefix("#/$defs/")]
            self._made[name].append(self.check(definition))
        made = self._made[name]
        # A definition that refers to itself is not made yet.
        return made[0] if made else lambda value: str(self._made[name][0](value))


def _first(checks: Sequence[Check], value: Any) -> str:
    for check in checks:
        if problem := check(value):
            return problem
    return ""


def _kind(_: _Root, part: Mapping[str, Any]) -> Check:
    names = part["type"] if isinstance(part["type"], list) else [part["type"]]
    kinds, words = [_KINDS[name] for name in names], " or ".join(names)

    def check(value: Any) -> str:
        for kind in kinds:
            if kind(value):
                return ""
        return f" is {_shown(value)}; {words} was needed"

    return check


def _required(_: _Root, part: Mapping[str, Any]) -> Check:
    needed = part["required"]

    def check(value: Any) -> str:
        if isinstance(value, dict):
            for name in needed:
                if name not in value:
                    return f" has no {name}"
        return ""

    return check


def _dependent(_: _Root, part: Mapping[str, Any]) -> Check:
    needed = part["dependentRequired"]

    def check(value: Any) -> str:
        for name in needed if isinstance(value, dict) else ():
            if name in value and (missing := [each for each in needed[name] if each not in value]):
                return f" has {name} and no {missing[0]}"
        return ""

    return check


def _properties(root: _Root, part: Mapping[str, Any]) -> Check:
    checks = {name: root.check(each) for name, each in part["properties"].items()}

    def check(value: Any) -> str:
        if isinstance(value, dict):
            for name, item in value.items():
                if name in checks and (problem := checks[name](item)):
                    return f".{name}{problem}"
        return ""

    return check


def _others(root: _Root, part: Mapping[str, Any]) -> Check:
    known, others = part.get("properties", {}), root.check(part["additionalProperties"])

    def check(value: Any) -> str:
        if isinstance(value, dict):
            for name, item in value.items():
                if name not in known and (problem := others(item)):
                    return f".{_shown(name)}{problem}"
        return ""

    return check


def _names(root: _Root, part: Mapping[str, Any]) -> Check:
    named = root.check(part["propertyNames"])

    def check(value: Any) -> str:
        if isinstance(value, dict):
            for name in value:
                if problem := named(name):
                    return f": a name{problem}"
        return ""

    return check


def _items(root: _Root, part: Mapping[str, Any]) -> Check:
    item, begin = root.check(part["items"]), len(part.get("prefixItems", ()))

    def check(value: Any) -> str:
        if isinstance(value, list):
            for place, each in enumerate(value):
                if place >= begin and (problem := item(each)):
                    return f"[{place}]{problem}"
        return ""

    return check


def _beginning(root: _Root, part: Mapping[str, Any]) -> Check:
    checks = [root.check(each) for each in part["prefixItems"]]

    def check(value: Any) -> str:
        if isinstance(value, list):
            for place, (first, each) in enumerate(zip(checks, value, strict=False)):
                if problem := first(each):
                    return f"[{place}]{problem}"
        return ""

    return check


def _lengths(_: _Root, part: Mapping[str, Any]) -> Check:
    least, most = part.get("minItems", 0), part.get("maxItems", math.inf)

    def check(value: Any) -> str:
        fits = not isinstance(value, list) or least <= len(value) <= most
        return "" if fits else f" has {len(value)} items"

    return check


def _once(_: _Root, part: Mapping[str, Any]) -> Check:
    assert part["uniqueItems"]  # noqa: S101  a schema of ours

    def check(value: Any) -> str:
        if not isinstance(value, list):
            return ""
        written = {json.dumps(each, sort_keys=True) for each in value}
        return "" if len(written) == len(value) else " names something twice"

    return check


def _one(_: _Root, part: Mapping[str, Any]) -> Check:
    allowed = part["enum"] if "enum" in part else [part["const"]]
    texts = {each for each in allowed if isinstance(each, str)}
    others = [each for each in allowed if not isinstance(each, str)]

    def check(value: Any) -> str:
        if isinstance(value, str):
            fits = value in texts
        else:
            fits = any(type(value) is type(each) and value == each for each in others)
        return "" if fits else f" is {_shown(value)}; one of {_shown(allowed)} was needed"

    return check


def _least(_: _Root, part: Mapping[str, Any]) -> Check:
    least = part["minimum"]

    def check(value: Any) -> str:
        fits = type(value) not in (int, float) or value >= least
        return "" if fits else f" is {_shown(value)}; at least {least} was needed"

    return check


def _pattern(_: _Root, part: Mapping[str, Any]) -> Check:
    # A $ of Python's also stands before a line break at the end, and that of the standard does not.
    pattern = re.compile(re.sub(r"\$$", r"\\Z", part["pattern"]))

    def check(value: Any) -> str:
        fits = not isinstance(value, str) or pattern.search(value)
        return "" if fits else f" is {_shown(value)}; {pattern.pattern} was needed"

    return check


def _any(root: _Root, part: Mapping[str, Any]) -> Check:
    checks = [root.check(each) for each in part["anyOf"]]

    def check(value: Any) -> str:
        problems: Iterator[str] = (each(value) for each in checks)
        said = ""
        for problem in problems:
            if not problem:
                return ""
            said = said or problem
        return said

    return check


def _exactly_one(root: _Root, part: Mapping[str, Any]) -> Check:
    checks = [root.check(each) for each in part["oneOf"]]

    def check(value: Any) -> str:
        problems = [each(value) for each in checks]
        return "" if problems.count("") == 1 else max(problems, key=len) or " is ambiguous"

    return check


_KEYWORDS: dict[str, Callable[[_Root, Mapping[str, Any]], Check]] = {
    "$ref": lambda root, part: root.referred(part["$ref"]),
    "type": _kind,
    "required": _required,
    "dependentRequired": _dependent,
    "properties": _properties,
    "additionalProperties": _others,
    "propertyNames": _names,
    "items": _items,
    "prefixItems": _beginning,
    "minItems": _lengths,
    "maxItems": _lengths,
    "uniqueItems": _once,
    "enum": _one,
    "const": _one,
    "minimum": _least,
    "pattern": _pattern,
    "anyOf": _any,
    "oneOf": _exactly_one,
}


def _shown(value: Any) -> str:
    """Return the beginning of a value, as JSON writes it."""
    if isinstance(value, (list, dict)) and len(value) > _SHOWN:
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value):,}"
    if type(value) is int and abs(value) > _LARGEST:
        return "a whole number that is too large"
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
