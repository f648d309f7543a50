"""The site: every formula is drawn, every link and anchor leads somewhere, and nothing is loaded
from the network."""

import importlib
import importlib.util
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from nnspec import reference, spec
from nnspec.conformance.command import cli
from nnspec.conformance.command.site import build
from nnspec.conformance.command.site import pages as sources
from nnspec.conformance.programs.program import programs_of
from nnspec.conformance.programs.typeset import lines_of
from nnspec.conformance.run import cases
from nnspec.conformance.run.power import Kill
from nnspec.conformance.terms.mistakes import mistakes, mistakes_of
from nnspec.conformance.terms.operations import operations_of, operations_on, page_of
from nnspec.spec.lemmas import lemmas
from nnspec.spec.lemmas import pages as lemma_pages
from tests.command.sections import Sections

NEEDED = ("sphinx", "myst_parser", "furo", "latex2mathml")
pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in NEEDED),
    reason="the site needs Sphinx: pip install '.[site]'",
)


class Page(HTMLParser):
    """What a page has: anchors, links, what it loads, and formulas."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.formulas = {"inline": 0, "block": 0}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.anchors.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and given["rel"] not in ("index", "search", "next", "prev", "canonical"):
            self.loads.append(given["href"])
        self.loads += [given[name] for name in ("src", "data", "srcset", "poster") if name in given]
        if tag == "math":
            self.formulas[given["display"]] += 1


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


@pytest.mark.proof
def test_every_link_and_every_anchor_leads_somewhere(pages: dict[Path, Page]) -> None:
    followed = 0
    for path, page in pages.items():
        for link in (*page.links, *page.loads):
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "data"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), f"{path.name}: {link}"
            # A page sends to its own top with a lone #, and the search page takes what is
            # searched for behind it.
            if parts.fragment and target.suffix == ".html":
                assert unquote(parts.fragment) in pages[target].anchors, f"{path.name}: {link}"
            followed += 1
    assert followed > 10_000


@pytest.mark.proof
def test_anchors_of_a_page_are_its_own(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert len(set(page.anchors)) == len(page.anchors), path


@pytest.mark.proof
def test_nothing_is_loaded_from_the_network(site: Path, pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert page.loads
        assert not [
            each
            for each in page.loads
            if urlsplit(each).netloc or urlsplit(each).scheme not in ("", "data")
        ], path
    for path in site.rglob("*.css"):
        style = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", style), path


@pytest.mark.proof
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_a_program_in_javascript_prints_clauses_json_as_the_site_shows_it(site: Path) -> None:
    printed = subprocess.run(
        ["node", str(Path(__file__).with_name("clauses.mjs"))],
        input=(site / "clauses.json").read_bytes(),
        capture_output=True,
        check=True,
    ).stdout
    sections = json.loads(printed)
    assert {*sections} == {*spec.clauses()}
    for page in spec.pages():
        shown = Sections((site / "spec" / f"{page}.html").read_text(encoding="utf-8"))
        for clause in spec.clauses().values():
            if clause.page == page:
                told = Sections(f"<section id='it'>{sections[clause.id]}</section>").found["it"]
                assert told == shown.found[clause.id.replace("/", "-")], clause.id


@pytest.mark.proof
def test_every_clause_has_an_anchor_that_is_its_name_on_its_page_and_stands_in_the_index(
    site: Path, pages: dict[Path, Page]
) -> None:
    index = pages[site / "clauses.html"].links
    for clause in spec.clauses().values():
        anchor = clause.id.replace("/", "-")
        assert anchor in pages[site / "spec" / f"{clause.page}.html"].anchors
        assert f"spec/{clause.page}.html#{anchor}" in index
        assert anchor in pages[site / "mistakes" / f"{clause.page}.html"].anchors


@pytest.mark.proof
def test_clauses_and_lemmas_lead_to_each_other(site: Path, pages: dict[Path, Page]) -> None:
    for clause in spec.clauses().values():
        anchor = clause.id.replace("/", "-")
        for name in clause.derived:
            page = lemmas()[name].page
            links = pages[site / "spec" / f"{clause.page}.html"].links
            assert f"derivations/{page}.html#{name}" in links
            back = pages[site / "spec" / "derivations" / f"{page}.html"].links
            assert f"../{clause.page}.html#{anchor}" in back
    listed = pages[site / "spec" / "derivations.html"].links
    for lemma in lemmas().values():
        assert f"derivations/{lemma.page}.html#{lemma.name}" in listed


@pytest.mark.proof
def test_operations_and_clauses_lead_to_each_other(site: Path, pages: dict[Path, Page]) -> None:
    for clause in spec.clauses().values():
        for operation in operations_of(clause):
            page = page_of(operation)
            link = f"../reference/{page}.html" + (
                "" if clause.operation == clause.page else f"#{operation}"
            )
            assert link in pages[site / "spec" / f"{clause.page}.html"].links
            assert (
                f"../spec/{clause.page}.html#{clause.id.replace('/', '-')}"
                in pages[site / "reference" / f"{page}.html"].links
            )


def formulas(text: str) -> Iterator[tuple[str, str]]:
    """Yield every formula of a page in Markdown with its kind, read independently of what the site
    is made by."""
    text = re.sub(r"^````.*?^````$", "", text, flags=re.DOTALL | re.MULTILINE)
    for latex in re.findall(r"^```math\n(.*?)\n```$", text, flags=re.DOTALL | re.MULTILINE):
        yield "block", latex
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    for quoted, plain in re.findall(r"\$`(.+?)`\$|\$([^$]+)\$", text):
        yield "inline", quoted or plain


@pytest.mark.proof
@pytest.mark.parametrize(
    "page",
    [
        *(path.stem for path in sorted(spec.FOLDER.glob("*.md"))),
        *(f"derivations/{path.stem}" for path in lemma_pages()),
    ],
)
def test_every_formula_is_drawn(page: str, site: Path, pages: dict[Path, Page]) -> None:
    found = list(formulas((spec.FOLDER / f"{page}.md").read_text(encoding="utf-8")))
    for kind in ("inline", "block"):
        assert pages[site / "spec" / f"{page}.html"].formulas[kind] == sum(
            each == kind for each, _ in found
        ), kind
    text = re.sub(
        r"<(script|pre|code)\b.*?</\1>",
        "",
        (site / "spec" / f"{page}.html").read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    assert not re.search(r"\\[a-zA-Z]{2,}|\$", text), "LaTeX is left on the page"


@pytest.mark.proof
@pytest.mark.parametrize("page", spec.pages())
def test_formulas_stand_as_a_diagnosis_shows_them(page: str) -> None:
    text = sources.linked((spec.FOLDER / f"{page}.md").read_text(encoding="utf-8"), page)
    shown = re.findall(r"^\*Formula\.\* (.*)$", text, re.MULTILINE)
    stated = [each for each in operations_on(page) if spec.clauses()[f"{each}/accuracy"].formulas]
    forms = [
        ["; ".join(lines_of(program)) for program in programs_of(operation)] for operation in stated
    ]
    assert sorted(shown) == sorted(" or ".join(f"`{form}`" for form in each) for each in forms)


def test_docstrings_mistakes_and_inputs_are_all_there(site: Path) -> None:
    whole = {
        name: (site / name).read_text(encoding="utf-8")
        for name in ("inputs.html", "coverage.html", "clauses.html")
    }
    assert "every clause that can be tested has a check" in whole["coverage.html"]
    for page in spec.pages():
        for name in cases.sets(page):
            assert f'id="{page}-{name}"' in whole["inputs.html"]
        listed = (site / "mistakes" / f"{page}.html").read_text(encoding="utf-8")
        for known in mistakes().values():
            for each in known:
                if any(spec.clauses()[clause].page == page for clause in each.clauses):
                    assert f"<strong>{each.name}</strong>" in listed
    for operation in reference.__all__:
        text = (site / "reference" / f"{page_of(operation)}.html").read_text(encoding="utf-8")
        section = text[text.index(f'<section id="{operation}">') :].partition("</section>")[0]
        for heading in ("Formula", "Shapes", "Accuracy", "Raises", "Source", "Clauses"):
            assert f"<strong>{heading}.</strong>" in section, (operation, heading)


@pytest.mark.parametrize("page", [page for page in spec.pages() if operations_on(page)])
def test_a_page_of_the_reference_names_the_code_that_it_shows(page: str) -> None:
    (named,) = re.findall(r"as .*`(reference/.+)` computes them", sources.operations(page))
    code = spec.FOLDER.parent / named
    assert code.is_dir() == named.endswith("/")
    for file in code.glob("*.py") if code.is_dir() else [code]:
        assert "__all__" in file.read_text(encoding="utf-8")


def test_a_page_of_mistakes_says_which_were_rejected_where_they_were_run() -> None:
    known = {each.name: each for each in mistakes_of("relu")}
    clause = "relu/accuracy"
    killed = Kill(known["stops_at_six"], "float32", (clause,), (clause,), ())
    spared = Kill(known["stops_at_six"], "float16", (clause,), (), ())
    assert "Rejected in 1 of 2 runs. **Survived: relu in float16.**" in sources.matrix(
        "activations", [killed, spared]
    )
    assert "Rejected" not in sources.matrix("activations")


@pytest.mark.proof
def test_the_mistakes_are_run_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = []
    monkeypatch.setattr(
        build, "publish", lambda folder, kills, _: shown.append(len(kills)) or folder / "index.html"
    )
    monkeypatch.setattr(
        "nnspec.conformance.run.power.mistakes_of",
        lambda operation: mistakes_of("relu")[:1] if operation == "relu" else (),
    )
    assert cli.main(("site", str(tmp_path), "--power")) == 0
    assert cli.main(("site", str(tmp_path))) == 0
    assert shown == [len(mistakes_of("relu")[0].dtypes), 0]


def test_a_docstring_keeps_its_words_its_code_and_its_paragraphs() -> None:
    text = (
        "Sums x_1 and x_2.\n\nFormula\n    a*b*c |x|,\n    `8*ulp(y)`.\n\n"
        "    More.\nEdge cases\n    None at $1."
    )
    assert list(sources.docstring(text)) == [
        "Sums x\\_1 and x\\_2.",
        "",
        "**Formula.** a\\*b\\*c &#124;x&#124;, `8*ulp(y)`.",
        "",
        "More.",
        "",
        "**Edge cases.** None at \\$1.",
        "",
    ]


@pytest.mark.proof
def test_every_page_names_its_language_and_leads_to_the_other(
    site: Path, pages: dict[Path, Page]
) -> None:
    for path in pages:
        text = path.read_text(encoding="utf-8")
        chinese = path.is_relative_to(site / "zh")
        assert f'lang="{"zh-Hans" if chinese else "en"}" data-content_root' in text, path
        (twin,) = re.findall(r'<nav class="languages"><a href="([^"]+)"', text)
        other = (path.parent / twin).resolve()
        assert other in pages, path
        assert other.is_relative_to(site / "zh") is not chinese, path
    assert (site / "zh" / "activations.html") in pages
