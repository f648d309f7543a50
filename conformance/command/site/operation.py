"""A page of the site for each operation: its formula, its call, its picture, its siblings.

The clauses about the operation alone follow, then those about every operation of its page.
"""

import inspect
import re
from collections.abc import Iterator

from nnspec import reference, spec
from nnspec.conformance.command.site import pages as site
from nnspec.conformance.reports.operation import siblings_of
from nnspec.conformance.terms.operations import OPERATIONS, called, operations_of, shapes_of
from nnspec.spec import Clause, clauses

_PICTURE = re.compile(r"^!\[.+?\]\(figures/(?P<name>[a-z-]+)\.svg\)$", re.MULTILINE)
_PAGE = re.compile(r"\]\(([a-z]+\.md)")

# The operations that the picture of a page shows.
_DRAWN = {
    "activations": ("step", "sigmoid", "tanh", "relu", "leaky_relu"),
    "descent": (
        "gradient_descent",
        "newton",
        "momentum",
        "momentum_average",
        "momentum_unbiased",
        "nesterov",
    ),
    "histograms-tanh": ("normal", "xavier_fan_in_normal", "kaiming_normal"),
    "histograms-relu": ("normal", "xavier_fan_in_normal", "kaiming_normal"),
    "depth": ("kaiming_normal",),
    "saddle": ("gradient_descent", "momentum", "newton"),
    "cliff": ("clip_by_global_norm",),
    "perceptron": ("perceptron_step",),
    "preprocessing": ("center", "standardize"),
    "batch-norm": ("batch_norm_train",),
}


def site_of_operations() -> dict[str, str]:
    """Return the page of each operation, and their list, by their paths."""
    made = {f"operations/{name}.md": page(name) for name in OPERATIONS}
    return {**made, "operations/index.md": _list()}


def page(operation: str) -> str:
    """Return the page of an operation in Markdown."""
    first, _, _ = (inspect.getdoc(getattr(reference, operation)) or "").partition("\n")
    own, general = _spoken(operation)
    lines = [f"# {operation}", "", site.prose(first), ""]
    accuracy = clauses().get(f"{operation}/accuracy")
    if accuracy:
        lines += [_stated(accuracy), ""]
    lines += ["```python", called(operation), "```", ""]
    lines += ["**Shapes.** " + site.prose(shapes_of(operation)), ""] if shapes_of(operation) else []
    if accuracy and accuracy.examples:
        lines += ["```python", *_examples(accuracy), "```", ""]
    lines += [*_pictures(operation)]
    siblings = [f"[{each}](/operations/{each}.md)" for each in siblings_of(operation)]
    lines += [f"**Siblings.** {' · '.join(siblings)}", ""] if siblings else []
    whole = OPERATIONS[operation].page
    docstring = f"[its docstring, with accuracy and edge cases](#operation:{operation})"
    variants = "[which library computes what](/spec/variants.md)"
    lines += [
        f"**Reference.** {docstring} · [the page {whole}](/spec/{whole}.md) · {variants}",
        "",
        "## Clauses about it",
        "",
        *map(_line, own),
        "",
        "## Clauses about every operation of its page",
        "",
        *map(_line, general),
    ]
    return "\n".join(lines) + "\n"


def _spoken(operation: str) -> tuple[list[Clause], list[Clause]]:
    """Return the clauses about an operation: those that bear its name or another's, and the page's.

    A clause that bears the name of another operation may speak of this one too.
    """
    spoken = [each for each in clauses().values() if operation in operations_of(each)]
    return (
        [each for each in spoken if each.operation != each.page],
        [each for each in spoken if each.operation == each.page],
    )


def _stated(clause: Clause) -> str:
    """Return the requirement of a clause, with links that lead from the page of an operation."""
    return _PAGE.sub(r"](/spec/\1", re.sub(r"\$`(.+?)`\$", r"$\1$", clause.requirement))


def _examples(clause: Clause) -> Iterator[str]:
    for each in clause.examples:
        yield from (each.call, each.answer)


def _pictures(operation: str) -> Iterator[str]:
    """Yield the lines that show the pictures of the page on which the operation is drawn."""
    text = (spec.FOLDER / f"{OPERATIONS[operation].page}.md").read_text(encoding="utf-8")
    for match in _PICTURE.finditer(text):
        if operation.removesuffix("_vjp") in _DRAWN.get(match["name"], ()):
            yield from (match[0].replace("(figures/", "(/spec/figures/"), "")


def _line(clause: Clause) -> str:
    """Return the line of a clause: its name, its level, its first sentence."""
    return f"- [{clause.id}](#clause:{clause.id}) · {clause.level}. {site.sentence(clause)}"


def _list() -> str:
    """Return the page that lists all operations, page by page, with their first sentences."""
    lines = [
        "# Operations",
        "",
        "Each operation has a page: formula, call, shapes, picture, siblings, clauses.",
        "",
    ]
    for name in spec.pages():
        listed = [each for each in OPERATIONS if OPERATIONS[each].page == name]
        lines += [f"## Operations of {name}", ""] if listed else []
        for each in listed:
            first, _, _ = (inspect.getdoc(getattr(reference, each)) or "").partition("\n")
            lines.append(f"- [{each}](/operations/{each}.md): {site.prose(first)}")
        lines.append("")
    return "\n".join([*lines, "```{toctree}", ":hidden:", "", *OPERATIONS, "```", ""])
