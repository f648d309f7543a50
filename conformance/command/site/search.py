"""The search of the site finds clauses too: each has its words in a script that asks no server."""

import json
import re
from pathlib import Path

from nnspec.conformance.command.site import translated
from nnspec.conformance.command.site.pages import sentence
from nnspec.conformance.terms.operations import operations_of
from nnspec.spec import Clause, clauses, translations

# The scripts of the page that shows what is found.
SCRIPTS = ("clauses.js", "search.js")

_FORMULA = re.compile(r"```math.*?```|\$[^$]*\$", re.DOTALL)
_WORD = re.compile(r"[^\W\d_][\w-]+")


def scripts(language: str = "") -> dict[str, str]:
    """Return the scripts by their names: the words of all clauses, and what looks into them.

    On a site in another language, a clause also has the words and the sentence of that language.
    """
    made = [
        _translated(each, language) if language else _entry(each) for each in clauses().values()
    ]
    entries = json.dumps(made, ensure_ascii=False)
    code = Path(__file__).with_name("search.js").read_text(encoding="utf-8")
    return dict(zip(SCRIPTS, (f"const CLAUSES = {entries};\n", code), strict=True))


def _entry(clause: Clause) -> dict[str, str]:
    """Return what the search needs of a clause: name, level, first sentence, address and words.

    A first sentence that holds a formula is found, and the sentence on its failure is shown.
    """
    text = _FORMULA.sub(" ", clause.text)
    words = {word.lower() for word in _WORD.findall(" ".join([text, *operations_of(clause)]))}
    return {
        "id": clause.id,
        "level": clause.level,
        "first": (first := _plain(sentence(clause))),
        "says": f"Fails: {_plain(clause.fails)}" if clause.fails and "…" in first else first,
        "at": f"spec/{clause.page}.html#{clause.id.replace('/', '-')}",
        "words": " ".join(sorted(words)),
    }


def _translated(clause: Clause, language: str) -> dict[str, str]:
    """Return the entry of a clause on the site of another language."""
    reading = translations.readings(clause.page, language)[clause.id]
    first = _plain(translated.sentence(reading))
    made = _entry(clause)
    return made | {
        "level": translations.words(language, "labels")[clause.level],
        "first": first,
        "says": first,
        "at": made["at"].removeprefix("spec/"),
        "words": f"{made['words']} {' '.join(_FORMULA.sub(' ', reading.text).split())}",
    }


def _plain(markdown: str) -> str:
    """Return a sentence without links, code marks and the commands of LaTeX."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown).replace("`", "")
    return re.sub(r"\$[^$]*\$", "…", text)
