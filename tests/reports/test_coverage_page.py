"""Both kinds of coverage in every format: missing lines, a limit, a badge, a page."""

import csv
import io
import json
import site
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import coverage as coverage_py
import pytest

from nnspec.conformance import reports
from nnspec.conformance.command import cli
from nnspec.conformance.reports import coverage, reaching
from nnspec.conformance.run import plan, reach, report, run
from nnspec.conformance.run.reach import File
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.schemas import schema
from tests.reports.chromium import FOUND, Page, chromium

HOSTILE = "<script>x</script>\x1b[31m"
LINES = {
    "mine/layers.py": {
        "summary": {
            "covered_lines": 4,
            "num_statements": 10,
            "covered_branches": 1,
            "num_branches": 4,
        },
        "missing_lines": [3, 4, 5, 9, 20, 21],
        "missing_branches": [[2, 3], [7, 8], [10, -1]],
    },
    f"mine/{HOSTILE}.py": {"summary": {"covered_lines": 5, "num_statements": 5}},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    source = InProcess(SimpleNamespace(name=HOSTILE, dtypes=("float32",), relu=rounded("relu")))
    chosen = {"only": ("relu",)}
    found = run.run(plan.plan(source.description, **chosen), source)
    Path("report.json").write_text(json.dumps(report.document(found)), encoding="utf-8")
    Path("lines.json").write_text(json.dumps({"files": LINES}), encoding="utf-8")
    return tmp_path


def written(name: str, *more: str) -> str:
    line = ["coverage", "report.json", "--lines", "lines.json", *more, "--format", name]
    assert cli.main([*line, "--output", "out"]) == 0
    return Path("out").read_text(encoding="utf-8")


def test_missing_lines_stand_in_runs_and_branches_beside_them_alone() -> None:
    file = File("x.py", (4, 10), (1, 4), (3, 4, 5, 9, 20, 21), ((2, 3), (7, 8), (10, -1)))
    assert file.ranges == ((3, 5), (9, 9), (20, 21))
    assert coverage.missing(file) == "3-5, 9, 20-21, 7→8, 10→exit"
    assert coverage.missing(file, 2) == "3-5, 9, … 3 more"
    assert coverage.missing(File("x.py", (1, 1), (0, 0))) == "–"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["text", "markdown", "csv", "html"])
def test_every_format_names_the_missing_lines_and_obeys_no_name(name: str) -> None:
    text = written(name)
    assert "3-5, 9, 20-21, 7→8, 10→exit" in text
    assert "\x1b" not in text
    if name in ("markdown", "html"):
        assert "<script" not in text


@pytest.mark.usefixtures("folder")
def test_json_fits_its_schema_and_a_spreadsheet_has_a_row_a_file() -> None:
    document = json.loads(written("json"))
    assert schema(Path(reports.__file__).parent / "coverage.schema.json")(document) == ""
    assert document["lines"] == 0.6
    assert document["files"][0]["missing"] == [3, 4, 5, 9, 20, 21]
    rows = list(csv.reader(io.StringIO(written("csv"))))
    assert {len(row) for row in rows} == {6}
    assert [row[3:5] for row in rows if row[0] == "lines"] == [["4", "10"], ["5", "5"]]


@pytest.mark.usefixtures("folder")
def test_the_badge_tells_both_shares() -> None:
    badge = json.loads(written("badge"))
    assert badge.keys() == {"schemaVersion", "label", "message", "color"}
    assert badge["message"].endswith(" % of clauses, 60 % of lines")
    assert badge["color"] == "red"


def test_a_badge_has_the_color_of_the_smaller_share_and_a_part_has_none_of_them() -> None:
    extent = reach.Extent((1, 1), (95, 100), 1, 1)
    found = reach.Reach("it", {("", "float32"): extent}, (), {}, {})
    files = [File("x.py", (80, 100), (0, 0))]
    assert reaching.badge(found, [])["color"] == "brightgreen"
    assert reaching.badge(found, files)["color"] == "green"
    part = reach.Reach("it", found.extents, (), {}, {}, "only relu")
    assert reaching.badge(part, files)["color"] == "blue"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("least", "lines", "status"),
    [("60", True, 0), ("60.1", True, 1), ("0", False, 0), ("50", False, 1)],
)
def test_a_smaller_share_than_asked_ends_with_1(least: str, status: int, *, lines: bool) -> None:
    more = ["--lines", "lines.json"] if lines else []
    assert cli.main(["coverage", "report.json", *more, "--fail-under", least]) == status


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("odd", [3, ["3"], [True], [2**40], [[1]], None])
@pytest.mark.parametrize("key", ["missing_lines", "missing_branches"])
def test_what_are_no_lines_is_refused(
    key: str, odd: object, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = {"mine/layers.py": {**LINES["mine/layers.py"], key: odd}}
    Path("lines.json").write_text(json.dumps({"files": changed}), encoding="utf-8")
    assert cli.main(["coverage", "report.json", "--lines", "lines.json"]) == 2
    assert "lines.json is no report" in capsys.readouterr().err


RC = "[run]\nbranch = true\nsource = my_network\nparallel = true\npatch = subprocess\n"
NETWORK = """\
import numpy as np


def relu(x):
    if x.ndim > 40:
        return None
    return np.maximum(x, 0)


def unused():
    return 0
"""


@pytest.mark.proof
@pytest.mark.skipif(
    str(Path(coverage_py.__file__).parents[1]) not in site.getsitepackages(),
    reason="coverage.py's .pth file stands in no folder that this interpreter reads",
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_processes_of_an_adapter_are_measured(
    jobs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COV_CORE_SOURCE", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    Path(".coveragerc").write_text(RC, encoding="utf-8")
    Path("my_network.py").write_text(NETWORK, encoding="utf-8")
    Path("my_adapter.py").write_text("from my_network import relu\n", encoding="utf-8")
    certify = ["-m", "nnspec", "certify", "./my_adapter.py", "--report", "report"]
    asked = ["--only", "relu", "--only", "tanh/accuracy", "--dtype", "float64", "--jobs", jobs]
    for line in (["run", *certify, *asked], ["combine", "-q"], ["json", "-q"]):
        done = subprocess.run(
            [sys.executable, "-m", "coverage", *line], check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
    (file,) = reach.lines(Path("coverage.json"))
    assert (Path(file.name).name, file.missing) == ("my_network.py", (6, 11))
    assert cli.main(["coverage", "report", "--lines", "coverage.json", "--fail-under", "70"]) == 0


@pytest.mark.proof
@pytest.mark.usefixtures("folder")
@pytest.mark.skipif(FOUND is None, reason="no chromium or google-chrome is installed")
def test_the_page_fits_a_browser_which_complains_of_nothing(tmp_path: Path) -> None:
    file = tmp_path / "coverage.html"
    file.write_text(written("html"), encoding="utf-8")
    with chromium(tmp_path / "profile") as browser:
        for width in (1400, 420):
            page = Page(browser, file.as_uri(), width=width)
            assert page.value("document.documentElement.scrollWidth") <= width
            assert page.complaints() == []
            assert page.asked_for() == [file.as_uri()]
