"""The HTML report holds every clause and every number of a failure, asks for nothing, and takes
what an adapter says for text."""

import json as json_text
import re
import subprocess
import sys
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from rich.console import Console

from nnspec import spec
from nnspec.conformance.reports import findings, html, junit, numbers, terminal
from nnspec.conformance.reports import svg as drawing
from nnspec.conformance.reports.markup import markup
from nnspec.conformance.run import plan, report
from nnspec.conformance.run import run as running
from nnspec.conformance.run.record import Record, Result
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import mistakes_of, rounded

VOID = {"meta", "link", "input", "br", "hr", "img"}


class Read(HTMLParser):
    """An HTML file as what a test asks of it: elements with their attributes, ids, and text;
    closing tags have to match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.words.append(" " if tag in ("dt", "dd", "p", "td", "th", "li") else "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def run(*only: str, dtypes=("float32",), **operations) -> Record:
    source = InProcess(
        SimpleNamespace(**{"name": "it", "version": "1", "dtypes": dtypes, **operations})
    )
    return running.run(
        plan.plan(source.description, only=only), source, command="conformance certify it"
    )


def mistaken(operation: str, name: str):
    return getattr(
        next(each for each in mistakes_of(operation) if each.name == name).adapter(), operation
    )


@pytest.fixture(scope="module")
def record() -> Record:
    return run(
        softmax=mistaken("softmax", "exponentiates_without_a_shift"),
        relu_vjp=rounded("relu_vjp"),
        sigmoid=rounded("sigmoid"),
        expected_failures={"softmax/masked": "we know"},
    )


@pytest.fixture(scope="module")
def page(record: Record) -> Read:
    return Read(html.text(record))


def test_every_clause_stands_in_it_with_its_text_or_among_the_absent(
    record: Record, page: Read
) -> None:
    ids = {attributes["id"] for attributes in page.all("details") if "id" in attributes}
    judged = {result.clause for result in record.results if result.outcome != "absent"}
    assert ids == judged
    for clause in {result.clause for result in record.results} - judged:
        assert clause in page.text
    for name in judged:
        assert Read(markup(spec.clauses()[name].text)).text in page.text


def test_a_failure_shows_input_answer_truth_error_diagnosis_and_command(
    record: Record, page: Read
) -> None:
    failed = [
        result for result in record.results if result.clause == "softmax/accuracy" and result.failed
    ]
    first = min(failed, key=findings.plainness)
    assert f"x = {numbers.shown(first.details['input']['x'])}" in page.text
    assert f"answer {first.details['answer']!r} truth {first.details['truth']!r}" in page.text
    assert "✗ MUST softmax behaves as if: exponentiates_without_a_shift" in page.text
    assert first.rerun in page.text
    followers = {each.clause for each in record.results if each.failed} - {"softmax/accuracy"}
    assert "softmax/shift-invariance" in followers
    assert f"also breaks {len(followers)} clauses" in page.text


def test_the_verdict_opens_it_and_the_table_counts_what_the_record_counts(
    record: Record, page: Read
) -> None:
    said, counted = terminal.sentence(record)
    assert (
        page.text.index(said.removesuffix(": "))
        < page.text.index(counted[1:])
        < page.text.index("Pages and formats")
    )
    ran = [
        result for result in record.results if result.outcome != "absent" and result.level == "MUST"
    ]
    assert f"✗ {sum(result.failed for result in ran)} of {len(ran)}" in page.text


def test_nothing_in_it_leads_to_a_request(page: Read) -> None:
    loading = {
        "img",
        "link",
        "iframe",
        "object",
        "embed",
        "audio",
        "video",
        "source",
        "base",
        "use",
        "image",
    }
    assert not loading & {tag for tag, _ in page.elements}
    assert not any(
        "src" in attributes or "style" in attributes or "onclick" in attributes
        for _, attributes in page.elements
    )
    policy = next(
        each["content"]
        for each in page.all("meta")
        if each.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "url(" not in html.source(html.templates(), "report.css")
    # A link to a page that the report does not hold has no address.
    links = [link["href"] or "" for link in page.all("a") if "href" in link]
    assert all(re.match(r"#|https?://", link) for link in links)
    inside = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    broken = {link for link in links if link.startswith("#") and link[1:] not in inside}
    # A clause may speak of a page of which nothing was judged.
    assert {each[1:] for each in broken} <= set(spec.pages())


def test_it_is_the_same_when_it_is_made_of_report_json() -> None:
    record = run("sigmoid_vjp", dtypes=("float64",), sigmoid_vjp=rounded("sigmoid_vjp"))
    assert any(float("inf") in picture.get("bound", ()) for picture in record.pictures)
    read = report.record(json_text.loads(report.text(record)))
    assert html.text(read) == html.text(record)


def test_it_can_be_read_by_those_who_do_not_see_it(page: Read) -> None:
    assert page.all("html")[0]["lang"] == "en"
    assert all("scope" in each for each in page.all("th") if each)
    for svg, title in zip(page.all("svg"), page.all("title")[1:], strict=True):
        assert svg["role"] == "img"
        assert title == {}
    assert len(page.all("label")) == len(page.all("input")) + len(page.all("select"))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)


LONG = "<img src=x onerror=alert(1)>" + "A" * 1_000_000 + "../../etc/passwd"

HOSTILE = (
    "\x1b[31m<script>alert(1)</script>]]>\x00\ud800\u202e "
    "[bold]x[/bold] {{ 7 * 7 }} ../../x\n# heading"
)


@pytest.mark.parametrize("said", [LONG, HOSTILE])
def test_hostile_text_is_text_in_every_format_and_not_longer_than_can_be_read(
    said: str, tmp_path: Path
) -> None:
    def relu(x):
        raise ValueError(said)

    def tanh(x):
        return np.ones(3)

    found = run(
        "relu/accuracy",
        "tanh/accuracy",
        "relu/nan",
        name=said,
        version=said,
        relu=relu,
        tanh=tanh,
        expected_failures={"relu/nan": said},
    )
    whole = html.text(found)
    page = Read(whole)
    assert len(page.all("script")) == 1
    assert page.all("img") == []
    assert len(whole) < 200_000
    # A template would have computed it. A digest may have the two digits.
    assert not any(each.split() == ["49"] for each in page.words[:20])
    assert "{{ 7 * 7 }}" not in said or any("{{ 7 * 7 }}" in each for each in page.words)
    console = StringIO()
    terminal.show(found, Console(file=console, width=200))
    assert len(console.getvalue()) < 100_000
    xml = junit.text(found)
    assert len(xml) < 200_000
    ET.fromstring(xml)  # noqa: S314  our own text
    for text in (whole, console.getvalue(), xml):
        assert not set("\x1b\x00\ud800\u202e") & set(text)
        if said is LONG:
            assert "characters are left out here" in text
    # What a reader of JSON is given is what was said, to the letter.
    assert json_text.loads(report.text(found))["header"]["adapter"]["name"] == said


def test_failures_of_must_come_first_and_an_operation_begins_with_its_own_accuracy() -> None:
    def relu(x):
        raise ValueError("no kernel")

    found = run(relu=relu, sigmoid=mistaken("sigmoid", "shifts_tanh"))
    page = Read(html.text(found))
    levels = [each["data-level"] for each in page.all("article")]
    assert levels == sorted(levels)
    said = page.text
    assert (
        said.index("✗ MUST sigmoid behaves as if: shifts_tanh")
        < said.index("sigmoid/accuracy: ")
        < said.index("✗ MUST relu crashes")
    )
    assert "ValueError: no kernel" in said


def test_what_sets_formulas_is_not_loaded_before_a_report_is_wanted() -> None:
    heavy = {"jinja2", "markdown_it", "latex2mathml", "mdit_py_plugins"}
    code = (
        "import sys; from nnspec.conformance.command import cli;"
        " from nnspec.conformance.run import run;"
        "from nnspec.conformance.reports import junit, terminal; print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not heavy & set(loaded)


def test_where_nothing_was_judged_the_report_says_so() -> None:
    page = Read(html.text(run()))
    assert "no verdict" in page.text
    assert "The adapter offers none of the operations." in page.text


def test_what_is_expected_to_fail_is_known_and_no_failure() -> None:
    def squeeze(x):
        return x.reshape(-1)

    page = Read(
        html.text(
            run(
                "activations/form",
                relu=squeeze,
                expected_failures={"activations/form": "flat <i>only</i>"},
            )
        )
    )
    assert "flat <i>only</i>" in page.text
    assert "known" in page.text
    assert page.all("article") == []


def test_choices_and_formats_are_told(page: Read) -> None:
    assert "relu_vjp, derivative at 0: 0.0" in page.text
    assert "float32" in page.text


def failing(count: int, dtype: str = "float32") -> list[Result]:
    details = {
        "input": {"x": list(range(1000))},
        "answer": 1.0,
        "truth": 2.0,
        "error": 1.0,
        "bound": 0.1,
        "error_ulp": 9.0,
        "bound_ulp": 8.0,
    }
    return [
        Result(
            "relu/accuracy",
            "MUST",
            "relu",
            f"case-{number}",
            dtype,
            "breaks",
            "It breaks.",
            {**details, "quantity": "relu"},
            worst_ratio=number,
        )
        for number in range(count)
    ]


def test_many_cases_are_counted_and_the_worst_of_every_dtype_shown(record: Record) -> None:
    results = (*failing(50), *failing(20, "float64"))
    page = Read(html.text(Record({**record.header, "planned": len(results)}, results)))
    assert "case-49" in page.text
    assert "case-19" in page.text
    assert "66 more failing cases stand in report.json" in page.text
    assert "… 993 more …" in page.text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (1e-7, "10⁻⁷"),
        (-1e300, "−10³⁰⁰"),
        (12.345, "12.3"),
        (4.09e16, "4.09·10¹⁶"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (float("nan"), "NaN"),
    ],
)
def test_numbers_are_short(number: float, text: str) -> None:
    assert drawing.quantity(number) == text
