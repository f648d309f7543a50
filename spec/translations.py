"""The pages in another language: `readings(page, language)` sets a translation beside a page.

The folder of a language holds a file for each page. A part of it opens with a heading. The line
below holds the name of the part, and the digest of the English text that its translator read.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from nnspec.spec import FOLDER, HEADING, Clause, SpecificationError, clauses, pages

# Each language by the name of its folder, with the tag by which browsers choose their fonts.
LANGUAGES = {"zh": "zh-Hans"}

# A translation is current if its digest is that of the English text, and stale if it is another.
CURRENT, STALE, MISSING = "current", "stale", "missing"

_DIGITS = 8
_STAMP = re.compile(rf"<!-- (?P<name>.+) · (?P<digest>[0-9a-f]{{{_DIGITS}}}) -->")
_ROW = re.compile(r"^\| (?P<english>[^|]+?) \| (?P<words>[^|]+?) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """A clause, a section or an introduction: its name, its heading, its text, its digest.

    A clause has its id for a name and its level for a heading. The others are called by their
    English headings.
    """

    name: str
    heading: str
    text: str
    digest: str


@dataclass(frozen=True)
class Reading:
    """The heading and the text of a part as a reader of a language gets them, and their state.

    A part that nobody has translated reads in English.
    """

    heading: str
    text: str
    state: str


def translated() -> tuple[str, ...]:
    """Return the names of all pages that a language translates."""
    return (*pages(), "README", "notation")


def readings(page: str, language: str) -> dict[str, Reading]:
    """Return the reading of every part of a page, by the part's name and in the page's order."""
    found = translations(page, language)
    return {part.name: _reading(part, found.get(part.name)) for part in originals(page).values()}


def _reading(part: Part, found: Part | None) -> Reading:
    if found is None:
        return Reading(part.heading, part.text, MISSING)
    return Reading(found.heading, found.text, CURRENT if found.digest == part.digest else STALE)


@lru_cache(maxsize=None)
def originals(page: str) -> dict[str, Part]:
    """Return the English parts of a page by their names, in order."""
    lines = (FOLDER / f"{page}.md").read_text(encoding="utf-8").split("\n")
    starts = list(_headings(lines))
    made = [
        _original(lines[start].lstrip("# "), lines[start + 1 : end])
        for start, end in pairwise([*starts, len(lines)])
    ]
    return {part.name: part for part in made}


def _headings(lines: list[str]) -> Iterator[int]:
    """Yield the number of each heading; a line inside a block of code is none."""
    fence = ""
    for number, line in enumerate(lines):
        opened = re.match(r"`{3,}", line)
        if fence or opened:
            fence = opened[0] if opened and not fence else "" if line == fence else fence
        elif re.match(r"#{1,3} ", line):
            yield number


def _original(heading: str, body: list[str]) -> Part:
    of_clause = HEADING.fullmatch(f"### {heading}")
    if of_clause and (clause := clauses().get(of_clause["id"])):
        name, heading, text = clause.id, clause.level, clause.requirement
    else:
        name, text = heading, "\n".join(body).strip()
    folded = " ".join(f"{heading} {text}".split())
    return Part(name, heading, text, hashlib.sha256(folded.encode()).hexdigest()[:_DIGITS])


@lru_cache(maxsize=None)
def translations(page: str, language: str) -> dict[str, Part]:
    """Return the translated parts of a page by their names; there are none without a file.

    Raises SpecificationError, with file and line, if a stamp is not below a heading. It also
    raises it if two parts have the same name, or if a text stands above the first heading.
    """
    path = FOLDER / language / f"{page}.md"
    if not path.is_file():
        return {}
    return read(f"{language}/{page}.md", path.read_text(encoding="utf-8"))


def read(file: str, text: str) -> dict[str, Part]:
    """Return the parts of a file's text; raises SpecificationError as `translations` says."""
    lines = text.split("\n")
    matches = ((number, _STAMP.fullmatch(line)) for number, line in enumerate(lines))
    stamps = {number: match for number, match in matches if match}
    for number in stamps:
        if number == 0 or not re.match(r"#{1,3} \S", lines[number - 1]):
            raise SpecificationError(f"{file}:{number + 1}: expected a heading above the stamp")
    if "".join(lines[: min(stamps) - 1] if stamps else lines).strip():
        raise SpecificationError(f"{file}:1: expected a heading and a stamp before any text")
    found: dict[str, Part] = {}
    for number, following in pairwise([*stamps, len(lines) + 1]):
        name, digest = stamps[number]["name"], stamps[number]["digest"]
        if name in found:
            raise SpecificationError(f"{file}:{number + 1}: {name} stands twice")
        body = "\n".join(lines[number + 1 : following - 1]).strip()
        heading = lines[number - 1].lstrip("# ").removeprefix(f"{name} · ")
        found[name] = Part(name, heading, body, digest)
    return found


def stamp(name: str, digest: str) -> str:
    """Return the line that names a part and the English text that its translator read."""
    return f"<!-- {name} · {digest} -->"


def said(word: str, language: str) -> str:
    """Return a label in a language; it is English if none is asked or the glossary has none."""
    return words(language, "labels").get(word, word) if language else word


def reading(clause: Clause, language: str) -> Reading:
    """Return the reading of one clause; without a language it is the English one."""
    if not language:
        return Reading(clause.level, clause.requirement, CURRENT)
    return readings(clause.page, language)[clause.id]


@lru_cache(maxsize=None)
def words(language: str, table: str) -> dict[str, str]:
    """Return a table of the glossary of a language: English words, and those of the language."""
    text = (FOLDER / language / "glossary.md").read_text(encoding="utf-8")
    _, _, below = text.partition(f"<!-- {table} -->")
    _heading, *rows = ((match[1], match[2]) for match in _ROW.finditer(below.partition("\n## ")[0]))
    return dict(rows)
