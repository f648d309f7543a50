"""Sizes and draws: each rung rejects what is wrong at its length alone, and the seed what learned.

A kernel that is wrong beyond N is wrong at the first rung beyond N: every N below the largest rung
is rejected.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.pages import families
from nnspec.conformance.run.plan import EVERYTHING, plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded, standing_in
from nnspec.conformance.terms.nested import leaves, mapped
from nnspec.conformance.terms.operations import operations_of
from nnspec.conformance.terms.outcomes import CONFORMS
from nnspec.spec import clauses

SIZED = [
    (clause.page, operation)
    for clause in clauses().values()
    if clause.id.endswith("/sizes")
    for operation in operations_of(clause)
    if (of_page := families.family(clause.page)) and of_page.dimensions(operation)
]

SEEDS = range(1, 11)

each_operation = pytest.mark.parametrize(("page", "operation"), SIZED)


def spoiled_at(operation: str, length: int) -> Callable[..., Any]:
    """Return an operation that is wrong only where an array, a list or a count has this length."""
    right = rounded(operation)

    def last(array: np.ndarray) -> np.ndarray:
        found = array.copy()
        found.reshape(-1)[-1:] = np.nan if found.dtype.kind not in "iu" else 0
        return found

    def answer(*arguments: Any, **parameters: Any) -> Any:
        lengths = {size for array in leaves(arguments) for size in array.shape}
        lengths |= {len(each) for each in arguments if isinstance(each, (list, tuple))}
        lengths |= {each for each in arguments if isinstance(each, int)}
        found = right(*arguments, **parameters)
        return mapped(last, found) if length in lengths else found

    return answer


def on(page: str, operation: str, name: str) -> str:
    """Return the clause of this name that speaks of an operation: its page's, or its own."""
    clause = f"{page}/{name}"
    return clause if clause in clauses() else f"{operation}/{name}"


def ladder(page: str, operation: str, dtype: str) -> list[Planned]:
    """Return the cases in which one dimension has another length than the usual one."""
    of_page = families.family(page)
    assert of_page is not None
    rungs = {
        f"{name}-{length}"
        for name, dimension in of_page.dimensions(operation).items()
        for length in dimension.rungs
        # An image of one pixel is none: there is no dimension of the length 1.
        if (length, dimension.usual) != (1, 1)
    }
    only = [on(page, operation, "sizes")]
    planned = plan(EVERYTHING, operation=operation, dtypes=[dtype], only=only)
    found = [each for each in planned if each.case.name.rpartition(".")[2] in rungs]
    assert len(found) == len(rungs)
    return found


def rejects(planned: Planned) -> bool:
    length = int(planned.case.name.rpartition("-")[2])
    wrong = standing_in(planned.operation, spoiled_at(planned.operation, length), "wrong")
    return attempt(planned, InProcess(wrong)).outcome != CONFORMS


def test_a_sample_of_rungs_rejects_what_is_wrong_at_its_length_alone() -> None:
    for operation in ("tanh", "softmax_vjp"):
        for planned in ladder("activations", operation, "float32"):
            if planned.case.size < 2**15:
                assert rejects(planned), planned.id


@pytest.mark.proof
@pytest.mark.no_cover
@each_operation
def test_each_rung_rejects_what_is_wrong_at_its_length_alone(page: str, operation: str) -> None:
    silent = [each.id for each in ladder(page, operation, "float32") if not rejects(each)]
    assert not silent


def learned(operation: str, dtype: str) -> Callable[..., Any]:
    """Return an operation that knows the inputs of the default seed, and answers zeros to others.

    Great cases are not looked at: it answers them rightly.
    """
    planned = plan(EVERYTHING, operation=operation, dtypes=[dtype])
    known = {
        digest(arguments)
        for each in planned
        if each.case.size < 2**16 - 1
        for arguments in (each.case.arguments, each.case.before)
        if arguments is not None
    }
    right = rounded(operation)

    def answer(*arguments: Any, **parameters: Any) -> Any:
        found = right(*arguments, **parameters)
        return found if digest(arguments) in known else mapped(np.zeros_like, found)

    return answer


def digest(arguments: Any) -> bytes:
    made = hashlib.sha256()
    for array in leaves(arguments):
        made.update(repr(array.shape).encode() + array.tobytes())
    return made.digest()


def denied(page: str, operation: str, dtype: str) -> list[bool]:
    """Say whether the fresh draw denies what learned the default one, for ten seeds."""
    source = InProcess(standing_in(operation, learned(operation, dtype), "learned"))
    only = [on(page, operation, "fresh")]
    fresh = {
        seed: plan(EVERYTHING, operation=operation, dtypes=[dtype], only=only, seed=seed)
        for seed in (0, *SEEDS)
    }
    outcomes = {
        seed: [attempt(each, source).outcome for each in cases] for seed, cases in fresh.items()
    }
    assert set(outcomes[0]) == {CONFORMS}
    return [any(each != CONFORMS for each in outcomes[seed]) for seed in SEEDS]


def test_a_sample_of_what_learned_all_inputs_is_denied_by_each_other_seed() -> None:
    assert all(denied("activations", "softmax", "float32"))


@pytest.mark.proof
@pytest.mark.no_cover
@each_operation
def test_what_learned_all_inputs_is_denied_by_each_other_seed(page: str, operation: str) -> None:
    assert all(denied(page, operation, "float32"))
