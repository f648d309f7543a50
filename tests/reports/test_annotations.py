"""Annotations of GitHub and the log of SARIF: each failure once, at its function, as text."""

import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest

from nnspec.conformance.reports import github, sarif
from nnspec.conformance.reports.places import Place, place_of
from nnspec.conformance.run import report
from nnspec.conformance.run.record import Record
from nnspec.conformance.sources.description import describe
from nnspec.conformance.sources.process import Adapter, started
from nnspec.spec import clauses
from tests.run.runs import adapter, run

SCHEMA = json.loads(
    (Path(__file__).parents[1] / "command" / "schemas" / "sarif.json").read_text(encoding="utf-8")
)

COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^:,\n]*,?)+)::(.*)")

ONLY = ("softmax/accuracy", "softmax/finiteness", "relu/accuracy", "tanh/accuracy")


def relu(x):
    return x


def softmax(x, *, axis):
    return x * 0


def tanh(x):
    raise ValueError("::error file=other.py::%0A\n::error::never\r")


def log(record: Record) -> dict:
    found = json.loads(sarif.text(record))
    jsonschema.Draft4Validator(SCHEMA).validate(found)
    return found


def commands(record: Record) -> list[tuple[str, dict[str, str], str]]:
    found = []
    for line in github.text(record).splitlines():
        match = COMMAND.fullmatch(line)
        assert match, line
        named = dict(each.split("=", 1) for each in match[2].split(","))
        found.append((match[1], named, unquote(match[3])))
    return found


@pytest.fixture(scope="module")
def failing() -> Record:
    it = adapter(relu=relu, softmax=softmax, tanh=tanh)
    return run(it, *ONLY)


def with_header(record: Record, **changes) -> Record:
    return replace(record, header={**record.header, **changes})


def test_each_failing_clause_of_an_operation_is_annotated_at_its_function(
    failing: Record,
) -> None:
    place = place_of(failing, "relu")
    assert place == Place("tests/reports/test_annotations.py", relu.__code__.co_firstlineno)
    found = commands(failing)
    told = [named["title"] for level, named, _ in found if "file" in named and level == "error"]
    due = [("relu", "accuracy"), ("softmax", "accuracy"), ("softmax", "finiteness")]
    due += [("tanh", "accuracy")]
    assert sorted(told) == [f"MUST {name}/{clause} ({name})" for name, clause in due]
    for _, named, _ in found[:-1]:
        if "MUST relu" in named["title"]:
            assert (named["file"], named["line"]) == (place.file, str(place.line))
    level, named, message = found[-1]
    assert (level, named["title"]) == ("error", "nnspec")
    assert message.startswith("it 1 does not conform")


def test_the_log_has_a_rule_for_each_clause_and_a_result_for_each_failure(
    failing: Record,
) -> None:
    (made,) = log(failing)["runs"]
    rules = made["tool"]["driver"]["rules"]
    assert [each["id"] for each in rules] == list(
        dict.fromkeys(each.clause for each in failing.results if each.outcome != "absent")
    )
    for each in rules:
        clause = clauses()[each["id"]]
        assert each["shortDescription"]["text"] == clause.fails
        assert "Why: " in each["help"]["text"]
    expected = {(each.clause, each.operation) for each in failing.results if each.failed}
    found = {
        (each["ruleId"], each["locations"][0]["logicalLocations"][0]["name"])
        for each in made["results"]
    }
    assert found == expected
    assert len(made["results"]) == len(expected)
    for each in made["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        region = each["locations"][0]["physicalLocation"]
        assert region["artifactLocation"]["uri"] == "tests/reports/test_annotations.py"
    assert made["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]


def test_fingerprints_stay_when_a_function_moves_and_its_numbers_change(failing: Record) -> None:
    moved = adapter(relu=lambda x: -x, softmax=lambda x, *, axis: x, tanh=tanh)
    other = run(moved, *ONLY)

    def prints(record):
        return {
            (each["ruleId"], *each["partialFingerprints"].values())
            for each in log(record)["runs"][0]["results"]
        }

    assert prints(failing) == prints(other)
    assert len({each[1] for each in prints(failing)}) == len(prints(failing))


def test_the_text_of_an_adapter_is_text_and_no_command(failing: Record) -> None:
    text = github.text(failing)
    assert not [line for line in text.splitlines() if "file=other.py" in line.split("::")[1]]
    hostile = "a,title=b::\n::error::c"
    renamed = with_header(failing, adapter={**failing.header["adapter"], "name": hostile})
    assert len(github.text(renamed).splitlines()) == len(text.splitlines())
    log(renamed)


@pytest.mark.parametrize(
    "said",
    ["/etc/passwd:1", "../x.py:3", "a/../../x.py:3", "x.py", "x.py:0", "x.py:-1", "x\n.py:1", ""],
)
def test_a_place_that_is_no_line_of_a_file_below_is_none(said: str, failing: Record) -> None:
    described = {**failing.header["adapter"], "places": {"relu": said}}
    record = with_header(failing, adapter=described)
    assert place_of(record, "relu") is None
    found = [each for each in commands(record) if "relu" in each[1]["title"]]
    assert all("file" not in named for _, named, _ in found)
    assert "physicalLocation" not in json.dumps(
        [each for each in log(record)["runs"][0]["results"] if each["ruleId"].startswith("relu/")]
    )


def test_a_baseline_makes_known_failures_warnings_and_says_which_results_are_new(
    failing: Record,
) -> None:
    known = {each.id: each.outcome for each in failing.results if each.operation == "softmax"}
    known = {name: outcome for name, outcome in known.items() if outcome == "breaks"}
    heading = {"sha256": "0" * 64, "started": "then", "failed": known, "passes": [], "changed": []}
    record = with_header(failing, baseline=heading)
    levels = {named["title"]: (level, message) for level, named, message in commands(record)[:-1]}
    assert levels["MUST relu/accuracy (relu)"][0] == "error"
    level, message = levels["MUST softmax/accuracy (softmax)"]
    assert level == "warning"
    assert message.startswith("known from the baseline: ")
    states = {each["ruleId"]: each["baselineState"] for each in log(record)["runs"][0]["results"]}
    assert states["relu/accuracy"] == "new"
    assert states["softmax/accuracy"] == "unchanged"


def test_an_expected_failure_is_a_suppressed_result_and_no_annotation() -> None:
    it = adapter(relu=relu, expected_failures={"relu/accuracy": "it is the identity"})
    record = run(it, "relu/accuracy")
    (result,) = log(record)["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": "it is the identity"}]
    assert [level for level, _, _ in commands(record)] == ["notice"]


def test_errors_are_no_more_than_github_keeps_and_the_verdict_is_one_of_them() -> None:
    names = ("relu", "tanh", "sigmoid", "softmax", "log_softmax", "leaky_relu")
    wrong = adapter(**dict.fromkeys(names, lambda x, **_: x * 0 + 7))
    found = commands(run(wrong, *names))
    errors = [message for level, _, message in found if level == "error"]
    assert len(errors) == 10
    assert re.fullmatch(r"and \d+ more of this kind, which the report has", errors[-2])


def test_a_run_that_has_not_ended_is_no_success() -> None:
    record = with_header(run(adapter(relu=lambda x: x.clip(0)), "relu/accuracy"), ended="lost")
    (made,) = log(record)["runs"]
    assert made["results"] == []
    assert made["invocations"][0]["executionSuccessful"] is False
    assert "lost" in made["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_a_process_says_where_its_functions_stand_below_the_folder(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("annotated").mkdir()
    Path("annotated/mine.py").write_text("def tanh(x):\n    return x\n", encoding="utf-8")
    Path("it.py").write_text(
        "import functools\nimport numpy as np\nfrom annotated.mine import tanh\n\n\n"
        "@functools.lru_cache\ndef relu(x):\n    return x\n\n\nsigmoid = np.tanh\n"
        "class Softmax:\n    def softmax(self, x, *, axis):\n        return x\n\n\n"
        "softmax = functools.partial(Softmax().softmax, axis=-1)\n",
        encoding="utf-8",
    )
    with started(Adapter("./it.py")) as source:
        said = source.description.places
    assert said == {"tanh": "annotated/mine.py:1", "relu": "it.py:6", "softmax": "it.py:13"}


def test_a_report_names_no_folder_of_the_machine(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    assert describe(adapter(relu=relu)).places == {}
    assert (
        "places"
        not in report.document(run(adapter(relu=relu), "relu/accuracy"))["header"]["adapter"]
    )
