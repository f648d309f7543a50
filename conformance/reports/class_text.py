"""A class for the terminal, as Markdown, as rows of a spreadsheet, and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from nnspec.conformance.reports import tables
from nnspec.conformance.reports.classes import SIGNS, Class, Fault, Group, Row
from nnspec.conformance.reports.numbers import compared, given
from nnspec.conformance.reports.printing import NAME, printable
from nnspec.conformance.run.compare import BREAKING, CONFORMING
from nnspec.conformance.run.marks import points
from nnspec.conformance.run.report import finite

VERSION = 2

# So many operations stand beside each other in a terminal of 80 columns; longer names are cut.
_ACROSS = 14
_NAME = 20

# So many names of files stand in a line, and so many letters of an example.
_NAMES = 6
_SHOWN = 240

_STYLES = {CONFORMING: "green", BREAKING: "red", "ends": "red"}


def show(found: Class, console: Console) -> None:
    """Print the table, the faults with the names of their files, and the rule of marks."""
    _say(console, Text(found.title, "bold"))
    for start in range(0, len(found.operations), _ACROSS):
        _block(found, found.operations[start : start + _ACROSS], start + 1, console)
    for group in found.groups:
        _group(group, console)
    for title, lines in _notes(found):
        console.print()
        _say(console, Text(title, "bold"))
        for line in lines:
            _say(console, Text(f"  {line}"))
    console.print()
    for line in _legend(found):
        _say(console, Text(line, "dim"))


def markdown(found: Class) -> str:
    """Return all of it as Markdown."""
    lines = [f"# {found.title}", ""]
    headings = ["file", *found.operations, f"points of {points(found.most)}"]
    rows = [
        [printable(row.name, NAME), *_marks(found, row), points(row.points)] for row in found.rows
    ]
    lines += [*tables.markdown(headings, rows), "", *_legend(found)]
    if found.groups:
        lines += ["", "## Faults", ""]
    for group in found.groups:
        fault = group.fault
        said = f"**{tables.escaped(fault.operation)}** {tables.escaped(fault.headline)}"
        names = tables.escaped(", ".join(map(_short, group.names)))
        lines.append(f"- {said} ({len(group.names)}: {names})")
        lines += [f"  - {tables.escaped(line)}" for line in example(fault)]
    for title, told in _notes(found):
        lines += ["", f"## {title}", "", *(f"- {tables.escaped(line)}" for line in told)]
    return "\n".join(lines) + "\n"


def rows(found: Class) -> tuple[list[str], list[list[object]]]:
    """Return the headings and the rows of a spreadsheet: a row a file, the faults at its end."""
    headings = ["file", "points", "of", *found.operations, "faults", "remarks", "not judged"]
    return headings, [
        [
            printable(row.name, NAME),
            row.points,
            found.most,
            *(row.marks[name].points for name in found.operations),
            "; ".join(f"{each.operation} {each.headline}" for each in row.faults),
            "; ".join(row.remarks),
            printable(row.problem),
        ]
        for row in found.rows
    ]


def plain(found: Class) -> dict[str, Any]:
    """Return all of it as values of JSON, which comparison.schema.json describes."""
    document = {
        "comparison": VERSION,
        "operations": list(found.operations),
        "dtypes": list(found.dtypes),
        "seeds": list(found.seeds),
        "rule": {
            "weights": {name: found.rule.weight(name) for name in found.operations},
            "minimum": found.rule.minimum,
            "said": found.rule.words,
        },
        "legend": {state: meaning for state, (_, meaning) in SIGNS.items()},
        "libraries": [_library(row, found) for row in found.rows],
        "faults": [
            {
                "operation": group.fault.operation,
                "headline": group.fault.headline,
                "libraries": list(group.names),
            }
            for group in found.groups
        ],
    }
    told = finite(document)
    assert isinstance(told, dict)  # noqa: S101  what goes in as a dict comes out as one
    return told


def _library(row: Row, found: Class) -> dict[str, Any]:
    asked = row.record.asked if row.record is not None else ""
    return {
        "name": row.name,
        "verdict": row.verdict,
        **({"problem": row.problem} if row.problem else {}),
        **({"asked": asked} if asked else {}),
        "points": row.points,
        "of": found.most,
        "operations": {
            name: {"state": row.states[name], **vars(row.marks[name])} for name in found.operations
        },
        "faults": [_fault(each) for each in row.faults],
        "remarks": list(row.remarks),
    }


def _fault(fault: Fault) -> dict[str, Any]:
    first = fault.first
    return {
        "operation": fault.operation,
        "headline": fault.headline,
        "sentence": fault.sentence,
        "diagnosed": fault.diagnosis is not None,
        "cases": len(fault.cases),
        "clauses": list(fault.clauses),
        "example": {
            "id": first.id,
            "message": first.message,
            "details": dict(first.details),
            "rerun": first.rerun,
        },
    }


def _block(found: Class, names: Sequence[str], first: int, console: Console) -> None:
    """Print the names of some operations with their numbers, and a line for each file."""
    numbers = [str(number) for number in range(first, first + len(names))]
    wide = max(map(len, names)) + max(map(len, numbers)) + 3
    across = max(1, 78 // wide)
    named = [f"{number:>2} {name}".ljust(wide) for number, name in zip(numbers, names, strict=True)]
    console.print()
    for start in range(0, len(named), across):
        _say(console, Text("".join(named[start : start + across]).rstrip()))
    console.print()
    width = min(_NAME, max(len(_short(row.name)) for row in found.rows))
    head = "".join(f"{number:>3}" for number in numbers)
    _say(console, Text(f"{'':{width}}{head}  points of {points(found.most)}", "dim"))
    for row in found.rows:
        line = Text(f"{_short(row.name):{width}}")
        for name in names:
            state = row.states[name]
            line.append(f"{SIGNS[state][0]:>3}", _STYLES.get(state, "dim"))
        line.append(f"  {points(row.points):>6}")
        _say(console, line)


def _group(group: Group, console: Console) -> None:
    """Print a fault, its files, and an example of the first of them."""
    fault, count = group.fault, len(group.names)
    console.print()
    files = f"{count} file{'' if count == 1 else 's'}"
    _say(console, Text(f"{fault.operation}  {fault.headline}  ({files})", "bold red"))
    for start in range(0, count, _NAMES):
        _say(console, Text(f"  {', '.join(map(_short, group.names[start : start + _NAMES]))}"))
    for line in example(fault):
        _say(console, Text(f"  {line}"))


def example(fault: Fault) -> list[str]:
    """Return what the fault is, and the smallest case of it."""
    lines = [fault.sentence] if fault.sentence else []
    first = fault.first
    if first.answered:
        lines.append(printable(f"{first.id}: {given(first)}", _SHOWN))
        lines.append(printable(compared(first), _SHOWN))
    return lines


def _marks(found: Class, row: Row) -> list[str]:
    return [
        f"{SIGNS[row.states[name]][0]} {points(row.marks[name].points)}"
        for name in found.operations
    ]


def _notes(found: Class) -> Iterator[tuple[str, list[str]]]:
    """Yield the files that were not judged, and what others declare, each with a title."""
    if found.unjudged:
        yield "Not judged", [f"{_short(row.name)}: {_reason(row)}" for row in found.unjudged]
    if remarks := [f"{_short(row.name)}: {each}" for row in found.rows for each in row.remarks]:
        yield "Remarks", remarks


def _reason(row: Row) -> str:
    return printable(row.problem.strip().partition("\n")[0])


def _legend(found: Class) -> list[str]:
    return [found.legend, "", found.rule.words]


def _short(name: str) -> str:
    shown = printable(name, NAME)
    return shown if len(shown) <= _NAME else f"{shown[: _NAME - 1]}…"


def _say(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True)
