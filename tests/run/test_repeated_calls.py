"""Calls are asked again in a run: the first one counts, and so do a thousand, in any selection."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.command.verify import verify
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.pages.again import AT_RANDOM, FEW, MANY
from nnspec.conformance.run import plan
from nnspec.conformance.run.jobs import Jobs
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.operations import OPERATIONS, page_of
from nnspec.conformance.terms.outcomes import ABSENT, BREAKS, CONFORMS
from tests.command.certificates import certify
from tests.run.orders import file, order
from tests.run.runs import adapter, run

DETERMINISM = "activations/determinism"
REPEATED = "activations/repeated-calls"

# A relu that answers 1 more from some call on.
WEARING = """
import numpy as np
name, dtypes, made = "it", ("float64", "float32"), []
def relu(x):
    made.append(None)
    return np.maximum(x, 0) + x.dtype.type({when})
def tanh(x):
    return np.tanh(x)
"""


def counting(wrong: Callable[[int], bool], off: float = 1.0) -> Any:
    """Return an adapter whose relu is off in the calls with these numbers, from 0 on."""
    made: list[None] = []

    def relu(x: Any) -> Any:
        made.append(None)
        return np.maximum(x, 0) + x.dtype.type(off * wrong(len(made) - 1))

    return adapter(relu=relu, made=made)


def outcomes(record: Any, clause: str = REPEATED) -> dict[str, str]:
    return {
        f"{each.case},{each.dtype}": each.outcome
        for each in record.results
        if each.clause == clause and each.operation == "relu"
    }


@pytest.mark.parametrize("calls", [1, 2, 7, 8, 100, 128, 999, 1000])
@pytest.mark.parametrize(
    "only",
    [
        pytest.param((), id="all", marks=[pytest.mark.proof, pytest.mark.no_cover]),
        pytest.param(("relu/accuracy", REPEATED), id="few"),
        pytest.param((f"{REPEATED}[relu.many]",), id="alone"),
    ],
)
def test_what_wears_out_within_a_thousand_calls_is_denied(
    calls: int, only: tuple[str, ...]
) -> None:
    record = run(counting(lambda number: number >= calls), *only)
    assert BREAKS in outcomes(record).values()


def test_other_calls_of_the_operation_count() -> None:
    alone, together = counting(lambda _: False), counting(lambda _: False)
    run(alone, f"{REPEATED}[relu.many]")
    assert len(alone.made) == MANY
    run(together)
    assert MANY < len(together.made) < MANY + 300


def test_the_very_first_call_is_judged() -> None:
    record = run(counting(lambda number: number == 0))
    assert record.header["smoke"] == []
    assert outcomes(record) == {"relu.again,float32": BREAKS, "relu.many,float32": BREAKS}
    assert {
        each.clause for each in record.results if each.outcome == BREAKS and each.level == "MUST"
    } == {REPEATED}


def test_one_in_fifty_is_missed_once_in_a_thousand_runs_at_most() -> None:
    assert (1 - 1 / 50) ** AT_RANDOM < 0.001
    last_bit = counting(lambda number: number % 50 == 49, off=2.0**-20)
    record = run(last_bit, REPEATED, DETERMINISM)
    assert outcomes(record, DETERMINISM)["relu.many,float32"] == BREAKS


def test_a_call_is_asked_a_thousand_times_in_the_last_dtype_alone() -> None:
    given = counting(lambda _: False)
    given.dtypes = ("float64", "float32", "float16")
    record = run(given, dtypes=given.dtypes)
    assert list(outcomes(record)) == [
        "relu.again,float64",
        "relu.again,float32",
        "relu.again,float16",
        "relu.many,float16",
    ]


@pytest.mark.parametrize("declared", [True, False])
def test_other_bits_are_absent_where_an_adapter_declares_them(*, declared: bool) -> None:
    given = counting(lambda number: number % 2 == 1, off=2.0**-20)
    given.deterministic = declared
    record = run(given, DETERMINISM)
    assert set(outcomes(record, DETERMINISM).values()) == {BREAKS if declared else ABSENT}
    said = {each.message for each in record.results if each.operation == "relu"}
    assert declared or said == {"the adapter declares deterministic = False"}


def test_a_declaration_excuses_no_wrong_answer() -> None:
    given = counting(lambda number: number % 30 == 29)
    given.deterministic = False
    assert BREAKS in outcomes(run(given)).values()


def test_every_operation_is_asked_again_in_every_dtype() -> None:
    planned = plan.plan(plan.EVERYTHING)
    asked: dict[str, set[str | None]] = {}
    for each in planned:
        if each.clause.id.endswith("/repeated-calls"):
            asked.setdefault(each.operation, set()).add(each.dtype)
            assert each.case.times in (FEW, AT_RANDOM)
    assert asked == {
        name: {each.dtype for each in planned if each.operation == name}
        for name in reference.__all__
    }


def test_where_a_seed_decides_the_same_bits_are_a_must() -> None:
    exact = {name for name, each in OPERATIONS.items() if page_of(name) == "initializers"}
    exact |= {"minibatches", "draws"}
    asked = {
        each.operation
        for each in plan.plan(plan.EVERYTHING)
        if each.clause.id.endswith("/determinism")
    }
    assert asked == set(reference.__all__) - exact
    for name in exact:
        planned = plan.plan(plan.EVERYTHING, operation=name, dtypes=("float32",))
        (case,) = [
            each
            for each in planned
            if each.clause.id.endswith("/repeated-calls") and each.case.times == FEW
        ]
        numbers = iter(range(10**6))

        def drawn(*given: Any, name: str = name, numbers: Any = numbers, **parameters: Any) -> Any:
            return rounded(name)(*given, **{**parameters, "seed": next(numbers) // 4})

        if OPERATIONS[name].random:
            assert attempt(case, InProcess(adapter(**{name: drawn}))).outcome == BREAKS
        assert attempt(case, InProcess(adapter(**{name: rounded(name)}))).outcome == CONFORMS


def test_different_replies_to_one_request_are_recorded_in_order(tmp_path: Path) -> None:
    given = counting(lambda number: number % 3 == 2, off=2.0**-20)
    record = certify(tmp_path, InProcess(given), REPEATED, DETERMINISM, dtypes=("float32",))
    assert BREAKS in outcomes(record, DETERMINISM).values()
    assert verify(tmp_path).inconsistencies == ()


@pytest.mark.proof
@pytest.mark.parametrize(
    ("when", "case"),
    [("len(made) > 1000", "relu.many,float32"), ("len(made) == 1", "relu.again,float64")],
)
def test_jobs_find_what_wears_out(
    when: str, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file(WEARING.format(when=when))
    given = order("./adapter.py", "activations", recorded=True)
    with Jobs(given, 2) as jobs:
        record = jobs.run(plan.plan(jobs.description, only=("activations",)))
    assert outcomes(record)[case] == BREAKS
