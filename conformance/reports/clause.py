"""A clause in a terminal, as `conformance explain` prints it."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.reports.folding import folded
from nnspec.conformance.reports.unicode import plain
from nnspec.spec import Clause, Formula
from nnspec.spec.lemmas import lemmas


def show(
    clause: Clause,
    bound: Formula | None,
    mistakes: Mapping[str, str],
    console: Console,
    formulas: Sequence[Sequence[str]] = (),
    edits: Sequence[Edit] = (),
) -> None:
    """Print a clause part by part, and the mistakes that it rejects.

    `formulas` are the forms of the formula that it states, each line by line. The `edits` of the
    formula are the likeliest ways to write it wrongly.
    """
    console.print(
        Text.assemble(
            (clause.id, "bold"), f"  {clause.level}  ", (f"{clause.page}.md:{clause.line}", "dim")
        )
    )
    console.print()
    console.print(Text(plain(clause.requirement)))
    _formula(formulas, edits, console)
    if bound is not None:
        _section(
            "Bound",
            [bound.expression, *(f"with {name} = {value}" for name, value in bound.definitions)],
            console,
        )
    elif clause.bound is not None:
        _section("Bound", ["that of the operation's accuracy clause"], console)
    _derived(clause, console)
    if clause.inputs:
        _section("Inputs", [plain(clause.inputs).replace("`", "")], console)
    if clause.named or clause.excepted:
        others = f"all but {', '.join(clause.excepted)}"
        _section("Operations", [", ".join(clause.named) or others], console)
    if clause.given:
        _section("Given", [", ".join(clause.given)], console)
    if clause.examples:
        _section(
            "Example",
            [line for example in clause.examples for line in (example.call, example.answer)],
            console,
        )
    _section("Why", [plain(clause.why)], console)
    _section("Source", [plain(clause.source)], console)
    if clause.fails:
        _section("Fails", [clause.fails], console)
    if mistakes:
        _section(
            "Rejects", [f"{name}: {description}" for name, description in mistakes.items()], console
        )


def _derived(clause: Clause, console: Console) -> None:
    """Print the titles of the lemmas from which a clause follows, and where they stand."""
    found = [lemmas()[name] for name in clause.derived]
    if found:
        where = (f"derivations/{each.page}.md:{each.line}" for each in found)
        titles = (f"{each.title} ({each.kind.lower()})" for each in found)
        _section("Derived", map(": ".join, zip(titles, where, strict=True)), console)


def _formula(formulas: Sequence[Sequence[str]], edits: Sequence[Edit], console: Console) -> None:
    """Print the forms of a formula, and its edits by their names."""
    for lines in formulas:
        _section("Formula", lines, console)
    if edits:
        _section("Commonest edits", [each.name for each in edits], console)


def _section(heading: str, lines: Iterable[str], console: Console) -> None:
    console.print()
    console.print(Text(heading, "bold"))
    for line in lines:
        # A paragraph of a page has lines of its own.
        for each in line.splitlines():
            console.print(folded(Text(f"  {each}")), soft_wrap=True)
