"""No mistake is written by hand that an edit of the formula is too, unless a case needs it."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from nnspec import reference
from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.programs.evaluation import implementation
from nnspec.conformance.terms.mistakes import Mistake, mistakes
from nnspec.conformance.terms.operations import OPERATIONS
from tests.proof.alike import Found, compared, near

SURE = tuple(each for each in reference.__all__ if not OPERATIONS[each].random)

# One of so many operations is in the sample, with all its mistakes.
SAMPLE = 8


def of(operation: str, name: str) -> Mistake:
    return next(each for each in mistakes()[operation] if each.name == name)


def written(operation: str, change: str, *clauses: str) -> Mistake:
    """Return a mistake that somebody could write, and that is an edit."""
    (edit,) = (each for each in edits_of(operation) if each.change == change)
    return replace(
        mistakes()[operation][0],
        name="is_written_by_hand",
        clauses=clauses,
        make=lambda: implementation(edit.program),
    )


def spare(found: Iterable[Found | None]) -> list[str]:
    return [
        f"{each.mistake.operation}: {each.mistake.name} is the edit {each.edit.change}"
        for each in found
        if each is not None and each.spare
    ]


def test_a_mistake_that_is_an_edit_and_that_no_case_needs_is_spare() -> None:
    mistake = written("tanh_vjp", "t² → t", "tanh_vjp/accuracy")
    assert spare([compared(mistake)]) == ["tanh_vjp: is_written_by_hand is the edit t² → t"]


def test_a_mistake_that_alone_tells_a_case_stays() -> None:
    found = compared(of("identity_vjp", "answers_one"))
    assert found is not None
    assert found.alike
    assert found.needed.startswith("identity_vjp/accuracy[")
    assert not found.spare


def test_a_mistake_that_parts_from_the_edit_in_a_bit_stays() -> None:
    mistake = written("tanh_vjp", "t² → t", "tanh_vjp/accuracy")
    answer = mistake.make()
    other = replace(mistake, make=lambda: lambda *arrays: answer(*arrays) * (1 + 2**-52))
    found = compared(other)
    assert found is not None
    assert not found.alike
    assert not found.spare


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("operation", SURE[::SAMPLE])
def test_no_mistake_of_a_sample_of_operations_is_an_edit_that_no_case_needs(operation: str) -> None:
    assert spare(near(operation)) == []


@pytest.mark.study
@pytest.mark.parametrize("operation", SURE)
def test_no_mistake_is_an_edit_that_no_case_needs(operation: str) -> None:
    assert spare(near(operation)) == []
