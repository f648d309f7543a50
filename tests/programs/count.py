"""`python -m tests.programs.count [OPERATION …]` prints how many programs each formula has."""

import sys
import time

from nnspec.conformance.programs.behaviors import behaviors
from nnspec.conformance.programs.edits import edits_of
from tests.programs.formulas import OPERATIONS


def main(operations: list[str]) -> None:
    """Print a row for each operation, and the totals."""
    print("| operation | programs | behaviors | equal to the formula | impossible | seconds |")
    print("|---|---|---|---|---|---|")
    rows = []
    for operation in operations:
        began = time.perf_counter()
        found = behaviors(operation)
        seconds = time.perf_counter() - began
        counts = len(edits_of(operation)), len(found.different), len(found.equal_to_the_formula)
        rows.append((*counts, len(found.impossible), seconds))
        print(row(operation, rows[-1]))
    print(row("all", tuple(map(sum, zip(*rows, strict=True)))))


def row(name: str, counts: tuple[float, ...]) -> str:
    """A row of the table."""
    return f"| {name} | {' | '.join(f'{each:,}' for each in counts[:-1])} | {counts[-1]:.2f} |"


if __name__ == "__main__":
    main(sys.argv[1:] or OPERATIONS)
