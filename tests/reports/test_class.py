"""A class in each format: states, marks, faults with the names of their files, a legend, and text
of adapters that is harmless everywhere."""

import csv
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from nnspec.conformance import reports
from nnspec.conformance.command import formats
from nnspec.conformance.reports import class_page, class_text
from nnspec.conformance.reports.classes import SIGNS, Class
from nnspec.conformance.terms.schemas import schema
from tests.reports.chromium import FOUND, Page, chromium
from tests.reports.classroom import HOSTILE, small


@pytest.fixture(scope="module")
def found() -> Class:
    return small()


def shown(found: Class) -> str:
    written = io.StringIO()
    class_text.show(found, Console(file=written, width=80, color_system=None, highlight=False))
    return written.getvalue()


def test_a_row_has_the_state_and_the_mark_of_each_operation(found: Class) -> None:
    states = {row.name: tuple(row.states.values()) for row in found.rows}
    assert states["right"] == ("conforms", "conforms")
    assert states["absolute"] == ("breaks", "conforms")
    assert states["negative"] == ("conforms", "breaks")
    assert states["raising"] == ("conforms", "ends")
    assert states["incomplete"] == ("conforms", "absent")
    assert states[f"{HOSTILE}2"] == ("unloaded", "unloaded")
    points = {row.name: row.points for row in found.rows}
    assert found.most == points["right"] == 4.0
    assert points["incomplete"] == 1.0
    assert points["absolute"] == 3.0
    assert points[f"{HOSTILE}2"] == 0.0


def test_a_fault_that_several_files_have_is_told_once_with_their_names(found: Class) -> None:
    (absolute,) = (each for each in found.groups if each.fault.operation == "relu")
    assert absolute.names == ("absolute", "also absolute", HOSTILE)
    assert absolute.fault.headline == "behaves as if: x → |x|"
    assert {each.fault.headline for each in found.groups} > {"crashes: tanh raised ValueError"}


def test_the_diagnosis_the_legend_and_the_rule_stand_in_every_format(found: Class) -> None:
    written = {
        "text": shown(found),
        "markdown": class_text.markdown(found),
        "csv": formats.csv(*class_text.rows(found)),
        "json": formats.json(class_text.plain(found)),
        "html": class_page.text(found),
    }
    for name, text in written.items():
        assert "behaves as if: x → |x|" in text.replace("&#124;", "|").replace("\\|", "|"), name
        assert "also absolute" in text
        if name != "csv":
            assert "weight times the share of its MUST clauses" in " ".join(text.split())
            assert SIGNS["breaks"][1] in text


def test_a_terminal_has_80_columns_but_for_what_is_to_be_read_in_one_line(found: Class) -> None:
    table = shown(found).split("\n\n")[2]
    assert "points of 4" in table
    assert len(table.splitlines()) == 1 + len(found.rows)
    assert all(len(line) <= 80 for line in table.splitlines())


def test_many_operations_stand_in_several_blocks(found: Class) -> None:
    assert class_text._ACROSS * 3 + class_text._NAME + 9 <= 80


def test_a_spreadsheet_computes_no_cell_and_has_a_row_a_file(found: Class) -> None:
    rows = list(csv.reader(io.StringIO(formats.csv(*class_text.rows(found)))))
    assert len(rows) == 1 + len(found.rows)
    assert {len(row) for row in rows} == {len(rows[0])}
    assert rows[0][:5] == ["file", "points", "of", "relu", "tanh"]
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(("=", "+", "-", "@"))
        assert "\n" not in cell
        assert "\x1b" not in cell


def test_json_fits_its_schema(found: Class) -> None:
    document = json.loads(formats.json(class_text.plain(found)))
    check = schema(Path(reports.__file__).parent / "comparison.schema.json")
    assert check(document) == ""
    by_name = {each["name"]: each for each in document["libraries"]}
    (fault,) = by_name["absolute"]["faults"]
    assert fault["diagnosed"]
    assert fault["example"]["details"]["truth"] != fault["example"]["details"]["answer"]
    assert by_name[f"{HOSTILE}2"]["problem"].startswith("cannot be imported")
    assert document["legend"].keys() == SIGNS.keys()


@pytest.mark.parametrize("write", [shown, class_text.markdown, class_page.text])
def test_no_name_or_message_is_a_command(found: Class, write) -> None:
    text = write(found)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<script" not in text.replace("\\<", "<") or write is shown
    assert not any(line.startswith(("::", "- x")) for line in text.splitlines())


def test_the_page_asks_nothing_of_the_network_and_every_link_leads_somewhere(found: Class) -> None:
    page = class_page.text(found)
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "<svg" in page
    targets = {part.partition('"')[0] for part in page.split('href="#')[1:]}
    assert targets
    for target in targets:
        assert page.count(f'id="{target}"') == 1, target


@pytest.mark.proof
@pytest.mark.skipif(FOUND is None, reason="no chromium or google-chrome is installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 420])
def test_the_page_fits_a_browser_which_complains_of_nothing(
    found: Class, width: int, scheme: str, tmp_path: Path
) -> None:
    file = tmp_path / "class.html"
    file.write_text(class_page.text(found), encoding="utf-8")
    with chromium(tmp_path / "profile") as browser:
        page = Page(browser, file.as_uri(), width=width, scheme=scheme)
        assert page.value("document.documentElement.scrollWidth") <= width
        assert page.complaints() == []
        assert page.asked_for() == [file.as_uri()]
