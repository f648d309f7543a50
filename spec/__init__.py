"""The clauses as data: `clauses()` reads the pages beside this file.

A clause is one `###` heading `operation/property · LEVEL` and the paragraphs below it; README.md
shows one. A heading that cannot be read is an error with its line.
"""

import ast
import dataclasses
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

EDITION = "2.0"
# Until a release the edition is a draft: a clause may still come, go or change.
DRAFT = True
FOLDER = Path(__file__).parent
LEVELS = ("MUST", "SHOULD", "Informative")

HEADING = re.compile(r"### (?P<id>[a-z0-9_]+/[a-z0-9-]+) · (?P<level>\w+)")
# The ways to judge a clause that has no check of its own: each answer by its truth, each step of an
# optimizer by its formula, the mean of all errors, each answer to a repeated call, or their bits.
JUDGED_BY = ("answers", "steps", "mean", "repetitions", "bits")

# The labels of a clause's paragraphs. Those in `_ASIDE` say how a clause is judged, where its bound
# is derived, or its formula once more, for machines; the others are its requirement.
LABELS = (
    "Formula",
    "Bound",
    "Derived",
    "Inputs",
    "Operations",
    "Given",
    "Judged by",
    "Why",
    "Source",
    "Fails",
)
_ASIDE = ("Formula", "Derived", "Operations", "Given", "Judged by", "Fails")
LABEL = re.compile(rf"\*(?P<label>{'|'.join(LABELS)})\.\*\s+")
_CODE = re.compile(r"`([^`]+)`")
_LEMMA = re.compile(r"\]\(derivations/[a-z]+\.md#([a-z0-9-]+)\)")
_OF_THE_BOUND = "That of the bound"
_DEFINITION = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)\s*(.+)", re.DOTALL)
_PAGE_ROW = re.compile(r"^\| \[[a-z_]+\]\(([a-z_]+)\.md\) \|", re.MULTILINE)


class SpecificationError(Exception):
    """A page breaks the form of a clause; the message opens with page and line."""


@dataclass(frozen=True)
class Formula:
    """An expression in the language of `notation.md`, and its names, each defined before its use.

    If a formula is `running`, the bound is the formula's running error. If it is `once`, the
    bound is that of an answer that float32 has within the formula and that is then rounded.
    """

    expression: str
    definitions: tuple[tuple[str, str], ...] = ()
    running: bool = False
    once: bool = False


@dataclass(frozen=True)
class Example:
    """A call that a clause prints, and the answer below it.

    The call is `operation(*arguments, **parameters)`.
    """

    operation: str
    arguments: tuple[Any, ...]
    parameters: tuple[tuple[str, Any], ...]
    call: str
    answer: str
    line: int


@dataclass(frozen=True)
class Clause:
    """One requirement: its permanent id, its level, and the parts of its text.

    `fails` is the sentence that is true if the clause is broken; `judged_by` is one of `JUDGED_BY`.
    `formulas` are the forms of the operation's formula: those that the clause states, else that
    whose running error is the bound. `derived` names the lemmas of `derivations.md` that the bound
    or the identity follows from. `given` names the parameters whose given values the clause is
    about. A clause that bears its page's name may hold for some of the page's operations only:
    `named` lists them, or `excepted` the others.
    `text` is everything below the heading; `required` is its part that states the requirement.
    """

    id: str
    level: str
    page: str
    line: int
    requirement: str
    formulas: tuple[Formula, ...]
    bound: Formula | None
    derived: tuple[str, ...]
    inputs: str
    examples: tuple[Example, ...]
    why: str
    source: str
    fails: str
    judged_by: str
    given: tuple[str, ...]
    named: tuple[str, ...]
    excepted: tuple[str, ...]
    text: str
    required: str

    @cached_property
    def operation(self) -> str:
        """The operation that the clause speaks of, or the page if it is named after one."""
        return self.id.partition("/")[0]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the requirement, with white space folded."""
        return _hash(self.required)

    def speaks_of(self, operation: str) -> bool:
        """Say whether a clause that is named after a page speaks of this operation of the page."""
        return operation not in self.excepted and (not self.named or operation in self.named)


def pages() -> tuple[str, ...]:
    """Return the names of the pages in the order of the table in README.md."""
    return tuple(_PAGE_ROW.findall((FOLDER / "README.md").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def clauses() -> dict[str, Clause]:
    """Return every clause of every page by its id.

    Raises SpecificationError if a page cannot be read, or if two clauses have the same id.
    """
    found: dict[str, Clause] = {}
    for page in pages():
        for clause in read(page, _text(page)):
            if clause.id in found:
                first = found[clause.id]
                where = f"in line {first.line} of {first.page}.md"
                raise _error(page, clause.line, f"{clause.id} stands already {where}")
            found[clause.id] = clause
    return found


def _text(page: str) -> str:
    """Return the text of a page; raises SpecificationError if there is none."""
    try:
        data = (FOLDER / f"{page}.md").read_bytes()
    except OSError as error:
        message = f"README.md lists the page {page}, which cannot be read: {error.strerror}"
        raise SpecificationError(message) from None
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        message = f"expected UTF-8, found the byte {data[error.start]:#04x}"
        raise _error(page, before.count(b"\n") + 1, message) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def edition() -> str:
    """Return the name of the edition, which says so if it is a draft."""
    return f"{EDITION} (draft)" if DRAFT else EDITION


def digest() -> str:
    """Return the SHA-256 of the edition and of every clause: its id, its level and all its text."""
    lines = [
        f"{clause.id} {clause.level} {clause.judged_by} {_hash(clause.text)}"
        for clause in clauses().values()
    ]
    return hashlib.sha256("\n".join([edition(), *lines]).encode()).hexdigest()


def _hash(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def read(page: str, text: str) -> Iterator[Clause]:
    """Yield the clauses of a page's text in order.

    Raises SpecificationError, with page and line, if one cannot be read.
    """
    # Not `splitlines`, to which a form feed ends a line: the lines are those of an editor.
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith("###")]
    judged_by = _judged_by_default(page, lines[: starts[0]] if starts else [])
    for start, end in pairwise([*starts, len(lines)]):
        heading = HEADING.fullmatch(lines[start])
        if heading is None or heading["level"] not in LEVELS:
            form = f"'### operation/property · {' or '.join(LEVELS)}'"
            raise _error(page, start + 1, f"expected {form}, found {lines[start]!r}")
        stop = next(
            (number for number in range(start + 1, end) if lines[number].startswith("## ")), end
        )
        body = lines[start + 1 : stop]
        yield _clause(page, heading["id"], heading["level"], start, body, judged_by)


def formula(paragraph: str) -> Formula | None:
    """Return the formula in the code spans of a paragraph, None if it has no span.

    The first span is the expression, and each `name = …` after it a definition.
    """
    spans = _CODE.findall(" ".join(paragraph.split()))
    if not spans:
        return None
    definitions = [match.groups() for match in map(_DEFINITION.fullmatch, spans[1:]) if match]
    running, once = (
        paragraph.lstrip().startswith(opening) for opening in ("Running error of", "Rounded once:")
    )
    named = tuple((name, expression) for name, expression in definitions)
    return Formula(spans[0], named, running, once)


def _judged_by_default(page: str, introduction: list[str]) -> str:
    """Return the way to judge a page's clauses, from its introduction; a clause may differ."""
    for number, block in blocks(page, 0, introduction):
        if block[0].startswith("*Judged by.*"):
            return _judged_by(page, number, "\n".join(block))
    return JUDGED_BY[0]


def _judged_by(page: str, line: int, text: str) -> str:
    found = _CODE.search(text)
    if found is None or found[1] not in JUDGED_BY:
        raise _error(page, line, f"expected one of `{'`, `'.join(JUDGED_BY)}`, found {text!r}")
    return found[1]


def _clause(
    page: str, identifier: str, level: str, start: int, body: list[str], judged_by: str
) -> Clause:
    parts, examples, required = _parts(page, start, body)

    def listed(name: str) -> tuple[str, ...]:
        found = tuple(_CODE.findall(parts[name]))
        if parts[name] and not found:
            raise _error(page, start + 1, f"{identifier} lists no {name.lower()} in `code`")
        return found

    for needed in ("Requirement", "Why", "Source", *(("Fails",) if level in LEVELS[:2] else ())):
        if not parts[needed]:
            raise _error(page, start + 1, f"{identifier} has no {needed.lower()}")
    if parts["Operations"] and identifier.partition("/")[0] != page:
        raise _error(page, start + 1, f"{identifier} speaks of one operation and lists operations")
    derived = tuple(_LEMMA.findall(parts["Derived"]))
    if parts["Derived"] and not derived:
        raise _error(page, start + 1, f"{identifier} links to no lemma of derivations/")
    if parts["Judged by"]:
        judged_by = _judged_by(page, start + 1, parts["Judged by"])
    excepts = parts["Operations"].startswith("All but")
    bound = formula(parts["Bound"])
    formulas = tuple(_formulas(parts["Formula"], bound))
    if None in formulas:
        raise _error(page, start + 1, f"{identifier} states a formula without an expression")
    return Clause(
        id=identifier,
        level=level,
        page=page,
        line=start + 1,
        requirement=parts["Requirement"],
        formulas=tuple(filter(None, formulas)),
        bound=bound,
        derived=derived,
        inputs=parts["Inputs"],
        examples=examples,
        why=parts["Why"],
        source=parts["Source"],
        fails=" ".join(parts["Fails"].split()),
        judged_by=judged_by,
        given=listed("Given"),
        named=() if excepts else listed("Operations"),
        excepted=listed("Operations") if excepts else (),
        text="\n".join(body).strip(),
        required=required,
    )


def _formulas(stated: str, bound: Formula | None) -> Iterator[Formula | None]:
    """Yield the formula of each paragraph, None for one without; else that of a running bound."""
    of_the_bound = dataclasses.replace(bound, running=False) if bound else None
    if stated:
        for paragraph in stated.split("\n\n"):
            yield of_the_bound if paragraph.startswith(_OF_THE_BOUND) else formula(paragraph)
    elif bound is not None and bound.running:
        yield of_the_bound


def _parts(
    page: str, start: int, body: list[str]
) -> tuple[dict[str, str], tuple[Example, ...], str]:
    """Return the paragraphs of a clause by their labels, its examples, and its requirement."""
    parts = dict.fromkeys(("Requirement", *LABELS), "")
    examples: list[Example] = []
    required: list[str] = []
    for number, block in blocks(page, start + 1, body):
        text = "\n".join([*block, "```"] if block[0].startswith("```") else block)
        label = LABEL.match(text)
        name = label["label"] if label else "Requirement"
        if name not in _ASIDE:
            required.append(text)
        if block[0] == "```python":
            examples.extend(_examples(page, number + 1, block[1:]))
        else:
            parts[name] = f"{parts[name]}\n\n{text[label.end() :] if label else text}".strip()
    return parts, tuple(examples), "\n\n".join(required)


def blocks(page: str, start: int, body: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield paragraphs and code blocks, each with the number of its first line.

    A code block comes without its closing fence.
    """
    block: list[str] = []
    for number, line in enumerate([*body, ""], start + 1):
        fenced = bool(block) and block[0].startswith("```")
        closes = (
            line.startswith("```")
            if fenced
            else not line.strip() or line.startswith("```") or bool(LABEL.match(line))
        )
        if closes and block:
            yield number - len(block), block
            block = []
            if fenced or not line.strip():
                continue
        if line.strip() or fenced:
            block.append(line)
    if block:
        opened = start + len(body) + 2 - len(block)
        raise _error(page, opened, "a code block opens here and does not close")


def _examples(page: str, start: int, lines: list[str]) -> Iterator[Example]:
    calls = [index for index, line in enumerate(lines) if line.startswith(">>> ")]
    if not calls:
        raise _error(page, start - 1, "expected '>>> operation(numbers)' in a block of Python")
    for index, following in pairwise([*calls, len(lines)]):
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
        if any(keyword.arg is None for keyword in call.keywords):
            raise ValueError  # noqa: TRY301  names that no reader sees
        arguments = tuple(_literal(argument) for argument in call.args)
        parameters = tuple((str(keyword.arg), _literal(keyword.value)) for keyword in call.keywords)
    # -"a" and {[1]: 2} are no literals, and Python's parser gives up on a thousand brackets.
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        form = "'>>> operation(numbers, name=number)' and an answer below it"
        raise _error(page, line, f"expected {form}, found {source!r}") from None
    return Example(call.func.id, arguments, parameters, f">>> {source}", answer, line)


def _literal(node: ast.expr) -> Any:
    """Return the value of a literal in which `inf` and `nan` are numbers.

    Lists become tuples, so that no caller can change a clause.
    """
    if isinstance(node, ast.Name) and node.id in ("inf", "nan"):
        return float(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_literal(node.operand)
    if isinstance(node, (ast.List, ast.Tuple)):
        return tuple(_literal(item) for item in node.elts)
    return ast.literal_eval(node)


def _error(page: str, line: int, message: str) -> SpecificationError:
    return SpecificationError(f"{page}.md:{line}: {message}")
