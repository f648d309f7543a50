"""The pages of the site in another language: the specification's, in a folder of their own.

A clause reads in the language, as far as it is translated; its bound, inputs, example, reason and
source are the English ones under translated labels. Links to the reference, the mistakes and the
inputs lead to the English site.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from nnspec.conformance.command.site import pages as english
from nnspec.conformance.reports.clauses import inline
from nnspec.conformance.terms.operations import page_of
from nnspec.spec import FOLDER, LABEL, blocks, clauses, pages
from nnspec.spec.lemmas import lemmas
from nnspec.spec.translations import CURRENT, Reading, readings, said, translated, words

# The scheme of links from a page in another language into the English site, which lies above.
SCHEME = "english"

_NAMED = re.compile(r"\]\(#(operation|mistakes|inputs|lemma):([^)]+)\)")
_PAGE = re.compile(r"\]\(((?:/|\.\./)?[\w./-]+)\.md(#[^)]*)?\)")
_LABELED = re.compile(
    r"(?:^|(?<= · ))(?P<mark>\*+)(?P<label>[A-Z][a-z ]+)\.\*+(?P<space>\s*)"
    r"(?P<phrase>That of|Running error of|Rounded once:|All but|Ours[.;])?"
    r"(?P<named> `[^`]+`\.$)?"
)
_HEADING = re.compile(r"### ([a-z0-9_]+/[a-z0-9-]+) · ")
_EVERY = re.compile(r"\[every operation of [a-z]+\]")
_COUNTED = re.compile(r"\[(\d+) mistakes?\]")
# A file lies one folder below the figures, and its twin on the site beside them.
_FIGURE = re.compile(r"\]\(\.\./(?=figures/)")
_SENTENCE = re.compile(r"(?:\$[^$]*\$|[^$])*?。")


def site(language: str) -> dict[str, str]:
    """Return every page of the site in a language, by its path in the language's folder.

    The page that explains the specification is the first one.
    """
    made = {f"{twin(name)}.md": page(name, language) for name in translated()}
    made["clauses.md"] = index(language)
    made["glossary.md"] = (FOLDER / language / "glossary.md").read_text(encoding="utf-8")
    listed = ["notation", *pages(), "clauses", "glossary"]
    made["index.md"] += "\n".join(
        ["", "```{toctree}", ":hidden:", f":caption: {said('Pages', language)}", "", *listed, "```"]
    )
    return made


def twin(name: str) -> str:
    """Return the name that a page of the specification has in the folder of a language."""
    return "index" if name == "README" else name


def page(name: str, language: str) -> str:
    """Return a page in a language, in Markdown; blocks of code stay as they are."""
    lines: list[str] = []
    fence, clause = "", ""
    text = _FIGURE.sub("](", "\n".join(_assembled(name, language)))
    for line in english.linked(text, name).split("\n"):
        opened = re.match(r"`{3,}", line)
        if fence or opened:
            lines.append(line)
            fence = opened[0] if opened and not fence else "" if line == fence else fence
            continue
        heading = _HEADING.match(line)
        clause = heading[1] if heading else clause
        lines.append(_translated(line, clause, name, language))
    return "\n".join(lines)


def _translated(line: str, clause: str, name: str, language: str) -> str:
    """Return a line with its labels in the language and its links to the English site."""
    if line.startswith("*Reference.*"):
        original = f"{SCHEME}:spec/{name}.html#{clause.replace('/', '-')}"
        line += f" · [{said('The English clause', language)}]({original})"
    line = _LABELED.sub(lambda match: _label(match, language), line)
    line = _EVERY.sub(f"[{said('every operation', language)}]", line)
    line = _COUNTED.sub(rf"[\1 {said('mistakes', language)}]", line)
    return _PAGE.sub(_elsewhere, _NAMED.sub(_english, line))


def _assembled(name: str, language: str) -> Iterator[str]:
    """Yield the lines of a page: each part as it reads in the language."""
    for number, (part, reading) in enumerate(readings(name, language).items()):
        clause = clauses().get(part)
        if clause is None:
            yield from (f"{'##' if number else '#'} {reading.heading}", "", reading.text, "")
            yield from _noted(reading, f"spec/{name}.html", language)
            continue
        level = said(clause.level, language)
        yield from (f"### {part} · {level}", "", reading.text, "")
        yield from _noted(reading, f"spec/{name}.html#{part.replace('/', '-')}", language)
        for _, block in blocks(name, 0, clause.text.split("\n")):
            if LABEL.match(block[0]) or block[0] == "```python":
                yield from (*block, *(["```"] if block[0] == "```python" else []), "")


def _noted(reading: Reading, place: str, language: str) -> Iterator[str]:
    """Yield the line that tells a reader that a translation is stale or missing."""
    if reading.state != CURRENT and reading.text:
        yield from (f"> [{said(reading.state, language)}]({SCHEME}:{place})", "")


def _label(match: re.Match[str], language: str) -> str:
    """Return a label in the language, and the phrase behind it if the language has it."""
    label = words(language, "labels").get(match["label"])
    if label is None:
        return match[0]
    phrase = words(language, "phrases").get(match["phrase"] or "", match["phrase"] or "")
    named = (match["named"] or "").replace(".", "。")
    return f"{match['mark']}{label}。{match['mark']}{match['space']}{phrase}{named}"


def _english(match: re.Match[str]) -> str:
    """Return the link to a lemma, an operation, inputs or a clause's mistakes, in English."""
    kind, name = match.groups()
    if kind == "operation":
        place = f"reference/{page_of(name)}.html#{name}"
    elif kind == "mistakes":
        place = f"mistakes/{clauses()[name].page}.html#{name.replace('/', '-')}"
    elif kind == "lemma":
        place = f"spec/derivations/{lemmas()[name].page}.html#{name}"
    else:
        place = f"inputs.html#{name.replace('/', '-')}"
    return f"]({SCHEME}:{place})"


def _elsewhere(match: re.Match[str]) -> str:
    """Return a link to a page: within the language, or to the English site."""
    path, fragment = match[1], match[2] or ""
    if path in translated() and not fragment:
        return f"]({twin(path)}.md)"
    inside = path.removeprefix("../")
    whole = path.lstrip("/") if path.startswith("/") else str(PurePosixPath("spec", inside))
    return f"]({SCHEME}:{whole}.html{fragment})"


def index(language: str) -> str:
    """Return the index of clauses, each with the first sentence in the language."""
    lines = [f"# {said('Every clause', language)}", ""]
    for name in pages():
        found = readings(name, language)
        (title, *_) = (reading.heading for reading in found.values())
        lines += [f"## {title}", ""]
        lines += [
            f"- [{part}](#clause:{part}) · {said(clauses()[part].level, language)}。"
            f"{sentence(reading)}"
            for part, reading in found.items()
            if part in clauses()
        ]
        lines.append("")
    return _PAGE.sub(_elsewhere, "\n".join(lines))


def sentence(reading: Reading) -> str:
    """Return the first sentence of a clause on one line, with its formulas in that line."""
    text = inline(reading.text)
    first = _SENTENCE.match(text)
    return first[0] if first else text
