"""Ends: at each rung, the loss of the last element alone is seen, in every format.

A kernel that is wrong beyond N is wrong at the first rung beyond N, and in the last element at
least. So every N below the largest rung is rejected.
"""

from collections.abc import Callable, Iterator

import pytest

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.pages import families
from nnspec.conformance.pages.everywhere.mistakes.digits import operations_with, page_with
from nnspec.conformance.pages.families import GREAT, RUNGS
from nnspec.conformance.run.plan import EVERYTHING, plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import standing_in
from nnspec.conformance.terms.operations import OPERATIONS
from nnspec.conformance.terms.outcomes import BREAKS
from tests.proof import ends

SIZED = [
    operation
    for operation in operations_with("sizes")
    if (of_page := families.family(page_with("sizes", operation))) and of_page.dimensions(operation)
]

# Operations of which a plain session asks: of rows, of sums, and of steps.
FEW = ("softmax", "entropy", "minibatch_descent")

each_operation = pytest.mark.parametrize("operation", SIZED)


def silent(operation: str, dtype: str, asked: Callable[[int, int], bool]) -> Iterator[str]:
    """Yield the rungs at which a fault in the end of a dimension is not seen as a wrong answer.

    A rung is asked for by its length and by the largest one of its dimension.
    """
    of_page = families.family(page_with("sizes", operation))
    assert of_page is not None
    if not OPERATIONS[operation].asked_in(dtype) or dtype not in of_page.formats(operation):
        return
    planned = plan(EVERYTHING, operation=operation, dtypes=[dtype])
    rungs = {
        each.case.name.rpartition(".")[2]: each
        for each in planned
        if each.clause.id.endswith("/sizes")
    }
    for name, dimension in of_page.asked(operation, dtype).items():
        found = ends.faults(operation, name)
        assert found
        for length in dimension.rungs:
            if length > dimension.shortest + 3 and asked(length, dimension.rungs[-1]):
                each = rungs[f"{name}-{length}"]
                yield from (
                    f"{each.id} {fault}" for fault in found if not rejects(each, found[fault])
                )


def rejects(planned: Planned, function: ends.Operation) -> bool:
    source = InProcess(standing_in(planned.operation, function, "spoiled"))
    ended = attempt(planned, source)
    quantity = str(ended.details.get("quantity", ""))
    return ended.outcome == BREAKS and quantity.startswith(planned.operation)


@pytest.mark.parametrize("operation", FEW)
def test_the_last_element_counts_at_a_few_rungs_of_a_few_operations(operation: str) -> None:
    assert not [*silent(operation, "float32", lambda length, _: length == 17)]


@pytest.mark.proof
@pytest.mark.no_cover
@each_operation
@pytest.mark.parametrize("dtype", NAMES)
def test_a_sample_of_rungs_counts_the_last_element(operation: str, dtype: str) -> None:
    def asked(length: int, largest: int) -> bool:
        return length in (2**4 + 1, 2**8 + 1, min(largest, RUNGS[-1]))

    assert not [*silent(operation, dtype, asked)]


@pytest.mark.study
@each_operation
@pytest.mark.parametrize("dtype", NAMES)
def test_the_last_element_counts_at_each_rung(operation: str, dtype: str) -> None:
    most = GREAT[-1] if dtype == "float32" else RUNGS[-1]
    assert not [*silent(operation, dtype, lambda length, _: length <= most)]
