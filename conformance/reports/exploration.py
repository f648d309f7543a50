"""Prints what a search found beyond the fixed inputs: each case, and the lines that fix it."""

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.text import Text

from nnspec.conformance.reports.numbers import numbers
from nnspec.conformance.reports.printing import first_sentence, lines, printable
from nnspec.conformance.run.record import Discovery, Exploration
from nnspec.conformance.terms.outcomes import VACUOUS

_STYLES = {"MUST": "red", "SHOULD": "yellow"}


def show(exploration: Exploration, console: Console) -> None:
    """Print the findings of a search and the clauses that it left out."""
    for finding in exploration.found:
        _finding(finding, console)
    for reason in dict.fromkeys(exploration.left_out.values()):
        clauses = ", ".join(
            clause for clause, given in exploration.left_out.items() if given == reason
        )
        console.print()
        console.print(Text(f"not explored: {clauses}: {reason}", "dim"), soft_wrap=True)
    console.print()
    console.print(Text(sentence(exploration), _style(exploration)), soft_wrap=True)


def sentence(exploration: Exploration) -> str:
    """Return the result of a search in one sentence."""
    searched = f"{exploration.searches:,} searches of {exploration.examples:,} examples"
    judged = f"{exploration.judged:,} cases judged, {len(exploration.left_out):,} clauses left out"
    return (
        f"explored beyond the fixed inputs: {searched} from seed {exploration.seed}, {judged}; "
        f"{_counted(exploration.found)}."
    )


def heading(finding: Discovery) -> str:
    """Return the clause, operation and dtype of a finding."""
    result = finding.result
    about = "" if result.clause.startswith(f"{result.operation}/") else f" ({result.operation})"
    word = "an error of the suite" if result.outcome == VACUOUS else result.level
    return f"{word} {result.clause}{about} in {result.format}"


def remarks(finding: Discovery) -> list[str]:
    """Return the diagnosis of a finding, and the reasons why it does not count."""
    result = finding.result
    said = [result.explanation] if result.explanation else []
    said += (
        []
        if finding.repeated
        else ["It did not fail when it was asked once more, and does not count."]
    )
    said += [f"Expected by the adapter: {result.expected}"] if result.expected else []
    said += ["Fixed inputs break the clause too."] if finding.known else []
    return [printable(each) for each in said]


def text(exploration: Exploration) -> str:
    """Return the findings of a search as plain text."""
    written = StringIO()
    # If the environment asks for colors, it asks for them in a terminal.
    show(exploration, Console(file=written, width=140, highlight=False, color_system=None))
    return written.getvalue().strip("\n")


def _finding(finding: Discovery, console: Console) -> None:
    result = finding.result
    console.print()
    said = (
        first_sentence(result.message)
        if result.answered
        else f"{result.outcome}: {printable(result.message)}"
    )
    console.print(
        Text.assemble(
            (f"✗ found {heading(finding)}", f"bold {_STYLES[result.level]}"), f"  {said}"
        ),
        soft_wrap=True,
    )
    if result.answered:
        console.print(Text(f"  {numbers(result)}"), soft_wrap=True)
    for each in remarks(finding):
        console.print(Text(f"  {each}", "bold"), soft_wrap=True)
    console.print(Text(f"  paste into {finding.place}:"), soft_wrap=True)
    for line in lines(finding.lines):
        console.print(Text(f"      {line}"), soft_wrap=True)
    console.print(
        Text(f"  found after {finding.after:,} examples by  {printable(result.rerun)}", "dim"),
        soft_wrap=True,
    )


def _counted(found: Sequence[Discovery]) -> str:
    counts = {
        level: sum(each.result.level == level for each in found) for level in ("MUST", "SHOULD")
    }
    denying = sum(each.denies for each in found)
    if not found:
        return "nothing found"
    against = f"found against {counts['MUST']:,} MUST and {counts['SHOULD']:,} SHOULD"
    return f"{against}, of which {denying:,} change the exit status"


def _style(exploration: Exploration) -> str:
    return {0: "green", 1: "bold red", 2: "bold magenta"}[exploration.status]
