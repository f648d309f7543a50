"""The report in a terminal: a table of pages × dtypes, every failing clause, and the verdict."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from io import StringIO
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nnspec.conformance.run import arithmetic
from nnspec.conformance.run.record import BREAKING, CONFORMING, NONE, Record, Result
from nnspec.conformance.terms.operations import clause_of
from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS, FAILURES, INCONCLUSIVE, VACUOUS

# More cases of one clause than this add no information; the report has them all.
_CASES = 4

# So much of a traceback or of a process's last output is shown.
_LINES = 4

# A message of more characters is no message, nor a name.
_LONGEST = 2000
NAME = 200

# The last of the characters that a terminal takes for commands.
_LAST_CONTROL = 0x9F

_STYLES = {CONFORMING: "green", BREAKING: "red", NONE: "magenta"}

# A draft is told from others of its edition by so many digits of its digest.
_DIGITS = 8

# Longer rows are shortened in the middle.
_ITEMS = 8


def show(record: Record, console: Console) -> None:
    """Print the record."""
    console.print(_table(record))
    present = _pages(result for result in record.results if result.outcome != ABSENT)
    absent = [page for page in _pages(record.results) if page not in present]
    if absent:
        console.print(Text(f"absent as a whole: {', '.join(absent)}", "dim"), soft_wrap=True)
    for problem in record.header["smoke"]:
        _line(
            console,
            "adapter",
            f"{problem['operation']} in {problem['dtype']}: {problem['message']}",
            "magenta",
        )
    failed = [result for result in record.results if result.failed]
    for level, style in (("SHOULD", "yellow"), ("MUST", "red")):
        _failures(
            [result for result in failed if result.level == level and result.answered],
            level,
            style,
            console,
        )
    _unanswered([result for result in failed if not result.answered], console)
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
            console.print(
                Text.assemble(
                    (f"✗ expected  {key}", "dim"), f"  {count} cases: {printable(reason)}"
                ),
                soft_wrap=True,
            )
    for clause in record.unexpected_passes:
        _line(
            console,
            "unexpected",
            f"{clause} conforms; the adapter expects it to fail: "
            f"{record.header['adapter']['expected_failures'][clause]}",
            "red",
        )
    _measured(record, console)
    _arithmetic(record, console)
    console.print()
    console.print(verdict(record), soft_wrap=True)


def failures_text(results: Sequence[Result]) -> str:
    """Return what the terminal says of failed cases, as plain text."""
    written = StringIO()
    # Colors that the environment asks for are for a terminal.
    console = Console(file=written, width=140, highlight=False, color_system=None)
    for level in ("SHOULD", "MUST"):
        _failures(
            [result for result in results if result.level == level and result.answered],
            level,
            "red",
            console,
        )
    _unanswered([result for result in results if not result.answered], console)
    return written.getvalue().strip("\n")


def verdict(record: Record) -> Text:
    """Return the verdict in one sentence."""
    said, counted = sentence(record)
    return Text.assemble((said, f"bold {_STYLES[record.verdict]}"), counted)


def sentence(record: Record) -> tuple[str, str]:
    """Return the verdict in one sentence: up to the colon, and the counts that support it."""
    adapter = printable(
        f"{record.header['adapter']['name']} {record.header['adapter']['version']}".strip(), NAME
    )
    edition = edition_of(record)
    must, should = record.counts("MUST"), record.counts("SHOULD")
    known = sum(result.level == "MUST" and bool(result.expected) for result in record.results)
    failed = sum(must[outcome] for outcome in FAILURES) - known
    parts = [f"{_number(must[CONFORMS])} MUST cases conform"]
    parts += [f"{_number(known)} fail as the adapter expects"] if known else []
    parts += [f"{_number(failed)} do not"] if failed else []
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
        but = ", but for what its adapter expects to fail" if known else ""
        said = f"conforms{record.qualification} to edition {edition} of the specification"
        return f"{adapter} {said}{but}: ", counted
    if record.verdict == BREAKING:
        # A verdict stands beside what the run did not judge; it does not hide that.
        beside = f" Besides: {'; '.join(record.objections)}." if record.objections else ""
        denied = f"does not conform{record.qualification} to edition {edition} of the specification"
        return f"{adapter} {denied}: ", f"{counted}{beside}"
    return f"{adapter}: no verdict: ", f"{'; '.join(record.objections)}."


def edition_of(record: Record) -> str:
    """Return the edition that a record names; a draft with the first digits of its digest."""
    specification = record.header["specification"]
    edition, digest = specification["edition"], specification["digest"]
    return f"{edition} {digest[:_DIGITS]}" if "draft" in edition else str(edition)


def printable(text: str, limit: int = _LONGEST) -> str:
    """Return text from an adapter with visible control characters, and shortened if it is long.

    A terminal would obey control characters.
    """
    if len(text) > limit:
        end = limit // 4
        left_out = f" … {_number(len(text) - limit)} characters are left out here … "
        text = f"{text[: limit - end]}{left_out}{text[-end:]}"
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else _visible(letter) for letter in text
    )


def _visible(letter: str) -> str:
    return f"\\x{ord(letter):02x}" if ord(letter) <= _LAST_CONTROL else "�"


def shown(value: object) -> str:
    """Return a value for a reader: floats with all digits, long lists shortened in the middle."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, (list, tuple)):
        items = [shown(item) for item in value]
        return f"[{', '.join(_shortened(items))}]"
    return str(value)


def first_sentence(message: str) -> str:
    """Return the sentence of a message that says what is true when it comes."""
    return printable(message.partition(". ")[0].rstrip(".") + ".")


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
        return Text(f"✗ {failed} of {len(ran)}", "red" if results[0].level == "MUST" else "yellow")
    conforming = sum(result.outcome == CONFORMS for result in ran)
    return Text(
        f"✓ {conforming}" if conforming == len(ran) else f"✓ {conforming} of {len(ran)}", "green"
    )


def _failures(results: Sequence[Result], level: str, style: str, console: Console) -> None:
    ordered = sorted(results, key=weight)
    told: set[tuple[str, str]] = set()
    for (clause, operation), group in groupby(
        ordered, key=lambda result: (result.clause, result.operation)
    ):
        failed = sorted(group, key=lambda result: result.worst_ratio, reverse=True)
        about = "" if clause.startswith(f"{operation}/") else f" ({operation})"
        console.print()
        console.print(
            Text.assemble(
                (f"✗ {level} {clause}{about}", f"bold {style}"),
                f"  {first_sentence(failed[0].message)}",
            ),
            soft_wrap=True,
        )
        explanations = {(operation, result.explanation) for result in failed if result.explanation}
        # What breaks for a reason that has been told needs one case more, not four.
        count = 1 if explanations and explanations <= told else _CASES
        for result in failed[:count]:
            _case(result, console)
        if len(failed) > count:
            console.print(Text(f"  … and {len(failed) - count} more cases", "dim"))
        for explanation in dict.fromkeys(
            result.explanation for result in failed if result.explanation
        ):
            if (operation, explanation) not in told:
                console.print(Text(f"  {printable(explanation)}", "bold"), soft_wrap=True)
            else:
                console.print(
                    Text(f"  {printable(explanation.partition(' (')[0])}, as above", "bold"),
                    soft_wrap=True,
                )
        told |= explanations


def weight(result: Result) -> tuple[str, bool, bool, str]:
    """Return the order of failures: by operation, its accuracy first, clauses of the page last.

    Many failures follow from accuracy.
    """
    own = result.clause.startswith(f"{result.operation}/")
    return result.operation, not result.clause.endswith("/accuracy"), not own, result.clause


def _case(result: Result, console: Console) -> None:
    console.print(Text.assemble((f"  {result.format:9}", "bold"), numbers(result)), soft_wrap=True)
    console.print(Text(f"  {'':9}{result.rerun}", "dim"), soft_wrap=True)


def numbers(result: Result) -> str:
    """Return the input of a wrong answer, the answer, the truth and the error."""
    details = result.details
    given = ", ".join(f"{name} = {shown(value)}" for name, value in details["input"].items())
    quantity = "" if details["quantity"] == result.operation else f"{details['quantity']} "
    same = details["answer"] == details["truth"]
    error = (
        "wrong in its sign"
        if same
        else f"off by {details['error_ulp']:.4g} ulp, bound {details['bound_ulp']:.4g}"
    )
    truth = "limit" if "limit" in details else "truth"
    return (
        f"{given}  {quantity}answer {shown(details['answer'])}  {truth} {shown(details['truth'])} "
        f" {error}"
    )


def _unanswered(results: Sequence[Result], console: Console) -> None:
    """Print the failures without an answer, each message of an operation once."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.operation, result.message), []).append(result)
    for (operation, message), group in groups.items():
        dtypes = ", ".join(dict.fromkeys(result.format for result in group))
        must = sum(result.level == "MUST" for result in group)
        console.print()
        console.print(
            Text.assemble(
                (f"✗ {operation} {group[0].outcome}", "bold magenta"), f"  {printable(message)}"
            ),
            soft_wrap=True,
        )
        for line in _last_words(group[0]):
            console.print(Text(f"  │ {printable(line)}", "dim"), soft_wrap=True)
        console.print(
            Text(
                f"  {len(group)} cases in {dtypes}, {must} of them MUST; the first is repeated by"
            ),
            soft_wrap=True,
        )
        console.print(Text(f"  {group[0].rerun}", "dim"), soft_wrap=True)
        for explanation in dict.fromkeys(
            result.explanation for result in group if result.explanation
        ):
            console.print(Text(f"  {printable(explanation)}", "bold"), soft_wrap=True)


def _last_words(result: Result) -> list[str]:
    """Return the end of a traceback, or of what a process wrote before it ended."""
    for name in ("traceback", "stderr"):
        if name in result.details:
            return str(result.details[name]).rstrip().splitlines()[-_LINES:]
    return []


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
        console.print(Text(f"  {operation}: {name} {told}"))


def _arithmetic(record: Record, console: Console) -> None:
    """Print what the answers of matrix products show, and what was declared without need."""
    if told := arithmetic.lines(record.header):
        console.print()
        console.print(Text("Arithmetic of matrix products, from their answers"))
        for each in told:
            console.print(Text(f"  {printable(each)}"), soft_wrap=True)
    for each in arithmetic.needless(record.header):
        console.print(Text(f"  {printable(each)}", "yellow"), soft_wrap=True)


def _line(console: Console, label: str, message: str, style: str) -> None:
    console.print()
    console.print(
        Text.assemble((f"✗ {label}  ", f"bold {style}"), printable(message)), soft_wrap=True
    )


def _shortened(items: list[str]) -> Iterable[str]:
    return (
        items
        if len(items) <= _ITEMS
        else [*items[: _ITEMS - 2], f"… {len(items) - _ITEMS + 1} more …", items[-1]]
    )


def _number(count: int) -> str:
    return f"{count:,}"
