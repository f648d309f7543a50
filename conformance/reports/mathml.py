"""Turns the LaTeX of the pages into MathML, which browsers draw without script and network."""

import re
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert

# LaTeX that the converter does not know or converts wrongly, and its replacement.
_BEFORE = (
    # The converter loses a delimiter whose size is given.
    (re.compile(r"\\[Bb]igg?[lrm]?\s*(?=\\[lr]?[Vv]ert\b)"), ""),
    (re.compile(r"\{aligned\}"), "{align*}"),
    (re.compile(r"\\(?:mathrm|operatorname)\{([^{}]{2,})\}"), r"\\text{\1}"),
    # It sets the power of a matrix on the bracket before it.
    (re.compile(r"\\begin\{pmatrix\}.*?\\end\{pmatrix\}"), r"{\g<0>}"),
    # It sets no space around the name of a function.
    (re.compile(r"(?<=[\w})])\s*(?=\\(?:log|exp|sin)\b)"), r"\\,"),
    (re.compile(r"(\\(?:log|exp|sin)(?:_\w)?)(?=\s+[\w\\])"), r"\1\\,"),
)

_TEXT = re.compile(r"\\text\{[^{}]*\}")


def _word(match: re.Match[str]) -> str:
    """Return a word as one identifier; browsers set one of several letters upright."""
    variant = "" if match["variant"] == "normal" else f' mathvariant="{match["variant"]}"'
    return f"<mi{variant}>{''.join(re.findall(r'>([^<]+)</mi>', match[0]))}</mi>"


# After ( [ = , < ≤ ≥ ≠ a minus is a sign and stands close to its number.
_OPENS = r"<mo[^>]*>(?:\(|&#x0(?:0028|005B|003D|002C|003C|2264|2265|2260);)</mo>"

# MathML of the converter and its replacement: MathML Core lacks some attributes, which become
# classes for the style sheet, and words come as text or letter by letter.
_AFTER = (
    (re.compile(r"<mtext>(\w\w+)</mtext>"), r"<mi>\1</mi>"),
    (re.compile(r'(?:<mi mathvariant="(?P<variant>normal|monospace)">[^<]+</mi>){2,}'), _word),
    (re.compile(r'mathvariant="(bold|monospace)"'), r'class="\1"'),
    (re.compile(r"\\_"), "_"),
    # Infinity is a number, a prime and ± are operators.
    (re.compile(r"<mo>(&#x0221E;)</mo>"), r"<mi>\1</mi>"),
    (re.compile(r"<mi>(&#x02032;|&#x000B1;)</mi>"), r"<mo>\1</mo>"),
    # Before a parenthesis min and max are functions.
    (re.compile(r"<mo>(min|max)</mo>(?=<mo[^>]*>(?:&#x00028;|\())"), r"<mi>\1</mi>"),
    (re.compile(rf"({_OPENS})<mo>&#x02212;"), r'\1<mo form="prefix">&#x02212;'),
    (
        re.compile(r"<mo[^>]*>(&#x0007C;|&#x02016;)</mo>"),
        r'<mo stretchy="false" lspace="0" rspace="0">\1</mo>',
    ),
)


# The style sheet of a page with formulas, for the attributes that browsers ignore.
STYLE = """math .bold { font-weight: bold; }
math .monospace { font-family: monospace; }
mtd[columnalign="left"] { text-align: left; padding-left: 0; }
mtd[columnalign="right"] { text-align: right; padding-right: 0; }
mtd[columnalign="center"] { text-align: center; }
"""

# The number of parts of an element; with another number browsers draw an error or something else.
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
    """Return a formula as a `math` element, on a line of its own if `display` is true.

    Raises ValueError if a command is unknown or an element has the wrong number of parts.

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
    # The converter leaves unknown commands as they are, and an & outside of a table.
    if unknown := re.findall(r"\\[a-zA-Z]+|&(?![#\w]+;)", found):
        message = f"no MathML is known for {', '.join(dict.fromkeys(unknown))} in {latex}"
        raise ValueError(message)
    wrong = [
        each.tag
        for each in ET.fromstring(found).iter()  # noqa: S314  our own text
        if len(each) != _PARTS.get(each.tag.rpartition("}")[2], len(each))
    ]
    if wrong:
        named = ", ".join(tag.rpartition("}")[2] for tag in wrong)
        message = f"the MathML of {latex} has {named} with too many parts or too few"
        raise ValueError(message)
    return found
