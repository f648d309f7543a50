"""A second judge is worth something if it says no: reports made by hand, with true violations and
false alarms in them."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from nnspec.conformance.run import plan, run
from nnspec.conformance.run import report as reporting
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import mistakes_of
from tests.truth.confirm import CONFIRMED, FALSE_ALARM, UNKNOWN, main, verdict, verdicts

SIGMOID_OF_1 = 0.7310585786300049


def failure(**changes: Any) -> dict[str, Any]:
    """Return a result that says: sigmoid(1) was answered with 0.75 in float32, and 8 ulp were
    allowed."""
    details = {
        "quantity": "sigmoid",
        "index": [3],
        "input": {"x": 1.0},
        "answer": 0.75,
        "truth": SIGMOID_OF_1,
        "error_ulp": 3e5,
        "bound_ulp": 8.0,
    }
    result = {
        "clause": "sigmoid/accuracy",
        "level": "MUST",
        "operation": "sigmoid",
        "case": "everyday",
        "dtype": "float32",
        "outcome": "breaks",
    }
    return {**result, "details": details | changes.pop("details", {})} | changes


def row(answer: Any, truth: Any, **details: Any) -> dict[str, Any]:
    """Return a result that says: the second logit of a row was answered wrongly by log_softmax in
    float64."""
    given = {
        "quantity": "log_softmax",
        "index": [4, 1],
        "input": {"x": [0.0, -40.0], "axis": -1},
        "answer": answer,
        "truth": truth,
        "bound_ulp": 64.0,
    }
    return failure(
        clause="log_softmax/accuracy",
        operation="log_softmax",
        dtype="float64",
        details=given | details,
    )


def test_a_true_violation_is_confirmed() -> None:
    assert verdict(failure())[0] == CONFIRMED


def test_an_answer_within_the_bound_is_a_false_alarm() -> None:
    assert verdict(failure(details={"answer": 0.7310585975646973}))[0] == FALSE_ALARM


def test_a_wrong_truth_is_a_false_alarm() -> None:
    assert verdict(failure(details={"answer": SIGMOID_OF_1, "truth": 0.75}))[0] == FALSE_ALARM


def test_an_answer_is_held_to_the_clause_without_the_allowance_for_the_reference() -> None:
    # 0.5 and 10 ulp: the report allowed 8 for the clause and 3 for its own truth, which was 1.5
    # ulp above the true answer.
    ulp = math.ulp(0.5)
    details = {
        "input": {"x": 0.0},
        "answer": 0.5 - 10 * ulp,
        "truth": 0.5 + 1.5 * ulp,
        "bound_ulp": 11.0,
    }
    assert verdict(failure(dtype="float64", details=details))[0] == CONFIRMED
    assert (
        verdict(failure(dtype="float64", details=details | {"answer": 0.5 - 7 * ulp}))[0]
        == FALSE_ALARM
    )


def test_the_bound_is_in_ulp_of_the_dtype_under_test() -> None:
    off = {"answer": SIGMOID_OF_1 + 9 * 2.0**-24}
    assert verdict(failure(details=off))[0] == CONFIRMED
    assert verdict(failure(details=off, dtype="float16"))[0] == FALSE_ALARM


def test_a_bound_that_cannot_be_measured_in_ulp_is_read_as_it_is() -> None:
    details = {"input": {"x": 0.0}, "truth": 0.5, "bound_ulp": "inf", "bound": 2.0**-20}
    off = failure(details=details | {"answer": 0.5 + 2.0**-19})
    assert verdict(off)[0] == CONFIRMED
    assert verdict(failure(details=details | {"answer": 0.5 + 2.0**-21}))[0] == FALSE_ALARM
    assert verdict(failure(details=details | {"answer": 0.75, "bound": "inf"}))[0] == UNKNOWN


@pytest.mark.parametrize(
    ("answer", "truth", "found"),
    [
        (-40.0, -40.0, FALSE_ALARM),
        (-40.00001, -40.0, CONFIRMED),
        ("nan", -40.0, CONFIRMED),
        ("-inf", -40.0, CONFIRMED),
        (0.0, -4.248354255291589e-18, FALSE_ALARM),
    ],
)
def test_a_row_is_judged_at_the_element_in_question(answer: Any, truth: float, found: str) -> None:
    assert verdict(row(answer, truth))[0] == found


def test_the_first_element_of_a_row_has_a_truth_of_its_own() -> None:
    assert verdict(row(0.0, -4.248354255291589e-18, index=[4, 0]))[0] == CONFIRMED


def test_an_axis_from_the_front_and_a_whole_array_are_read_too() -> None:
    column = {"x": [0.0, -40.0], "axis": 0}
    assert verdict(row(0.0, -4.248354255291589e-18, index=[0, 7], input=column))[0] == CONFIRMED
    whole = {"x": [[0.0, 5.0], [-40.0, 5.0]], "axis": 0}
    assert verdict(row(0.0, -4.248354255291589e-18, index=[0, 0], input=whole))[0] == CONFIRMED


def test_infinities_and_nan_are_read_from_their_names() -> None:
    row_of_nan = {"x": ["nan", 0.0], "axis": -1}
    assert verdict(row(0.0, "nan", input=row_of_nan))[0] == CONFIRMED
    assert verdict(row("nan", "nan", input=row_of_nan))[0] == FALSE_ALARM
    assert verdict(row("nan", "-inf", input={"x": [0.0, "-inf"], "axis": -1}))[0] == CONFIRMED


def test_infinity_is_right_where_the_truth_reaches_beyond_the_largest_number() -> None:
    given = {
        "quantity": "leaky_relu",
        "input": {"x": -6e4, "negative_slope": 2.0},
        "answer": "-inf",
        "truth": -1.2e5,
    }
    overflown = failure(
        clause="leaky_relu/accuracy", operation="leaky_relu", dtype="float16", details=given
    )
    assert verdict(overflown)[0] == FALSE_ALARM
    assert verdict(overflown | {"dtype": "bfloat16"})[0] == CONFIRMED


def test_the_sign_of_a_zero_counts_where_nothing_is_allowed() -> None:
    given = {
        "quantity": "identity",
        "input": {"x": -0.0},
        "answer": 0.0,
        "truth": -0.0,
        "bound_ulp": 0.0,
    }
    signed = failure(clause="identity/signed-zero", operation="identity", details=given)
    assert verdict(signed)[0] == CONFIRMED
    assert (
        verdict(
            failure(
                clause="identity/signed-zero",
                operation="identity",
                details=given | {"answer": -0.0},
            )
        )[0]
        == FALSE_ALARM
    )


@pytest.mark.parametrize(
    "result",
    [
        failure(outcome="crashes", details={}) | {"details": {"traceback": "…"}},
        failure(outcome="times out") | {"details": {}},
        failure(details={"quantity": "sigmoid(x) + sigmoid(-x)", "truth": 1.0}),
        failure(clause="sigmoid/range", details={"answer": 1.25, "truth": 1.0, "bound_ulp": 0.0}),
        failure(details={"input": {"x": [[1.0, 2.0]]}}),
        failure(details={"input": {}}),
        failure(details={"bound_ulp": "inf"}),
    ],
)
def test_what_the_oracle_cannot_know_is_said_to_be_unknown(result: dict[str, Any]) -> None:
    assert verdict(result)[0] == UNKNOWN


@pytest.mark.parametrize(
    "details", [{"quantity": "sum of a row", "truth": 0.75}, {"truth": 0.75, "bound_ulp": 0.0}]
)
def test_a_property_whose_figures_are_within_its_bound_is_a_false_alarm(
    details: dict[str, Any],
) -> None:
    assert verdict(failure(clause="sigmoid/range", details=details))[0] == FALSE_ALARM


def test_the_command_counts_and_exits_by_false_alarms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    right = failure(outcome="conforms") | {"details": {}}
    path.write_text(
        json.dumps({"results": [failure(), right, failure(outcome="times out") | {"details": {}}]}),
        encoding="utf-8",
    )
    assert main(str(path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "1 confirmed, 0 false alarm, 1 cannot be confirmed"
    assert lines[0].startswith(
        "confirmed           sigmoid/accuracy[everyday,float32] MUST: 0.75 is not within"
    )
    path.write_text(
        json.dumps({"results": [failure(), failure(details={"answer": SIGMOID_OF_1})]}),
        encoding="utf-8",
    )
    assert main(str(path)) == 1
    assert "1 false alarm" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.filterwarnings(
    "ignore::RuntimeWarning"
)  # a mistake overflows where the right formula does not
@pytest.mark.parametrize("operation", ["sigmoid", "softmax", "log_softmax_vjp"])
def test_what_the_suite_says_of_a_mistake_is_confirmed(operation: str) -> None:
    mistaken = InProcess(mistakes_of(operation)[-1].adapter())
    planned = [each for each in plan.plan(mistaken.description) if each.operation == operation]
    report = json.loads(reporting.text(run.run(planned, mistaken)))
    found = [verdict for _, verdict, _ in verdicts(report)]
    assert CONFIRMED in found
    assert FALSE_ALARM not in found
