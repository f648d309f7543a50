"""`conformance explain`: one clause, its formula with the commonest edits, its mistakes.

The name of an operation stands for its clause on accuracy.
"""

import argparse
from functools import partial
from typing import Any

from nnspec.conformance.command import formats
from nnspec.conformance.interface.tools import explained
from nnspec.conformance.reports.clauses import item, rejected
from nnspec.conformance.terms.operations import OPERATIONS, clause_of
from nnspec.spec import Clause
from nnspec.spec.lemmas import lemmas
from nnspec.spec.translations import CURRENT, reading, said


def main(options: argparse.Namespace) -> int:
    """Print one clause, its formula with its commonest edits, and the mistakes it rejects."""
    formats.tried(options)
    name = options.clause
    if options.format == "text":
        formats.show(options, lambda console: explained(name, console, options.language))
        return 0
    clause = clause_of(f"{name}/accuracy" if name in OPERATIONS else name)
    language = options.language
    plain = options.format == "json"
    written = formats.json(_plain(clause, language)) if plain else _markdown(clause, language)
    formats.write(options, written)
    return 0


def _plain(clause: Clause, language: str) -> dict[str, Any]:
    """Return a clause as values of JSON; its requirement may be read in another language."""
    if not language:
        return item(clause)
    read = reading(clause, language)
    told = {"language": language, "translation": read.state, "requirement": read.text}
    return {**item(clause), **told}


def _markdown(clause: Clause, language: str) -> str:
    """Return a clause as a section of Markdown, which its texts are already."""
    read, label = reading(clause, language), partial(said, language=language)
    noted = [] if read.state == CURRENT else [f"> {label(read.state)}"]
    parts = [f"## {clause.id} · {label(clause.level)}", *noted, read.text.strip("\n")]
    titled = {"Derived": ", ".join(lemmas()[name].title for name in clause.derived)}
    titled |= {"Inputs": clause.inputs, "Why": clause.why, "Source": clause.source}
    titled |= {"Fails": clause.fails}
    parts += [f"*{label(title)}.* {text}" for title, text in titled.items() if text]
    examples = [f"    {line}" for each in clause.examples for line in (each.call, each.answer)]
    parts += ["\n".join(examples)] if examples else []
    listed = [f"- {name}: {text}" for name, text in rejected(clause).items()]
    parts += [f"*{label('Rejects')}.*\n\n" + "\n".join(listed)] if listed else []
    return "\n\n".join(parts) + "\n"
