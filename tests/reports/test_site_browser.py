"""The site in a browser, out of a folder: its font, its search, and no screen too narrow."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reports.chromium import FOUND, Chromium, Page, chromium

pytest.importorskip("sphinx", reason="the site needs Sphinx: pip install '.[site]'")
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        FOUND is None, reason="no chromium, chromium-browser or google-chrome is installed"
    ),
]

# The width of a root and the space above its radicand, in the site's font and in one without a
# table of mathematics.
_ROOTS = """
['', 'serif'].map(family => {
  const root = document.querySelector('math msqrt'), math = root.closest('math');
  math.style.fontFamily = family;
  const [outer, inner] = [root, root.firstElementChild].map(each => each.getBoundingClientRect());
  return [outer.width, inner.top - outer.top];
})
"""


@pytest.fixture(scope="module")
def site(site: Path) -> str:
    """Return the address of the site."""
    return site.as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


def test_formulas_are_set_in_the_font_that_travels_with_the_site(
    browser: Chromium, site: str
) -> None:
    page = Page(browser, f"{site}/spec/adaptive.html")
    loaded = "document.fonts.ready.then(all => [...all].map(each => [each.family, each.status]))"
    assert page.value(loaded) == [["nnspec math", "loaded"]]
    assert page.value("getComputedStyle(document.querySelector('math')).fontFamily").startswith(
        '"nnspec math"'
    )
    ours, plain = page.value(_ROOTS)
    # The font's own root, and its own gap, which keeps the bars of fraction and root apart.
    assert ours[0] != plain[0]
    assert ours[1] > 0
    assert ours[1] != plain[1]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("softmax shift invariance", "softmax/shift-invariance"),
        ("adam/accuracy", "adam/accuracy"),
        ("bias correction", "adam/corrections"),
    ],
)
def test_the_search_finds_clauses_without_a_request(
    query: str, first: str, browser: Chromium, site: str
) -> None:
    page = Page(browser, f"{site}/search.html?q={query.replace(' ', '+')}")
    found = page.value(
        "[...document.querySelectorAll('#clause-results a')]"
        ".map(each => [each.textContent, each.href])"
    )
    name, address = found[0]
    assert name == first
    assert address.endswith(f"#{first.replace('/', '-')}")
    assert all(each.startswith(("file:", "data:")) for each in page.asked_for())
    assert page.complaints() == []


@pytest.mark.parametrize("width", [420, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "index.html",
        "spec/adaptive.html",
        "coverage.html",
        "conformance/adapters/writing.html",
        "search.html?q=softmax",
    ],
)
def test_no_page_has_to_be_moved_sideways(
    path: str, scheme: str, width: int, browser: Chromium, site: str
) -> None:
    page = Page(browser, f"{site}/{path}", width=width, scheme=scheme)
    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.complaints() == []


def test_the_first_page_shows_its_picture(browser: Chromium, site: str) -> None:
    page = Page(browser, f"{site}/index.html")
    widths = page.value("[...document.images].map(each => each.naturalWidth)")
    assert widths
    assert all(widths)
    assert Path(page.value("document.images[0].currentSrc")).suffix == ".svg"
