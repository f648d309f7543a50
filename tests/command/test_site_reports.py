"""What the site adds to the pages: its search, font, first page, and libraries side by side."""

import json
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec import spec
from nnspec.conformance.command.site import documents, front, libraries, search, style
from nnspec.conformance.run import plan, report, run
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import mistakes_of, rounded


def entries() -> dict[str, dict[str, str]]:
    data, code = search.scripts().values()
    assert "fetch" not in code
    assert "innerHTML" not in code
    found = json.loads(data.removeprefix("const CLAUSES = ").removesuffix(";\n"))
    return {each["id"]: each for each in found}


def test_the_search_knows_every_clause_by_its_words_and_its_address() -> None:
    found = entries()
    assert set(found) == set(spec.clauses())
    steady = found["adaptive/constant-gradient"]
    assert steady["at"] == "spec/adaptive.html#adaptive-constant-gradient"
    assert {"bias-corrected", "adam", "rmsprop"} <= set(steady["words"].split())
    cut = {each["level"] for each in found.values() if "…" in each["says"]}
    assert cut <= {"Informative"}  # it has no sentence on its failure
    assert not [each for each in found.values() if re.search(r"[$`]|\]\(", each["says"])]
    assert found["adam/accuracy"]["says"] == "Fails: A step is not a·m̂/(√v̂ + ε)."


def test_a_page_keeps_its_links_to_pages_and_data_and_only_names_code() -> None:
    pages = documents.documents()
    assert "conformance/adapters/writing.md" in pages
    assert "conformance/README.md" in pages
    assert (
        "[report.schema.json](report.schema.json)" not in pages["conformance/search/exploring.md"]
    )
    assert "(../pages)" not in pages["conformance/search/exploring.md"]
    assert "(../search/sweep.md)" in pages["conformance/command/certify.md"]
    offered = documents.offered()
    assert "conformance/sources/schemas/request.json" in offered
    assert not [path for path in offered if path.endswith((".py", ".md"))]


def test_the_font_has_every_sign_that_a_formula_of_the_site_uses() -> None:
    page = (style.FONT / "README.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"--unicodes=(\S+)", page)
    ends = [[int(end, 16) for end in part.split("-")] for part in listed.split(",")]
    held = {number for part in ends for number in range(part[0], part[-1] + 1)}
    text = "".join(path.read_text(encoding="utf-8") for path in spec.FOLDER.glob("*.md"))
    from nnspec.conformance.reports.mathml import mathml

    used: set[str] = set()
    for quoted, block in re.findall(
        r"\$`([^`]+)`\$|^```math\n(.*?)^```", text, re.DOTALL | re.MULTILINE
    ):
        used |= set("".join(drawn(mathml(quoted or block))))
    assert len(used) > 100
    assert {sign for sign in used if ord(sign) not in held} == set()


def drawn(formula: str) -> list[str]:
    from xml.etree import ElementTree as ET

    return list(ET.fromstring(formula).itertext())  # noqa: S314  our own text


def test_the_style_holds_the_font_and_the_site_its_license() -> None:
    assert 'url("data:font/woff2;base64,d09GM' in style.style()
    license_file = documents.offered()["conformance/command/site/font/OFL.txt"]
    assert "SIL OPEN FONT LICENSE Version 1.1" in license_file.read_text("utf-8")


def test_the_picture_of_the_first_page_shows_what_the_suite_says_of_its_example() -> None:
    drawing = front.picture()
    assert "exponentiates_without_a_shift" in drawing
    assert "my_network.py:5" in drawing
    assert "http" not in drawing.replace("http://www.w3.org/2000/svg", "").replace(
        "https://www.textualize.io", ""
    )


def reported(name: str, **offered: Any) -> dict[str, Any]:
    source = InProcess(SimpleNamespace(name=name, dtypes=("float32",), **offered))
    only = ["softmax", "relu/accuracy"]
    planned = plan.plan(source.description, only=only)
    return report.document(run.run(planned, source))


@pytest.fixture(scope="module")
def beside() -> dict[str, str]:
    (wrong,) = (
        each for each in mistakes_of("softmax") if each.name == "exponentiates_without_a_shift"
    )
    with np.errstate(all="ignore"):
        return libraries.libraries(
            [
                reported("good | <b>", softmax=rounded("softmax"), relu=rounded("relu")),
                reported("bad", softmax=wrong.adapter().softmax),
            ]
        )


def test_each_cell_that_breaks_leads_to_what_it_breaks(beside: dict[str, str]) -> None:
    table = beside["libraries/index.md"]
    (row,) = re.findall(r"^\| \[softmax\].*$", table, re.MULTILINE)
    right, wrong = row.strip("| ").split(" | ")[1:]
    assert re.fullmatch(r"✓ \d\.\d+", right)
    assert re.fullmatch(r"\[✗ \d+ of \d+\]\(#broken:1/softmax/float32\)", wrong)
    assert "(broken:1/softmax/float32)=\n## softmax in float32" in beside["libraries/1.md"]
    assert "**exponentiates\\_without\\_a\\_shift" in beside["libraries/1.md"]
    assert "[softmax/accuracy](#clause:softmax/accuracy)" in beside["libraries/1.md"]
    assert "nan; truth 1.0" in beside["libraries/1.md"]
    assert "It breaks no MUST clause." in beside["libraries/0.md"]


def test_names_of_libraries_are_text(beside: dict[str, str]) -> None:
    assert "<b>" not in "".join(beside.values()).replace("\\<b", "")
    assert "good &#124; " in beside["libraries/index.md"]
