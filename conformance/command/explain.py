"""`conformance explain`: one clause, its formula with the commonest edits, its mistakes.

The name of an operation stands for its clause on accuracy.
"""

import argparse
from typing import Any

from nnspec.conformance.command import formats
from nnspec.conformance.interface.tools import explained
from nnspec.conformance.terms.mistakes import mistakes
from nnspec.conformance.terms.operations import OPERATIONS, clause_of, operations_of
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
    written = formats.json(_plain(clause)) if options.format == "json" else _markdown(clause)
    formats.write(options, written)
    return 0


def _plain(clause: Clause) -> dict[str, Any]:
    """Return a clause as values of JSON; its texts are Markdown."""
    return {
        "id": clause.id,
        "level": clause.level,
        "page": clause.page,
        "line": clause.line,
        "operations": list(operations_of(clause)),
        "requirement": clause.requirement,
        "derived": list(clause.derived),
        "inputs": clause.inputs,
        "examples": [{"call": each.call, "answer": each.answer} for each in clause.examples],
        "why": clause.why,
        "source": clause.source,
        "fails": clause.fails,
        "rejects": _rejected(clause),
        "digest": clause.digest,
    }


def _rejected(clause: Clause) -> dict[str, str]:
    """Return the mistakes that a clause rejects, with their sentences."""
    return {
        f"{operation}: {each.name}": each.description
        for operation in operations_of(clause)
        for each in mistakes()[operation]
        if clause.id in each.clauses
    }


def _markdown(clause: Clause) -> str:
    """Return a clause as a section of Markdown, which its texts are already."""
    parts = [f"## {clause.id} · {clause.level}", clause.requirement.strip("\n")]
    titled = {"Derived": ", ".join(lemmas()[name].title for name in clause.derived)}
    titled |= {"Inputs": clause.inputs, "Why": clause.why, "Source": clause.source}
    titled |= {"Fails": clause.fails}
    parts += [f"*{title}.* {text}" for title, text in titled.items() if text]
    examples = [f"    {line}" for each in clause.examples for line in (each.call, each.answer)]
    parts += ["\n".join(examples)] if examples else []
    rejected = [f"- {name}: {text}" for name, text in _rejected(clause).items()]
    parts += ["*Rejects.*\n\n" + "\n".join(rejected)] if rejected else []
    return "\n\n".join(parts) + "\n"
