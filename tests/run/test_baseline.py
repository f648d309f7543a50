"""A baseline hides nothing: what it has is told, and only what is new sets the exit status."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from nnspec import conformance
from nnspec.conformance.command import cli
from nnspec.conformance.command.verify import verify
from nnspec.conformance.reports import badge, intoto, markdown, terminal
from nnspec.conformance.run import report as reports
from nnspec.conformance.run.record import Record
from tests.command.certificates import forge, report
from tests.run.orders import timeless

pytestmark = pytest.mark.usefixtures("plain_folder")

SCHEMA = Path(conformance.__file__).parent / "run" / "report.schema.json"

ONLY = ("softmax/accuracy", "softmax/finiteness", "relu/accuracy", "tanh/accuracy")

HEAD = 'import numpy as np\n\nname, dtypes = "mine", ("float32",)\n\n\n'
RELU = "def relu(x):\n    return np.maximum(x, 0)\n\n\n"
TANH = "def tanh(x):\n    return np.tanh(x)\n\n\n"
SOFTMAX = """def softmax(x, *, axis):
    with np.errstate(all="ignore"):
        powers = np.exp(x)
        return powers / powers.sum(axis=axis, keepdims=True)
"""
UNSHIFTED = HEAD + RELU + TANH + SOFTMAX
SHIFTED = UNSHIFTED.replace("np.exp(x)", "np.exp(x - x.max(axis=axis, keepdims=True))")


def certify(text: str, *arguments: str) -> int:
    Path("mine.py").write_text(text, encoding="utf-8")
    selection = [word for each in ONLY for word in ("--only", each)]
    return cli.main(["certify", "./mine.py", *selection, *arguments])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("baseline")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert certify(UNSHIFTED, "--report", "base") == 1
    return folder / "base"


@pytest.fixture
def base(plain_folder: None, certificate: Path) -> None:
    shutil.copytree(certificate, "base")


def beside(text: str, *arguments: str) -> int:
    return certify(text, "--baseline", "base", "--report", "now", *arguments)


def summary() -> dict[str, int]:
    document = report(Path("now"))
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document)
    return document["summary"]["baseline"]


def record(folder: str = "now") -> Record:
    return reports.record(report(Path(folder)))


@pytest.mark.usefixtures("base")
def test_a_known_failure_is_told_and_sets_no_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert beside(UNSHIFTED) == 0
    out = capsys.readouterr().out
    failing = sum(each.failed for each in record("base").results)
    assert f"{failing} do not, none of them new" in out
    assert "known: softmax/accuracy, " in out
    assert summary() == {"known": failing, "new": 0, "mended": 0, "absent": 0}
    assert report(Path("now"))["summary"]["verdict"] == "breaks"


@pytest.mark.usefixtures("base")
def test_nothing_says_conforms_where_something_fails() -> None:
    assert beside(UNSHIFTED) == 0
    found = record()
    assert terminal.sentence(found)[0].startswith("mine does not conform to")
    assert json.loads(badge.text(found))["color"] == "orange"
    assert " failures known, 0 new" in json.loads(badge.text(found))["message"]
    statement = json.loads(intoto.text(found))["predicate"]
    assert statement["result"] == "FAILED"
    assert markdown.text(found).startswith("## mine does not conform")
    assert "### Beside the baseline" in markdown.text(found)
    page = Path("now", "report.html").read_text(encoding="utf-8")
    assert "mine does not conform" in page


@pytest.mark.usefixtures("base")
def test_a_new_failure_sets_the_status_and_comes_with_its_numbers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert beside(UNSHIFTED.replace("np.tanh(x)", "x")) == 1
    out = capsys.readouterr().out
    assert summary()["new"] > 0
    assert "new: tanh/accuracy, " in out
    assert "✗ tanh" in out or "✗ MUST tanh/accuracy" in out
    assert "✗ MUST softmax" not in out


@pytest.mark.usefixtures("base")
def test_another_outcome_of_a_known_case_is_new() -> None:
    assert beside(UNSHIFTED.replace("powers = np.exp(x)", "raise ValueError")) == 1
    assert summary()["new"] > 0


@pytest.mark.usefixtures("base")
def test_what_is_mended_or_absent_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    failing = summary_of_base()
    assert beside(SHIFTED) == 0
    assert summary() == {"known": 0, "new": 0, "mended": failing, "absent": 0}
    assert report(Path("now"))["summary"]["verdict"] == "conforms"
    assert "mended: softmax/accuracy, " in capsys.readouterr().out
    assert beside(HEAD + RELU + TANH) == 0
    assert summary() == {"known": 0, "new": 0, "mended": 0, "absent": failing}
    assert "absent now: softmax/accuracy, " in capsys.readouterr().out


def summary_of_base() -> int:
    return sum(each.failed for each in record("base").results)


@pytest.mark.usefixtures("base")
def test_a_failure_counts_only_while_its_clause_has_the_same_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def reworded(document):
        document["header"]["specification"]["clauses"]["softmax/accuracy"] = "0" * 64

    forge(Path("base"), reworded)
    assert beside(UNSHIFTED) == 1
    assert "new, whatever the baseline says: softmax/accuracy has another text now" in (
        capsys.readouterr().out
    )


@pytest.mark.usefixtures("base")
def test_a_new_unexpected_pass_sets_the_status_and_a_known_one_does_not() -> None:
    expecting = UNSHIFTED + '\n\nexpected_failures = {"relu/accuracy": "is right after all"}\n'
    assert beside(expecting) == 1
    assert certify(expecting, "--report", "base") == 1
    assert beside(expecting) == 0


@pytest.mark.usefixtures("base")
def test_a_run_that_lost_cases_has_no_status_of_a_baseline() -> None:
    assert beside(UNSHIFTED) == 0
    found = record()
    lost = replace(found, header={**found.header, "ended": "the run was interrupted"})
    assert lost.status == 2


@pytest.mark.usefixtures("base")
def test_verify_names_the_baseline_among_what_it_has_not_checked() -> None:
    assert beside(UNSHIFTED) == 0
    found = verify(Path("now"))
    assert found.inconsistencies == ()
    assert any(each.startswith("the baseline: ") for each in found.unchecked())
    forge(Path("now"), lambda document: document["summary"]["baseline"].update(new=7, known=0))
    assert any("summary.baseline" in each for each in verify(Path("now")).inconsistencies)


@pytest.mark.usefixtures("base")
def test_parts_with_a_baseline_merge_into_one_run() -> None:
    assert beside(UNSHIFTED.replace("np.tanh(x)", "x")) == 1
    for number in (1, 2, 3):
        asked = ("--part", f"{number}/3", "--baseline", "base", "--report", f"part-{number}")
        certify(UNSHIFTED.replace("np.tanh(x)", "x"), *asked)
    assert cli.main(["merge", "part-1", "part-2", "part-3", "--report", "all"]) == 1
    assert timeless(Path("all")) == timeless(Path("now"))
    certify(UNSHIFTED.replace("np.tanh(x)", "x"), "--part", "3/3", "--report", "part-3")
    assert cli.main(["merge", "part-1", "part-2", "part-3", "--report", "all"]) == 2


REFUSED = {
    "the baseline is of 'another', and this run is of 'mine'": lambda document: document["header"][
        "adapter"
    ].update(name="another"),
    "the baseline has the seed 7, and this run has 0": lambda document: document["header"].update(
        seed=7
    ),
    "is incomplete: lost": lambda document: document["header"].update(ended="lost"),
    "is incomplete: ": lambda document: document["results"].pop(),
}


@pytest.mark.usefixtures("base")
@pytest.mark.parametrize("said", REFUSED)
def test_a_baseline_of_something_else_is_refused_in_words(
    said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forge(Path("base"), REFUSED[said])
    assert beside(UNSHIFTED) == 2
    assert said in capsys.readouterr().err
    assert not (Path("now", "report.json")).exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no report"),
        ("[]", "is no report of nnspec"),
        ('{"report": 2, "header": {}, "results": [], "summary": {}}', "is no report of version 2"),
        ('{"report": 9, "header": {}, "results": [], "summary": {}}', "is a report of version 9"),
        (None, "is no report"),
    ],
)
def test_a_baseline_that_is_no_report_is_refused_before_anything_is_judged(
    text: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        Path("base").mkdir()
        Path("base", "report.json").write_text(text, encoding="utf-8")
    assert beside(UNSHIFTED) == 2
    assert said in capsys.readouterr().err
