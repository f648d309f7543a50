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

# What the converter does not know as it is written, or takes for something else, in the order in which it is put otherwise.
_LATEX = tuple(
    (re.compile(pattern, re.DOTALL), instead)
    for pattern, instead in (
        (r"\\[Bb]igg?\\Vert", r"\\Vert"),
        (r"\{aligned\}", r"{align*}"),
        # A power is one of the whole matrix, and not of its first parenthesis.
        (r"(\\begin\{pmatrix\}.*?\\end\{pmatrix\})", r"{\1}"),
        # Names would be set letter by letter.
        (r"\\(?:mathrm|mathtt|operatorname)\{([^{}]{2,})\}", r"\\text{\1}"),
        # The argument of a function without parentheses is apart from it, and so is a factor.
        (r"\\(log|exp|sin|tanh)(?![a-zA-Z^_(])(?!\s*\()\s*", r"\\\1\\,"),
        (r"(?<=[\w})])\s*\\(log|sin)(?![a-zA-Z])", r"\\,\\\1"),
    )
)
_TEXT = re.compile(r"\\text\{[^{}]*\}")

# What browsers would set otherwise than it is meant: names and signs that are taken for operators, and spaces around them.
_MATHML = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"<mtext>(\w\w+)</mtext>", r"<mi>\1</mi>"),
        ("<mo>&#x0221E;</mo>", "<mi>&#x0221E;</mi>"),
        (r"<mo>(min|max)</mo>(?=<mo[^>]*>(?:&#x00028;|\())", r"<mi>\1</mi>"),
        ('<mn mathvariant="bold">', '<mn class="bold">'),
        (r'<mo(?: stretchy="false")?>&#x0007C;</mo>', '<mo stretchy="false" lspace="0" rspace="0">&#x0007C;</mo>'),
        # After ( [ = , < ≤ ≥ ≠ a minus is a sign.
        (
            r"(<mo[^>]*>&#x0(?:0028|005B|003D|002C|003C|2264|2265|2260);</mo>|<mo[^>]*>\(</mo>)<mo>&#x02212;",
            r'\1<mo form="prefix">&#x02212;',
        ),
    )
)


def markup(markdown: str) -> Markup:
    """Return a clause's text as HTML: links to pages lead to their sections, other files are named and not linked."""
    return Markup(_reader().render(markdown))  # noqa: S704  the pages are ours, and HTML in them is not obeyed


@lru_cache(maxsize=None)
def formula(latex: str, *, display: bool = False) -> Markup:
    """Return a formula as MathML, in which a name of several letters is one identifier."""
    text = latex.strip().strip("`")
    for pattern, instead in _LATEX:
        text = pattern.sub(instead, text)
    converted = convert(_TEXT.sub(lambda match: match[0].replace(r"\_", "_"), text), display="block" if display else "inline")
    for pattern, instead in _MATHML:
        converted = pattern.sub(instead, converted)
    return Markup(converted)  # noqa: S704  the converter escapes


class _Renderer(RendererHTML):
    """The renderer of CommonMark, but for formulas, links between pages, and pictures, which are not part of a report."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Return a block of code, or the formula in a block of `math`."""
        if tokens[idx].info.strip() == "math":
            return f'<div class="formula">{formula(tokens[idx].content, display=True)}</div>\n'
        return super().fence(tokens, idx, options, env)

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Return the beginning of a table, in a frame of its own that can be moved where the screen is narrow."""
        return f'<div class="wide" role="region" aria-label="Table" tabindex="0">{self.renderToken(tokens, idx, options, env)}'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Return the end of a table and of its frame."""
        return f"{self.renderToken(tokens, idx, options, env)}</div>"

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
