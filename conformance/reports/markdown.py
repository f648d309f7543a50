"""`summary.md`: the verdict, the table and the failures for the page of a job, of which GitHub shows none above a mebibyte."""

from itertools import groupby

from nnspec.conformance.reports import exploration, tables, terminal
from nnspec.conformance.reports.tables import escaped
from nnspec.conformance.reports.terminal import printable, weight
from nnspec.conformance.run.record import Record, Result

# GitHub takes 1 MiB from a step, which may certify more than one library; what is left out is in report.json.
_LARGEST = 2**18


def text(record: Record) -> str:
    """Return summary.md; failures stand in blocks of code, where nothing that an adapter says is Markdown or HTML."""
    headings, *rows = [[cell.plain for cell in cells] for cells in terminal.rows(record)]
    lines = [
        f"## {escaped(printable(terminal.verdict(record).plain))}",
        "",
        *tables.markdown(headings, rows, words=len(headings)),
    ]
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
        lines += [
            "",
            f"Conforms, though the adapter expects it to fail: {escaped(printable(', '.join(record.unexpected_passes)))}",
        ]
    failed = sorted((result for result in record.results if result.failed), key=_order)
    if failed:
        must = sum(result.level == "MUST" for result in failed)
        lines += ["", f"### {must:,} MUST and {len(failed) - must:,} SHOULD cases fail"]
    explored = (
        ["", "### Beyond the fixed inputs", "", _block(exploration.text(record.exploration))]
        if record.exploration
        else []
    )
    blocks = [*explored, "", *_identified(record), ""]
    left = _LARGEST - _size([*lines, *blocks])
    for place, (_, group) in enumerate(groupby(failed, key=_order)):
        block = ["", _block(terminal.failures_text(list(group)))]
        left -= _size(block)
        if left < 0:
            shown = {_order(result) for result in failed}
            lines += [
                "",
                f"… and the failures of {len(shown) - place:,} more clauses and operations, which are in report.json.",
            ]
            break
        lines += block
    return "\n".join([*lines, *blocks])


def _order(result: Result) -> tuple[bool, tuple[str, bool, bool, str]]:
    return result.level != "MUST", weight(result)


def _block(words: str) -> str:
    """Return lines as a block of code: one that is indented cannot be closed by what is in it."""
    return "\n".join(f"    {line}" for line in words.splitlines())


def _identified(record: Record) -> list[str]:
    header = record.header
    specification, suite = header["specification"], header["suite"]
    judged = f"Edition {specification['edition']} of the specification, {specification['digest'][:12]}; nnspec {suite['version']}"
    machine = f"Python {suite['python']}, NumPy {suite['numpy']}, {header['machine']['system']} {header['machine']['processor']}"
    return [escaped(f"{judged}; {machine}.")]


def _size(lines: list[str]) -> int:
    return sum(len(line.encode("utf-8", "backslashreplace")) + 1 for line in lines)
