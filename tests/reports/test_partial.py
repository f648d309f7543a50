"""What was asked stands in every statement of what came of it, and so does what was left out."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.adapters import loopback
from nnspec.conformance.command import cli
from nnspec.conformance.reports import badge, intoto, terminal
from nnspec.conformance.reports.files import FILES
from nnspec.conformance.run import expectations, plan, selection
from nnspec.conformance.run import run as running
from nnspec.conformance.run.record import Record
from nnspec.conformance.sources.in_process import InProcess

ASKED = "only relu/accuracy, in float32 only"
PART = ("--only", "relu/accuracy", "--dtype", "float32")
BOTH = ("float64", "float32")


def run(it: Any, *only: str, dtypes: tuple[str, ...] = ()) -> Record:
    source = InProcess(it)
    return running.run(
        plan.plan(source.description, dtypes=dtypes, only=only),
        source,
        selection={"dtypes": dtypes, "only": only},
    )


def adapter(**attributes: Any) -> SimpleNamespace:
    return SimpleNamespace(
        **{"name": "it", "version": "1", "dtypes": BOTH, "relu": loopback.relu, **attributes}
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("partial") / "report"
    assert cli.main(["certify", "loopback", *PART, "--report", str(folder)]) == 0
    return folder


@pytest.mark.parametrize("name", [name for name in FILES if name != "report.json"])
def test_every_file_of_a_part_names_the_part(name: str, folder: Path) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert ASKED in text.replace("\\_", "_")


def test_the_report_of_a_part_says_so_in_its_summary(folder: Path) -> None:
    document = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert document["summary"]["complete"] is False
    asked = {"dtypes": ["float32"], "only": ["relu/accuracy"]}
    assert document["summary"]["selection"] == document["header"]["selection"] == asked


def test_a_part_is_never_green_nor_passed(folder: Path) -> None:
    made = json.loads((folder / "badge.json").read_text(encoding="utf-8"))
    assert "green" not in made["color"]
    statement = json.loads((folder / "statement.intoto.json").read_text(encoding="utf-8"))
    assert statement["predicate"]["result"] == "WARNED"
    (report,) = (each for each in statement["predicate"]["configuration"] if "annotations" in each)
    assert report["annotations"]["complete"] is False
    assert report["annotations"]["verdict"] == f"conforms in what was asked: {ASKED}"


@pytest.mark.parametrize("command", ["verify", "compare", "coverage"])
def test_every_command_about_a_part_names_the_part(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert cli.main([command, str(folder)]) == 0
    assert ASKED in capsys.readouterr().out


def test_a_part_without_a_report_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["certify", "loopback", *PART]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"loopback conforms in what was asked: {ASKED}, of edition " in said


@pytest.mark.parametrize(
    ("dtypes", "only", "said"),
    [
        ((), (), ""),
        (BOTH, (), ""),
        (("float32",), (), "in float32 only"),
        ((), ("relu",), "only relu"),
        ((), tuple("abcdefg"), "only a, b, c, d, e and 2 more"),
    ],
)
def test_what_was_asked_is_said_in_words(
    dtypes: tuple[str, ...], only: tuple[str, ...], said: str
) -> None:
    header = {"adapter": {"dtypes": BOTH}, "selection": {"dtypes": dtypes, "only": only}}
    assert selection.asked(header) == said
    assert selection.complete(header) == (not said)


def test_a_denied_part_says_what_was_asked() -> None:
    record = run(adapter(relu=lambda x: -x), "relu/accuracy")
    said = terminal.verdict(record).plain
    assert "it 1 does not conform to edition " in said
    assert said.endswith(" Asked was only relu/accuracy.")


def test_a_whole_run_says_nothing_of_a_part() -> None:
    record = run(adapter(dtypes=("float32",)))
    assert record.complete
    assert "it 1 conforms to edition " in terminal.verdict(record).plain
    made = json.loads(badge.text(record))
    assert made["color"] == "brightgreen"
    assert made["message"].endswith(" MUST cases conform, 1 of 77 operations")
    assert json.loads(intoto.text(record))["predicate"]["result"] == "PASSED"


def hard(x: Any) -> Any:
    if np.abs(x).max(initial=0) > 5:
        raise NotImplementedError("too far")
    return loopback.relu(x)


def test_absent_cases_of_an_offered_operation_are_counted_everywhere() -> None:
    record = run(adapter(relu=hard, dtypes=("float32",)))
    count = record.unanswered["relu"]
    assert count > 0
    assert record.complete
    assert record.summary()["unanswered"] == {"relu": count}
    made = json.loads(badge.text(record))
    assert f", {count} absent, " in made["message"]
    assert made["color"] == "yellowgreen"
    predicate = json.loads(intoto.text(record))["predicate"]
    assert predicate["result"] == "WARNED"
    assert "relu/accuracy" in predicate["warnedTests"]


def test_few_lengths_are_a_warning() -> None:
    record = run(adapter(dtypes=("float32",), compiles_shapes=True))
    assert json.loads(badge.text(record))["color"] == "yellowgreen"
    predicate = json.loads(intoto.text(record))["predicate"]
    assert predicate["result"] == "WARNED"
    (report,) = (each for each in predicate["configuration"] if "annotations" in each)
    assert report["annotations"]["lengths"].startswith("few lengths")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("relu/acuracy", "there is no clause 'relu/acuracy'; near it are relu/accuracy"),
        ("relu/accuracy[tanh]", "relu/accuracy does not speak of tanh"),
        ("activations/fresh[softsign]", "activations/fresh does not speak of softsign"),
    ],
)
def test_an_expected_failure_of_no_clause_is_told(key: str, said: str) -> None:
    (found,) = expectations.idle([key, "relu/accuracy", "activations/fresh[relu]"])
    assert found.startswith(f"expected_failures names {key!r}: {said}")


def test_of_many_expected_failures_of_no_clause_the_first_are_told() -> None:
    *first, last = expectations.idle(f"x/{number}" for number in range(10**4))
    assert len(first) == 5
    assert last == "expected_failures names 9,995 more that are no clauses"
