"""Marks an operation of a library by its MUST clauses, with weights and a minimum of a teacher.

    mark(results, weight, rule)    the points of an operation, None where the suite erred

A clause is kept if each of its cases conforms. An operation has its weight times the share of its
clauses that are kept, and nothing if that share is below the minimum. Reasons in
`expected_failures` and refused cases do not help: a file cannot excuse itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nnspec.conformance.run.record import Result
from nnspec.conformance.terms.outcomes import CONFORMS, INCONCLUSIVE, VACUOUS

# Points are told with so many digits behind the point.
_DIGITS = 2


@dataclass(frozen=True)
class Rule:
    """The rule of marks: the weight of each operation, 1 unless it is named, and the minimum."""

    weights: Mapping[str, float] = field(default_factory=dict)
    minimum: float = 0.0

    def weight(self, operation: str) -> float:
        """Return the points of an operation whose clauses are all kept."""
        return self.weights.get(operation, 1.0)

    @property
    def words(self) -> str:
        """The rule in sentences."""
        named = ", ".join(f"{name} {points(weight)}" for name, weight in self.weights.items())
        least = f" Below {100 * self.minimum:.4g} % it has 0 points." if self.minimum else ""
        return (
            "Marks: an operation has its weight times the share of its MUST clauses that are kept, "
            f"in every case.{least} A missing operation has 0 points, and so has a file that does "
            f"not load. Weights: {named + ', all others 1' if named else 'each operation 1'}."
        )


@dataclass(frozen=True)
class Mark:
    """The mark of an operation: `points` of `weight`, for so many `kept` of the MUST `clauses`.

    The points are None where the suite erred, so that there is no mark.
    """

    points: float | None
    weight: float
    kept: int
    clauses: int


def mark(results: Iterable[Result], weight: float, rule: Rule) -> Mark:
    """Return the mark of an operation, from the results of its MUST clauses."""
    outcomes: dict[str, set[str]] = {}
    for each in results:
        outcomes.setdefault(each.clause, set()).add(each.outcome)
    judged = [found - {INCONCLUSIVE} for found in outcomes.values() if found != {INCONCLUSIVE}]
    kept = sum(found == {CONFORMS} for found in judged)
    if any(VACUOUS in found for found in judged):
        return Mark(None, weight, kept, len(judged))
    share = kept / len(judged) if judged else 0.0
    earned = weight * share if share >= rule.minimum else 0.0
    return Mark(round(earned, _DIGITS), weight, kept, len(judged))


def total(marks: Iterable[Mark]) -> float | None:
    """Return the sum of marks, None where one of them is missing."""
    found = [each.points for each in marks]
    known = [each for each in found if each is not None]
    return round(sum(known), _DIGITS) if len(known) == len(found) else None


def points(number: float | None) -> str:
    """Return points for a reader: no digits behind the point that are 0."""
    return "–" if number is None else f"{number:.{_DIGITS}f}".rstrip("0").rstrip(".")
