"""Commands print in the format that `--format` names, and write into the file of `--output`."""

import argparse
import csv
import json
import subprocess
import sys
from io import StringIO

import pytest

from nnspec.conformance.command import cli, formats
from nnspec.conformance.terms.files import WritingError
from nnspec.spec import clauses


def _options(*arguments):
    parser = argparse.ArgumentParser()
    formats.add(parser, "text", "json")
    return parser.parse_args(arguments)


def test_the_first_format_is_the_default_and_others_are_refused():
    assert _options().format == "text"
    assert _options("--format", "json").format == "json"
    with pytest.raises(SystemExit):
        _options("--format", "xml")


def test_a_text_is_printed_or_written_into_the_named_file(tmp_path, capsys):
    formats.write(_options(), "said")
    assert capsys.readouterr().out == "said\n"
    file = tmp_path / "out.txt"
    formats.write(_options("--output", str(file)), "said\n")
    assert file.read_text() == "said\n"
    assert capsys.readouterr().out == ""


def test_a_file_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    formats.tried(_options())
    formats.tried(_options("--output", str(tmp_path / "out")))
    with pytest.raises(WritingError, match="No such file"):
        formats.tried(_options("--output", str(tmp_path / "nowhere" / "out")))


def test_a_spreadsheet_computes_no_cell_of_a_table():
    text = formats.csv(("name", "number"), [("=1+1", -1.5), ('a,"b"', None)])
    rows = list(csv.reader(StringIO(text)))
    assert rows == [["name", "number"], ["'=1+1", "-1.5"], ['a,"b"', ""]]


def test_numbers_that_json_does_not_have_are_words():
    assert json.loads(formats.json({"off": float("inf"), "by": [1.5]})) == {
        "off": "inf",
        "by": [1.5],
    }


def test_every_table_is_the_same_in_each_format(capsys):
    headings, rows = ("name", "text"), [("a|b", "1"), ("c", "x,y")]
    assert json.loads(formats.table("json", headings, rows)) == [
        {"name": "a|b", "text": "1"},
        {"name": "c", "text": "x,y"},
    ]
    assert list(csv.reader(StringIO(formats.table("csv", headings, rows))))[1:] == [
        list(row) for row in rows
    ]
    assert formats.table("markdown", headings, rows).count("\n") == 4
    assert "a&#124;b" in formats.table("markdown", headings, rows)


def _out(capsys, *arguments):
    assert cli.main(arguments) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("what", ["--inputs", "--adapters", "--counts"])
def test_a_list_has_the_same_rows_in_each_format(what, capsys):
    lines = _out(capsys, "list", what).splitlines()
    found = json.loads(_out(capsys, "list", what, "--format", "json"))
    table = list(csv.DictReader(StringIO(_out(capsys, "list", what, "--format", "csv"))))
    assert len(found) == len(table) == len(lines)
    assert [each["name"] for each in found] == [each["name"] for each in table]
    assert all(line.startswith(each["name"]) for line, each in zip(lines, found, strict=True))
    page = _out(capsys, "list", what, "--format", "markdown").splitlines()
    assert len(page) == len(found) + 2


def test_a_list_of_clauses_is_a_table_or_the_specification(capsys):
    lines = _out(capsys, "list").splitlines()
    table = list(csv.DictReader(StringIO(_out(capsys, "list", "--format", "csv"))))
    assert [each["name"] for each in table] == [
        f"{clause.id} · {clause.level}" for clause in clauses().values()
    ]
    assert len(lines) == len(table)
    found = json.loads(_out(capsys, "list", "--format", "json"))
    assert [each["id"] for each in found["clauses"]] == [*clauses()]


def test_a_clause_is_explained_to_programs(capsys, tmp_path):
    found = json.loads(_out(capsys, "explain", "softmax", "--format", "json"))
    clause = clauses()["softmax/accuracy"]
    assert (found["id"], found["level"], found["digest"]) == (clause.id, "MUST", clause.digest)
    assert found["fails"] == clause.fails
    assert found["rejects"]
    page = _out(capsys, "explain", "softmax/accuracy", "--format", "markdown")
    assert page.startswith("## softmax/accuracy · MUST\n")
    assert clause.why in page
    file = tmp_path / "clause.txt"
    shown = _out(capsys, "explain", "softmax/accuracy")
    assert _out(capsys, "explain", "softmax/accuracy", "--output", str(file)) == ""
    assert file.read_text(encoding="utf-8").split() == shown.split()


def test_the_power_is_a_table_for_programs(capsys):
    asked = ("power", "--operation", "relu", "--dtype", "float32", "--format", "json")
    found = json.loads(_out(capsys, *asked))
    assert {each["kind"] for each in found} == {"mistake", "edit"}
    assert {each["operation"] for each in found} == {"relu"}
    assert all(each["verdict"] != "surviving" for each in found)
    assert all(each["clauses"] for each in found if each["verdict"] == "rejected")


@pytest.mark.parametrize(
    ("words", "due"),
    [
        ("conformance cert", "certify"),
        ("conformance certify --bas", "--baseline"),
        ("conformance certify --format ", "sarif"),
        ("conformance merge --rep", "--report"),
        ("conformance certify --dtype b", "bfloat16"),
    ],
)
def test_bash_completes_commands_options_and_values(words, due, capsys):
    pytest.importorskip("shtab")
    script = _out(capsys, "completion", "bash")
    # What bash does at the key Tab: https://www.gnu.org/software/bash/manual, COMP_WORDS.
    asking = (
        'read -ra COMP_WORDS <<< "$1"\n'
        "[[ $1 == *' ' ]] && COMP_WORDS+=('')\n"
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
        "_shtab_conformance\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    found = subprocess.run(
        ["bash", "-c", f"{script}\n{asking}", "bash", words],
        capture_output=True,
        text=True,
        check=True,
    )
    assert due in found.stdout.split()


def test_without_its_library_completion_is_refused_in_words(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert cli.main(("completion", "bash")) == 2
    assert "pip install 'nnspec[completion]'" in capsys.readouterr().err
