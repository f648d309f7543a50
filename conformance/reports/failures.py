"""Failures in a terminal: each operation's diagnosis first, one finding, and what follows from it.

show(results, diagnoses, console)    print the failures of a run
text(results, diagnoses)             the same as plain text
"""

from collections.abc import Iterable, Sequence
from io import StringIO

from rich.console import Console
from rich.text import Text

from nnspec.conformance.reports.findings import Finding, findings, segments, share, unanswered
from nnspec.conformance.reports.numbers import compared, given
from nnspec.conformance.reports.printing import MARGIN, first_sentence, lines, printable
from nnspec.conformance.run.diagnoses import Diagnosis
from nnspec.conformance.run.record import Result

# Two cases of an accuracy that nothing explains show more than one.
_CASES = 2

# So much of a traceback or of a process's last output is shown.
_LINES = 4

# A sentence and its share stand in one line of a terminal if both fit; so do names of clauses.
_WIDTH = 80

_STYLES = {"MUST": "red", "SHOULD": "yellow"}


def show(results: Sequence[Result], diagnoses: Iterable[Diagnosis], console: Console) -> None:
    """Print failed cases: what breaks a MUST first, and wrong answers before missing ones."""
    told = findings(results, tuple(diagnoses))
    groups = unanswered(results, told)
    for level in ("MUST", "SHOULD"):
        for each in told:
            if each.level == level:
                _finding(each, console)
        for group in groups:
            if group[0].level == level:
                _unanswered(group, console)


def text(results: Sequence[Result], diagnoses: Iterable[Diagnosis] = ()) -> str:
    """Return what the terminal says of failed cases, as plain text."""
    written = StringIO()
    # Colors that the environment asks for are for a terminal, and a notebook shows the text itself.
    console = Console(
        file=written, width=140, highlight=False, color_system=None, force_jupyter=False
    )
    show(results, diagnoses, console)
    return written.getvalue().strip("\n")


def _finding(finding: Finding, console: Console) -> None:
    """Print a finding."""
    style = f"bold {_STYLES[finding.level]}"
    clause, message = _about(finding.smallest), _message(finding.smallest)
    level = finding.smallest.level
    console.print()
    if finding.headline:
        said = printable(finding.headline)
        _line(console, Text.assemble((f"✗ {finding.operation}  {said}", style)))
        _diagnosis(finding, console)
        _line(console, Text.assemble((f"  {level} {clause}", "bold"), f"  {message}"))
        cases, indent = finding.cases[:1], "    "
    else:
        _line(console, Text.assemble((f"✗ {level} {clause}", style), f"  {message}"))
        accuracy = finding.smallest.clause.endswith("/accuracy")
        cases, indent = finding.cases[: _CASES if accuracy else 1], "  "
    for each in cases:
        _case(each, indent, console)
    if rest := _rest(finding, len(cases)):
        _line(console, Text(f"  {rest}", "dim"))


def _diagnosis(finding: Finding, console: Console) -> None:
    """Print the sentence of a diagnosis with the edited parts marked, and its share."""
    if finding.diagnosis is None:
        return
    pieces = [
        (printable(each.text), "bold reverse" if each.marked else "bold")
        for each in segments(finding.diagnosis)
    ]
    sentence = Text.assemble("  ", *pieces)
    counted = f"({share(finding.diagnosis)})"
    if len(sentence) + len(counted) + 2 <= _WIDTH:
        _line(console, Text.assemble(sentence, f"  {counted}"))
    else:
        _line(console, sentence)
        _line(console, Text(f"  {counted}"))


def _about(result: Result) -> str:
    """Return the clause of a result, with the operation where the clause is about several."""
    own = result.clause.startswith(f"{result.operation}/")
    return result.clause if own else f"{result.clause} ({result.operation})"


def _message(result: Result) -> str:
    """Return what is true when a clause fails, or what ended a case without an answer."""
    return first_sentence(result.message) if result.answered else printable(result.message)


def _rest(finding: Finding, told: int) -> str:
    """Return in one line which other clauses and cases fail by the same fault."""
    cases = len(finding.results) - told + len(finding.followers)
    if not cases:
        return ""
    clauses = list(dict.fromkeys(each.clause for each in finding.others))
    if not clauses:
        return f"… and {_counted(cases, 'more case')}"
    counted = f"({_counted(len(clauses), 'clause')}, {_counted(cases, 'case')})"
    names = clauses[0]
    for each in clauses[1:]:
        if len(f"  also breaks {names}, {each} … {counted}") > _WIDTH:
            return f"also breaks {names} … {counted}"
        names += f", {each}"
    return f"also breaks {names} {counted}"


def _case(result: Result, indent: str, console: Console) -> None:
    if result.answered:
        _line(console, Text.assemble((f"{indent}{result.format}  ", "bold"), given(result)))
        _line(console, Text(f"{indent}{compared(result)}"))
    _line(console, Text(f"{indent}{printable(result.rerun)}", "dim"))


def _unanswered(group: Sequence[Result], console: Console) -> None:
    """Print failures without an answer whose messages are alike."""
    first = group[0]
    dtypes = ", ".join(dict.fromkeys(each.format for each in group))
    must = sum(each.level == "MUST" for each in group)
    console.print()
    heading = (f"✗ {first.operation} {first.outcome}", "bold magenta")
    _line(console, Text.assemble(heading, f"  {printable(first.message)}"))
    for line in last_words(first):
        _line(console, Text(f"  {MARGIN}{line}", "dim"))
    alike = len({each.message for each in group}) > 1
    counted = f"{_counted(len(group), 'case')}{' like it' * alike} in {dtypes}"
    _line(console, Text(f"  {counted}, {must} of them MUST; the first is repeated by"))
    _line(console, Text(f"  {printable(first.rerun)}", "dim"))


def last_words(result: Result) -> list[str]:
    """Return the end of a traceback, or of what a process wrote before it ended."""
    for name in ("traceback", "stderr"):
        if name in result.details:
            told = lines(str(result.details[name]).rstrip())[-_LINES:]
            # The marks below a line of code say little beside it, and nothing without it.
            return [line for line in told if line.strip("^~ ")]
    return []


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _line(console: Console, line: Text) -> None:
    """Print a line, which the terminal breaks if it is longer than a row."""
    console.print(line, soft_wrap=True)
