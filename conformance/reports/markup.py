"""Turns the Markdown of the pages into HTML, with formulas as MathML, which needs no network."""

from collections.abc import Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape
from mdit_py_plugins.dollarmath import dollarmath_plugin

from nnspec.conformance.reports.mathml import mathml
from nnspec.spec import pages


def markup(markdown: str) -> Markup:
    """Return a clause's text as HTML. Links to pages lead to their sections; others are text."""
    # The pages are ours, and the reader escapes HTML in them.
    return Markup(reader().render(markdown))  # noqa: S704


@lru_cache(maxsize=None)
def formula(latex: str, *, display: bool = False) -> Markup:
    """Return a formula as MathML. Backquotes, which code-hosting sites want, are dropped."""
    found = mathml(latex.strip().strip("`"), display=display)
    return Markup(found)  # noqa: S704  the converter escapes


class _Renderer(RendererHTML):
    """CommonMark's renderer with formulas and links between pages, and words for pictures."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Return a block of code, or the formula in a block of `math`."""
        if tokens[idx].info.strip() == "math":
            return f'<div class="formula">{formula(tokens[idx].content, display=True)}</div>\n'
        return super().fence(tokens, idx, options, env)

    def table_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Open a table in a frame of its own, which scrolls on a narrow screen."""
        frame = '<div class="wide" role="region" aria-label="Table" tabindex="0">'
        return f"{frame}{self.renderToken(tokens, idx, options, env)}"

    def table_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Close a table and its frame."""
        return f"{self.renderToken(tokens, idx, options, env)}</div>"

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Open a link. A target is dropped if it is neither a page nor a web address."""
        target = str(tokens[idx].attrs["href"])
        page = target.partition(".md")[0]
        if target.startswith(("https://", "http://")):
            tokens[idx].attrs["rel"] = "noreferrer"
        elif page in pages():
            tokens[idx].attrs["href"] = f"#{page}"
        else:
            del tokens[idx].attrs["href"]
        return self.renderToken(tokens, idx, options, env)

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Return the text of a picture instead of the picture."""
        return str(escape(self.renderInlineAsText(tokens[idx].children or [], options, env)))


@lru_cache(maxsize=1)
def reader() -> MarkdownIt:
    """Return the reader of the Markdown of the pages."""
    return (
        MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
        .enable("table")
        .use(dollarmath_plugin, renderer=lambda latex, _: formula(latex))
    )
