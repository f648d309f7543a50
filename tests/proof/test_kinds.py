"""Each kind of mistake, in each operation that can have it, is rejected by a MUST about it."""

import pytest

from nnspec import reference
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import mistakes_of
from nnspec.conformance.terms.operations import OPERATIONS
from tests.run import kinds

# Operations of which a plain session asks: of elements, of rows, of steps, and without arrays.
FEW = ("tanh", "entropy", "momentum", "constant")

NARROWINGS = {
    "float32": ("bfloat16", "float16", "tf32"),
    "float64": ("bfloat16", "float16", "float32"),
}


def undecided(operation: str, dtypes: tuple[str, ...]) -> list[str]:
    """Return the rows of which no case decides and no reason is stated, and idle reasons."""
    rows = list(kinds.rows(operation, dtypes))
    needed = {row.kind for row in rows if row.decided is None}
    return [
        row.line()
        for row in rows
        if (row.decided is None and not row.reason) or (row.reason and row.kind not in needed)
    ]


@pytest.mark.parametrize("operation", FEW)
def test_each_kind_is_decided_in_a_few_operations(operation: str) -> None:
    assert undecided(operation, ("float32",)) == []


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("operation", reference.__all__)
def test_a_sample_of_formats_decides_each_kind_in_each_operation(operation: str) -> None:
    assert undecided(operation, ("float32",)) == []


@pytest.mark.study
@pytest.mark.parametrize("operation", reference.__all__)
def test_each_kind_is_decided_in_each_operation_and_dtype(operation: str) -> None:
    assert undecided(operation, NAMES) == []


def test_each_rounding_of_inputs_is_listed_for_each_operation_with_floating_inputs() -> None:
    without = {*kinds.REASONS["rounds_its_inputs"], "step"}
    assert without == {
        *(name for name, each in OPERATIONS.items() if each.random),
        *("constant", "step", "zeros"),
    }
    for operation in set(reference.__all__) - without:
        listed = {each.name: each for each in mistakes_of(operation)}
        for dtype, formats in NARROWINGS.items():
            for narrow in formats:
                each = listed[f"rounds_its_inputs_to_{narrow}"]
                assert dtype in each.dtypes
                assert {name.partition("/")[2] for name in each.clauses} == {"significands"}


def test_zeros_and_a_fingerprint_are_listed_for_each_operation_with_a_family() -> None:
    for operation in set(reference.__all__) - {*kinds.REASONS["rounds_its_inputs"]}:
        listed = {each.name for each in mistakes_of(operation)}
        assert {"answers_only_zeros", "remembers_answers_by_a_fingerprint"} <= listed


def test_a_row_shows_the_case_that_decides_or_the_reason() -> None:
    first = next(kinds.rows("zeros", ("float64",)))
    assert first.line() == "| zeros | answers_only_zeros | float64 | zeros are the right answer |"
    first = next(kinds.rows("tanh", ("float64",)))
    assert first.decided is not None
    assert first.line().endswith(" | `activations/significands[tanh.significands,float64]` |")
