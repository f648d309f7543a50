"""A class of students is compared in one command: each file has its row, whatever is in it."""

import json
import time
from pathlib import Path

import pytest

from nnspec.conformance.command import cli
from nnspec.conformance.run import plan, run
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.loading import load
from tests.benchmarks import students
from tests.command.trials import leaves_nothing, ran

ALL = [part for name in students.RIGHT for part in ("--only", name)]
SOME = ["--only", "linear", "--only", "relu", "--only", "softmax", "--dtype", "float64"]
LIMITS = ["--jobs", "2", "--warm-up-limit", "3", "--time-limit", "3"]


def verdict(text: str, operation: str, folder: Path) -> str:
    file = folder / "student.py"
    file.write_text(f"import numpy as np\n\n\n{text}", encoding="utf-8")
    adapter, _ = load(str(file))
    source = InProcess(adapter)
    planned = plan.plan(source.description, dtypes=("float64",), only=(operation,))
    return run.run(planned, source).verdict


@pytest.mark.proof
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("operation", students.RIGHT)
def test_what_a_student_writes_is_right_and_each_slip_is_rejected(
    operation: str, tmp_path: Path
) -> None:
    assert verdict(students.RIGHT[operation], operation, tmp_path) == "conforms"
    for number in range(len(students.SLIPS[operation])):
        assert verdict(students.slipped(operation, number), operation, tmp_path) == "breaks"


@pytest.mark.proof
def test_a_sample_of_a_class_has_a_row_a_file_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = students.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    chosen = [paths[number - 1].name for number in (1, 4, 8, 11, 13, 17, 23)]
    line = ["compare", *chosen, *SOME, *LIMITS, "--weight", "softmax=2"]
    found = ran(capsys, *line)
    assert found.status == 2
    assert "student13 cannot be compared" in found.err
    assert found.err.count("\n") == 1
    rows = {each.partition(" ")[0]: each.split()[1:] for each in found.out.splitlines() if each}
    assert rows["student01"] == ["✓", "✓", "✓", "4"]
    assert rows["student04"][0] == "✗"
    assert rows["student08"][2] == "✗"
    assert rows["student11"] == ["✓", "✓", "!", "2"]
    assert rows["student13"] == ["×", "×", "×", "0"]
    assert rows["student17"] == ["!", "✓", "✓", "3"]
    # It calls itself by the name of another one.
    assert rows["student23"] == ["✓", "✓", "✓", "4"]
    assert "linear  behaves as if: x @ weight + bias → x @ weight  (1 file)" in found.out
    leaves_nothing(tmp_path)


@pytest.mark.proof
def test_two_files_of_one_name_are_known_by_their_folders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "network.py").write_text(
            f"import numpy as np\n\n\n{students.RIGHT['relu']}", encoding="utf-8"
        )
    monkeypatch.chdir(tmp_path)
    line = ["compare", "a/network.py", "b/network.py", "--only", "relu/accuracy"]
    found = ran(capsys, *line, "--format", "json")
    assert found.status == 0
    names = [each["name"] for each in json.loads(found.out)["libraries"]]
    assert names == ["a/network.py", "b/network.py"]


@pytest.mark.study
def test_thirty_files_of_twelve_operations_are_judged_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = students.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    line = ["compare", *[path.name for path in paths], *ALL, "--dtype", "float64", "--jobs", "2"]
    began = time.monotonic()
    made = ["--warm-up-limit", "10", "--format", "json", "--output", "class.json"]
    assert cli.main([*line, *made]) == 2
    print(f"{time.monotonic() - began:.0f} seconds")
    found = json.loads(Path("class.json").read_text(encoding="utf-8"))
    assert len(found["libraries"]) == len(paths)
    points = {each["name"]: each["points"] for each in found["libraries"]}
    assert points["student01"] == found["libraries"][0]["of"] == len(students.RIGHT)
    assert [name for name, each in points.items() if each == 0] == ["student13"]
