"""Lengths: a kernel is judged at each, by numbers that no earlier answer has left in memory."""

import dataclasses
import itertools
import re
from collections.abc import Sequence

import numpy as np
import pytest

from nnspec import spec
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.pages.layouts import FEW_LENGTHS, LENGTHS, lengths_in
from nnspec.conformance.pages.losses.inputs import sets as losses
from nnspec.conformance.run import cases as inputs
from nnspec.conformance.run.plan import EVERYTHING, plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import mistakes_of
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import operations_of

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

CLAUSES = [clause for clause in spec.clauses().values() if clause.id.endswith("/lengths")]
OF_EVERY_CLAUSE = [(clause, operation) for clause in CLAUSES for operation in operations_of(clause)]

# Without the statistics of a second sample there is no deviation.
FROM_TWO_ON = (
    "batch_norm_train",
    "batch_norm_train_unbiased",
    "batch_norm_train_vjp",
    "standardize",
)

each_operation = pytest.mark.parametrize(
    ("clause", "operation"),
    OF_EVERY_CLAUSE,
    ids=[f"{clause.id}-{name}" for clause, name in OF_EVERY_CLAUSE],
)


def of_a_length(clause: spec.Clause, operation: str, dtype: str) -> Sequence[Case]:
    return [
        case
        for case in inputs.cases(clause, operation, dtype)
        if case.name.startswith("length-") and case.name != "length-20000"
    ]


def test_seven_pages_have_a_clause_on_lengths_and_it_is_a_must() -> None:
    assert {clause.page for clause in CLAUSES} == {
        *(
            "activations",
            "information",
            "losses",
            "clipping",
            "networks",
            "normalization",
            "preprocessing",
        )
    }
    assert {clause.level for clause in CLAUSES} == {"MUST"}


@each_operation
def test_every_length_is_judged_once_from_the_fewest_that_the_operation_takes(
    clause: spec.Clause, operation: str
) -> None:
    shortest = 2 if operation in FROM_TWO_ON else LENGTHS[0]
    for dtype in NAMES:
        cases = of_a_length(clause, operation, dtype)
        assert [case.name for case in cases] == [
            f"length-{length}" for length in range(shortest, lengths_in(dtype).stop)
        ]
        for case, length in zip(cases, range(shortest, lengths_in(dtype).stop), strict=True):
            assert length in next(leaves(case.arguments)).shape


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.id)
def test_a_clause_says_to_which_length_it_is_judged(clause: spec.Clause) -> None:
    said = " ".join(clause.requirement.split())
    assert re.search(rf" to {lengths_in('float64')[-1]}\b.* in float32 to {LENGTHS[-1]}\b", said)


@each_operation
def test_who_compiles_for_each_shape_is_asked_for_few_lengths_and_whatever_else_there_is(
    clause: spec.Clause, operation: str
) -> None:
    patient = dataclasses.replace(EVERYTHING, compiles_shapes=True)
    every, few = (
        {
            each.case.name.rpartition(".")[2]
            for each in plan(asked, operation=operation, only=[clause.id])
        }
        for asked in (EVERYTHING, patient)
    )
    left = {f"length-{length}" for length in LENGTHS if length not in FEW_LENGTHS}
    assert len(few) > len(FEW_LENGTHS) - 2
    assert few == every - left


def test_the_specification_names_the_few_lengths() -> None:
    page = " ".join((spec.FOLDER / "README.md").read_text(encoding="utf-8").split())
    assert f"at {', '.join(map(str, FEW_LENGTHS[:-1]))} and {FEW_LENGTHS[-1]}" in page


# Their answers are of rows, and among their shares neighbors may be equal.
OF_SHARES = ("one_hot_cross_entropy", "one_hot_cross_entropy_clipped")


@pytest.mark.parametrize(
    ("clause", "operation"),
    [pair for pair in OF_EVERY_CLAUSE if pair[1] not in OF_SHARES],
)
def test_an_answer_left_in_memory_by_the_length_before_is_wrong(
    clause: spec.Clause, operation: str
) -> None:
    for shorter, longer in itertools.pairwise(of_a_length(clause, operation, "float64")):
        before, now = (next(leaves(case.arguments)).reshape(-1) for case in (shorter, longer))
        assert not np.shares_memory(before, now)
        assert not np.any(before == now[: before.size])


@each_operation
def test_what_goes_wrong_at_few_lengths_is_rejected_at_these_and_no_other(
    clause: spec.Clause, operation: str
) -> None:
    lengths = of_a_length(clause, operation, "float32")
    planned = plan(EVERYTHING, operation=operation, dtypes=["float32"], only=[clause.id])[
        : len(lengths)
    ]
    wrong = {
        "misses_an_element_of_twenty_three": {23},
        "forgets_a_block_of_an_unrolled_loop": {*range(48, 64), *range(112, 128)},
        "drops_the_last_of_more_than_a_hundred_and_twenty_eight": {129, 130},
    }
    for mistake in mistakes_of(operation):
        if mistake.name in wrong:
            source = InProcess(mistake.adapter())
            rejected = {
                int(each.case.name.rpartition("-")[2])
                for each in planned
                if attempt(each, source).outcome == "breaks"
            }
            few = wrong.pop(mistake.name)
            # If an answer is 0 whatever the last element, one of the two lengths beyond has to do.
            assert rejected == few or (
                few == {129, 130} and len(rejected) == 1 and rejected < few
            ), mistake.name
    assert not wrong


@pytest.mark.parametrize("dtype", NAMES)
def test_targets_of_every_number_of_classes_sum_to_one_in_every_format(dtype: str) -> None:
    for case in losses.lengths("softmax_cross_entropy", dtype):
        targets = case.arguments[1].astype(np.float64)
        assert np.array_equal(np.sum(targets, axis=-1), np.ones(3))
        assert np.all(targets > 0)
