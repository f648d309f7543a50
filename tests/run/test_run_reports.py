"""The reports of a run hold what its record holds, in its order, and hostile text as text."""

import json as json_text
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import numpy as np
import pytest

from nnspec import conformance
from nnspec.conformance.adapters import loopback
from nnspec.conformance.reports import failures, junit, terminal
from nnspec.conformance.run import plan, report
from nnspec.conformance.run.record import Record
from nnspec.conformance.terms.outcomes import (
    BREAKS,
)
from tests.run.runs import adapter, mistaken, run

SCHEMA = json_text.loads(
    (Path(conformance.__file__).parent / "run" / "report.schema.json").read_text(encoding="utf-8")
)


def test_must_clauses_come_first_and_so_does_accuracy_in_what_is_told() -> None:
    record = run(mistaken("sigmoid", "computes_in_float32"), dtypes=("float64",))
    levels = [result.level for result in record.results if result.operation == "sigmoid"]
    assert levels == sorted(levels)
    must = failures.text(
        [result for result in record.results if result.level == "MUST" and result.failed]
    )
    assert must.startswith("✗ MUST sigmoid/accuracy")


@pytest.mark.proof
@pytest.mark.no_cover
def test_reports_of_two_runs_are_the_same_but_for_times() -> None:
    first, second = (report.document(run(loopback, dtypes=("float16",))) for _ in range(2))
    for document in (first, second):
        del document["header"]["started"], document["header"]["seconds"]
    assert first == second


def test_the_report_fits_its_schema_and_is_strict_json(unshifted: Record) -> None:
    document = json_text.loads(
        report.text(unshifted), parse_constant=lambda name: pytest.fail(f"{name} is no JSON")
    )
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    jsonschema.Draft202012Validator(SCHEMA).validate(json_text.loads(report.text(run(adapter()))))
    assert len(document["results"]) == document["header"]["planned"]


def test_junit_counts_what_it_holds(unshifted: Record) -> None:
    suites = ET.fromstring(junit.text(unshifted))  # noqa: S314  our own text
    for suite_ in suites:
        cases = suite_.findall("testcase")
        assert int(suite_.get("tests")) == len(cases)
        for kind, attribute in (
            ("failure", "failures"),
            ("error", "errors"),
            ("skipped", "skipped"),
        ):
            assert int(suite_.get(attribute)) == sum(case.find(kind) is not None for case in cases)
    broken = {
        (result.clause, result.operation, result.dtype)
        for result in unshifted.results
        if result.level == "MUST" and result.outcome == BREAKS
    }
    judged = {
        (result.clause, result.operation, result.dtype)
        for result in unshifted.results
        if result.operation in unshifted.header["adapter"]["operations"]
    }
    assert sum(int(each.get("failures")) for each in suites) == len(broken) > 0
    assert sum(int(each.get("tests")) for each in suites) == len(judged)


def test_a_test_of_junit_has_a_name_that_only_takes(unshifted: Record) -> None:
    suites = ET.fromstring(junit.text(unshifted))  # noqa: S314  our own text
    names = [case.get("name") for case in suites.iter("testcase")]
    assert len(set(names)) == len(names)
    planned = plan.plan(plan.EVERYTHING, only=["softmax"], dtypes=["float32"])
    for name in names:
        assert plan.selected(planned, [name])


def test_a_test_of_junit_is_the_worst_of_its_cases_and_short() -> None:
    def relu(x):
        if x.ndim > 1:
            raise NotImplementedError("of vectors only")
        raise ValueError("a" * 10_000)

    it = adapter(
        relu=relu, tanh=np.tanh, dtypes=("float32",), expected_failures={"tanh/accuracy": "no"}
    )
    record = run(it, "relu/accuracy", "activations/form", "tanh/accuracy")
    text = junit.text(record)
    suites = ET.fromstring(text)  # noqa: S314  our own text
    cases = {case.get("name"): case for case in suites.iter("testcase")}
    error = cases["relu/accuracy[relu,float32]"].find("error")
    assert error.get("type") == "crashes"
    assert len(error.get("message")) < 400
    assert len(error.text) < 4000
    assert [*cases["tanh/accuracy[tanh,float32]"]] == []
    passed = cases["tanh/accuracy fails as the adapter expects"].find("failure")
    assert passed.get("type") == "unexpected"


def test_a_run_without_a_verdict_is_an_error_of_junit() -> None:
    suites = ET.fromstring(junit.text(run(adapter(), "relu/accuracy")))  # noqa: S314
    (suite_,) = suites
    assert suite_.get("errors") == "1"
    assert "offers none of the operations" in suite_.find("testcase/error").get("message")


def test_a_suite_of_junit_says_in_properties_which_clause_its_cases_are_of(
    unshifted: Record,
) -> None:
    suites = ET.fromstring(junit.text(unshifted))  # noqa: S314  our own text
    found = [
        {each.get("name"): each.get("value") for each in suite_.iter("property")}
        for suite_ in suites
    ]
    expected = {"clause": "activations/form", "level": "MUST", "page": "activations"}
    assert found.count(expected) == 1
    for properties, suite_ in zip(found, suites, strict=True):
        assert suite_.get("name") == properties["clause"]
        assert {case.get("classname") for case in suite_.iter("testcase")} == {
            properties["clause"].replace("/", ".")
        }
        assert all(
            case.get("name").startswith(properties["clause"] + "[")
            for case in suite_.iter("testcase")
        )


def test_hostile_text_is_text_in_every_report() -> None:
    def relu(x):
        raise ValueError("\x1b[31m<script>alert(1)</script>]]>\x00\ud800 [bold]markup[/bold]")

    record = run(adapter(name="<b>\x1b[2J", relu=relu), "relu/accuracy")
    ET.fromstring(junit.text(record))  # noqa: S314  our own text
    json_text.loads(report.text(record).encode("utf-8", "surrogatepass"))
    shown = failures.text(record.results)
    assert "\x1b" not in shown
    assert "[bold]markup[/bold]" in shown
    assert "\x1b" not in terminal.verdict(record).plain


def test_a_bare_zero_of_the_wrong_sign_is_shown_with_its_sign() -> None:
    record = run(mistaken("relu", "passes_minus_zero"), "relu/signed-zero")
    (result,) = record.results
    assert str(result.details["answer"]) == "-0.0"
    assert "wrong in its sign" in failures.text(record.results)
