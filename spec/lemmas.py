"""The lemmas as data: `lemmas()` reads the pages of `derivations/`, which derivations.md lists.

A lemma is one `##` heading and the paragraphs below it. Its kind says whether it is proved.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from nnspec.spec import FOLDER, Formula, SpecificationError, formula

PAGES = FOLDER / "derivations"

# What a lemma is: a theorem, a maximum that was seen with its sample, or an agreement.
KINDS = ("Proved", "Measured", "Convention")

_LABEL = re.compile(rf"\*(?P<label>{'|'.join((*KINDS, 'Constants', 'Algorithm'))})\.\*\s+")
_CODE = re.compile(r"`([^`]+)`")
_ALGORITHM = re.compile(r"For\s+`(?P<clause>[^`]+)`:\s+")


@dataclass(frozen=True)
class Lemma:
    """One lemma: its name, which is its anchor on the page, its kind, and the parts of its text.

    `constants` are the terms of bounds whose numbers the lemma derives, in the language of bounds.
    `algorithms` are computations that the bounds of clauses admit, each with the clause's id.
    """

    name: str
    title: str
    page: str
    line: int
    kind: str
    constants: tuple[str, ...]
    algorithms: tuple[tuple[str, Formula], ...]
    text: str


@lru_cache(maxsize=1)
def lemmas() -> dict[str, Lemma]:
    """Return every lemma by its name, page by page.

    Raises SpecificationError if a lemma has no kind, or if two lemmas have the same name.
    """
    found: dict[str, Lemma] = {}
    for path in pages():
        for lemma in read(path.stem, path.read_text(encoding="utf-8")):
            if lemma.name in found:
                message = f"{lemma.name} stands already on the page {found[lemma.name].page}"
                raise _error(lemma.page, lemma.line, message)
            found[lemma.name] = lemma
    return found


def pages() -> list[Path]:
    """Return the pages of lemmas, in the order in which derivations.md links to them."""
    text = (FOLDER / "derivations.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[[^\]]+\]\(derivations/([a-z]+)\.md\)", text, re.MULTILINE)
    return [PAGES / f"{name}.md" for name in listed]


def read(page: str, text: str) -> Iterator[Lemma]:
    """Yield the lemmas of a page's text in order.

    Raises SpecificationError, with page and line, if one states no kind or several.
    """
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("## ")]
    for start, end in pairwise([*starts, len(lines)]):
        yield _lemma(page, start, lines[start][3:].strip(), "\n".join(lines[start + 1 : end]))


def name_of(title: str) -> str:
    """Return the anchor that a heading has on GitHub and on the site."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title.strip().lower()))


def _lemma(page: str, start: int, title: str, text: str) -> Lemma:
    parts: dict[str, list[str]] = {}
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        label = _LABEL.match(paragraph)
        if label:
            parts.setdefault(label["label"], []).append(paragraph[label.end() :])
    kinds = [kind for kind in KINDS for _ in parts.get(kind, ())]
    if len(kinds) != 1:
        message = f"{title} is to state one of {', '.join(KINDS)}; it states {len(kinds)} of them"
        raise _error(page, start + 1, message)
    return Lemma(
        name=name_of(title),
        title=title,
        page=page,
        line=start + 1,
        kind=kinds[0],
        constants=tuple(
            " ".join(span.split())
            for each in parts.get("Constants", ())
            for span in _CODE.findall(each)
        ),
        algorithms=tuple(_algorithm(page, start, each) for each in parts.get("Algorithm", ())),
        text=text.strip(),
    )


def _algorithm(page: str, start: int, text: str) -> tuple[str, Formula]:
    match = _ALGORITHM.match(text)
    stated = formula(text[match.end() :]) if match else None
    if match is None or stated is None:
        raise _error(page, start + 1, f"expected 'For `clause`: `expression`', found {text!r}")
    return match["clause"], stated


def _error(page: str, line: int, message: str) -> SpecificationError:
    return SpecificationError(f"derivations/{page}.md:{line}: {message}")
