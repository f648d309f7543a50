"""The style of the site; it carries a math font, so that no page loads one from the network."""

import base64
from pathlib import Path

from nnspec.conformance.reports import mathml

FONT = Path(__file__).with_name("font")

# A link to a clause leads there at once: pages are long. On a narrow screen a long formula scrolls,
# and the page does not. Code breaks its lines. Drawings have dark lines, and keep a white ground in
# a dark theme.
_STYLE = """
html { scroll-behavior: auto; }
math { font-family: "nnspec math", math; font-size: 1.1em; }
math[display="block"] { overflow-x: auto; overflow-y: hidden; margin: 0.8rem 0; padding: 0.1rem 0; }
article img { background: white; max-width: 100%; border-radius: 4px; }
article h1, article h2, article h3, article li { overflow-wrap: anywhere; }
article h3 { font-size: 1.25em; margin-top: 2.2rem; }
article .highlight pre { white-space: pre-wrap; overflow-wrap: anywhere; }
article .table-wrapper { overflow-x: auto; }
article table.docutils { font-size: 0.9em; }
article table.docutils :is(th, td) { padding: 0.25rem 0.35rem; }
.languages { float: right; margin: 0 0.6rem; font-size: 0.9em; }
@media (max-width: 46em) { .languages { float: none; text-align: right; } }
html:lang(zh-Hans) body {
  --font-stack: -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
    "Source Han Sans SC", sans-serif;
}
html:lang(zh-Hans) article em { font-style: normal; font-weight: 600; }
#clause-results li { margin: 0.6rem 0; }
#clause-results .level { color: var(--color-foreground-secondary); }
"""


def style() -> str:
    """Return the style sheet.

    It holds the font itself: from a folder, some browsers load no font that lies in another one.
    """
    font = base64.b64encode((FONT / "stix-two-math.woff2").read_bytes()).decode("ascii")
    face = f'src: url("data:font/woff2;base64,{font}") format("woff2")'
    return f'@font-face {{ font-family: "nnspec math"; {face}; }}\n{_STYLE}{mathml.STYLE}'
