"""Prints the result of a sweep, which sweep.schema.json describes, in the terminal."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nnspec.conformance.reports.printing import printable
from nnspec.conformance.run.record import BREAKING, CONFORMING, NONE
from nnspec.conformance.search.findings import EDGES, Findings, neighbors_joined
from nnspec.conformance.search.result import broken
from nnspec.conformance.terms.formats import dtype_of

# The terminal shows so many ranges of one clause; the file has more.
_SHOWN = 5

# The longest bar has so many characters.
_BAR = 40


def show(result: Mapping[str, Any], console: Console) -> None:
    """Print the result."""
    header, found, summary = result["header"], result["findings"], result["summary"]
    who = printable(f"{header['adapter']['name']} {header['adapter']['version']}".strip())
    for name, title in (
        ("histogram", "error in ulp"),
        ("bottom", "error in ulp, truth below twice the smallest normal number"),
    ):
        if any(found[name]):
            console.print(_histogram(found[name], title))
        if found["worst"][name] is not None:
            console.print(
                Text(f"worst: {_example(found['worst'][name], header['dtype'])}"), soft_wrap=True
            )
    if not found["worst"]["histogram"] and any(found["histogram"]):
        console.print("worst: every answer is the correctly rounded truth")
    for name, special in found["specials"].items():
        if special["count"]:
            console.print(
                f"{name}: {special['count']:,}, "
                f"the first at {_pattern(special['first'], header['dtype'])}",
                soft_wrap=True,
            )
    for level, style in (("SHOULD", "yellow"), ("MUST", "red")):
        for identifier, each in broken(found, level).items():
            _clause(
                f"{level} {identifier}",
                each,
                header["expected_failures"].get(identifier, ""),
                style,
                header["dtype"],
                console,
            )
    _unanswered(found["unanswered"], header["dtype"], console)
    console.print()
    console.print(_verdict(who, header, summary), soft_wrap=True)


def _verdict(who: str, header: Mapping[str, Any], summary: Mapping[str, Any]) -> Text:
    what = f"{header['operation']} in {header['dtype']}"
    part = "" if header["part"] == [1, 1] else f", part {header['part'][0]} of {header['part'][1]}"
    done = f"{summary['inputs']:,} of {header['inputs']:,} inputs{part}"
    words, style = {
        CONFORMING: ("conforms", "green"),
        BREAKING: ("breaks", "red"),
        NONE: ("no verdict", "yellow"),
    }[summary["verdict"]]
    ulp = summary["worst_ulp"]
    worst = ulp if isinstance(ulp, str) else format(ulp, ".4g")
    said = f"{who}: {what} {words} on {done}; worst error {worst} ulp"
    counts = f", {summary['must']:,} answers against MUST, {summary['should']:,} against SHOULD"
    return Text("; ".join([said + counts, *summary["objections"]]) + ".", style)


def _histogram(counts: list[int], title: str) -> Table:
    """Return the bins that are not empty as bars, as long as the logarithm of the count."""
    table = Table(
        title=title,
        show_header=False,
        title_style="bold",
        box=None,
        title_justify="left",
        pad_edge=False,
        min_width=len(title),
    )
    table.add_column(justify="right")
    table.add_column(justify="right")
    table.add_column()
    longest = max(counts).bit_length()
    for place, count in enumerate(counts):
        if count:
            edge = (
                f"≤ {EDGES[place]:g}"
                if 0 < place < len(EDGES)
                else "exact"
                if place == 0
                else "beyond"
            )
            table.add_row(edge, f"{count:,}", "█" * round(_BAR * count.bit_length() / longest))
    return table


def _clause(
    title: str, each: Findings, expected: str, style: str, dtype: str, console: Console
) -> None:
    reason = f" (expected: {printable(expected)})" if expected else ""
    said = f"  {each['wrong']:,} of {each['judged']:,} answers are outside the bound{reason}"
    console.print(Text.assemble((f"✗ {title}", style), said), soft_wrap=True)
    _ranges(each, dtype, console)
    console.print(Text(f"    worst: {_example(each['worst'], dtype)}"), soft_wrap=True)


def _unanswered(missing: Findings, dtype: str, console: Console) -> None:
    if missing["inputs"]:
        console.print(
            Text.assemble(("✗ no answer", "red"), f"  to {missing['inputs']:,} inputs"),
            soft_wrap=True,
        )
        for first, last, outcome, message in missing["ranges"][:_SHOWN]:
            console.print(
                Text(f"    {_range(first, last, dtype)} {outcome}: {printable(message)}"),
                soft_wrap=True,
            )
        if missing["number"] > _SHOWN:
            console.print(Text(f"    and {missing['number'] - _SHOWN:,} more ranges", "dim"))


def _ranges(each: Findings, dtype: str, console: Console) -> None:
    joined = neighbors_joined([list(one) for one in each["ranges"]])
    for first, last in joined[:_SHOWN]:
        console.print(Text(f"    {_range(first, last, dtype)}"), soft_wrap=True)
    shown = sum(last - first + 1 for first, last in joined[:_SHOWN])
    if shown < each["wrong"]:
        console.print(Text(f"    and {each['wrong'] - shown:,} more inputs", "dim"))


def _range(first: int, last: int, dtype: str) -> str:
    if first == last:
        return _pattern(first, dtype)
    return f"{_pattern(first, dtype)} … {_pattern(last, dtype)}, {last - first + 1:,} inputs"


def _example(example: Findings, dtype: str) -> str:
    ulp = example["ulp"] if isinstance(example["ulp"], str) else f"{example['ulp']:.4g}"
    answers = f"answered {example['answer']!r}, the truth is {example['truth']!r}"
    return f"{ulp} ulp at {_pattern(example['pattern'], dtype)}: {answers}"


def _pattern(pattern: int, dtype: str) -> str:
    """Return an input as its bits and its value."""
    kind = dtype_of(dtype)
    with np.errstate(invalid="ignore"):
        value = float(np.array(pattern, f"u{kind.itemsize}").view(kind))
    return f"{value!r} (0x{pattern:0{2 * kind.itemsize}x})"
