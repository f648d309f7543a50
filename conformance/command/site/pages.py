"""The pages of the site in Markdown: those of the specification with links into them, and what is made of the reference and the suite."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module

from nnspec import reference, spec
from nnspec.conformance.reports.coverage import specification
from nnspec.conformance.reports.tables import escaped
from nnspec.conformance.run import cases, plan
from nnspec.conformance.run.coverage import of_specification
from nnspec.conformance.run.power import Kill
from nnspec.conformance.terms.formats import INTEGERS
from nnspec.conformance.terms.mistakes import Mistake, mistakes
from nnspec.conformance.terms.operations import operations_of, page_of
from nnspec.spec import Clause, clauses, pages

_CODE = re.compile(r"(`[^`]+`)")
_FORMULA = re.compile(r"\$`(.+?)`\$", re.DOTALL)
_HEADING = re.compile(r"### (\S+/\S+) · ")

# The first sentence of a requirement, a full stop inside of a formula not being its end.
_SENTENCE = re.compile(r"(?:\$[^$]*\$|[^$])*?\.(?=\s|$)")


def site(kills: Sequence[Kill] = ()) -> dict[str, str]:
    """Return every page that is not copied as it is, by its path; with kills, the pages of mistakes say which of them were rejected."""
    made = {
        f"spec/{path.name}": linked(path.read_text(encoding="utf-8"), path.stem)
        for path in sorted(spec.FOLDER.glob("*.md"))
    }
    made |= {f"reference/{page}.md": operations(page) for page in pages() if _operations(page)}
    made |= {f"mistakes/{page}.md": matrix(page, kills) for page in pages()}
    made |= {"clauses.md": index(), "inputs.md": sets(), "coverage.md": coverage()}
    made |= {
        "reference/index.md": _contents(
            "The reference", _REFERENCE, [page for page in pages() if _operations(page)]
        )
    }
    made |= {"mistakes/index.md": _contents("Mistakes", _MISTAKES, pages())}
    return {**made, "index.md": _front()}


def linked(text: str, page: str) -> str:
    """Return a page of the specification with an anchor at every clause, and with links from the names of clauses and inputs."""
    lines: list[str] = []
    fence, current, of_inputs = "", None, False
    for line in text.splitlines():
        opened = re.match(r"`{3,}", line)
        heading = _HEADING.match(line)
        of_inputs = line.startswith("*Inputs.*") or (of_inputs and bool(line))
        if fence or opened:
            lines.append(line)
            fence = opened[0] if opened and not fence else "" if line == fence else fence
        elif heading or line.startswith("## "):
            lines += _see(current)
            current = clauses()[heading[1]] if heading else None
            lines += [f"(clause:{heading[1]})=", line] if heading else [line]
        elif of_inputs:
            lines.append(
                _CODE.sub(lambda match: f"[{match[0]}](#inputs:{page}/{match[0].strip('`')})", line)
            )
        else:
            lines.append(_CODE.sub(lambda match: _link(match[0]), line))
    return _FORMULA.sub(r"$\1$", "\n".join([*lines, *_see(current)])) + "\n"


def _link(code: str) -> str:
    """Return a span of code, as a link where it is the name of a clause."""
    name = code.strip("`")
    return f"[{code}](#clause:{name})" if name in clauses() else code


def _see(clause: Clause | None) -> list[str]:
    """Return the lines that lead from a clause to its operations and to the mistakes it rejects."""
    if clause is None:
        return []
    whole = f"[every operation of {clause.page}](/reference/{clause.page}.md)"
    operations = operations_of(clause)
    links = (f"[`{name}`](#operation:{name})" for name in operations)
    named = whole if list(operations) == _operations(clause.page) else ", ".join(links)
    count = len(_rejected(clause))
    return [
        "",
        f"*Reference.* {named} · *Rejects.* [{count} {'mistake' if count == 1 else 'mistakes'}](#mistakes:{clause.id})",
        "",
    ]


def operations(page: str) -> str:
    """One page of the reference: each operation with its signature, its docstring and its clauses."""
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
    """Return the arguments by name: what kind each is stands in the docstring."""
    signature = inspect.signature(getattr(reference, operation))
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def docstring(text: str) -> Iterator[str]:
    """Yield the lines of a docstring in Markdown, each heading at the head of its first paragraph."""
    parts = ["", *re.split(r"^([A-Z][A-Za-z ]*)\n(?=    )", text, flags=re.MULTILINE)]
    for heading, body in zip(parts[::2], parts[1::2], strict=True):
        first, *others = (prose(paragraph) for paragraph in re.split(r"\n\s*\n", body.strip()))
        yield from (f"**{heading}.** {first}" if heading else first, "")
        for other in others:
            yield from (other, "")


def prose(text: str) -> str:
    """Return plain text with spans of code, as docstrings are, in Markdown: on one line, and nothing of it taken for a mark."""
    return "".join(
        part if _CODE.fullmatch(part) else _kept(part)
        for part in _CODE.split(" ".join(text.split()))
    )


def _kept(text: str) -> str:
    margins = len(text) - len(text.lstrip()), len(text) - len(text.rstrip())
    return f"{' ' * margins[0]}{escaped(text)}{' ' * margins[1] if text.strip() else ''}"


def matrix(page: str, kills: Sequence[Kill] = ()) -> str:
    """Return the mistakes that each clause of a page has to reject, and where they were run how many times it did."""
    lines = [
        f"# Mistakes: {page}",
        "",
        f"What the clauses of [the page {page}](/spec/{page}.md) have to reject.",
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
    """Return a line on a mistake, made in each of the operations found."""
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
        "Every clause by the page it stands on, with the first sentence of what it requires.",
        "",
    ]
    for page in pages():
        lines += [f"## {page}", ""]
        for clause in clauses().values():
            if clause.page == page:
                lines.append(
                    f"- [{clause.id}](#clause:{clause.id}) · {clause.level}. {_sentence(clause)}"
                )
        lines.append("")
    return "\n".join(lines)


def _sentence(clause: Clause) -> str:
    """Return the first sentence of a requirement on one line, formulas in the line too."""
    text = re.sub(
        r"```math\n(.+?)\n```",
        lambda match: f"${' '.join(match[1].split())}$",
        clause.requirement,
        flags=re.DOTALL,
    )
    text = " ".join(_FORMULA.sub(r"$\1$", text).split())
    first = _SENTENCE.match(text)
    return re.sub(r"\]\(([a-z]+\.md)", r"](/spec/\1", first[0] if first else text)


def sets() -> str:
    """Return the inputs that clauses name: what each set is made of, and who is judged on it."""
    lines = [
        "# Inputs",
        "",
        "The same numbers for everyone. A clause names the sets that it is judged on.",
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
        for each in mistakes()[operation]
        if clause.id in each.clauses
    ]


def _operations(page: str) -> list[str]:
    return [name for name in reference.__all__ if page_of(name) == page]


_REFERENCE = (
    "Every formula, once and plainly, in NumPy and float64. The formula printed is the one computed; the accuracy stated is proved against "
    "interval arithmetic, and the suite adds it to the bounds for the benefit of whoever is judged."
)

_MISTAKES = (
    "Wrong implementations, each with one plausible error. They work twice: a clause that does not reject a mistake that names it is "
    "an error of the suite, which `conformance power` finds; and an implementation that fails is compared with all of them, so that "
    "the report can say which one it behaves like."
)


def _contents(title: str, text: str, names: Iterable[str]) -> str:
    return "\n".join(
        [f"# {title}", "", text, "", "```{toctree}", ":maxdepth: 1", "", *names, "```", ""]
    )


def _front() -> str:
    counts: Mapping[str, int] = {
        "operations": len(reference.__all__),
        "clauses": len(clauses()),
        "checks": len(plan.checks()),
        "mistakes": sum(map(len, mistakes().values())),
    }
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    return _FRONT.format(
        edition=spec.EDITION,
        digest=spec.digest(),
        counts=told,
        pages="\n".join(f"spec/{page}" for page in pages()),
    )


_FRONT = """# nnspec

How neural networks are trained, as requirements that an implementation can fail: edition {edition} of the specification, with {counts}.

- [The specification](spec/README.md) and [how to read a clause](spec/README.md#how-to-read-a-clause)
- [Every clause](clauses.md), each with its first sentence
- [The reference](reference/index.md): every operation, its formula and its accuracy
- [Mistakes](mistakes/index.md): what each clause has to reject
- [Coverage](coverage.md): clauses, checks, mistakes and vectors, counted
- [Vectors](spec/vectors/README.md): true answers to the last bit, for any language
- [The line protocol](conformance/sources/protocol.md): how an implementation in any language is certified

The digest of this edition, which reports name, is `{digest}`.

```{{toctree}}
:caption: Specification
:hidden:

spec/README
spec/notation
{pages}
spec/retired
clauses
```

```{{toctree}}
:caption: Reference and suite
:hidden:

reference/index
mistakes/index
inputs
spec/vectors/README
conformance/sources/protocol
coverage
```
"""
