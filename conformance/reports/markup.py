"""Sets the Markdown of the pages as HTML, formulas as MathML, which browsers show without any network."""

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
    """Return a clause's text as HTML: links to pages lead to their sections, other files are named and not linked."""
    return Markup(_reader().render(markdown))  # noqa: S704  the pages are ours, and HTML in them is not obeyed


@lru_cache(maxsize=None)
def formula(latex: str, *, display: bool = False) -> Markup:
    """Return a formula as MathML; what stands between "$`" and "`$", as code-hosting sites want it, is one too."""
    return Markup(mathml(latex.strip().strip("`"), display=display))  # noqa: S704  the converter escapes


class _Renderer(RendererHTML):
    """The renderer of CommonMark, but for formulas, links between pages, and pictures, which are not part of a report."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Return a block of code, or the formula in a block of `math`."""
        if tokens[idx].info.strip() == "math":
            return f'<div class="formula">{formula(tokens[idx].content, display=True)}</div>\n'
        return super().fence(tokens, idx, options, env)

    def table_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Return the beginning of a table, in a frame of its own that can be moved where the screen is narrow."""
        return f'<div class="wide" role="region" aria-label="Table" tabindex="0">{self.renderToken(tokens, idx, options, env)}'

    def table_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Return the end of a table and of its frame."""
        return f"{self.renderToken(tokens, idx, options, env)}</div>"

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Return the beginning of a link, without a target where it would lead to a file that is not beside the report."""
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
        """Return what a picture shows, in words."""
        return str(escape(self.renderInlineAsText(tokens[idx].children or [], options, env)))


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
        .enable("table")
        .use(dollarmath_plugin, renderer=lambda latex, _: formula(latex))
    )
