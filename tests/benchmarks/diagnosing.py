"""Times the diagnosis of a fault that nothing explains, so that every candidate is looked at:
`python -m tests.benchmarks.diagnosing [OPERATION …]`.

Each answer is spoiled by a factor of its own. Seconds are processor time: of judging the cases of
few numbers, of their first diagnosis, which lists the edits, and of the next one. The last column
is the first diagnosis as a part of judging.
"""

import os
import sys
from typing import Any

from tests.benchmarks.timing import ONE_THREAD

os.environ.update(ONE_THREAD)

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.judge import diagnosis
from nnspec.conformance.judge.diagnosis import size
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.run.plan import plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded, standing_in
from nnspec.conformance.terms.nested import mapped
from tests.benchmarks.timing import processor_seconds
from tests.programs.formulas import OPERATIONS

# Cases of more numbers take longest, and a formula is looked for in few.
_MOST = 1000

# No formula has the factors 1.1 to 1.9 that a fraction of the golden ratio deals out.
_GOLDEN = (5**0.5 - 1) / 2


def spoiled(array: NDArray[Any]) -> NDArray[Any]:
    """Return an answer with a factor of its own in each place."""
    factors = 1.1 + 0.8 * np.modf(_GOLDEN * np.arange(1, array.size + 1))[0]
    return (array * factors.reshape(array.shape)).astype(array.dtype)


def measured(operation: str) -> tuple[int, float, float, float]:
    """Return how many edits an operation has, and the seconds of judging and of two diagnoses."""
    right = rounded(operation)
    adapter = standing_in(operation, lambda *a, **p: mapped(spoiled, right(*a, **p)), "spoiled")
    source = InProcess(adapter)
    planned = [
        each
        for each in plan(source.description, dtypes=("float64",), operation=operation)
        if not each.case.one_of_many and size(each) <= _MOST
    ]
    start = processor_seconds()
    attempts = [(each, attempt(each, source)) for each in planned]
    judged = processor_seconds()
    diagnosis.explain(attempts)
    first = processor_seconds()
    diagnosis.explain(attempts)
    end = processor_seconds()
    return len(edits_of(operation)), judged - start, first - judged, end - first


def main(operations: list[str]) -> None:
    """Print a row for each operation."""
    print("| operation | edits | judging | diagnosis | the next one | diagnosis / judging |")
    print("|---|---|---|---|---|---|")
    for operation in operations:
        edits, judging, first, again = measured(operation)
        seconds = f"{judging:.2f} | {first:.2f} | {again:.2f} | {first / judging:.1f}"
        print(f"| {operation} | {edits:,} | {seconds} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or OPERATIONS)
