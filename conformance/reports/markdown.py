"""`summary.md`: the verdict, the table and the failures, for the summary page of a CI job."""

from collections.abc import Sequence

from nnspec.conformance.reports import exploration, failures, lengths, shrunk, tables, terminal
from nnspec.conformance.reports.printing import printable
from nnspec.conformance.reports.tables import escaped
from nnspec.conformance.run import arithmetic, known
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
    problems = [terminal.smoke(each) for each in record.header["smoke"]]
    if problems:
        lines += [
            "",
            "### The adapter itself",
            "",
            _block("\n".join(problems)),
        ]
    if record.unexpected_passes:
        passed = escaped(printable(", ".join(record.unexpected_passes)))
        lines += ["", f"Conforms, though the adapter expects it to fail: {passed}"]
    lines += ["", *(f"- {escaped(printable(said))}" for said in record.idle)] if record.idle else []
    if beside := list(known.lines(record.header, record.results)):
        lines += ["", "### Beside the baseline", ""]
        lines += [f"- {escaped(printable(each))}" for each in beside]
    failed = [result for result in record.results if result.failed]
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
    groups = _by_operation(failed)
    for place, group in enumerate(groups):
        block = ["", _block(failures.text(group, record.diagnoses))]
        left -= _size(block)
        if left < 0:
            said = f"… and the failures of {len(groups) - place:,} more operations"
            lines += ["", f"{said}, which are in report.json."]
            break
        lines += block
    return "\n".join([*lines, *blocks])


def _by_operation(failed: Sequence[Result]) -> list[list[Result]]:
    """Return the failures of each operation, those that break a MUST first."""
    found: dict[str, list[Result]] = {}
    for each in sorted(failed, key=lambda result: (result.level, result.operation)):
        found.setdefault(each.operation, []).append(each)
    return list(found.values())


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
