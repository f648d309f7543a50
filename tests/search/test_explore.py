"""A search finds mistakes that hide from the fixed inputs, and finds nothing in right answers."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.adapters import reference as reference_adapter
from nnspec.conformance.judge import judge
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.reports import exploration
from nnspec.conformance.run import plan
from nnspec.conformance.run import report as report_json
from nnspec.conformance.search import explore
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import mistakes_of
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.outcomes import CONFORMS, Died
from tests.proof.test_second_implementation import SECOND
from tests.search.hidden import (
    HIDDEN,
    found_in_hiding,
    log_softmax_of_a_near_tie,
    rounded,
    sigmoid_of_a_hole,
)
from tests.search.pasted import pasted
from tests.search.searches import SEARCHED, adapter, explored


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("operation", SEARCHED)
def test_nothing_is_found_in_right_answers(operation: str) -> None:
    for source, dtypes in (
        (InProcess(reference_adapter), ("float64",)),
        (InProcess(SECOND), ("float32", "bfloat16")),
    ):
        found = explored(source, operation, examples=4, dtypes=dtypes)
        assert found.searches
        assert not found.found, exploration.text(found)


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("operation", HIDDEN)
def test_a_mistake_that_hides_from_the_fixed_inputs_is_found(operation: str) -> None:
    mistaken, examples = HIDDEN[operation]
    source = adapter(**{operation: mistaken})
    planned = plan.plan(source.description, only=[f"{operation}/accuracy"])
    assert {judge.judge(each, source).outcome for each in planned} == {CONFORMS}
    finding = found_in_hiding(operation)
    assert finding.denies
    assert finding.after <= examples
    assert sum(array.size for array in leaves(pasted(finding.lines, operation).arguments)) <= 23


def test_what_is_found_is_small_and_simple() -> None:
    (x,) = pasted(found_in_hiding("sigmoid").lines, "sigmoid").arguments
    assert x.shape == (1,)
    assert len(repr(float(str(x[0])))) <= len("5.33")
    assert pasted(found_in_hiding("log_softmax").lines, "log_softmax").arguments[0].shape == (2,)


# What shows in sums of thousands of terms alone is found by the named inputs: a search goes up to
# forty.
LONG_SUMS = (
    "leaves_out_all_but_1024_classes",
    "accumulates_in_its_own_format",
    "forgets_to_rescale_between_blocks",
)

TEXTBOOK = [
    (operation, each.name)
    for operation in ("sigmoid_vjp", "softmax", "sigmoid_cross_entropy_vjp", "momentum")
    for each in mistakes_of(operation)
    if each.clauses[:1] == (f"{operation}/accuracy",) and each.name not in LONG_SUMS
]


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize(("operation", "name"), TEXTBOOK)
def test_textbook_mistakes_are_found(operation: str, name: str) -> None:
    mistake = next(each for each in mistakes_of(operation) if each.name == name)
    dtype = "float32" if mistake.visible("float32") else "float64"
    found = explored(
        InProcess(mistake.adapter()), f"{operation}/accuracy", examples=100, dtypes=[dtype]
    ).found
    assert found


def test_a_layout_is_found_that_alone_spoils_an_answer() -> None:
    def relu(x: Any) -> Any:
        answer = np.maximum(x, 0)
        return answer if x.flags.c_contiguous else answer[::-1].copy()

    found = explored(adapter(relu=relu), "activations/layouts", "relu/accuracy", examples=300).found
    assert [each.result.clause for each in found] == ["activations/layouts"]
    assert "rearranged" in found[0].lines
    same = explored(
        adapter(sigmoid=lambda x: rounded("sigmoid", x) * np.float32(0.9)), "sigmoid", examples=20
    ).found
    assert [each.result.clause for each in same] == ["sigmoid/accuracy"]


# --- what adapters do -----------------------------------------------------------------


class Dying:
    """A source whose process ends whenever it is asked a long question."""

    def __init__(self) -> None:
        self.description, self.deaths = adapter(relu=np.maximum).description, 0

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        if arrays[0].size > 2:
            self.deaths += 1
            raise Died("the process ended")
        return np.maximum(arrays[0], 0)


def test_patience_ends_after_three_deaths() -> None:
    source = Dying()
    found = explored(source, "relu", examples=100).found
    assert source.deaths == 3
    assert {each.result.outcome for each in found} == {"crashes"}
    assert all(each.denies for each in found)


def test_what_does_not_fail_again_does_not_count() -> None:
    asked = []

    def relu(x: Any) -> Any:
        asked.append(x)
        return np.maximum(x, 0) + (len(asked) == 7)

    found = explored(adapter(relu=relu), "relu/accuracy", examples=30)
    assert [each.repeated for each in found.found] == [False]
    assert found.status == 0
    assert "does not count" in exploration.text(found)


def test_an_exception_is_a_finding() -> None:
    def relu(x: Any) -> Any:
        if x.size == 5:
            raise ValueError("five")
        return np.maximum(x, 0)

    (finding,) = explored(adapter(relu=relu), "relu/accuracy", examples=200).found
    assert (finding.result.outcome, finding.result.message) == (
        "crashes",
        "relu raised ValueError: five",
    )
    assert pasted(finding.lines, "relu").arguments[0].tolist() == [0.0] * 5


def test_expected_failures_do_not_count() -> None:
    source = InProcess(
        SimpleNamespace(
            sigmoid=sigmoid_of_a_hole,
            dtypes=("float32",),
            expected_failures={"sigmoid/accuracy": "a hole"},
        )
    )
    found = explored(source, "sigmoid/accuracy", examples=300)
    assert [each.result.expected for each in found.found] == ["a hole"]
    assert found.status == 0


def test_parameters_that_a_library_fixes_stay_fixed() -> None:
    seen = set()

    def leaky_relu(x: Any, *, negative_slope: float) -> Any:
        seen.add(negative_slope)
        return np.where(x > 0, x, x * x.dtype.type(negative_slope))

    source = InProcess(
        SimpleNamespace(
            leaky_relu=leaky_relu,
            dtypes=("float32",),
            fixed={"leaky_relu": {"negative_slope": 0.25}},
        )
    )
    assert not explored(source, "leaky_relu/accuracy", examples=20).found
    assert seen == {0.25}


@pytest.mark.proof
@pytest.mark.no_cover
def test_the_same_seed_finds_the_same() -> None:
    source = adapter(sigmoid=sigmoid_of_a_hole, log_softmax=log_softmax_of_a_near_tie)
    first, second = (
        explored(source, "sigmoid/accuracy", "log_softmax/accuracy", examples=300, seed=3)
        for _ in range(2)
    )
    assert first.found
    assert report_json.finite(first.found) == report_json.finite(second.found)
    alone = explored(source, "log_softmax/accuracy", examples=300, seed=3)
    assert [each.lines for each in alone.found] == [
        each.lines for each in first.found if each.result.operation == "log_softmax"
    ]


def test_a_clause_that_is_left_out_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    source = InProcess(reference_adapter)
    found = explored(source, "kaiming_normal", examples=2)
    assert list(found.left_out) == ["kaiming_normal/accuracy"]
    assert "not explored: kaiming_normal/accuracy" in exploration.text(found)
    assert capsys.readouterr().out == ""


def test_cases_that_are_searched_are_planned_ones() -> None:
    source = InProcess(SECOND)
    for each in explore.searches(
        plan.plan(source.description, only=["sigmoid/accuracy[everyday,float32]"]), source
    ):
        assert isinstance(each, Planned)
        assert each.id == "sigmoid/accuracy[everyday,float32]"
