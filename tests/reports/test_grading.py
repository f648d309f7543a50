"""Gradescope's results.json has the documented keys alone, and otter-grader runs the test file."""

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from nnspec.conformance.command import cli
from nnspec.conformance.reports import classes, grading
from nnspec.conformance.reports.classes import Class, Entry
from nnspec.conformance.run.libraries import Unjudged
from nnspec.conformance.run.marks import Rule
from nnspec.conformance.terms.mistakes import rounded
from tests.reports.classroom import HOSTILE, certified, raising

# https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format, read in November
# 2026: every key that stands there, and no other.
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
TEST: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"},
        "max_score": {"type": "number"},
        "status": {"enum": ["passed", "failed"]},
        "name": {"type": "string"},
        "name_format": FORMAT,
        "number": {"type": "string"},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "tags": {"type": "array", "items": {"type": "string"}},
        "visibility": VISIBILITY,
        "extra_data": {"type": "object"},
    },
}
RESULTS = Draft202012Validator(
    {
        "type": "object",
        "additionalProperties": False,
        "anyOf": [{"required": ["score"]}, {"required": ["tests"]}],
        "properties": {
            "score": {"type": "number"},
            "execution_time": {"type": "number"},
            "output": {"type": "string"},
            "output_format": FORMAT,
            "test_output_format": FORMAT,
            "test_name_format": FORMAT,
            "visibility": VISIBILITY,
            "stdout_visibility": VISIBILITY,
            "extra_data": {"type": "object"},
            "tests": {"type": "array", "items": TEST},
            "leaderboard": {"type": "array", "items": {"type": "object"}},
        },
    }
)

SUBMISSIONS = {
    "right": "import numpy as np\n\n\ndef relu(x):\n    return np.maximum(x, 0)\n",
    "wrong": "import numpy as np\n\n\ndef relu(x):\n    return np.abs(x)\n",
}


def of_one(outcome: Any, *asked: str, weight: float = 2.0) -> Class:
    return classes.class_of([Entry("one", outcome)], Rule({"relu": weight}), asked)


@pytest.mark.parametrize(
    ("operations", "scores", "statuses"),
    [
        ({"relu": rounded("relu"), "tanh": rounded("tanh")}, [2.0, 1.0], ["passed", "passed"]),
        ({"relu": np.abs, "tanh": rounded("tanh")}, [0.0, 1.0], ["failed", "passed"]),
        ({"relu": rounded("relu"), "tanh": raising}, [2.0, 0.0], ["passed", "failed"]),
        ({"relu": rounded("relu")}, [2.0, 0.0], ["passed", "failed"]),
    ],
)
def test_a_submission_has_a_test_an_operation_in_documented_keys(
    operations, scores, statuses
) -> None:
    found = of_one(certified("relu", "tanh", **operations), "relu", "tanh")
    document = json.loads(json.dumps(grading.gradescope(found), allow_nan=False))
    RESULTS.validate(document)
    assert [each["name"] for each in document["tests"]] == ["relu", "tanh"]
    assert [each["score"] for each in document["tests"]] == scores
    assert [each["status"] for each in document["tests"]] == statuses
    assert sum(each["max_score"] for each in document["tests"]) == 3.0


def test_a_failed_test_tells_the_diagnosis_and_an_example() -> None:
    (test,) = grading.gradescope(of_one(certified("relu", relu=np.abs), "relu"))["tests"]
    assert "behaves as if: x → |x|" in test["output"]
    assert "truth" in test["output"]


def test_a_submission_that_does_not_load_has_no_points_and_the_reason() -> None:
    document = grading.gradescope(of_one(Unjudged(f"line 2: SyntaxError {HOSTILE}"), "relu"))
    RESULTS.validate(document)
    assert document["tests"][0]["score"] == 0.0
    assert "line 2: SyntaxError" in document["output"]
    assert "\x1b" not in json.dumps(document["output"], ensure_ascii=False)


def test_a_submission_that_the_suite_lost_has_no_score() -> None:
    document = grading.gradescope(of_one(Unjudged("SIGKILL", ours=True), "relu"))
    RESULTS.validate(document)
    assert "score" not in document["tests"][0]


def test_the_command_writes_results_json(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(SUBMISSIONS["wrong"], encoding="utf-8")
    out = tmp_path / "results.json"
    line = ["compare", str(tmp_path / "wrong.py"), "--only", "relu", "--dtype", "float64"]
    assert cli.main([*line, "--format", "gradescope", "--output", str(out)]) == 0
    document = json.loads(out.read_text(encoding="utf-8"))
    RESULTS.validate(document)
    assert document["tests"][0]["status"] == "failed"


def written(folder: Path, minimum: str = "0") -> Path:
    """Write the test file for relu and tanh, by the command."""
    file = folder / "tests" / "nnspec.py"
    file.parent.mkdir()
    line = [
        "compare",
        "--only",
        "relu",
        "--only",
        "tanh",
        "--dtype",
        "float64",
        "--format",
        "otter",
    ]
    line += ["--weight", "relu=3", "--minimum", minimum, "--output", str(file)]
    assert cli.main(line) == 0
    return file


def test_an_otter_file_has_a_test_a_clause_and_the_points_of_the_rule(tmp_path: Path) -> None:
    text = written(tmp_path).read_text(encoding="utf-8")
    made: dict[str, Any] = {}
    otter = type("otter.test_files", (), {"test_case": lambda **said: lambda test: (said, test)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "otter", otter)
        patch.setitem(sys.modules, "otter.test_files", otter)
        exec(compile(text, "nnspec.py", "exec"), made)  # noqa: S102  our own text
    tests = [each for each in made.values() if isinstance(each, tuple)]
    worth = {
        name: sum(said["points"] for said, _ in tests if said["name"].startswith(f"{name}: "))
        for name in ("relu", "tanh")
    }
    assert worth == pytest.approx({"relu": 3.0, "tanh": 1.0})
    _, first = next(each for each in tests if each[0]["name"] == "relu: relu/accuracy")
    first({"relu": rounded("relu")})
    with pytest.raises(AssertionError, match=r"does not conform|breaks"):
        first({"relu": np.abs})
    with pytest.raises(AssertionError, match="there is no function relu"):
        first({})


def otter() -> str:
    """Return an interpreter that has otter-grader, "" if there is none."""
    named = shutil.which("otter")
    here = find_spec("otter") is not None
    return sys.executable if here else str(Path(named).with_name("python")) if named else ""


GRADE = """\
import json, sys
sys.path[:0] = json.loads(sys.argv[2])
from otter.check.notebook import Notebook
environment = {"__name__": "submission"}
exec(open(sys.argv[1]).read(), environment)
results = Notebook(tests_dir="tests").check("nnspec", global_env=environment)
cases = results.test_case_results
found = [[each.test_case.name, each.passed, each.test_case.points] for each in cases]
print(json.dumps({"score": results.score, "possible": results.possible, "tests": found}))
"""


@pytest.mark.proof
@pytest.mark.skipif(not otter(), reason="otter-grader is not installed")
@pytest.mark.parametrize(
    ("name", "minimum", "score"), [("right", "0", 3.0), ("wrong", "0", 0.0), ("right", "1", 3.0)]
)
def test_otter_grader_runs_the_file(name: str, minimum: str, score: float, tmp_path: Path) -> None:
    written(tmp_path, minimum)
    (tmp_path / "submission.py").write_text(SUBMISSIONS[name], encoding="utf-8")
    done = subprocess.run(
        [otter(), "-c", GRADE, "submission.py", json.dumps(sys.path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["possible"] == pytest.approx(4.0)
    assert found["score"] == pytest.approx(score)
    assert all(not passed for test, passed, _ in found["tests"] if test.startswith("tanh"))
