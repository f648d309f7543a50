"""The clauses as data: `clauses()` reads the pages beside this file, and a heading it cannot read is an error with a line.

A clause is one `###` heading `operation/property · LEVEL` and the paragraphs below it; spec/README.md shows one.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

EDITION = "1.0"
FOLDER = Path(__file__).parent
LEVELS = ("MUST", "SHOULD", "Informative")

_HEADING = re.compile(r"### (?P<id>[a-z0-9_]+/[a-z0-9-]+) · (?P<level>\w+)")
_LABEL = re.compile(r"\*(?P<label>Bound|Inputs|Why|Source)\.\*\s+")
_CODE = re.compile(r"`([^`]+)`")
_DEFINITION = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)\s*(.+)", re.DOTALL)
_PAGE_ROW = re.compile(r"^\| \[[a-z_]+\]\(([a-z_]+)\.md\) \|", re.MULTILINE)


class SpecificationError(Exception):
    """A page breaks the form of a clause; the message opens with page and line."""


@dataclass(frozen=True)
class Formula:
    """An expression of the language of `notation.md`, and the names it uses, each defined before it is used.

    A `running` one is not the bound itself but the formula whose running error is.
    """

    expression: str
    definitions: tuple[tuple[str, str], ...] = ()
    running: bool = False


@dataclass(frozen=True)
class Example:
    """A call as the clause prints it, `operation(*arguments, **parameters)`, and the answer printed below it."""

    operation: str
    arguments: tuple[Any, ...]
    parameters: tuple[tuple[str, Any], ...]
    call: str
    answer: str
    line: int


@dataclass(frozen=True)
class Clause:
    """One requirement: its permanent id, its level, and the parts of its text."""

    id: str
    level: str
    page: str
    line: int
    requirement: str
    bound: Formula | None
    inputs: str
    examples: tuple[Example, ...]
    why: str
    source: str
    text: str

    @cached_property
    def operation(self) -> str:
        """The operation the clause speaks of, or the page where it speaks of every operation of a page."""
        return self.id.partition("/")[0]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the clause's text, white space folded."""
        return hashlib.sha256(" ".join(self.text.split()).encode()).hexdigest()


def pages() -> tuple[str, ...]:
    """Return the names of the pages in the order of the table in README.md."""
    return tuple(_PAGE_ROW.findall((FOLDER / "README.md").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def clauses() -> dict[str, Clause]:
    """Return every clause of every page by its id; SpecificationError where a page cannot be read or an id stands twice."""
    found: dict[str, Clause] = {}
    for page in pages():
        for clause in read(page, (FOLDER / f"{page}.md").read_text(encoding="utf-8")):
            if clause.id in found:
                raise _error(
                    page,
                    clause.line,
                    f"{clause.id} stands already in line {found[clause.id].line} of {found[clause.id].page}.md",
                )
            found[clause.id] = clause
    return found


def digest() -> str:
    """Return the SHA-256 of the edition, every clause's id and level, and its text."""
    lines = [
        EDITION,
        *(f"{clause.id} {clause.level} {clause.digest}" for clause in clauses().values()),
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read(page: str, text: str) -> Iterator[Clause]:
    """Yield the clauses of a page's text in order; SpecificationError names the page and the line."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("###")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        heading = _HEADING.fullmatch(lines[start])
        if heading is None or heading["level"] not in LEVELS:
            raise _error(
                page,
                start + 1,
                f"expected '### operation/property · {' or '.join(LEVELS)}', found {lines[start]!r}",
            )
        stop = next(
            (number for number in range(start + 1, end) if lines[number].startswith("## ")), end
        )
        yield _clause(page, heading["id"], heading["level"], start, lines[start + 1 : stop])


def formula(paragraph: str) -> Formula | None:
    """Read the code spans of a paragraph: the first is the expression, each `name = …` after it a definition; None without one."""
    spans = _CODE.findall(" ".join(paragraph.split()))
    if not spans:
        return None
    definitions = [match.groups() for match in map(_DEFINITION.fullmatch, spans[1:]) if match]
    running = paragraph.lstrip().startswith("Running error of")
    return Formula(spans[0], tuple((name, expression) for name, expression in definitions), running)


def _clause(page: str, identifier: str, level: str, start: int, body: list[str]) -> Clause:
    parts = {"Requirement": "", "Bound": "", "Inputs": "", "Why": "", "Source": ""}
    examples: list[Example] = []
    for number, block in _blocks(page, start + 1, body):
        if block[0] == "```python":
            examples.extend(_examples(page, number + 1, block[1:]))
            continue
        text = "\n".join([*block, "```"] if block[0].startswith("```") else block)
        label = _LABEL.match(text)
        name = label["label"] if label else "Requirement"
        parts[name] = f"{parts[name]}\n\n{text[label.end() :] if label else text}".strip()
    for needed in ("Requirement", "Why", "Source"):
        if not parts[needed]:
            raise _error(page, start + 1, f"{identifier} has no {needed.lower()}")
    return Clause(
        id=identifier,
        level=level,
        page=page,
        line=start + 1,
        requirement=parts["Requirement"],
        bound=formula(parts["Bound"]),
        inputs=parts["Inputs"],
        examples=tuple(examples),
        why=parts["Why"],
        source=parts["Source"],
        text="\n".join(body).strip(),
    )


def _blocks(page: str, start: int, body: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield paragraphs and code blocks with the number of their first line; a code block comes without its closing fence."""
    block: list[str] = []
    for number, line in enumerate([*body, ""], start + 1):
        fenced = bool(block) and block[0].startswith("```")
        closes = (
            line.startswith("```")
            if fenced
            else not line.strip() or line.startswith("```") or bool(_LABEL.match(line))
        )
        if closes and block:
            yield number - len(block), block
            block = []
            if fenced or not line.strip():
                continue
        if line.strip() or fenced:
            block.append(line)
    if block:
        raise _error(page, start, "a code block is opened here or below and not closed")


def _examples(page: str, start: int, lines: list[str]) -> Iterator[Example]:
    calls = [index for index, line in enumerate(lines) if line.startswith(">>> ")]
    for index, following in zip(calls, [*calls[1:], len(lines)], strict=True):
        yield _example(
            page,
            start + index,
            lines[index].removeprefix(">>> "),
            "\n".join(lines[index + 1 : following]).strip(),
        )


def _example(page: str, line: int, source: str, answer: str) -> Example:
    try:
        call = ast.parse(source, mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or not answer:
            raise ValueError  # noqa: TRY301  one place words the error
        arguments = tuple(_literal(argument) for argument in call.args)
        parameters = tuple((str(keyword.arg), _literal(keyword.value)) for keyword in call.keywords)
    except (SyntaxError, ValueError):
        raise _error(
            page,
            line,
            f"expected '>>> operation(numbers, name=number)' and an answer below it, found {source!r}",
        ) from None
    return Example(call.func.id, arguments, parameters, f">>> {source}", answer, line)


def _literal(node: ast.expr) -> Any:
    """Evaluate a literal in which `inf` and `nan` are numbers; lists become tuples, so that a clause cannot be changed."""
    if isinstance(node, ast.Name) and node.id in ("inf", "nan"):
        return float(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_literal(node.operand)
    if isinstance(node, (ast.List, ast.Tuple)):
        return tuple(_literal(item) for item in node.elts)
    return ast.literal_eval(node)


def _error(page: str, line: int, what: str) -> SpecificationError:
    return SpecificationError(f"{page}.md:{line}: {what}")
