"""Sets the LaTeX of the pages as MathML, which every browser of today draws without a script and without a font from the network."""

import re
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert

# What the converter does not know or sets wrong, and what it is given instead.
_BEFORE = (
    (
        re.compile(r"\\[Bb]igg?[lrm]?\s*(?=\\[lr]?[Vv]ert\b)"),
        "",
    ),  # it loses a delimiter whose size is given
    (re.compile(r"\{aligned\}"), "{align*}"),
    (re.compile(r"\\(?:mathrm|operatorname)\{([^{}]{2,})\}"), r"\\text{\1}"),
    (
        re.compile(r"\\begin\{pmatrix\}.*?\\end\{pmatrix\}"),
        r"{\g<0>}",
    ),  # it raises the bracket before a matrix to a power
    (
        re.compile(r"(?<=[\w})])\s*(?=\\(?:log|exp|sin)\b)"),
        r"\\,",
    ),  # the names of functions stand apart from what they follow
    (re.compile(r"(\\(?:log|exp|sin)(?:_\w)?)(?=\s+[\w\\])"), r"\1\\,"),
)

_TEXT = re.compile(r"\\text\{[^{}]*\}")


def _word(match: re.Match[str]) -> str:
    """Return one identifier for a word: of several letters it is upright by itself."""
    variant = "" if match["variant"] == "normal" else f' mathvariant="{match["variant"]}"'
    return f"<mi{variant}>{''.join(re.findall(r'>([^<]+)</mi>', match[0]))}</mi>"


# After these a minus is a sign, and stands close to its number: ( [ = , < ≤ ≥ ≠.
_OPENS = r"<mo[^>]*>(?:\(|&#x0(?:0028|005B|003D|002C|003C|2264|2265|2260);)</mo>"

# What it writes and browsers do not draw, since MathML Core has no such attributes, but by a style sheet; and words that come as text
# or letter by letter.
_AFTER = (
    (re.compile(r"<mtext>(\w\w+)</mtext>"), r"<mi>\1</mi>"),
    (re.compile(r'(?:<mi mathvariant="(?P<variant>normal|monospace)">[^<]+</mi>){2,}'), _word),
    (re.compile(r'mathvariant="(bold|monospace)"'), r'class="\1"'),
    (re.compile(r"\\_"), "_"),
    (re.compile(r"<mo>(&#x0221E;)</mo>"), r"<mi>\1</mi>"),  # infinity is a number
    (re.compile(r"<mi>(&#x02032;|&#x000B1;)</mi>"), r"<mo>\1</mo>"),  # a prime and ± are none
    (
        re.compile(r"<mo>(min|max)</mo>(?=<mo[^>]*>(?:&#x00028;|\())"),
        r"<mi>\1</mi>",
    ),  # functions, before their parenthesis
    (re.compile(rf"({_OPENS})<mo>&#x02212;"), r'\1<mo form="prefix">&#x02212;'),
    (
        re.compile(r"<mo[^>]*>(&#x0007C;|&#x02016;)</mo>"),
        r'<mo stretchy="false" lspace="0" rspace="0">\1</mo>',
    ),
)


# What a page that shows formulas needs, for attributes that browsers do not obey.
STYLE = """math .bold { font-weight: bold; }
math .monospace { font-family: monospace; }
mtd[columnalign="left"] { text-align: left; padding-left: 0; }
mtd[columnalign="right"] { text-align: right; padding-right: 0; }
mtd[columnalign="center"] { text-align: center; }
"""

# Of so many parts these are made; a browser draws others as an error, or not as what they are.
_PARTS = {
    "mfrac": 2,
    "mroot": 2,
    "msub": 2,
    "msup": 2,
    "mover": 2,
    "munder": 2,
    "msubsup": 3,
    "munderover": 3,
}


def mathml(latex: str, *, display: bool = False) -> str:
    """Return a formula as a `math` element, in a line of its own where `display` says so.

    ValueError names the commands that are not known, and the elements that came out wrong.
    """
    given = " ".join(latex.split())
    for pattern, instead in _BEFORE:
        given = pattern.sub(instead, given)
    given = _TEXT.sub(lambda match: match[0].replace(r"\_", "_"), given)
    try:
        found = convert(given, display="block" if display else "inline")
    except Exception as error:  # the converter's errors have no class in common
        message = f"no MathML can be made of {latex}: {type(error).__name__}"
        raise ValueError(message) from error
    for pattern, written in _AFTER:
        found = pattern.sub(written, found)
    # Commands stay as they are where they are not known, and so does an & outside of a table.
    if unknown := re.findall(r"\\[a-zA-Z]+|&(?![#\w]+;)", found):
        message = f"no MathML is known for {', '.join(dict.fromkeys(unknown))} in {latex}"
        raise ValueError(message)
    wrong = [
        each.tag
        for each in ET.fromstring(found).iter()  # noqa: S314  our own text
        if len(each) != _PARTS.get(each.tag.rpartition("}")[2], len(each))
    ]
    if wrong:
        message = f"the MathML of {latex} has {', '.join(tag.rpartition('}')[2] for tag in wrong)} with too many parts or too few"
        raise ValueError(message)
    return found
