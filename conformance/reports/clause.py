"""A clause in a terminal, as `conformance explain` prints it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from rich.console import Console
from rich.text import Text

from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.reports.folding import folded
from nnspec.conformance.reports.unicode import plain
from nnspec.spec import Clause, Formula
from nnspec.spec.lemmas import lemmas
from nnspec.spec.translations import CURRENT, reading, said


def show(
    clause: Clause,
    bound: Formula | None,
    mistakes: Mapping[str, str],
    console: Console,
    formulas: Sequence[Sequence[str]] = (),
    edits: Sequence[Edit] = (),
    language: str = "",
) -> None:
    """Print a clause part by part, and the mistakes that it rejects.

    `formulas` are the forms of the formula that it states, each line by line. The `edits` of the
    formula are the likeliest ways to write it wrongly. In another language the requirement and the
    labels are the translated ones.
    """
    read = reading(clause, language)
    label = partial(said, language=language)
    console.print(
        Text.assemble(
            (clause.id, "bold"),
            f"  {label(clause.level)}  ",
            (f"{clause.page}.md:{clause.line}", "dim"),
        )
    )
    console.print()
    if read.state != CURRENT:
        console.print(Text(f"[{label(read.state)}]\n"))
    console.print(Text(plain(read.text)))
    _formula(formulas, edits, console, label)
    if bound is not None:
        _section(
            label("Bound"),
            [bound.expression, *(f"with {name} = {value}" for name, value in bound.definitions)],
            console,
        )
    elif clause.bound is not None:
        _section(label("Bound"), ["that of the operation's accuracy clause"], console)
    _derived(clause, console, label)
    if clause.inputs:
        _section(label("Inputs"), [plain(clause.inputs).replace("`", "")], console)
    if clause.named or clause.excepted:
        others = f"all but {', '.join(clause.excepted)}"
        _section(label("Operations"), [", ".join(clause.named) or others], console)
    if clause.given:
        _section(label("Given"), [", ".join(clause.given)], console)
    if clause.examples:
        _section(
            label("Example"),
            [line for example in clause.examples for line in (example.call, example.answer)],
            console,
        )
    _section(label("Why"), [plain(clause.why)], console)
    _section(label("Source"), [plain(clause.source)], console)
    if clause.fails:
        _section(label("Fails"), [clause.fails], console)
    if mistakes:
        _section(
            label("Rejects"),
            [f"{name}: {description}" for name, description in mistakes.items()],
            console,
        )


def _derived(clause: Clause, console: Console, label: Callable[[str], str]) -> None:
    """Print the titles of the lemmas from which a clause follows, and where they stand."""
    found = [lemmas()[name] for name in clause.derived]
    if found:
        where = (f"derivations/{each.page}.md:{each.line}" for each in found)
        titles = (f"{each.title} ({each.kind.lower()})" for each in found)
        _section(label("Derived"), map(": ".join, zip(titles, where, strict=True)), console)


def _formula(
    formulas: Sequence[Sequence[str]],
    edits: Sequence[Edit],
    console: Console,
    label: Callable[[str], str],
) -> None:
    """Print the forms of a formula, and its edits by their names."""
    for lines in formulas:
        _section(label("Formula"), lines, console)
    if edits:
        _section(label("Commonest edits"), [each.name for each in edits], console)


def _section(heading: str, lines: Iterable[str], console: Console) -> None:
    console.print()
    console.print(Text(heading, "bold"))
    for line in lines:
        # A paragraph of a page has lines of its own.
        for each in line.splitlines():
            console.print(folded(Text(f"  {each}")), soft_wrap=True)
