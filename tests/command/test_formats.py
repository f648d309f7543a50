"""Commands print in the format that `--format` names, and write into the file of `--output`."""

import argparse
import csv
import json
from io import StringIO

import pytest

from nnspec.conformance.command import formats
from nnspec.conformance.terms.files import WritingError


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
