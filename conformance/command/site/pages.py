"""The pages of the site, in Markdown.

The pages of the specification get links. Other pages are made from the reference and the suite.
"""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from nnspec import reference, spec
from nnspec.conformance.command.site.documents import documents
from nnspec.conformance.command.site.front import front
from nnspec.conformance.command.site.libraries import libraries
from nnspec.conformance.command.site.proofs import link, proofs, to_lemmas
from nnspec.conformance.programs.program import programs_of
from nnspec.conformance.programs.typeset import lines_of
from nnspec.conformance.reports.clauses import sentence as first
from nnspec.conformance.reports.coverage import specification
from nnspec.conformance.reports.tables import escaped
from nnspec.conformance.run import cases
from nnspec.conformance.run.coverage import of_specification
from nnspec.conformance.run.power import Kill
from nnspec.conformance.terms.formats import INTEGERS
from nnspec.conformance.terms.mistakes import Mistake, mistakes_of
from nnspec.conformance.terms.operations import operations_of, page_of
from nnspec.spec import Clause, clauses, pages
from nnspec.spec.translations import LANGUAGES

# A span of code in brackets is a link already.
_CODE = re.compile(r"(?<!\[)(`[^`]+`)")
_ADDRESS = re.compile(r"\[`([^`]+)`\]: \S+")
_FORMULA = re.compile(r"\$`(.+?)`\$", re.DOTALL)
# The first page in another language has a site of its own.
_LANGUAGE = re.compile(rf"\]\(({'|'.join(LANGUAGES)})/README\.md\)")
_HEADING = re.compile(r"### (\S+/\S+) · ")


def site(kills: Sequence[Kill] = (), reports: Sequence[Mapping[str, Any]] = ()) -> dict[str, str]:
    """Return every page of the site, by its path.

    With kills, the pages of mistakes also say which mistakes were rejected. Reports are laid beside
    each other.
    """
    made = {
        f"spec/{path.name}": linked(path.read_text(encoding="utf-8"), path.stem)
        for path in sorted(spec.FOLDER.glob("*.md"))
    }
    made |= proofs()
    made |= documents()
    made |= {f"reference/{page}.md": operations(page) for page in pages() if _operations(page)}
    made |= {f"mistakes/{page}.md": matrix(page, kills) for page in pages()}
    made |= {"clauses.md": index(), "inputs.md": sets(), "coverage.md": coverage()}
    made |= {
        "reference/index.md": _contents(
            "The reference", _REFERENCE, [page for page in pages() if _operations(page)]
        )
    }
    made |= {"mistakes/index.md": _contents("Mistakes", _MISTAKES, pages())}
    beside = libraries(reports) if reports else {}
    return {**made, **beside, "index.md": front(tuple(beside))}


def linked(text: str, page: str) -> str:
    """Return a page of the specification with an anchor at every clause.

    The names of clauses and of inputs become links. A formula that can be edited is typeset as
    diagnoses show it.
    """
    lines: list[str] = []
    fence, current, of_inputs, of_formula, shown = "", None, False, False, False
    for line in text.splitlines():
        opened = re.match(r"`{3,}", line)
        heading = _HEADING.match(line)
        of_inputs = line.startswith("*Inputs.*") or (of_inputs and bool(line))
        of_formula = line.startswith("*Formula.*") or (of_formula and bool(line))
        if line.startswith("*Bound.*"):
            lines += _formula(current)
        if fence or opened:
            lines.append(line)
            fence = opened[0] if opened and not fence else "" if line == fence else fence
        elif heading or line.startswith("## "):
            lines += _see(current)
            # The clauses of all operations come first on a page, and are many.
            lines += [] if current or shown else _operations_of(page)
            shown = True
            current = clauses()[heading[1]] if heading else None
            lines += [f"(clause:{heading[1]})=", line] if heading else [line]
        elif of_formula:
            continue
        elif address := _ADDRESS.fullmatch(line):
            lines.append(_addressed(address[1]))
        elif of_inputs:
            lines.append(
                _CODE.sub(lambda match: f"[{match[0]}](#inputs:{page}/{match[0].strip('`')})", line)
            )
        else:
            lines.append(_CODE.sub(lambda match: link(match[0]), line))
    text = _LANGUAGE.sub(r"](\1:index.html)", "\n".join([*lines, *_see(current)]))
    return to_lemmas(_FORMULA.sub(r"$\1$", text)) + "\n"


def _operations_of(page: str) -> list[str]:
    """Return the lines that lead from the top of a page to the formula of each operation."""
    links = [
        f"[`{name}`](#clause:{name}/accuracy)"
        for name in _operations(page)
        if f"{name}/accuracy" in clauses()
    ]
    return [f"**Operations.** {' · '.join(links)}", ""] if links else []


def _formula(clause: Clause | None) -> list[str]:
    """Return the lines that show the formula of a clause, in each of its forms."""
    if clause is None or clause.id != f"{clause.operation}/accuracy" or not clause.formulas:
        return []
    forms = ["; ".join(lines_of(program)) for program in programs_of(clause.operation)]
    return [f"*Formula.* {' or '.join(f'`{form}`' for form in forms)}", ""]


def _addressed(name: str) -> str:
    """Return where the site shows a clause or an operation, for the links of its name."""
    return f"[`{name}`]: #{'clause' if name in clauses() else 'operation'}:{name}"


def _see(clause: Clause | None) -> list[str]:
    """Return the lines that link a clause to its operations and to the mistakes it rejects."""
    if clause is None:
        return []
    whole = f"[every operation of {clause.page}](/reference/{clause.page}.md)"
    operations = operations_of(clause)
    links = (f"[`{name}`](#operation:{name})" for name in operations)
    named = whole if list(operations) == _operations(clause.page) else ", ".join(links)
    count = len(_rejected(clause))
    counted = f"{count} {'mistake' if count == 1 else 'mistakes'}"
    return ["", f"*Reference.* {named} · *Rejects.* [{counted}](#mistakes:{clause.id})", ""]


def operations(page: str) -> str:
    """One page of the reference: each operation's signature, docstring and clauses."""
    lines = [
        f"# Reference: {page}",
        "",
        f"The operations of [the page {page}](/spec/{page}.md), as {_code_of(page)} computes them.",
        "",
    ]
    for operation in _operations(page):
        function = getattr(reference, operation)
        lines += [
            f"(operation:{operation})=",
            f"## {operation}",
            "",
            "```python",
            f"{operation}{_signature(operation)}",
            "```",
            "",
        ]
        lines += [*docstring(inspect.getdoc(function) or ""), ""]
        spoken = [
            f"[{clause.id}](#clause:{clause.id})"
            for clause in clauses().values()
            if operation in operations_of(clause)
        ]
        lines += [f"**Clauses.** {' · '.join(spoken)}", ""]
    return "\n".join(lines)


def _code_of(page: str) -> str:
    """The module of the reference that holds a page, or the package."""
    module = import_module(f"{reference.__name__}.{page}")
    return (
        f"the package `reference/{page}/`"
        if hasattr(module, "__path__")
        else f"`reference/{page}.py`"
    )


def _signature(operation: str) -> str:
    """Return the signature without types: the docstring gives them."""
    signature = inspect.signature(getattr(reference, operation))
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def docstring(text: str) -> Iterator[str]:
    """Yield the lines of a docstring in Markdown; each heading opens its first paragraph."""
    parts = ["", *re.split(r"^([A-Z][A-Za-z ]*)\n(?=    )", text, flags=re.MULTILINE)]
    for heading, body in zip(parts[::2], parts[1::2], strict=True):
        first, *others = (prose(paragraph) for paragraph in re.split(r"\n\s*\n", body.strip()))
        yield from (f"**{heading}.** {first}" if heading else first, "")
        for other in others:
            yield from (other, "")


def prose(text: str) -> str:
    """Return the text of a docstring in Markdown, on one line.

    Spans of code stay; all other marks of Markdown are escaped.
    """
    return "".join(
        part if _CODE.fullmatch(part) else _kept(part)
        for part in _CODE.split(" ".join(text.split()))
    )


def _kept(text: str) -> str:
    margins = len(text) - len(text.lstrip()), len(text) - len(text.rstrip())
    return f"{' ' * margins[0]}{escaped(text)}{' ' * margins[1] if text.strip() else ''}"


def matrix(page: str, kills: Sequence[Kill] = ()) -> str:
    """Return the mistakes that each clause of a page has to reject.

    With kills, each line counts the runs in which the clause rejected the mistake.
    """
    lines = [
        f"# Mistakes: {page}",
        "",
        f"The clauses of [the page {page}](/spec/{page}.md) have to reject these mistakes.",
        "",
    ]
    for clause in clauses().values():
        if clause.page == page:
            lines += [
                f"(mistakes:{clause.id})=",
                f"## {clause.id}",
                "",
                f"[The clause](#clause:{clause.id}) · {clause.level}",
                "",
            ]
            named: dict[tuple[str, str], list[str]] = {}
            for each in _rejected(clause):
                named.setdefault((each.name, each.description), []).append(each.operation)
            lines += [
                _mistake(
                    clause,
                    name,
                    description,
                    found,
                    [kill for kill in kills if kill.mistake.name == name],
                )
                for (name, description), found in named.items()
            ]
            lines.append("")
    return "\n".join(lines)


def _mistake(
    clause: Clause, name: str, description: str, found: Sequence[str], kills: Iterable[Kill]
) -> str:
    """Return a line on a mistake and the operations in which it is made."""
    about = (
        ""
        if clause.operation in found
        else f" ({', '.join(f'[`{each}`](#operation:{each})' for each in found)})"
    )
    run = [
        kill for kill in kills if kill.mistake.operation in found and clause.id in kill.judged_by
    ]
    said = f"- **{escaped(name)}**{about}: {prose(description)}"
    if run:
        said += (
            f" Rejected in {sum(clause.id in kill.rejected_by for kill in run)} of {len(run)} runs."
        )
    survived = [
        f"{kill.mistake.operation} in {kill.dtype or INTEGERS}"
        for kill in run
        if clause.id in kill.survived
    ]
    return said + (f" **Survived: {escaped(', '.join(survived))}.**" if survived else "")


def index() -> str:
    """Return the index of clauses: every one with its level and its first sentence."""
    lines = [
        "# Every clause",
        "",
        "Every clause of every page, with the first sentence of its requirement. Programs read",
        '<a href="clauses.json">clauses.json</a>, whose form',
        '<a href="clauses.schema.json">a schema</a> describes.',
        "",
    ]
    for page in pages():
        lines += [f"## {page}", ""]
        for clause in clauses().values():
            if clause.page == page:
                lines.append(
                    f"- [{clause.id}](#clause:{clause.id}) · {clause.level}. {sentence(clause)}"
                )
        lines.append("")
    return "\n".join(lines)


def sentence(clause: Clause) -> str:
    """Return the first sentence of a requirement, with links that lead to pages of the site."""
    return re.sub(r"\]\(([a-z]+\.md)", r"](/spec/\1", first(clause))


def sets() -> str:
    """Return the page of inputs: how each set is made, and which clauses are judged on it."""
    lines = [
        "# Inputs",
        "",
        "Every implementation gets the same numbers. A clause names the sets that it is judged on.",
        "",
    ]
    for page in pages():
        lines += [f"## Inputs of {page}", ""]
        for name, function in cases.sets(page).items():
            judged = [
                clause.id
                for clause in clauses().values()
                if clause.page == page and name in cases.sets_of(clause)
            ]
            lines += [
                f"(inputs:{page}/{name})=",
                f"### {name}",
                "",
                prose(inspect.getdoc(function) or ""),
                "",
            ]
            lines += [", ".join(f"[{each}](#clause:{each})" for each in judged), ""]
    return "\n".join(lines)


def coverage() -> str:
    """Return the page that `conformance coverage` writes, with links to the clauses."""
    page = specification(of_specification())
    return re.sub(
        r"^\| (\S+/\S+) \|",
        lambda match: f"| [{match[1]}](#clause:{match[1].replace(chr(92), '')}) |",
        page,
        flags=re.MULTILINE,
    )


def _rejected(clause: Clause) -> list[Mistake]:
    return [
        each
        for operation in operations_of(clause)
        for each in mistakes_of(operation)
        if clause.id in each.clauses
    ]


def _operations(page: str) -> list[str]:
    return [name for name in reference.__all__ if page_of(name) == page]


_REFERENCE = (
    "Every formula, once and plainly, in NumPy and float64. The code computes the formula that is "
    "printed here. Ball arithmetic measures the stated accuracy. The suite adds the error "
    "that remains in its truth to every bound, so that no implementation is charged for it."
)

_MISTAKES = (
    "Wrong implementations, each with one plausible error. They work twice. First, a mistake names "
    "the clauses that must reject it; `conformance power` finds every clause that does not. "
    "Second, the suite compares a failing implementation with all mistakes, and the report names "
    "the one that behaves like it."
)


def _contents(title: str, text: str, names: Iterable[str]) -> str:
    return "\n".join(
        [f"# {title}", "", text, "", "```{toctree}", ":maxdepth: 1", "", *names, "```", ""]
    )
