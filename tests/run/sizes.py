"""The table of the lengths to which operations are judged, as spec/notation.md shows it.

python -m tests.run.sizes            print the table
python -m tests.run.sizes --write    write it into spec/notation.md
"""

import sys
from collections.abc import Sequence

from nnspec import spec
from nnspec.conformance.pages import families
from nnspec.conformance.pages.families import Dimension
from nnspec.conformance.terms.operations import operations_of

NOTATION = spec.FOLDER / "notation.md"
HEAD = (
    "| operations | dimension | usual | shortest | largest | why no further |\n"
    "|---|---|---|---|---|---|\n"
)


def sized() -> list[tuple[str, str, Dimension]]:
    """Return the dimensions of every operation that a clause on sizes speaks of."""
    found = []
    for clause in spec.clauses().values():
        of_page = families.family(clause.page)
        if clause.id.endswith("/sizes") and of_page is not None:
            found += [
                (operation, name, dimension)
                for operation in operations_of(clause)
                for name, dimension in of_page.dimensions(operation).items()
            ]
    return found


def table() -> str:
    """Return the rows of the table: operations with the same dimension share one."""
    rows: dict[tuple[str, Dimension], list[str]] = {}
    for operation, name, dimension in sized():
        rows.setdefault((name, dimension), []).append(operation)
    return "".join(row(names, name, each) for (name, each), names in rows.items())


def row(operations: Sequence[str], name: str, dimension: Dimension) -> str:
    listed = ", ".join(f"`{each}`" for each in operations)
    usual, shortest, largest = (
        f"{each:,}" for each in (dimension.usual, dimension.shortest, dimension.rungs[-1])
    )
    return f"| {listed} | {name} | {usual} | {shortest} | {largest} | {dimension.reason} |\n"


def shown() -> str:
    """Return the rows that the notation shows."""
    after = NOTATION.read_text(encoding="utf-8").partition(HEAD)[2]
    return after.partition("\n\n")[0].rstrip("\n") + "\n" if after.startswith("|") else ""


def write() -> None:
    """Put the rows into the notation in place of those that it shows."""
    before, head, after = NOTATION.read_text(encoding="utf-8").partition(HEAD)
    assert head
    NOTATION.write_text(before + head + table() + after[len(shown()) :], encoding="utf-8")


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        write()
    else:
        print(table(), end="")
