"""`conformance explain`: one clause, its formula with the commonest edits, its mistakes.

The name of an operation stands for its clause on accuracy.
"""

import argparse

from nnspec.conformance.command import formats
from nnspec.conformance.interface.tools import explained
from nnspec.conformance.reports.clauses import item, rejected
from nnspec.conformance.terms.operations import OPERATIONS, clause_of
from nnspec.spec import Clause
from nnspec.spec.lemmas import lemmas


def main(options: argparse.Namespace) -> int:
    """Print one clause, its formula with its commonest edits, and the mistakes it rejects."""
    formats.tried(options)
    name = options.clause
    if options.format == "text":
        formats.show(options, lambda console: explained(name, console))
        return 0
    clause = clause_of(f"{name}/accuracy" if name in OPERATIONS else name)
    written = formats.json(item(clause)) if options.format == "json" else _markdown(clause)
    formats.write(options, written)
    return 0


def _markdown(clause: Clause) -> str:
    """Return a clause as a section of Markdown, which its texts are already."""
    parts = [f"## {clause.id} · {clause.level}", clause.requirement.strip("\n")]
    titled = {"Derived": ", ".join(lemmas()[name].title for name in clause.derived)}
    titled |= {"Inputs": clause.inputs, "Why": clause.why, "Source": clause.source}
    titled |= {"Fails": clause.fails}
    parts += [f"*{title}.* {text}" for title, text in titled.items() if text]
    examples = [f"    {line}" for each in clause.examples for line in (each.call, each.answer)]
    parts += ["\n".join(examples)] if examples else []
    listed = [f"- {name}: {text}" for name, text in rejected(clause).items()]
    parts += ["*Rejects.*\n\n" + "\n".join(listed)] if listed else []
    return "\n\n".join(parts) + "\n"
