"""Sets the Markdown of the pages as HTML, formulas as MathML, which browsers show without any network."""

import re
from collections.abc import Sequence
from functools import lru_cache

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape
from mdit_py_plugins.dollarmath import dollarmath_plugin

from spec import pages

# What the converter would set letter by letter, what keeps the backslash of an underscore there, and a bar that it does not look up.
_NAME = re.compile(r"\\(?:mathrm|operatorname)\{([^{}]{2,})\}")
_TEXT = re.compile(r"\\text\{[^{}]*\}")
_SIZED_BAR = re.compile(r"\\[Bb]igg?\\Vert")


def markup(markdown: str) -> Markup:
    """Return a clause's text as HTML: links to pages lead to their sections, other files are named and not linked."""
    return Markup(_reader().render(markdown))  # noqa: S704  the pages are ours, and HTML in them is not obeyed


@lru_cache(maxsize=None)
def formula(latex: str, *, display: bool = False) -> Markup:
    """Return a formula as MathML, in which a name of several letters is one identifier."""
    text = _SIZED_BAR.sub(r"\\Vert", latex.strip().strip("`"))
    text = _NAME.sub(lambda match: rf"\text{{{match[1]}}}", text)
    text = _TEXT.sub(lambda match: match[0].replace(r"\_", "_"), text)
    converted = convert(text, display="block" if display else "inline")
    return Markup(re.sub(r"<mtext>(\w\w+)</mtext>", r"<mi>\1</mi>", converted))  # noqa: S704  the converter escapes


class _Renderer(RendererHTML):
    """The renderer of CommonMark, but for formulas, links between pages, and pictures, which are not part of a report."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Return a block of code, or the formula in a block of `math`."""
        if tokens[idx].info.strip() == "math":
            return f'<div class="formula">{formula(tokens[idx].content, display=True)}</div>\n'
        return super().fence(tokens, idx, options, env)

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
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
