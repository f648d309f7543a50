"""The report in a terminal: a table of pages × dtypes, every fault, and the verdict."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nnspec.conformance.reports import failures
from nnspec.conformance.reports.folding import folded
from nnspec.conformance.reports.numbers import shown
from nnspec.conformance.reports.printing import NAME, printable
from nnspec.conformance.run import arithmetic, known
from nnspec.conformance.run.record import BREAKING, CONFORMING, NONE, Record, Result
from nnspec.conformance.terms.formats import INTEGERS
from nnspec.conformance.terms.operations import clause_of
from nnspec.conformance.terms.outcomes import (
    ABSENT,
    CONFORMS,
    FAILURES,
    INCONCLUSIVE,
    VACUOUS,
    unnumbered,
)

_STYLES = {CONFORMING: "green", BREAKING: "red", NONE: "magenta"}

# A draft is told from others of its edition by so many digits of its digest.
_DIGITS = 8


def show(record: Record, console: Console) -> None:
    """Print the record."""
    console.print(_table(record))
    present = _pages(result for result in record.results if result.outcome != ABSENT)
    absent = [page for page in _pages(record.results) if page not in present]
    if absent:
        whole = Text(f"absent as a whole: {', '.join(absent)}", "dim")
        console.print(folded(whole), soft_wrap=True)
    for problem in untold(record):
        _line(console, "adapter", smoke(problem), "magenta")
    told = {each.id for each in known.compared(record.header, record.results).known}
    failed = [result for result in record.results if result.failed and result.id not in told]
    failures.show(failed, record.diagnoses, console, record.header["adapter"].get("places", {}))
    _beside(record, console)
    for result in record.results:
        if result.outcome in (INCONCLUSIVE, VACUOUS):
            style = "cyan" if result.outcome == INCONCLUSIVE else "magenta"
            _line(console, result.outcome, f"{result.id} {result.message}", style)
    excused = [result for result in record.results if result.expected]
    for key, reason in record.header["adapter"]["expected_failures"].items():
        count = sum(
            key in (result.clause, f"{result.clause}[{result.operation}]")
            and result.expected == reason
            for result in excused
        )
        if count:
            excuse = (
                (f"✗ expected  {printable(key)}", "dim"),
                f"  {count} cases: {printable(reason)}",
            )
            console.print(folded(Text.assemble(*excuse)), soft_wrap=True)
    for clause in record.unexpected_passes:
        _line(
            console,
            "unexpected",
            f"{clause} conforms; the adapter expects it to fail: "
            f"{record.header['adapter']['expected_failures'][clause]}",
            "red",
        )
    for said in record.idle:
        _line(console, "unknown", said, "yellow")
    _measured(record, console)
    _arithmetic(record, console)
    console.print()
    console.print(folded(verdict(record)), soft_wrap=True)


def untold(record: Record) -> list[Mapping[str, Any]]:
    """Return the errors of the adapter itself that no failing case tells too."""
    told = {
        (each.operation, each.dtype, unnumbered(each.message))
        for each in record.results
        if each.failed
    }
    return [
        each
        for each in record.header["smoke"]
        if (each["operation"], each["dtype"], unnumbered(str(each["message"]))) not in told
    ]


def smoke(problem: Mapping[str, Any]) -> str:
    """Return an error of the adapter itself, which was found before any mathematics."""
    dtype = problem["dtype"] or INTEGERS
    return printable(f"{problem['operation']} in {dtype}: {problem['message']}")


def verdict(record: Record) -> Text:
    """Return the verdict in one sentence."""
    said, counted = sentence(record)
    # A failure of the baseline still denies, and does not alarm.
    style = "yellow" if record.verdict == BREAKING and not record.new else _STYLES[record.verdict]
    return Text.assemble((said, f"bold {style}"), counted)


def sentence(record: Record) -> tuple[str, str]:
    """Return the verdict in one sentence: up to the colon, and the counts that support it."""
    adapter = printable(
        f"{record.header['adapter']['name']} {record.header['adapter']['version']}".strip(), NAME
    )
    edition, asked = edition_of(record), printable(record.asked, NAME)
    must, should = record.counts("MUST"), record.counts("SHOULD")
    foreseen = sum(result.level == "MUST" and bool(result.expected) for result in record.results)
    failed = sum(must[outcome] for outcome in FAILURES) - foreseen
    parts = [f"{_number(must[CONFORMS])} MUST cases conform"]
    parts += [f"{_number(foreseen)} fail as the adapter expects"] if foreseen else []
    parts += [f"{_number(failed)} do not{_of_baseline(record)}"] if failed else []
    missed, ran = sum(should[each] for each in FAILURES), sum(should.values()) - should[ABSENT]
    parts += [f"{_number(missed)} of {_number(ran)} SHOULD cases fail"]
    parts += (
        [f"{_number(must[ABSENT] + should[ABSENT])} are absent"]
        if must[ABSENT] + should[ABSENT]
        else []
    )
    parts += (
        [f"{_number(must[INCONCLUSIVE])} MUST cases are inconclusive"] if must[INCONCLUSIVE] else []
    )
    seconds, compared = record.header["seconds"], record.summary()["compared"]
    counted = f"{', '.join(parts)}; {_number(compared)} values compared in {seconds:.1f} s."
    if record.verdict == CONFORMING:
        but = ", but for what its adapter expects to fail" if foreseen else ""
        named = f"edition {edition} of the specification"
        # Of the rest of the edition a partial run says nothing.
        to = f"in what was asked: {asked}, of {named}" if asked else f"to {named}"
        return f"{adapter} conforms{record.qualification} {to}{but}: ", counted
    part = f" Asked was {asked}." if asked else ""
    if record.verdict == BREAKING:
        # A verdict stands beside what the run did not judge; it does not hide that.
        beside = f" Besides: {'; '.join(record.objections)}.{part}" if record.objections else part
        denied = f"does not conform{record.qualification} to edition {edition} of the specification"
        return f"{adapter} {denied}: ", f"{counted}{beside}"
    return f"{adapter}: no verdict: ", f"{'; '.join(record.objections)}.{part}"


def _of_baseline(record: Record) -> str:
    """Return how many failures the baseline has, "" if there is no baseline."""
    if "baseline" not in record.header:
        return ""
    new = len(known.compared(record.header, record.results).new)
    return f", {_number(new)} of them new" if new else ", none of them new"


def edition_of(record: Record) -> str:
    """Return the edition that a record names; a draft with the first digits of its digest."""
    specification = record.header["specification"]
    edition, digest = specification["edition"], specification["digest"]
    return f"{edition} {digest[:_DIGITS]}" if "draft" in edition else str(edition)


def rows(record: Record) -> list[list[Text]]:
    """Return the table of pages × dtypes, its headings first."""
    dtypes = list(dict.fromkeys(result.format for result in record.results))
    found = [[Text(heading) for heading in ("page", "level", *dtypes)]]
    listed: dict[tuple[str, str, str], list[Result]] = defaultdict(list)
    for result in record.results:
        listed[clause_of(result.clause).page, result.level, result.format].append(result)
    # A page without a single answer needs no row, unless there is no other.
    offered = _pages(result for result in record.results if result.outcome != ABSENT) or _pages(
        record.results
    )
    for page in offered:
        for level in ("MUST", "SHOULD"):
            cells = [_cell(listed[page, level, dtype]) for dtype in dtypes]
            found.append([Text(page if level == "MUST" else ""), Text(level), *cells])
    return found


def _table(record: Record) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    headings, *found = rows(record)
    for heading in headings:
        table.add_column(heading)
    for row in found:
        table.add_row(*row)
    return table


def _pages(results: Iterable[Result]) -> list[str]:
    return list(dict.fromkeys(clause_of(result.clause).page for result in results))


def _cell(results: Sequence[Result]) -> Text:
    ran = [result for result in results if result.outcome != ABSENT]
    failed = sum(result.failed for result in ran)
    if not ran:
        return Text("absent" if results else "–", "dim")
    if failed:
        style = "red" if results[0].level == "MUST" else "yellow"
        return Text(f"✗ {failed} of {len(ran)}", style)
    conforming = sum(result.outcome == CONFORMS for result in ran)
    count = f"{conforming}" if conforming == len(ran) else f"{conforming} of {len(ran)}"
    return Text(f"✓ {count}", "green")


def _measured(record: Record, console: Console) -> None:
    chosen: dict[tuple[str, str], dict[str, list[str]]] = {}
    for result in record.results:
        # The arithmetic of products has lines of its own.
        open_to_choice = result.measured if result.clause != arithmetic.CLAUSE else {}
        for name, value in open_to_choice.items():
            chosen.setdefault((result.operation, name), {}).setdefault(shown(value), []).append(
                result.format
            )
    if chosen:
        console.print()
        console.print(Text("Choices that mathematics leaves open"))
    for (operation, name), values in chosen.items():
        told = ", ".join(
            value if len(values) == 1 else f"{value} ({', '.join(dtypes)})"
            for value, dtypes in values.items()
        )
        console.print(folded(Text(f"  {operation}: {name} = {told}")), soft_wrap=True)


def _arithmetic(record: Record, console: Console) -> None:
    """Print what the answers of matrix products show, and what was declared without need."""
    if told := arithmetic.lines(record.header):
        console.print()
        console.print(Text("Arithmetic of matrix products, from their answers"))
        for each in told:
            console.print(folded(Text(f"  {printable(each)}")), soft_wrap=True)
    for each in arithmetic.needless(record.header):
        console.print(folded(Text(f"  {printable(each)}", "yellow")), soft_wrap=True)


def _beside(record: Record, console: Console) -> None:
    """Print what the run is beside its baseline, if it has one."""
    if told := list(known.lines(record.header, record.results)):
        console.print()
        console.print(Text("Beside the baseline"))
        for each in told:
            console.print(folded(Text(f"  {printable(each)}")), soft_wrap=True)


def _line(console: Console, label: str, message: str, style: str) -> None:
    console.print()
    said = Text.assemble((f"✗ {label}  ", f"bold {style}"), printable(message))
    console.print(folded(said), soft_wrap=True)


def _number(count: int) -> str:
    return f"{count:,}"
