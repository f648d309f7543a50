"""The search of the site finds clauses too: each has its words in a script that asks no server."""

import json
import re
from pathlib import Path

from nnspec.conformance.command.site.pages import sentence
from nnspec.conformance.terms.operations import operations_of
from nnspec.spec import Clause, clauses

# The scripts of the page that shows what is found.
SCRIPTS = ("clauses.js", "search.js")

_FORMULA = re.compile(r"```math.*?```|\$[^$]*\$", re.DOTALL)
_WORD = re.compile(r"[^\W\d_][\w-]+")


def scripts() -> dict[str, str]:
    """Return the scripts by their names: the words of all clauses, and what looks into them."""
    entries = json.dumps(list(map(_entry, clauses().values())), ensure_ascii=False)
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


def _plain(markdown: str) -> str:
    """Return a sentence without links, code marks and the commands of LaTeX."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown).replace("`", "")
    return re.sub(r"\$[^$]*\$", "…", text)
