"""A MUST that fails denies, whatever else went wrong, and every report says so."""

import json as json_text
from dataclasses import replace
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import numpy as np
import pytest
from rich.console import Console

from nnspec import conformance
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.reports import badge, html, intoto, junit, markdown, terminal
from nnspec.conformance.run import report
from nnspec.conformance.run.record import BREAKING, Discovery, Exploration, Record
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.outcomes import BREAKS, INCONCLUSIVE, VACUOUS
from tests.run.runs import adapter, run

SCHEMA = json_text.loads(
    (Path(conformance.__file__).parent / "run" / "report.schema.json").read_text(encoding="utf-8")
)


def test_a_must_that_fails_denies_though_a_case_was_lost(unshifted: Record) -> None:
    failed = [result for result in unshifted.results if result.failed and result.level == "MUST"]
    lost = Record(unshifted.header, tuple(failed))
    assert lost.verdict == BREAKING
    assert lost.status == 1
    assert "are accounted for" in lost.objections[0]


@pytest.fixture
def erring(monkeypatch: pytest.MonkeyPatch) -> Record:
    """Return a run in which relu breaks a MUST, and the suite errs in every case of tanh."""
    monkeypatch.setattr(
        "nnspec.conformance.run.plan.checks",
        lambda: {"relu/accuracy": Trial.answer, "tanh/accuracy": lambda trial: 1 / 0},
    )
    return run(adapter(relu=np.negative, tanh=rounded("tanh")), "relu/accuracy", "tanh/accuracy")


def test_an_error_of_the_suite_does_not_hide_the_musts_that_failed(erring: Record) -> None:
    must = erring.counts("MUST")
    assert must[VACUOUS] > 0
    assert must[BREAKS] > 0
    assert erring.verdict == BREAKING
    assert erring.status == 1
    assert erring.objections == (f"the suite erred in {must[VACUOUS]} cases",)


def test_every_report_of_a_denial_says_how_many_musts_failed_and_where_the_suite_erred(
    erring: Record,
) -> None:
    must = erring.counts("MUST")
    besides = f"Besides: the suite erred in {must[VACUOUS]} cases."
    said = terminal.verdict(erring).plain
    assert said.startswith("it 1 does not conform to edition ")
    assert f" {must[BREAKS]} do not," in said
    assert said.endswith(besides)
    assert besides in markdown.text(erring)
    assert besides in html.text(erring)
    document = report.document(erring)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["summary"]["verdict"] == "breaks"
    assert document["summary"]["objections"] == list(erring.objections)
    assert report.record(document).status == 1
    assert json_text.loads(badge.text(erring))["color"] == "red"
    predicate = json_text.loads(intoto.text(erring))["predicate"]
    assert (predicate["result"], predicate["failedTests"]) == ("FAILED", ["relu/accuracy"])
    suites = ET.fromstring(junit.text(erring))  # noqa: S314  our own text
    kinds = {name: sum(int(each.get(name)) for each in suites) for name in ("failures", "errors")}
    assert must[BREAKS] > 1 < must[VACUOUS]
    # A test is a clause of an operation in a dtype.
    assert kinds == {"failures": 1, "errors": 1}
    shown = Console(file=StringIO(), width=200)
    terminal.show(erring, shown)
    assert "✗ vacuous  tanh/accuracy[" in shown.file.getvalue()


def test_an_answer_that_only_a_check_of_right_answers_can_judge_is_denied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def divides(trial):
        answered = trial.shape()
        if not answered.any():
            raise ZeroDivisionError("division by zero")
        trial.answer()

    monkeypatch.setattr("nnspec.conformance.run.plan.checks", lambda: {"sigmoid/accuracy": divides})
    record = run(adapter(sigmoid=np.zeros_like), "sigmoid/accuracy")
    assert {result.outcome for result in record.results} == {BREAKS}
    assert record.results[0].message == (
        "the check judges right answers, and cannot judge these: "
        "ZeroDivisionError: division by zero"
    )
    assert record.status == 1


def test_an_answer_that_leaves_nothing_to_compare_is_denied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def skips_zeros(trial):
        answered = trial.shape()
        trial.between(answered[answered != 0], 0, 1, "sigmoid where it is not 0")

    monkeypatch.setattr(
        "nnspec.conformance.run.plan.checks", lambda: {"sigmoid/accuracy": skips_zeros}
    )
    record = run(adapter(sigmoid=np.zeros_like), "sigmoid/accuracy")
    assert {result.outcome for result in record.results} == {BREAKS}
    assert "cannot judge these: the check compared nothing" in record.results[0].message


def test_an_error_of_the_machine_is_no_fault_of_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def runs_out_of_memory(trial):
        if not trial.shape().any():
            raise MemoryError
        trial.answer()

    monkeypatch.setattr(
        "nnspec.conformance.run.plan.checks", lambda: {"sigmoid/accuracy": runs_out_of_memory}
    )
    record = run(adapter(sigmoid=np.zeros_like), "sigmoid/accuracy")
    assert {result.outcome for result in record.results} == {VACUOUS}
    assert record.status == 2


def explored(verdict: Record, *outcomes: str) -> int:
    """Return the status of a run with a search that found cases of the same MUST, ended so."""
    first = verdict.results[0]
    found = tuple(
        Discovery(replace(first, outcome=each, expected=""), "", "", 1, repeated=True, known=False)
        for each in outcomes
    )
    return replace(verdict, exploration=Exploration(1, 0, "", 1, 1, found, {})).status


def test_a_must_that_a_search_breaks_denies_whatever_the_suite_did_wrong(erring: Record) -> None:
    conforming = run(adapter(relu=rounded("relu")), "relu/accuracy")
    lost = Record(conforming.header, conforming.results[1:])
    assert explored(conforming) == 0
    assert explored(conforming, VACUOUS) == 2
    assert explored(conforming, VACUOUS, BREAKS) == 1
    assert explored(lost) == 2
    assert explored(lost, BREAKS) == 1
    assert explored(erring, VACUOUS) == 1


def test_sums_in_a_narrow_format_hide_no_must_that_zeros_break() -> None:
    """A sum of many terms in bfloat16 may be all wrong: such a case cannot tell, and passes not."""
    zeros = {"softmax": lambda x, axis: np.zeros_like(x)}
    narrow = adapter(dtypes=("float32",), accumulates_in="bfloat16", **zeros)
    record = run(narrow, "softmax/accuracy", "softmax/sum", "softmax/range")
    must = record.counts("MUST")
    assert must[INCONCLUSIVE] > 0
    assert must[BREAKS] > 0
    assert must[VACUOUS] == 0
    assert record.status == 1
    assert f" {must[BREAKS]} do not," in terminal.verdict(record).plain
