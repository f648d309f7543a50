"""Prints the smaller cases that fail beside the drawn ones: their numbers, and how to make them."""

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.text import Text

from nnspec.conformance.reports.folding import folded
from nnspec.conformance.reports.numbers import numbers
from nnspec.conformance.reports.printing import lines, printable
from nnspec.conformance.run.record import Smaller

_STYLES = {"MUST": "red", "SHOULD": "yellow"}


def show(found: Sequence[Smaller], console: Console) -> None:
    """Print the smaller cases."""
    for each in found:
        _case(each, console)


def heading(each: Smaller) -> str:
    """Return the operation, the dtype and the clause of a smaller case."""
    result = each.result
    return f"{result.level} {result.clause} ({result.operation}) in {result.format}"


def sentence(each: Smaller) -> str:
    """Return how large the case was, and how small a case fails too."""
    case = each.shrunk.partition("[")[2].partition(",")[0].rstrip("]")
    seed = "" if each.seed is None else f" of seed {each.seed}"
    smaller = f"a case of {_counted(each.numbers)} {each.result.outcome} too"
    return f"{case}{seed} has {_counted(each.before)}; {smaller}"


def remarks(each: Smaller) -> list[str]:
    """Return what ended a smaller case without an answer, its lengths, and if it failed again."""
    told = [] if each.result.answered else [printable(each.result.message)]
    lengths = ", ".join(f"{name} {length:,}" for name, length in each.lengths.items())
    told += [f"Drawn cases fail from these lengths on: {lengths}."] if lengths else []
    return told + ([] if each.repeated else ["It did not fail when it was asked once more."])


def told(found: Sequence[Smaller]) -> list[tuple[Smaller, str, str, list[str]]]:
    """Return each smaller case with its heading, its sentence and its remarks."""
    return [(each, heading(each), sentence(each), remarks(each)) for each in found]


def text(found: Sequence[Smaller]) -> str:
    """Return the smaller cases as plain text."""
    written = StringIO()
    # If the environment asks for colors, it asks for them in a terminal. A notebook shows the text.
    show(
        found,
        Console(file=written, width=140, highlight=False, color_system=None, force_jupyter=False),
    )
    return written.getvalue().strip("\n")


def _case(each: Smaller, console: Console) -> None:
    result = each.result
    console.print()
    style = f"bold {_STYLES[result.level]}"
    said = Text.assemble((f"✗ smaller {heading(each)}", style), f"  {sentence(each)}.")
    console.print(folded(said), soft_wrap=True)
    if result.answered:
        console.print(folded(Text(f"  {numbers(result)}")), soft_wrap=True)
    for remark in remarks(each):
        console.print(folded(Text(f"  {remark}", "bold")), soft_wrap=True)
    if each.lines:
        console.print(Text(f"  paste into {each.place}:"), soft_wrap=True)
        for line in lines(each.lines):
            console.print(Text(f"      {line}"), soft_wrap=True)
    console.print(
        Text(f"  shrunk in {each.judged:,} calls by  {printable(result.rerun)}", "dim"),
        soft_wrap=True,
    )


def _counted(numbers: int) -> str:
    return f"{numbers:,} {'number' if numbers == 1 else 'numbers'}"
