"""The command and every report show what a search found."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from nnspec.conformance.reports import html, junit, markdown
from nnspec.conformance.run import report as report_json

ADAPTER = '''
"""An adapter whose mistakes hide between the fixed inputs."""
import numpy as np
name, version, dtypes = "hidden <b>", "1", ("float32",)
def sigmoid(x):
    e = np.exp(-np.abs(x))
    y = np.where(x >= 0, x.dtype.type(1), e) / (1 + e)
    return np.where((x > 5.31) & (x < 5.35), y * x.dtype.type(0.999), y)
def relu(x):
    if x.size == 6:
        raise ValueError("<script>\\x1b[31m")
    return np.maximum(x, 0)
'''


@pytest.fixture(scope="module")
def certified(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("explored")
    (folder / "hidden.py").write_text(ADAPTER, encoding="utf-8")
    command = [
        "certify",
        "./hidden.py",
        "--only",
        "sigmoid/accuracy",
        "--only",
        "relu/accuracy",
        "--explore",
        "300",
        "--report",
        "report",
    ]
    return folder, conformance(folder, *command)


def conformance(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nnspec", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.proof
def test_the_command_shows_what_was_found(
    certified: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = certified
    assert done.returncode == 1, done.stdout + done.stderr
    assert "conforms in what was asked: only " in done.stdout
    assert "✗ found MUST sigmoid/accuracy in float32" in done.stdout
    assert (
        "paste into everyday() in conformance/pages/activations/inputs/elements.py" in done.stdout
    )
    assert 'if operation == "sigmoid" and dtype == "float32":\n' in done.stdout
    assert "--explore 300 --only 'sigmoid/accuracy' --dtype float32" in done.stdout
    assert "2 change the exit status" in done.stdout
    assert "\x1b[31m" not in done.stdout


@pytest.mark.proof
def test_the_reports_have_what_was_found(
    certified: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = certified
    document = json.loads((folder / "report/report.json").read_text(encoding="utf-8"))
    schema = json.loads(
        (Path(report_json.__file__).parent / "report.schema.json").read_text(encoding="utf-8")
    )
    jsonschema.validate(document, schema)
    assert document["summary"]["verdict"] == "conforms"
    assert {each["result"]["clause"] for each in document["exploration"]["found"]} == {
        "sigmoid/accuracy",
        "relu/accuracy",
    }
    record = report_json.record(document)
    assert report_json.document(record) == document
    assert record.status == 1
    for text in (html.text(record), junit.text(record), markdown.text(record)):
        assert (
            "sigmoid/accuracy[found,float32]" in text
            or "found MUST sigmoid/accuracy" in text
            or "✗ found" in text
        )
        assert "\x1b" not in text
    assert "<script>\\x1b" not in html.text(record)
    assert "hidden <b>" not in html.text(record)


@pytest.mark.proof
def test_a_certificate_with_a_search_is_verified(
    certified: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = certified
    done = conformance(folder, "verify", "report")
    assert done.returncode == 0, done.stdout
    assert "its calls are not recorded" in done.stdout
    file = folder / "report/report.json"
    file.write_text(
        file.read_text(encoding="utf-8").replace('"judged": ', '"judged": 1'), encoding="utf-8"
    )
    assert conformance(folder, "verify", "report").returncode == 1


@pytest.mark.parametrize(
    "arguments", [["--explore", "0"], ["--explore", "many"], ["--explore", "5", "--seed", "-1"]]
)
def test_what_is_no_number_is_refused(arguments: list[str], tmp_path: Path) -> None:
    done = conformance(tmp_path, "certify", "reference", *arguments)
    assert done.returncode == 2
    assert "must be a" in done.stderr
