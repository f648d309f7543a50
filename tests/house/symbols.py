"""The symbols of the formulas of a page, and those that spec/symbols.md lists."""

import re
from collections.abc import Iterator

from nnspec import spec
from nnspec.spec import clauses, pages

EVERY = "every page"
INDEX = "## Index"

_DISPLAY = re.compile(r"```math\n(.+?)\n```", re.DOTALL)
_INLINE = re.compile(r"\$`?(.+?)`?\$", re.DOTALL)
_BLOCK = re.compile(r"```.*?```", re.DOTALL)
# A span of code, unless dollars make it a formula.
_CODE = re.compile(r"(\$`.+?`\$)|`[^`]+`", re.DOTALL)
# Words of English, names of parameters and functions, and the environments of LaTeX.
_WORDS = re.compile(
    r"\\(?:text|mathrm|mathtt|operatorname|mathbf|begin|end)\{[^{}]*\}|\\(?:text|mathrm)\s+\w"
)
_TOKEN = re.compile(r"\\(?:(hat|bar)\s*(?:\{([^{}]+)\}|(\\?[A-Za-z]+))|([A-Za-z]+))|([A-Za-z]+)")
_ROW = re.compile(r"^\| (\$.+?\$(?:, \$.+?\$)*) \| ([\w, ]+) \| (.+?) \|(.*)\|$", re.MULTILINE)
_NAMED = re.compile(r"^\| (`\w+`(?:, `\w+`)*) \| ([\w, ]+) \|", re.MULTILINE)

# What sets a formula, and functions and signs that everyone reads alike.
LAYOUT = frozenset(
    (
        *("frac", "tfrac", "sqrt", "left", "right", "big", "bigl", "bigr", "Big", "Bigl", "Bigr"),
        *("quad", "qquad", "nolimits", "overline", "ldots", "cdots", "dots", "cdot", "times"),
        *(
            "log",
            "ln",
            "exp",
            "tanh",
            "cosh",
            "sin",
            "min",
            "max",
            "sum",
            "prod",
            "infty",
            "pm",
            "ne",
        ),
        *("le", "ge", "approx", "in", "sim", "mid", "circ", "leftarrow", "mapsto", "top"),
        *("lVert", "rVert", "Vert", "lvert", "rvert", "langle", "rangle", "lceil", "rceil"),
        *("nabla", "partial", "neq", "to", "equiv", "propto", "leq", "geq", "perp"),
    )
)


def formulas(text: str) -> Iterator[str]:
    """Yield the formulas of a page in TeX."""
    yield from _DISPLAY.findall(text)
    yield from _INLINE.findall(_CODE.sub(r"\1", _BLOCK.sub("", text)))


def symbols(formula: str, words: frozenset[str]) -> set[str]:
    """Return the symbols of a formula; letters that form one of the words are one symbol."""
    found: set[str] = set()
    for accent, braced, bare, command, letters in _TOKEN.findall(_WORDS.sub(" ", formula)):
        if accent:
            # An accent covers one letter if no braces say more.
            covered = braced or (bare if bare.startswith("\\") else bare[0])
            found.add(f"\\{accent} {covered.strip()}")
            found |= symbols(bare[1:], words) if bare[1:] and not bare.startswith("\\") else set()
        elif command:
            found |= {f"\\{command}"} - {f"\\{name}" for name in LAYOUT}
        else:
            found |= {letters} if letters in words else set(letters)
    return found


def of_page(page: str) -> set[str]:
    """Return the symbols of all formulas of a page."""
    text = (spec.FOLDER / f"{page}.md").read_text(encoding="utf-8")
    words = frozenset(each for listed in index() for each in listed if len(each) > 1)
    return {each for formula in formulas(text) for each in symbols(formula, words)}


def rows() -> list[tuple[str, str, str, str]]:
    """Return the rows of the index: symbols, pages, meaning and names."""
    text = (spec.FOLDER / "symbols.md").read_text(encoding="utf-8")
    return [match.groups() for match in _ROW.finditer(text.partition(INDEX)[2])]  # type: ignore[misc]


def index() -> dict[frozenset[str], list[tuple[str, ...]]]:
    """Return the pages of each row of the index, by the symbols of the row."""
    found: dict[frozenset[str], list[tuple[str, ...]]] = {}
    for shown, listed, _, _ in rows():
        on = pages() if listed == EVERY else tuple(listed.split(", "))
        found.setdefault(frozenset(_listed(shown)), []).append(on)
    return found


def _listed(shown: str) -> Iterator[str]:
    """Yield the symbols of the first cell of a row; words keep their letters together."""
    for formula in re.findall(r"\$(.+?)\$", shown):
        whole = frozenset(re.findall(r"(?<!\\)\b[A-Za-z]{2,}\b", re.sub(r"\\\w+", " ", formula)))
        yield from symbols(formula, whole)


def names(page: str) -> set[str]:
    """Return the names in formulas for machines that the tables give for a page."""
    return {
        name
        for cell, listed in (*((cell, listed) for _, listed, _, cell in rows()), *parts())
        if listed == EVERY or page in listed.split(", ")
        for name in re.findall(r"`(\w+)`", cell)
    }


def parts() -> list[tuple[str, str]]:
    """Return the rows of the table of names without a symbol: names and pages."""
    text = (spec.FOLDER / "symbols.md").read_text(encoding="utf-8")
    return [(match[1], match[2]) for match in _NAMED.finditer(text)]


def of_programs(page: str) -> dict[str, set[str]]:
    """Return the names in the formulas for machines of a page, by clause."""
    found: dict[str, set[str]] = {}
    for clause in clauses().values():
        for formula in clause.formulas if clause.page == page else ():
            pairs = (("", formula.expression), *formula.definitions)
            text = " ".join(each for pair in pairs for each in pair)
            found.setdefault(clause.id, set()).update(re.findall(r"[A-Za-z_]\w*", text))
    return found
