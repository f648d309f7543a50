"""A comparison of a few libraries for the terminal and as Markdown: one table a dtype."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nnspec.conformance.reports import tables
from nnspec.conformance.reports.findings import share
from nnspec.conformance.reports.numbers import error, shown
from nnspec.conformance.reports.printing import printable
from nnspec.conformance.run.compare import BREAKING, CONFORMING, NONE, Cell, Comparison, Violation
from nnspec.conformance.terms.outcomes import ABSENT

# So many violations of one clause by one library are shown; JSON has them all.
_SHOWN = 2


def show(comparison: Comparison, console: Console) -> None:
    """Print the tables, the violations and the meaning of the marks."""
    for dtype in comparison.dtypes:
        headings, *rows = _table(comparison, dtype)
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for heading in headings:
            table.add_column(Text(heading), overflow="fold")
        for operation, *cells in rows:
            table.add_row(
                operation,
                *(Text(cell, {"✓": "green", "✗": "red"}.get(cell[0], "dim")) for cell in cells),
            )
        console.print(table)
        console.print()
    for line in _violations(comparison):
        console.print(Text(line), soft_wrap=True)
    for library, verdict in comparison.verdicts.items():
        console.print(Text(_verdict(comparison, library, verdict)), soft_wrap=True)
    for line in _unjudged(comparison):
        console.print(Text(line), soft_wrap=True)
    console.print(Text(_MARKS, "dim"), soft_wrap=True)


def markdown(comparison: Comparison) -> str:
    """Return the tables and the violations as Markdown."""
    lines = ["# Comparison", ""]
    lines += [
        f"- {tables.escaped(_verdict(comparison, library, verdict))}"
        for library, verdict in comparison.verdicts.items()
    ]
    lines += [f"- {tables.escaped(line)}" for line in _unjudged(comparison)]
    lines += ["", _MARKS]
    for dtype in comparison.dtypes:
        headings, *rows = _table(comparison, dtype)
        lines += ["", f"## {dtype}", "", *tables.markdown(headings, rows, words=len(headings))]
    if comparison.violations:
        lines += [
            "",
            "## Violations",
            "",
            *(f"- {tables.escaped(line)}" for line in _violations(comparison)),
        ]
    return "\n".join(lines) + "\n"


_MARKS = (
    "✓ conforms, with the worst error in ulp that its accuracy clause saw; "
    "✗ breaks so many of its MUST cases, (known) where its adapter says so; – absent; "
    "? the suite erred."
)


def _table(comparison: Comparison, dtype: str) -> list[list[str]]:
    """Return the headings, then the rows."""
    headings = [dtype, *map(printable, comparison.libraries)]
    return [
        headings,
        *(
            [operation, *(_mark(row[name]) for name in comparison.libraries)]
            for operation, row in comparison.rows(dtype)
        ),
    ]


def _mark(cell: Cell) -> str:
    if cell.state == ABSENT:
        return "–"
    if cell.state == NONE:
        return "?"
    if cell.state == BREAKING:
        return f"✗ {cell.failed} of {cell.judged}{' (known)' if cell.known else ''}"
    return "✓" if cell.worst_ulp is None else f"✓ {cell.worst_ulp:.3g}"


def _verdict(comparison: Comparison, library: str, verdict: str) -> str:
    cells = [cell for cell in comparison.cells if cell.library == library and cell.state != ABSENT]
    broken = sum(cell.state == BREAKING for cell in cells)
    judged = f"{len(cells)} operations × dtypes judged"
    asked = printable(comparison.asked.get(library, ""))
    part = f" in what was asked: {asked}" if asked and verdict.startswith(CONFORMING) else ""
    beside = f" Asked was {asked}." if asked and not part else ""
    said = f"{printable(library)}: {verdict}{part}; {judged}"
    return f"{said}, {broken} of them break a MUST.{beside}"


def _unjudged(comparison: Comparison) -> list[str]:
    """Return a line for each library without a report, with the reason in its first line."""
    return [
        printable(f"{name}: not judged: {problem.strip().partition(chr(10))[0]}")
        for name, problem in comparison.problems.items()
    ]


def _violations(comparison: Comparison) -> list[str]:
    """Return the diagnoses, and the lines of the first violations that none accounts for.

    They are those of each clause, by library and dtype.
    """
    told, lines = _diagnosed(comparison)
    grouped: dict[tuple[str, str, str, str], list[Violation]] = {}
    for each in comparison.violations:
        if id(each) in told:
            continue
        grouped.setdefault((each.library, each.clause, each.operation, each.dtype), []).append(each)
    return [*lines, *(line for group in grouped.values() for line in _lines(group))]


def _diagnosed(comparison: Comparison) -> tuple[set[int], list[str]]:
    """Return the violations that diagnoses account for, and a line and an example of each."""
    told: set[int] = set()
    lines: list[str] = []
    for library, diagnoses in comparison.diagnoses.items():
        own = [each for each in comparison.violations if each.library == library]
        for each in diagnoses:
            explained = [
                violation
                for violation in own
                if violation.operation == each.operation and each.name in violation.diagnosis
            ]
            if not explained:
                continue
            said = f"behaves as if: {each.name}, {each.sentence} ({share(each)})"
            lines.append(printable(f"{library}  {each.operation}  {said}"))
            accurate = f"{each.operation}/accuracy"
            explained.sort(key=lambda violation: violation.clause != accurate)
            lines += [f"  {line}" for line in _lines(explained[:1])]
            told |= {id(violation) for violation in explained}
    return told, lines


def _lines(group: Sequence[Violation]) -> list[str]:
    lines = []
    for each in group[:_SHOWN]:
        said = f"{each.library}  {each.clause}[{each.case},{each.dtype}]  "
        details = each.details
        if "truth" in details:
            given = ", ".join(
                f"{name} = {shown(value)}" for name, value in details.get("input", {}).items()
            )
            told = error(details, each.operation) if "error_ulp" in details else ""
            off = f", {told}" if told else ""
            said += (
                f"{given}: answer {shown(details['answer'])}, truth {shown(details['truth'])}{off}"
            )
        else:
            said += each.message
        lines.append(printable(said + (f"  (known: {each.expected})" if each.expected else "")))
    more, first = len(group) - _SHOWN, group[0]
    if more > 0:
        about = f"{printable(first.library)}  {first.clause}"
        lines.append(f"{about}  and {more} more in {first.dtype}")
    return lines
