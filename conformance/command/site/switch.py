"""The switch on top of every page of the site, which leads to the same page in each language."""

import posixpath
from html import escape

from nnspec.conformance.command.site.translated import twin
from nnspec.conformance.terms.operations import OPERATIONS, page_of
from nnspec.spec import pages
from nnspec.spec.translations import LANGUAGES, translated

# Each language calls itself by its own name.
_OWN = {"": "English", "zh": "中文"}

# Pages that every language has beside those of the specification.
_MADE = ("clauses", "search")


def switch(page: str, language: str) -> str:
    """Return the links from a page to its twins in the other languages.

    A clause keeps its anchor: the link takes the one of the address along.
    """
    links = [
        f'<a href="{escape(posixpath.relpath(f"{place}.html", _folder(page, language)))}" '
        f'lang="{LANGUAGES.get(other, "en")}" hreflang="{LANGUAGES.get(other, "en")}" '
        f'onclick="this.hash = location.hash">{name}</a>'
        for other, name in _OWN.items()
        if other != language
        for place in [_place(page, language, other)]
    ]
    return f'<nav class="languages">{" · ".join(links)}</nav>'


def _folder(page: str, language: str) -> str:
    """Return the folder of the site that a page lies in."""
    return posixpath.dirname(posixpath.join(language, page)) or "."


def _place(page: str, language: str, other: str) -> str:
    """Return where the twin of a page lies: the nearest one that the other language has."""
    name = posixpath.basename(page)
    if language and not other:
        if page in _MADE or page == "index":
            return page
        return f"spec/{name}" if name in translated() else "index"
    if page == "spec/README":
        return f"{other}/{twin('README')}"
    if page in _MADE or page == "spec/notation":
        return f"{other}/{name}"
    name = page_of(name) if page == f"operations/{name}" and name in OPERATIONS else name
    return f"{other}/{name}" if name in pages() else f"{other}/index"
