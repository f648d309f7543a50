"""Times the judge on answers of many numbers, in pieces and by one comparison of all, in turns:
`python -m tests.benchmarks.judging [SIZE] [OPERATION …]`.

The answers are the reference's, rounded. Nanoseconds are processor time for each number that the
operation is given or answers, whichever are more, without the time of the answer itself.
"""

import os
import statistics
import sys
from collections.abc import Sequence
from dataclasses import replace

from tests.benchmarks.timing import ONE_THREAD

os.environ.update(ONE_THREAD)

from nnspec.conformance.adapters import loopback
from nnspec.conformance.bounds import truth
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.run.plan import checks
from nnspec.conformance.search.lanes import keep_memory
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import NAMES, cast
from nnspec.conformance.terms.nested import flat, leaves, mapped
from nnspec.conformance.terms.operations import OPERATIONS
from nnspec.spec import clauses
from tests.benchmarks.calls import call
from tests.benchmarks.timing import processor_seconds

_SIZE = 2**20 + 3
_ROUNDS = 3


def asked() -> list[str]:
    """Return the operations that answer arrays of any size with a bound for each number."""
    return [
        name
        for name, each in OPERATIONS.items()
        if not (each.callbacks or each.random or each.wide or each.sizes)
    ]


def measured(operation: str, dtype: str, size: int) -> tuple[float, float]:
    """Return the nanoseconds a number in pieces, and by one comparison."""
    arguments, parameters = call(operation, size)
    given = tuple(
        mapped(lambda array: array if array.dtype.kind == "i" else cast(array, dtype), each)
        for each in arguments
    )
    case = Case("many", operation, given, parameters)
    source = InProcess(loopback)
    answer = source.call(operation, given, parameters)
    numbers = max(flat(answer).size, *(each.size for each in leaves(list(given))))
    taken: list[list[float]] = [[], []]
    for _ in range(_ROUNDS):
        for seconds, whole in zip(taken, (False, True), strict=True):
            asked_case = replace(case)
            if whole:
                vars(asked_case)["size"] = 0
            truth._of_few.cache_clear()
            truth._asked_first.cache_clear()
            seconds.append(_seconds(asked_case, dtype, source))
    pieces, whole_ones = (statistics.median(each) / numbers * 1e9 for each in taken)
    return pieces, whole_ones


def _seconds(case: Case, dtype: str, source: InProcess) -> float:
    clause = f"{case.operation}/accuracy"
    planned = Planned(clauses()[clause], checks()[clause], case.operation, dtype, case)
    began = processor_seconds()
    source.call(case.operation, case.arguments, case.parameters)
    answered = processor_seconds()
    ended = attempt(planned, source)
    assert ended.outcome == "conforms", ended.message
    return (processor_seconds() - answered) - (answered - began)


def main(arguments: Sequence[str]) -> None:
    """Print a row for each operation: nanoseconds in pieces / by one comparison, for each dtype."""
    keep_memory()
    size = int(arguments[0]) if arguments else _SIZE
    print(f"| ns a number, in pieces / as one, of {size:,} | {' | '.join(NAMES)} |")
    print("|---|" + "---:|" * len(NAMES))
    for operation in arguments[1:] or asked():
        cells = [
            "{:.0f} / {:.0f}".format(*measured(operation, dtype, size))
            for dtype in NAMES
            if OPERATIONS[operation].asked_in(dtype)
        ]
        print(f"| `{operation}` | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
