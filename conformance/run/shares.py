"""The parts of a plan, for runs that know nothing of each other: a part has whole operations.

Deaths, diagnoses and calls that are asked again count over all cases of an operation. So one run
judges them all, and the parts together find what a single run finds.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from nnspec.conformance.terms.operations import OPERATIONS, operations_of
from nnspec.spec import clauses

# The number of a part, and how many parts there are.
Part = tuple[int, int]

# A clause of an operation with callbacks costs as much as so many others: a call of it is a course
# of steps.
_STEPS = 3


class SharingError(ValueError):
    """A plan cannot be shared into so many parts; the message says into how many it can."""


def share(names: Sequence[str], offered: Collection[str], part: Part) -> list[str]:
    """Return the operations of a part, in their order.

    Each operation is in one part. The dearest come first, each into the part that costs least so
    far; operations that the adapter does not offer cost nothing and follow one after the other.
    Raises SharingError if there are fewer offered operations than parts.
    """
    number, of = part
    judged = [name for name in names if name in offered]
    if len(judged) < of:
        message = (
            f"{of} parts need {of} operations that the adapter offers, and {len(judged)} "
            f"{'is' if len(judged) == 1 else 'are'} selected"
        )
        raise SharingError(message)
    costs = [0] * of
    owner: dict[str, int] = {}
    for name in sorted(judged, key=lambda name: -cost(name)):
        owner[name] = costs.index(min(costs))
        costs[owner[name]] += cost(name)
    absent = (name for name in names if name not in offered)
    owner |= {name: place % of for place, name in enumerate(absent)}
    return [name for name in names if owner[name] == number - 1]


@lru_cache(maxsize=None)
def cost(operation: str) -> int:
    """Return about how much the judgement of an operation costs: the number of its clauses."""
    judging = sum(
        operation in operations_of(clause)
        for clause in clauses().values()
        if clause.level != "Informative"
    )
    return judging * (_STEPS if OPERATIONS[operation].callbacks else 1)


def written(part: Part) -> str:
    """Return a part as the command line and a report write it."""
    return "/".join(map(str, part))


def read(text: str) -> Part:
    """Return the part that `written` has written; raises ValueError for other text."""
    number, of = map(int, text.split("/"))
    if not 1 <= number <= of:
        message = f"a part is K/N, the K-th of N; got {text}"
        raise ValueError(message)
    return number, of


class Calls:
    """Counts the recorded calls of each operation: those of its first step, then of its cases."""

    def __init__(self, counted: Callable[[], int]) -> None:
        self._counted, self._before = counted, counted()
        self._found: dict[str, list[int]] = {}

    def note(self, operation: str) -> None:
        """Count the calls since the last time for an operation."""
        now = self._counted()
        self._found.setdefault(operation, []).append(now - self._before)
        self._before = now

    @property
    def found(self) -> dict[str, list[int]]:
        """The two numbers of each operation that was called."""
        return {name: counts for name, counts in self._found.items() if any(counts)}


def heading(
    chosen: Mapping[str, Any], answered: Mapping[str, Any], calls: Mapping[str, list[int]]
) -> dict[str, Any]:
    """Return the part of a header that tells of the answers; that of a part counts its calls."""
    counted = {"calls": dict(calls)} if calls and chosen.get("part") is not None else {}
    return ({"answers": dict(answered)} if answered else {}) | counted
