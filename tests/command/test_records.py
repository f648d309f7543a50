"""A record is printed in the format that was asked for, and nothing else goes with it."""

import csv
import json
from argparse import Namespace
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from nnspec.conformance.command import cli, records
from nnspec.conformance.run.record import Record
from tests.run.runs import adapter, run

LOADS = {
    "text": lambda text: text.index("it 1 does not conform"),
    "json": lambda text: json.loads(text)["report"],
    "markdown": lambda text: text.index("## it 1 does not conform"),
    "csv": lambda text: list(csv.reader(StringIO(text)))[1],
    "github": lambda text: text.index("::error "),
    "sarif": lambda text: json.loads(text)["runs"],
    "junit": lambda text: ET.fromstring(text).tag,  # noqa: S314  our own text
}


@pytest.fixture(scope="module")
def record() -> Record:
    return run(adapter(relu=lambda x: x, tanh=lambda x: "="), "relu/accuracy", "tanh/accuracy")


def options(name: str, output: Path | None = None) -> Namespace:
    return Namespace(format=name, output=None if output is None else str(output))


@pytest.mark.parametrize("name", records.FORMATS)
def test_a_format_is_printed_or_written(name: str, record: Record, tmp_path, capsys) -> None:
    records.write(record, options(name))
    printed = capsys.readouterr().out
    LOADS[name](printed)
    file = tmp_path / "written"
    records.write(record, options(name, file))
    assert capsys.readouterr().out == ""
    written = file.read_text(encoding="utf-8")
    LOADS[name](written)
    assert name == "text" or printed == written


def test_a_table_has_a_row_for_each_case(record: Record, capsys) -> None:
    records.write(record, options("csv"))
    rows = list(csv.DictReader(StringIO(capsys.readouterr().out)))
    assert [(each["clause"], each["case"], each["outcome"]) for each in rows] == [
        (each.clause, each.case, each.outcome) for each in record.results
    ]


def test_the_command_prints_nothing_beside_a_format_for_programs(
    capsys, monkeypatch, tmp_path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("it.py").write_text("def relu(x):\n    return x\n", encoding="utf-8")
    asked = ("certify", "./it.py", "--only", "relu/accuracy", "--dtype", "float32")
    assert cli.main([*asked, "--format", "json", "--report", "report"]) == 1
    found = capsys.readouterr()
    assert json.loads(found.out)["summary"]["verdict"] == "breaks"
    assert "cases planned" in found.err
    assert "Reports written" in found.err
    assert found.out == Path("report/report.json").read_text(encoding="utf-8")
    assert cli.main([*asked, "--format", "github", "--output", "nowhere/annotations"]) == 3
    assert "cases planned" not in capsys.readouterr().err
