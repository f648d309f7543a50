"""A comparison shows of each library what it conforms to, breaks or lacks, and names every
violation; nothing is counted as a pass."""

import json as json_text
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nnspec.conformance.command import cli
from nnspec.conformance.reports import comparison
from nnspec.conformance.run import compare, plan, run
from nnspec.conformance.run import report as json
from nnspec.conformance.run.compare import BREAKING, CONFORMING, NONE, Comparison
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.outcomes import ABSENT


def report(
    name: str,
    *,
    dtypes: tuple[str, ...] = ("float32",),
    expected: dict[str, str] | None = None,
    **operations,
) -> dict:
    adapter = SimpleNamespace(
        name=name, version="1", dtypes=dtypes, expected_failures=expected or {}, **operations
    )
    source = InProcess(adapter)
    wanted = ("relu/accuracy", "relu/nan", "tanh/accuracy", "tanh/range", "step/accuracy")
    return json.document(
        run.run(
            plan.plan(source.description, only=wanted), source, command="conformance certify it"
        )
    )


def steep(x):
    return (x > 0) * x * x.dtype.type(0.75)


RIGHT = {name: rounded(name) for name in ("relu", "tanh")}


@pytest.fixture(scope="module")
def compared() -> Comparison:
    known = {"relu/accuracy": "steep | <b>by design</b>"}
    return compare.compare(
        [
            report("right", dtypes=("float32", "float64"), **RIGHT),
            report("wrong", relu=steep),
            report("known", relu=steep, tanh=rounded("tanh"), expected=known),
            report("right", **RIGHT),
        ]
    )


def state(
    compared: Comparison, library: str, operation: str, dtype: str = "float32"
) -> compare.Cell:
    (cell,) = (
        each
        for each in compared.cells
        if (each.library, each.operation, each.dtype) == (library, operation, dtype)
    )
    return cell


def test_each_cell_conforms_breaks_or_is_absent(compared: Comparison) -> None:
    assert compared.libraries == ("right 1", "wrong 1", "known 1", "right 1 (2)")
    assert state(compared, "right 1", "relu").state == CONFORMING
    assert state(compared, "wrong 1", "relu").state == BREAKING
    assert state(compared, "wrong 1", "tanh").state == ABSENT
    assert state(compared, "right 1", "step").state == ABSENT
    assert state(compared, "right 1 (2)", "relu", "float64").state == ABSENT


def test_the_worst_ulp_is_that_of_the_accuracy_clause_and_a_known_failure_stays_one(
    compared: Comparison,
) -> None:
    assert state(compared, "right 1", "relu").worst_ulp == 0
    assert 0 < state(compared, "right 1", "tanh").worst_ulp <= 0.5
    assert state(compared, "right 1", "step").worst_ulp is None
    assert state(compared, "known 1", "relu").state == BREAKING
    assert state(compared, "known 1", "relu").known
    assert not state(compared, "wrong 1", "relu").known


def test_an_operation_that_only_shoulds_were_judged_of_is_no_conforming_one() -> None:
    source = InProcess(SimpleNamespace(name="it", version="", relu=rounded("relu")))
    record = run.run(plan.plan(source.description, only=["relu/nan"]), source)
    (cell,) = (
        each
        for each in compare.compare([json.document(record)]).cells
        if (each.operation, each.dtype) == ("relu", "float32")
    )
    assert cell.state == ABSENT


def test_an_operation_in_which_the_suite_erred_has_no_verdict_unless_a_must_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    erring = dict.fromkeys(("relu/accuracy", "tanh/range"), lambda trial: 1 / 0)
    checks = plan.checks() | erring
    monkeypatch.setattr("nnspec.conformance.run.plan.checks", lambda: checks)
    compared = compare.compare([report("it", relu=rounded("relu"), tanh=np.negative)])
    assert state(compared, "it 1", "relu").state == NONE
    assert state(compared, "it 1", "tanh").state == BREAKING
    assert compared.verdicts == {"it 1": "breaks"}
    written = comparison.markdown(compared)
    assert "| relu | ? |" in written
    assert "? the suite erred" in written


def test_every_violation_has_its_input_answer_truth_and_reason(compared: Comparison) -> None:
    of_known = [each for each in compared.violations if each.library == "known 1"]
    assert {each.clause for each in of_known} == {"relu/accuracy"}
    assert all(
        each.expected == "steep | <b>by design</b>"
        and each.details["truth"] != each.details["answer"]
        for each in of_known
    )


def test_markdown_escapes_what_an_adapter_says(compared: Comparison) -> None:
    written = comparison.markdown(compared)
    assert "| relu | ✓ 0 | ✗ " in written
    assert "<b>" not in written
    assert "&lt;b&gt;" in written
    assert "| step |" not in written
    table = [line for line in written.splitlines() if line.startswith("| ")]
    assert all(line.count("|") == line.count(" |") + 1 for line in table)


def test_the_command_reads_reports_and_runs_adapters(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine").mkdir()
    Path("mine/report.json").write_text(json_text.dumps(report("mine", **RIGHT)), encoding="utf-8")
    only = [
        argument for clause in ("relu/accuracy", "tanh/accuracy") for argument in ("--only", clause)
    ]
    assert (
        cli.main(
            [
                "compare",
                "mine",
                "mine/report.json",
                "reference",
                *only,
                *("--format", "markdown", "--output", "c.md"),
            ]
        )
        == 0
    )
    assert capsys.readouterr().out == ""
    written = Path("c.md").read_text(encoding="utf-8")
    assert "mine 1 (2)" in written
    assert "| relu |" in written
    assert "reference: conforms" in written


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{}", "is no report of nnspec"),
        ("[1", "is no report"),
        ("3", "is no report of nnspec"),
        (None, "is no report"),
    ],
)
def test_what_is_no_report_is_refused(
    content: str | None, says: str, tmp_path: Path, capsys
) -> None:
    file = tmp_path / "report.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert cli.main(["compare", str(file)]) == 2
    assert says in capsys.readouterr().err


def test_a_report_that_lost_results_is_refused(tmp_path: Path, capsys) -> None:
    document = report("it", **RIGHT)
    document["results"].pop()
    (tmp_path / "report.json").write_text(json_text.dumps(document), encoding="utf-8")
    assert cli.main(["compare", str(tmp_path)]) == 2
    assert "is incomplete" in capsys.readouterr().err


def test_what_cannot_be_compared_leaves_the_others(tmp_path: Path, capsys) -> None:
    for name in ("one", "other"):
        (tmp_path / f"{name}.json").write_text(
            json_text.dumps(report(name, **RIGHT)), encoding="utf-8"
        )
    (tmp_path / "odd.json").write_text("{}", encoding="utf-8")
    paths = [str(tmp_path / f"{name}.json") for name in ("one", "odd", "other")]
    assert cli.main(["compare", *paths]) == 2
    came = capsys.readouterr()
    assert "one 1: conforms" in came.out
    assert "other 1: conforms" in came.out
    assert "odd.json: not judged: " in came.out
    assert "odd.json is no report of nnspec" in came.err


def test_a_comparison_of_nothing_is_refused(capsys) -> None:
    assert cli.main(["compare"]) == 2
    assert "needs reports, adapters or commands" in capsys.readouterr().err


def test_a_diagnosis_is_told_once_with_one_example() -> None:
    compared = compare.compare([report("it", relu=np.abs, tanh=rounded("tanh"))])
    (diagnosis,) = compared.diagnoses["it 1"]
    explained = [each for each in compared.violations if diagnosis.name in each.diagnosis]
    assert len(explained) > 1
    written = comparison.markdown(compared).partition("## Violations")[2]
    lines = [line for line in written.splitlines() if line.startswith("- ")]
    assert "behaves as if: relu: x → " in lines[0]
    assert f"({diagnosis.share}, in float32)" in lines[0]
    assert "relu/accuracy" in lines[1]
    assert len(lines) == 2
