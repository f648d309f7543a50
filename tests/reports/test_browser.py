"""The HTML report in a browser: nothing asked for, nothing complained of, filtered, searched and
printed, on wide and narrow screens."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from nnspec import reference
from nnspec.conformance.reports import html
from nnspec.conformance.run import plan, run
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import mistakes_of, rounded
from nnspec.conformance.terms.operations import page_of
from tests.reports.chromium import FOUND, Chromium, Page, chromium

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        FOUND is None, reason="no chromium, chromium-browser or google-chrome is installed"
    ),
]


def adapter() -> SimpleNamespace:
    """Return a page of operations and a few more, of which three are wrong.

    The softmax has no shift, the log_softmax loses digits, and the Adam has no corrections.
    """
    right = [each for each in reference.__all__ if page_of(each) == "activations"] + [
        "kaiming_normal",
        "minibatches",
        "momentum",
    ]
    offered = {each: rounded(each) for each in right} | {"adam": rounded("adam_uncorrected")}
    # The second one breaks a SHOULD alone.
    for operation, name in (
        ("softmax", "exponentiates_without_a_shift"),
        ("log_softmax", "takes_the_logarithm_of_one_and_a_little"),
    ):
        (mistake,) = (each for each in mistakes_of(operation) if each.name == name)
        offered[operation] = getattr(mistake.adapter(), operation)
    return SimpleNamespace(
        name="<script>alert(1)</script>", version="1", dtypes=("float32", "float16"), **offered
    )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    source = InProcess(adapter())
    record = run.run(plan.plan(source.description), source, command="conformance certify it")
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(html.text(record), encoding="utf-8")
    return file.as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


def visible(page: Page, what: str = "details[data-item]") -> list[str]:
    return page.value(
        f"[...document.querySelectorAll('{what}')]"
        ".filter(each => each.checkVisibility()).map(each => each.id)"
    )


def choose(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.value(
            f"form = document.getElementById('filter'); form.elements.{name}.value = '{value}'"
        )
    page.value("form.dispatchEvent(new Event('input'))")


def test_it_opens_without_a_request_or_a_complaint_and_soon(browser: Chromium, url: str) -> None:
    page = Page(browser, url)
    assert page.asked_for() == [url]
    assert page.complaints() == []
    # A full report of torch takes half of this on the machine it was written on; tests share
    # theirs.
    assert page.seconds < 5


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_has_to_be_moved_sideways(
    browser: Chromium, url: str, width: int, scheme: str
) -> None:
    page = Page(browser, url, width=width, scheme=scheme)
    page.value("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.value("document.documentElement.scrollWidth") <= width


def test_the_schemes_differ_and_both_can_be_read(browser: Chromium, url: str) -> None:
    for scheme in ("light", "dark"):
        page = Page(browser, url, scheme=scheme)
        paper = page.value("getComputedStyle(document.documentElement).backgroundColor")
        for what in (
            "body",
            ".note",
            "a",
            "td.fails",
            ".failure .level.SHOULD",
            "code.wrong",
            "h1 span",
        ):
            ink = page.value(f"getComputedStyle(document.querySelector('{what}')).color")
            assert contrast(ink, paper) >= 4.5, (scheme, what)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colors as WCAG 2 defines it; 4.5 is asked of text."""

    def luminance(color: str) -> float:
        shares = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
        linear = [
            share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
            for share in shares
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def test_filters_leave_what_was_asked_for(browser: Chromium, url: str) -> None:
    page = Page(browser, url)
    every = visible(page)
    choose(page, state="fails")
    failed = visible(page)
    assert "softmax/shift-invariance" in failed
    assert "relu/accuracy" not in failed
    choose(page, state="conforms", level="SHOULD")
    assert set(visible(page)).isdisjoint(failed)
    assert page.value(
        "[...document.querySelectorAll('details[data-item]:not([hidden])')]"
        ".every(each => each.dataset.level == 'SHOULD')"
    )
    choose(page, state="", level="", dtype="float16")
    assert visible(page, "[data-dtype=float32]") == []
    assert "adam/accuracy" in visible(page)
    choose(page, dtype="")
    assert visible(page) == every
    assert (
        page.value("document.querySelector('output').value")
        == f"{len(every)} of {len(every)} clauses"
    )


def test_a_search_finds_words_of_clauses_and_stands_in_the_address(
    browser: Chromium, url: str
) -> None:
    page = Page(browser, url)
    choose(page, find="Bridle softmax")
    found = visible(page)
    assert "softmax/shift-invariance" in found
    assert all(
        each.partition("/")[0]
        in ("softmax", "log_softmax", "softmax_vjp", "log_softmax_vjp", "activations")
        for each in found
    ), found
    address = page.value("location.href")
    assert "find=Bridle" in address
    assert visible(Page(browser, address)) == found
    choose(page, find="nothing has this")
    assert visible(page) == []


def test_a_link_opens_its_clause_though_a_filter_had_hidden_it(browser: Chromium, url: str) -> None:
    page = Page(browser, url)
    choose(page, find="tanh")
    page.value("location.hash = 'softmax/shift-invariance'")
    page.value("new Promise(done => setTimeout(done, 100))")
    for each in (page, Page(browser, f"{url}#softmax/shift-invariance")):
        assert each.value("document.getElementById('softmax/shift-invariance').open")
        assert "softmax/shift-invariance" in visible(each)


def test_it_is_whole_without_a_script(browser: Chromium, url: str) -> None:
    page = Page(browser, url, script=False)
    assert page.complaints() == []
    tree: Any = page.call("DOM.getDocument", depth=1)["root"]
    form = page.call("DOM.querySelector", nodeId=tree["nodeId"], selector="#filter[hidden]")
    assert form["nodeId"], "a filter that does nothing is not shown"


def test_hostile_names_run_no_script(browser: Chromium, url: str) -> None:
    page = Page(browser, url)
    assert "<script>alert(1)</script>" in page.value("document.querySelector('h1').textContent")
    assert page.value("document.scripts.length") == 1


def test_print_holds_every_clause_opened(browser: Chromium, url: str) -> None:
    page = Page(browser, url)
    printed = page.printed()
    assert printed.startswith(b"%PDF")
    assert page.value("[...document.querySelectorAll('details')].every(each => each.open)")
    # A page of paper holds a few clauses at the most.
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 20
