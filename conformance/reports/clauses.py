"""The specification as values of JSON, for tools in any language: clauses.schema.json has its form.

`conformance list --format json` prints it, and a site carries it as clauses.json.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nnspec import spec
from nnspec.conformance.programs.program import programs_of
from nnspec.conformance.programs.typeset import lines_of
from nnspec.conformance.reports.blocks import blocks, math
from nnspec.conformance.run import cases
from nnspec.conformance.terms.mistakes import mistakes_of
from nnspec.conformance.terms.operations import bound_of, called, operations_of, operations_on
from nnspec.spec import Clause, Example, Formula, clauses, pages

# Of the form, not of the specification.
VERSION = 1
SCHEMA = Path(__file__).with_name("clauses.schema.json")

_INLINE = re.compile(r"\$`(.+?)`\$", re.DOTALL)
_DISPLAY = re.compile(r"```math\n(.+?)\n```", re.DOTALL)
_LINK = re.compile(r"\]\((https?://[^)\s]+)\)")
_DOI, _ARXIV = "https://doi.org/", "https://arxiv.org/abs/"

# The first sentence of a requirement. A full stop inside a formula does not end it.
_SENTENCE = re.compile(r"(?:\$[^$]*\$|[^$])*?\.(?=\s|$)")


def document() -> dict[str, Any]:
    """Return the whole specification: its edition and digest, its pages, and every clause."""
    return {
        "form": VERSION,
        "edition": spec.EDITION,
        "draft": spec.DRAFT,
        "digest": spec.digest(),
        "pages": [
            {"name": page, "operations": {name: called(name) for name in operations_on(page)}}
            for page in pages()
        ],
        "clauses": [item(clause) for clause in clauses().values()],
    }


def item(clause: Clause) -> dict[str, Any]:
    """Return a clause; its texts are Markdown, and `text` is all of it as blocks."""
    return {
        "id": clause.id,
        "level": clause.level,
        "edition": spec.edition(),
        "page": clause.page,
        "line": clause.line,
        "operations": list(operations_of(clause)),
        "sentence": sentence(clause),
        "requirement": clause.requirement,
        "formulas": [math(latex, display=True) for latex in _DISPLAY.findall(clause.requirement)],
        "programs": list(_programs(clause)),
        "bound": _bound(clause),
        "derived": list(clause.derived),
        "judged_by": clause.judged_by,
        "given": list(clause.given),
        "inputs": clause.inputs,
        "sets": _sets(clause),
        "examples": [_example(each) for each in clause.examples],
        "why": clause.why,
        "source": clause.source,
        "references": _references(clause.source),
        "fails": clause.fails,
        "rejects": rejected(clause),
        "text": blocks(clause.text),
        "digest": clause.digest,
    }


def sentence(clause: Clause) -> str:
    """Return the first sentence of a requirement on one line, with its formulas in that line."""
    text = inline(clause.requirement)
    first = _SENTENCE.match(text)
    return first[0] if first else text


def inline(text: str) -> str:
    """Return a text on one line, with its formulas in that line."""
    text = _DISPLAY.sub(lambda match: f"${' '.join(match[1].split())}$", text)
    return " ".join(_INLINE.sub(r"$\1$", text).split())


def _programs(clause: Clause) -> Iterator[dict[str, Any]]:
    """Yield the forms of the formula of an operation, as machines read and people write them."""
    if clause.id != f"{clause.operation}/accuracy" or not clause.formulas:
        return
    typeset = ["; ".join(lines_of(program)) for program in programs_of(clause.operation)]
    for formula, lines in zip(clause.formulas, typeset, strict=True):
        yield {**_expression(formula), "typeset": lines}


def _bound(clause: Clause) -> dict[str, Any] | None:
    """Return the bound as it is stated, and by operation as it is if another clause has it."""
    if clause.bound is None:
        return None
    found = {name: bound_of(clause, name) for name in operations_of(clause)}
    return {
        "stated": _expression(clause.bound),
        "operations": {name: _expression(each) for name, each in found.items() if each},
    }


def _expression(formula: Formula) -> dict[str, Any]:
    return {
        "expression": formula.expression,
        "definitions": [
            {"name": name, "expression": expression} for name, expression in formula.definitions
        ],
        "running": formula.running,
        "once": formula.once,
    }


def _sets(clause: Clause) -> dict[str, str]:
    """Return the sets of inputs of a clause, with the first line that describes each."""
    known = cases.sets(clause.page)
    return {
        name: (inspect.getdoc(known[name]) or "").partition("\n")[0]
        for name in cases.sets_of(clause)
    }


def _example(example: Example) -> dict[str, Any]:
    return {
        "operation": example.operation,
        "call": example.call,
        "answer": example.answer,
        "arguments": list(example.arguments),
        "parameters": dict(example.parameters),
    }


def _references(source: str) -> dict[str, list[str]]:
    links = _LINK.findall(source)
    return {
        "doi": [each.removeprefix(_DOI) for each in links if each.startswith(_DOI)],
        "arxiv": [each.removeprefix(_ARXIV) for each in links if each.startswith(_ARXIV)],
        "links": links,
    }


def rejected(clause: Clause) -> dict[str, str]:
    """Return the mistakes that a clause rejects, with their sentences."""
    return {
        f"{operation}: {each.name}": each.description
        for operation in operations_of(clause)
        for each in mistakes_of(operation)
        if clause.id in each.clauses
    }
