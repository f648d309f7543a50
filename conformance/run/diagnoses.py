"""The diagnoses of a run: for each operation what explains its failures, in all dtypes together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from nnspec.conformance.judge.diagnosis import Explanation

# A diagnosis that accounts for a smaller part of an operation's failures is not told.
_HALF = 0.5


class Explained(NamedTuple):
    """The explanations of an operation's failures in one dtype, best first, and their number."""

    operation: str
    dtype: str | None
    failing: int
    explanations: tuple[Explanation, ...]


@dataclass(frozen=True)
class Diagnosis:
    """What explains failures of an operation: a mistake, another operation, or an edited formula.

    It accounts for `explained` of the `failing` cases, in these `dtypes`. So many `others` answer
    as it does. Of two faults, each has a diagnosis.
    """

    operation: str
    name: str
    kind: str
    sentence: str
    explained: int
    failing: int
    dtypes: tuple[str, ...] = ()
    others: int = 0

    @property
    def share(self) -> str:
        """The share of the failing cases in words."""
        return f"{self.explained} of {self.failing} failing cases"


def diagnosed(plain: Iterable[Mapping[str, Any]]) -> tuple[Diagnosis, ...]:
    """Return diagnoses of their values in JSON."""
    return tuple(Diagnosis(**{**each, "dtypes": tuple(each["dtypes"])}) for each in plain)


def diagnoses(found: Iterable[Explained]) -> tuple[Diagnosis, ...]:
    """Return the diagnoses of every operation, those that account for most cases first."""
    told: list[Diagnosis] = []
    for operation, grouped in groupby(found, key=lambda each: each.operation):
        told += _of_operation(operation, list(grouped))
    return tuple(told)


def _of_operation(operation: str, found: Sequence[Explained]) -> list[Diagnosis]:
    """Return the diagnosis of an operation, or two if it has two faults."""
    failing = sum(each.failing for each in found)
    names = dict.fromkeys(
        (explanation.name, explanation.second)
        for each in found
        for explanation in each.explanations
    )
    listed = [_told(operation, name, found, failing) for name, second in names if not second]
    best = max(listed, key=lambda each: each.explained, default=None)
    if best is None:
        return []
    beside = [_told(operation, name, found, failing) for name, second in names if second]
    other = max(
        (each for each in beside if each.name != best.name),
        key=lambda each: each.explained,
        default=None,
    )
    told = [best] if other is None else [best, other]
    return told if sum(each.explained for each in told) >= _HALF * failing else []


def _told(operation: str, name: str, found: Sequence[Explained], failing: int) -> Diagnosis:
    """Return the diagnosis of a name, in the dtypes in which it explains failures."""
    pairs = [
        (each.dtype, explanation)
        for each in found
        for explanation in each.explanations
        if explanation.name == name
    ]
    first = pairs[0][1]
    return Diagnosis(
        operation,
        name,
        first.kind,
        first.description,
        sum(len(explanation.cases) for _, explanation in pairs),
        failing,
        tuple(dtype for dtype, _ in pairs if dtype is not None),
        len(first.others),
    )
