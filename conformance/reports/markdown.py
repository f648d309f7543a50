"""`summary.md`: the verdict, the table and the failures, for the summary page of a CI job."""

from itertools import groupby

from nnspec.conformance.reports import exploration, lengths, shrunk, tables, terminal
from nnspec.conformance.reports.tables import escaped
from nnspec.conformance.reports.terminal import printable, weight
from nnspec.conformance.run import arithmetic
from nnspec.conformance.run.record import Record, Result

# GitHub shows at most 1 MiB of a step, and a step may certify several libraries. report.json has
# the failures that are left out.
_LARGEST = 2**18


def text(record: Record) -> str:
    """Return summary.md. Failures stand in code blocks, where text of adapters is not Markdown."""
    headings, *rows = [[cell.plain for cell in cells] for cells in terminal.rows(record)]
    lines = [
        f"## {escaped(printable(terminal.verdict(record).plain))}",
        "",
        *tables.markdown(headings, rows, words=len(headings)),
    ]
    told = [*arithmetic.lines(record.header), *arithmetic.needless(record.header)]
    if told:
        lines += ["", "Arithmetic of matrix products, from their answers:", ""]
        lines += [f"- {escaped(printable(each))}" for each in told]
    problems = [
        f"{each['operation']} in {each['dtype']}: {each['message']}"
        for each in record.header["smoke"]
    ]
    if problems:
        lines += [
            "",
            "### The adapter itself",
            "",
            _block("\n".join(printable(each) for each in problems)),
        ]
    if record.unexpected_passes:
        passed = escaped(printable(", ".join(record.unexpected_passes)))
        lines += ["", f"Conforms, though the adapter expects it to fail: {passed}"]
    failed = sorted((result for result in record.results if result.failed), key=_order)
    if failed:
        must = sum(result.level == "MUST" for result in failed)
        lines += ["", f"### {must:,} MUST and {len(failed) - must:,} SHOULD cases fail"]
    explored = (
        ["", "### Beyond the fixed inputs", "", _block(exploration.text(record.exploration))]
        if record.exploration
        else []
    )
    smaller = (
        ["", "### Smaller cases that fail too", "", _block(shrunk.text(record.smaller))]
        if record.smaller
        else []
    )
    blocks = [*smaller, *explored, "", *_identified(record), ""]
    left = _LARGEST - _size([*lines, *blocks])
    for place, (_, group) in enumerate(groupby(failed, key=_order)):
        block = ["", _block(terminal.failures_text(list(group)))]
        left -= _size(block)
        if left < 0:
            rest = len({_order(result) for result in failed}) - place
            said = f"… and the failures of {rest:,} more clauses and operations"
            lines += ["", f"{said}, which are in report.json."]
            break
        lines += block
    return "\n".join([*lines, *blocks])


def _order(result: Result) -> tuple[bool, tuple[str, bool, bool, str]]:
    return result.level != "MUST", weight(result)


def _block(words: str) -> str:
    """Return lines as an indented code block, which its content cannot close."""
    return "\n".join(f"    {line}" for line in words.splitlines())


def _identified(record: Record) -> list[str]:
    header = record.header
    specification, suite = header["specification"], header["suite"]
    edition = f"Edition {specification['edition']} of the specification"
    judged = f"{edition}, {specification['digest'][:12]}; nnspec {suite['version']}"
    python = f"Python {suite['python']}, NumPy {suite['numpy']}"
    machine = f"{header['machine']['system']} {header['machine']['processor']}"
    few = lengths.few(compiles_shapes=header["adapter"]["compiles_shapes"])
    told = f" The adapter was asked for {few}." if few else ""
    return [escaped(f"{judged}; {python}, {machine}.{told}")]


def _size(lines: list[str]) -> int:
    return sum(len(line.encode("utf-8", "backslashreplace")) + 1 for line in lines)
