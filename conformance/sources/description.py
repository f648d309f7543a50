"""An adapter's description of itself, read from its attributes, and the interface of a source."""

import inspect
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from nnspec import reference
from nnspec.conformance.sources.places import places
from nnspec.conformance.terms.factors import FACTORS
from nnspec.conformance.terms.formats import NAMES, NARROW
from nnspec.conformance.terms.operations import nearest
from nnspec.conformance.terms.outcomes import TEXT, shortened

# The largest whole number that a parameter can be, and what is shown of a wrong one.
_LARGEST = 2**63
_SHOWN = 60

DEFAULT_DTYPES = ("float64", "float32")

_OPTIONAL = (
    "dtypes",
    "accumulates_in",
    "multiplies_in",
    "fixed",
    "expected_failures",
    "compiles_shapes",
    "deterministic",
)


class AdapterError(Exception):
    """An adapter cannot be loaded or describes itself wrongly; the message says what was needed."""

    def __init__(self, message: str) -> None:
        super().__init__(shortened(message, TEXT))


@dataclass(frozen=True)
class Description:
    """What an adapter says of itself; `places` tell where its functions stand, as `file.py:12`."""

    name: str
    version: str
    operations: tuple[str, ...]
    dtypes: tuple[str, ...] = DEFAULT_DTYPES
    accumulates_in: Mapping[str, str] = field(default_factory=dict)
    multiplies_in: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    expected_failures: Mapping[str, str] = field(default_factory=dict)
    compiles_shapes: bool = False
    deterministic: bool = True
    digest: str = ""
    places: Mapping[str, str] = field(default_factory=dict)

    def expected(self, clause: str, operation: str) -> str:
        """Return the key of `expected_failures` for a clause and operation, "" if there is none.

        It is `clause[operation]` or else `clause`.
        """
        return next(
            (key for key in (f"{clause}[{operation}]", clause) if key in self.expected_failures), ""
        )

    def accumulator(self, dtype: str) -> str:
        """Return the dtype that sums are formed in.

        It is as declared, else float32 for 16-bit formats and the dtype itself for others.
        """
        return self.accumulates_in.get(dtype, usual_accumulator(dtype))

    def multiplier(self, dtype: str) -> str:
        """Return the format that matrix products round their factors to, "" if none is declared.

        One that holds every number of the dtype rounds nothing, and is not told.
        """
        declared = self.multiplies_in.get(dtype, "")
        return declared if declared and FACTORS[declared].narrower(dtype) else ""

    def plain(self) -> dict[str, Any]:
        """Return it as values that JSON has, as reports and the line protocol write it."""
        return {
            "name": self.name,
            "version": self.version,
            "digest": self.digest,
            "dtypes": list(self.dtypes),
            "operations": list(self.operations),
            "accumulates_in": dict(self.accumulates_in),
            "multiplies_in": dict(self.multiplies_in),
            "fixed": {operation: dict(values) for operation, values in self.fixed.items()},
            "expected_failures": dict(self.expected_failures),
            "compiles_shapes": self.compiles_shapes,
            "deterministic": self.deterministic,
            **({"places": dict(self.places)} if self.places else {}),
        }


def usual_accumulator(dtype: str) -> str:
    """Return the dtype that sums are formed in where an adapter declares none."""
    return "float32" if dtype in NARROW else dtype


# An operation, its arrays and its parameters by their names.
Call = tuple[str, Sequence[Any], Mapping[str, Any]]


class Source(Protocol):
    """Where answers come from: an object in this process, or another process."""

    description: Description

    def foresee(self, calls: Sequence[Call]) -> None:
        """Take note of the next calls, if it helps to know them; others may come in between."""
        ...

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the adapter's answer or raise one of `nnspec.conformance.terms.outcomes`."""
        ...

    def again(self, call: Call, *, times: int, calls: int) -> list[Any]:
        """Ask a call so many `times` in all, and until the operation was called `calls` times.

        Return the answers that it has had in this way so far and that differ in some bit, in their
        order. An outcome of one of the calls is raised.
        """
        ...


def describe(adapter: Any, name: str = "") -> Description:
    """Read an adapter's optional attributes; raises AdapterError if one is not as it must be."""
    said = {
        attribute: getattr(adapter, attribute)
        for attribute in _OPTIONAL
        if hasattr(adapter, attribute)
    }
    own = getattr(adapter, "name", "") or name
    operations = [
        operation
        for operation in reference.__all__
        if getattr(adapter, operation, None) is not None
    ]
    return described(
        said
        | {
            "name": str(own or getattr(adapter, "__name__", type(adapter).__name__)),
            "version": str(getattr(adapter, "version", "")),
            "operations": operations,
            "places": places(adapter, operations),
        }
    )


def described(said: Mapping[str, Any]) -> Description:
    """Return what an adapter says of itself; raises AdapterError if a value is not as it must be.

    `name` and `operations` are required; the rest may be left out.
    """
    dtypes = said.get("dtypes", DEFAULT_DTYPES)
    _expect(isinstance(dtypes, (list, tuple)), "dtypes", "a list or tuple of names", repr(dtypes))
    _expect_names("dtypes", dtypes, NAMES)
    _expect_once("dtypes", dtypes)
    _expect_once("operations", said["operations"])
    accumulates_in = _by_dtype("accumulates_in", said, dtypes, NAMES)
    multiplies_in = _by_dtype("multiplies_in", said, dtypes, FACTORS)
    fixed, expected_failures = said.get("fixed", {}), said.get("expected_failures", {})
    flags = {"compiles_shapes": False, "deterministic": True}
    flags = {name: said.get(name, usual) for name, usual in flags.items()}
    _expect(isinstance(fixed, Mapping), "fixed", "a dict", type(fixed).__name__)
    for operation, values in fixed.items():
        _expect(isinstance(values, Mapping), f"fixed of {operation}", "a dict", repr(values))
        for name, value in values.items():
            needed = "a finite number, a text, or a list of them"
            _expect(_is_plain(value), f"fixed {name} of {operation}", needed, repr(value)[:_SHOWN])
    said_of = type(expected_failures).__name__
    _expect(isinstance(expected_failures, Mapping), "expected_failures", "a dict", said_of)
    for name, flag in flags.items():
        _expect(isinstance(flag, bool), name, "True or False", repr(flag))
    return Description(
        name=said["name"],
        version=said.get("version", ""),
        operations=tuple(said["operations"]),
        dtypes=tuple(dtypes),
        accumulates_in=accumulates_in,
        multiplies_in=multiplies_in,
        fixed=fixed,
        expected_failures=expected_failures,
        **flags,
        digest=said.get("digest", ""),
        places=said.get("places", {}),
    )


def _is_plain(value: Any) -> bool:
    """Say whether the line protocol and every report can hold a value."""
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    if isinstance(value, (str, bool, np.bool_)) or value is None:
        return True
    if isinstance(value, (int, np.integer)):
        return abs(int(value)) <= _LARGEST
    return isinstance(value, (float, np.floating)) and math.isfinite(value)


def _by_dtype(
    attribute: str, said: Mapping[str, Any], dtypes: Sequence[str], known: Collection[str]
) -> dict[str, str]:
    """Return the names that an adapter gives for its dtypes; one name is for all of them.

    Raises AdapterError if it gives something else.
    """
    declared = said.get(attribute, {})
    if isinstance(declared, str):
        declared = dict.fromkeys(dtypes, declared)
    _expect(isinstance(declared, Mapping), attribute, "a name or a dict", repr(declared))
    _expect_names(attribute, declared.values(), known)
    return dict(declared)


def _expect_names(attribute: str, names: Iterable[Any], known: Collection[str]) -> None:
    """Raise AdapterError if one of the names is unknown."""
    unknown = ", ".join(
        repr(each) for each in names if not (isinstance(each, str) and each in known)
    )
    _expect(not unknown, attribute, f"names out of {', '.join(known)}", unknown)


def _expect_once(attribute: str, names: Sequence[str]) -> None:
    """Raise AdapterError if a name stands twice: its cases would be judged and counted twice."""
    twice = ", ".join(repr(name) for name, count in Counter(names).items() if count > 1)
    _expect(not twice, attribute, "names that each stand once", f"{twice} more than once")


def _expect(is_so: bool, attribute: str, needed: str, got: str) -> None:  # noqa: FBT001
    """Raise AdapterError if an attribute is not as it must be."""
    if not is_so:
        message = f"the adapter's {attribute} must be {needed}; got {got}"
        raise AdapterError(message)


def misspelt(adapter: Any) -> tuple[str, ...]:
    """Return the names of an adapter's own public functions that nearly are names of operations."""
    return tuple(
        name
        for name in dir(adapter)
        if not name.startswith("_") and nearest(name) and _own_function(adapter, name)
    )


def _own_function(adapter: Any, name: str) -> bool:
    """Say whether an attribute is a function that the adapter defines, or gives a new name."""
    found = inspect.getattr_static(adapter, name)
    if isinstance(found, type) or not callable(found):
        return False
    imported = not f"{getattr(found, '__module__', '')}.".startswith(
        f"{getattr(adapter, '__name__', '')}."
    )
    return not (
        isinstance(adapter, ModuleType) and imported and getattr(found, "__name__", "") == name
    )
