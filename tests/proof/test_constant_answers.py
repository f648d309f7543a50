"""An adapter that computes nothing is denied: no answer makes the suite err or leaves it in doubt.

Each library here answers in the right shape and dtype, and what it answers is no mathematics.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.judge.judge import judge
from nnspec.conformance.run import plan
from nnspec.conformance.run.record import BREAKING
from nnspec.conformance.run.run import run
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.nested import mapped
from nnspec.conformance.terms.outcomes import ABSENT, BREAKS, CONFORMS, FAILURES

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

Answer = Callable[..., Any]


def constant(value: float) -> Callable[[str], Answer]:
    """Return functions that answer arrays of one number, or of one index."""

    def filled(array: np.ndarray) -> np.ndarray:
        index = 0 if not np.isfinite(value) else int(min(abs(value), 2**31))
        with np.errstate(all="ignore"):
            number = np.asarray(index if array.dtype.kind == "i" else value).astype(array.dtype)
        return np.full(array.shape, number)

    def made(operation: str) -> Answer:
        right = rounded(operation)

        def answer(*arguments: Any, **parameters: Any) -> Any:
            answered = right(*arguments, **parameters)
            if isinstance(answered, Iterator):
                return (mapped(filled, step) for step in answered)
            return mapped(filled, answered)

        return answer

    return made


def forgetful(operation: str) -> Answer:
    """Return a function that is right in every other call, and answers nothing in between."""
    right, calls = rounded(operation), Counter[str]()

    def answer(*arguments: Any, **parameters: Any) -> Any:
        calls[operation] += 1
        answered = right(*arguments, **parameters)
        if calls[operation] % 2:
            return answered
        return answered.reshape(-1)[:0] if isinstance(answered, np.ndarray) else []

    return answer


def nothing(operation: str) -> Answer:
    """Return a function that answers an empty list."""
    del operation
    return lambda *arguments, **parameters: []


def library(made: Callable[[str], Answer]) -> InProcess:
    functions = {operation: made(operation) for operation in reference.__all__}
    return InProcess(SimpleNamespace(name="it", dtypes=NAMES, **functions))


LIBRARIES = [
    pytest.param(constant(0.0), "float32", id="zeros-float32"),
    pytest.param(constant(np.nan), "float16", id="nan-float16"),
    pytest.param(constant(-np.inf), "float64", id="minus-inf-float64"),
    pytest.param(constant(1e30), "bfloat16", id="huge-bfloat16"),
    pytest.param(forgetful, "float32", id="forgetful-float32"),
    pytest.param(nothing, "float32", id="nothing-float32"),
]


# More numbers than these are judged as so many are, in pieces.
ENOUGH = 2**14


@pytest.mark.parametrize(("made", "dtype"), LIBRARIES)
def test_every_case_ends_in_a_verdict_on_the_answers(
    made: Callable[[str], Answer], dtype: str
) -> None:
    source = library(made)
    # One check judges the many cases that differ in their shapes alone, one all cases of many
    # numbers, and one all calls that are asked again.
    planned = [
        each
        for each in plan.plan(source.description, dtypes=(dtype,))
        if not (each.case.one_of_many or each.case.calls or each.case.size > ENOUGH)
    ]
    ended = [(each, judge(each, source)) for each in planned]
    undecided = [
        (each.id, end.outcome, end.message)
        for each, end in ended
        if end.outcome not in (CONFORMS, ABSENT, *FAILURES)
    ]
    assert undecided == []
    broken = {each.operation for each, end in ended if end.outcome in FAILURES}
    assert broken >= {each.operation for each in planned} - {"zeros", "constant"}


def test_zeros_are_denied_with_the_number_of_musts_that_failed() -> None:
    source = library(constant(0.0))
    only = ("kaiming_normal", "tanh")
    record = run(plan.plan(source.description, dtypes=("float32",), only=only), source)
    assert record.verdict == BREAKING
    assert record.status == 1
    assert record.objections == ()
    must = record.counts("MUST")
    assert must[BREAKS] > must[CONFORMS]
    assert must[BREAKS] + must[CONFORMS] == sum(must.values())
