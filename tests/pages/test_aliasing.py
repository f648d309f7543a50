"""Arguments that share memory: which cases have them, and the fault that they were made for."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.run.cases import cases
from nnspec.conformance.run.plan import EVERYTHING, plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.sharing import shares
from nnspec.conformance.terms.callbacks import live
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.mistakes import mistakes_of
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import OPERATIONS, operations_of
from nnspec.conformance.terms.outcomes import BREAKS
from nnspec.spec import clauses

ASKED = [
    (clause, operation)
    for clause in clauses().values()
    if clause.id.endswith("/aliasing")
    for operation in operations_of(clause)
]

# The page of initializers takes no arrays, and these take one, or others of different shapes.
SPARED = {
    *("identity", "leaky_relu", "log_softmax", "relu", "sigmoid", "softmax", "step", "tanh"),
    *("entropy", "one_hot_cross_entropy", "one_hot_cross_entropy_clipped"),
    *("sparse_softmax_cross_entropy", "sparse_softmax_cross_entropy_vjp"),
    *("draws", "minibatches"),
}


def named(operation: str) -> dict[str, Case]:
    (clause,) = [clause for clause, each in ASKED if each == operation]
    return {case.name: case for case in cases(clause, operation, "float32")}


def test_every_operation_of_several_arrays_is_asked() -> None:
    asked = {operation for _, operation in ASKED}
    of_arrays = {name for name, each in OPERATIONS.items() if each.page != "initializers"}
    assert asked == of_arrays - SPARED


def in_memory(arguments: Any) -> Iterator[tuple[bool, int]]:
    """Yield for each pair of arrays whether they are one array, and how many elements apart."""
    for first, second in itertools.combinations(leaves(arguments), 2):
        if np.shares_memory(first, second):
            starts = (each.__array_interface__["data"][0] for each in (second, first))
            yield first is second, int(np.subtract(*starts)) // first.itemsize


@pytest.mark.parametrize("operation", [operation for _, operation in ASKED])
def test_pairs_are_one_array_or_an_element_apart(operation: str) -> None:
    found: set[tuple[bool, int]] = set()
    for name, case in named(operation).items():
        pairs = set(in_memory(case.arguments))
        assert len(pairs) == (name != "gradient-is-params")
        assert shares(live(operation, case.arguments, "float32"))
        found |= pairs
    assert found == (set() if operation == "newton" else {(True, 0), (False, 1), (False, -1)})
    assert ("gradient-is-params" in named(operation)) == bool(OPERATIONS[operation].callbacks)


def test_statistics_that_are_scale_and_shift_do_not_change_them() -> None:
    x, one, zero = np.array([[0.0], [2.0]]), np.ones(1), np.zeros(1)
    arguments = x, one, zero, zero, one
    parameters = {"momentum": 1.0, "epsilon": 0.0}
    assert reference.batch_norm_train(*arguments, **parameters)[0].tolist() == [[-1.0], [1.0]]
    (fault,) = [
        each
        for each in mistakes_of("batch_norm_train")
        if each.name == "updates_the_statistics_before_it_scales"
    ]
    assert fault.make()(*arguments, **parameters)[0].tolist() == [[0.0], [2.0]]


def test_the_pairs_of_the_report_reject_the_fault_of_the_report() -> None:
    only = ("normalization/aliasing",)
    planned = plan(EVERYTHING, dtypes=("float32",), only=only, operation="batch_norm_train")
    (two_pairs,) = [each for each in planned if each.case.name.endswith("two-pairs")]
    for each in mistakes_of("batch_norm_train"):
        if each.name == "updates_the_statistics_before_it_scales":
            assert attempt(two_pairs, InProcess(each.adapter())).outcome == BREAKS


@pytest.mark.proof
def test_no_other_case_shares_memory_so_that_programs_can_be_asked_it() -> None:
    planned = plan(EVERYTHING, dtypes=("float32",))
    small = [each for each in planned if each.case.size < 10**4]
    others = [each for each in small if not each.clause.id.endswith("/aliasing")]
    assert len(others) > 10_000
    assert [each.id for each in others if shares(each.case.arguments)] == []
