"""Counts the checks, examples, mistakes, cases and vectors of each clause, and names holes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from nnspec import reference
from nnspec.conformance.pages.vectors import vector_names
from nnspec.conformance.run import plan
from nnspec.conformance.run.cases import sets_of
from nnspec.conformance.terms.formats import INTEGERS, NAMES
from nnspec.conformance.terms.mistakes import mistakes
from nnspec.conformance.terms.operations import OPERATIONS, operations_of, page_of
from nnspec.spec import LEVELS, Clause, clauses, pages


@dataclass(frozen=True)
class Row:
    """A clause and all that judges it: cases by dtype, mistakes, stored vectors; and its holes."""

    clause: Clause
    checked: bool
    mistakes: frozenset[tuple[str, str]]
    cases: Mapping[str, int]
    vectors: int
    holes: tuple[str, ...]


@dataclass(frozen=True)
class Specification:
    """Every clause with what judges it, and how many vectors are stored of each operation."""

    rows: tuple[Row, ...]
    vectors: Mapping[str, int]

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes that cases are planned in, the word for operations without one at the end."""
        return (*NAMES, INTEGERS)

    @property
    def holes(self) -> tuple[str, ...]:
        """The holes in words: those of clauses in their order, then those of operations."""
        unstored = [
            operation
            for operation, count in self.vectors.items()
            if not count and not OPERATIONS[operation].random
        ]
        of_clauses = [
            f"{row.clause.id} · {row.clause.level} {hole}"
            for row in self.rows
            for hole in row.holes
        ]
        return (*of_clauses, *(f"{operation} has no stored vectors" for operation in unstored))

    def of(self, page: str) -> tuple[Row, ...]:
        """Return the rows of a page."""
        return tuple(row for row in self.rows if row.clause.page == page)


@dataclass(frozen=True)
class Summary:
    """The counts of a page, or of all: a mistake that several clauses name is one mistake."""

    operations: int
    levels: Mapping[str, int]
    checked: int
    examples: int
    mistakes: int
    cases: Mapping[str, int]
    vectors: int


def counts() -> dict[str, int]:
    """Count the parts of the specification and of the suite: the numbers that documents quote."""
    levels = [clause.level for clause in clauses().values()]
    return {
        "pages": len(pages()),
        "operations": len(reference.__all__),
        "clauses": len(levels),
        "MUST clauses": levels.count("MUST"),
        "SHOULD clauses": levels.count("SHOULD"),
        "Informative clauses": levels.count("Informative"),
        "mistakes": sum(map(len, mistakes().values())),
        "stored vectors": sum(len(vector_names(each)) for each in reference.__all__),
    }


def of_specification() -> Specification:
    """Count what judges each clause. No check runs: `conformance power` runs the mistakes."""
    planned = plan.plan(plan.EVERYTHING)
    cases: dict[tuple[str, str], Counter[str]] = {}
    for each in planned:
        about = each.clause.id, each.operation
        cases.setdefault(about, Counter())[each.dtype or INTEGERS] += 1
    return Specification(
        tuple(_row(clause, cases) for clause in clauses().values()),
        {name: len(vector_names(name)) for name in reference.__all__},
    )


def _row(clause: Clause, planned: Mapping[tuple[str, str], Mapping[str, int]]) -> Row:
    cases: Counter[str] = Counter()
    rejected: set[tuple[str, str]] = set()
    checked = clause.id in plan.checks()
    holes = [] if checked or clause.level == "Informative" else ["has no check"]
    for operation in operations_of(clause):
        known = [each for each in mistakes()[operation] if clause.id in each.clauses]
        rejected.update((operation, each.name) for each in known)
        found = planned.get((clause.id, operation), {})
        cases.update(found)
        spared = [
            dtype
            for dtype in found
            if not any(each.visible(dtype if dtype in NAMES else None) for each in known)
        ]
        if checked and not found:
            holes.append(f"has no case for {operation}")
        if spared:
            holes.append(f"rejects no known mistake of {operation} in {', '.join(spared)}")
    stored = (
        sum(len(vector_names(each)) for each in operations_of(clause))
        if "vectors" in sets_of(clause)
        else 0
    )
    return Row(clause, checked, frozenset(rejected), cases, stored, tuple(holes))


def summary(found: Specification, page: str = "") -> Summary:
    """Return the counts of a page, of the whole specification without one."""
    rows = found.of(page) if page else found.rows
    operations = [operation for operation in found.vectors if page in ("", page_of(operation))]
    levels = Counter(row.clause.level for row in rows)
    return Summary(
        operations=len(operations),
        levels={level: levels[level] for level in LEVELS},
        checked=sum(row.checked for row in rows),
        examples=sum(bool(row.clause.examples) for row in rows),
        mistakes=len(frozenset[tuple[str, str]]().union(*(row.mistakes for row in rows))),
        cases={dtype: sum(row.cases.get(dtype, 0) for row in rows) for dtype in found.dtypes},
        vectors=sum(found.vectors[operation] for operation in operations),
    )
