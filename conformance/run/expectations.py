"""The failures that an adapter expects, and those among them that no case can be."""

from collections.abc import Iterable, Iterator

from nnspec.conformance.run.plan import LEVELS
from nnspec.conformance.terms.operations import UnknownClauseError, clause_of, operations_of
from nnspec.spec import clauses

# So many are told with the clauses near them, whose search takes a while.
_TOLD = 5


def idle(expected: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each expected failure that names no clause that is judged.

    It is misspelt, or of another edition. A failure that somebody meant by it is not expected.
    """
    found = [key for key in map(str, expected) if not _names(key)]
    yield from (f"expected_failures names {key!r}: {_why(key)}" for key in found[:_TOLD])
    if more := len(found) - _TOLD if len(found) > _TOLD else 0:
        yield f"expected_failures names {more:,} more that are no clauses"


def _names(key: str) -> bool:
    """Say whether `clause` or `clause[operation]` names cases that may fail."""
    name, bracket, operation = key.partition("[")
    clause = clauses().get(name)
    if clause is None or clause.level not in LEVELS:
        return False
    return not bracket or operation.removesuffix("]") in operations_of(clause)


def _why(key: str) -> str:
    """Say why a key names no cases."""
    name, _, operation = key.partition("[")
    try:
        clause = clause_of(name)
    except UnknownClauseError as error:
        return str(error)
    if clause.level not in LEVELS:
        return f"{name} is informative, and no case fails it"
    return f"{name} does not speak of {operation.removesuffix(']')}"
