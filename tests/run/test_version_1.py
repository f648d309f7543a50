"""A certificate of version 1 is refused by name, and its report is still compared and counted."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from nnspec import conformance
from nnspec.conformance.command import cli
from nnspec.conformance.run import environment, record
from nnspec.conformance.sources import recorded

FOLDER = Path(__file__).parent / "version_1"
REPORT = json.loads((FOLDER / "report.json").read_text(encoding="utf-8"))
SCHEMAS = Path(conformance.__file__).parent / "run"

# The releases that made the certificate, and the one that is asked to judge it.
OLD = "nnspec 0.1.0 with the digest {digest}".format(**REPORT["header"]["suite"])


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / name).read_text(encoding="utf-8")))


def answers(folder: Path) -> list[dict[str, Any]]:
    text = gzip.decompress((folder / recorded.FILE).read_bytes()).decode()
    return [json.loads(line) for line in text.splitlines()]


def test_verify_refuses_it_and_names_the_release_that_can_judge_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["verify", str(FOLDER)]) == 2
    said = capsys.readouterr().err
    assert f"is a report of version 1, made by {OLD}; this is nnspec" in said
    here = f"nnspec {environment.version()} with the digest {environment.digest()}"
    assert f"this is {here}, which takes version {record.VERSION} here: " in said
    # Neither is released: both have one version.
    states = f"the two are different states of nnspec {environment.version()}; use the one for"
    assert f"{states} which conformance --version prints that digest" in said


def test_compare_reads_it_beside_a_report_of_today(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["certify", "loopback", "--only", "relu/accuracy", "--dtype", "float32"]
    assert cli.main([*command, "--report", str(tmp_path / "new")]) == 0
    out = tmp_path / "compared.json"
    line = ["compare", str(FOLDER), str(tmp_path / "new"), "--format", "json"]
    assert cli.main([*line, "--output", str(out)]) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    old, new = found["libraries"]
    assert (old["name"], old["verdict"]) == ("an old library 1.0", "breaks")
    assert new["verdict"] == "conforms"
    states = {name: each["state"] for name, each in old["operations"].items()}
    assert states == {"relu": "conforms", "tanh": "breaks", "sigmoid": "breaks"}


def test_coverage_reads_it(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert cli.main(["coverage", str(FOLDER), "--format", "markdown", "--output", str(page)]) == 0
    assert "an old library 1.0" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["verify", "compare", "coverage"])
@pytest.mark.parametrize(
    ("suite", "maker"),
    [
        ({"version": "9.1", "digest": "ab"}, "nnspec 9.1 with the digest ab"),
        ({"version": "\x1b[2J", "digest": "ab"}, "a release that it does not name"),
        ({"version": 9, "digest": "ab"}, "a release that it does not name"),
        ([], "a release that it does not name"),
    ],
    ids=["named", "a version that clears the screen", "a number", "a list"],
)
def test_a_report_of_a_version_to_come_is_refused_by_every_command(
    command: str, suite: object, maker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = {**REPORT, "report": 3, "header": {**REPORT["header"], "suite": suite}}
    (tmp_path / "report.json").write_text(json.dumps(newer), encoding="utf-8")
    assert cli.main([command, str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"is a report of version 3, made by {maker}; this is nnspec" in said
    takes = "2" if command == "verify" else "1 or 2"
    assert f"which takes version {takes} here" in said
    remedy = "the other: pip install nnspec==9.1" if maker.endswith("ab") else "the release that"
    assert f"install {remedy}" in said


def test_each_version_has_its_schema(tmp_path: Path) -> None:
    command = ["certify", str(FOLDER / "adapter.py"), "--only", "tanh/accuracy[example,float64]"]
    cli.main([*command, "--only", "step/accuracy", "--report", str(tmp_path)])
    new = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    for document, lines, own, other in (
        (REPORT, answers(FOLDER), "version_1/", ""),
        (new, answers(tmp_path), "", "version_1/"),
    ):
        schema(f"{own}report.schema.json").validate(document)
        assert not schema(f"{other}report.schema.json").is_valid(document)
        for line in lines:
            schema(f"{own}answers.schema.json").validate(line)
        assert not schema(f"{other}answers.schema.json").is_valid(lines[0])
    assert new["report"] == record.VERSION
    assert answers(tmp_path)[0]["answers"] == recorded.VERSION
