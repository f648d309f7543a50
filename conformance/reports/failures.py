"""Failures in a terminal: a finding an operation, its diagnosis first, and what follows from it.

show(results, diagnoses, console)    print the failures of a run
text(results, diagnoses)             the same as plain text
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from types import MappingProxyType

from rich.console import Console
from rich.text import Text

from nnspec.conformance.judge.breaks import IN_WORDS
from nnspec.conformance.reports import beside
from nnspec.conformance.reports.findings import (
    Finding,
    findings,
    fix,
    follows,
    hint,
    segments,
    share,
)
from nnspec.conformance.reports.folding import WIDTH, command, folded
from nnspec.conformance.reports.numbers import compared, given
from nnspec.conformance.reports.printing import MARGIN, first_sentence, lines, printable
from nnspec.conformance.run.diagnoses import Diagnosis
from nnspec.conformance.run.record import Result
from nnspec.conformance.terms.operations import OPERATIONS, called, shapes_of

# So much of a traceback or of a process's last output is shown.
_LINES = 4

# So many lines tell what else fails of an operation.
_BESIDE = 3

# Files of Python and of libraries, in which nobody looks for a fault of an adapter first.
_INSTALLED = re.compile(r"site-packages|dist-packages|/lib/python3|nnspec/conformance|<frozen")

# Messages of functions that change what is not theirs: the shapes have nothing to do with it.
_CHANGES = re.compile(r"\b(?:modified|changed)\b")

_STYLES = {"MUST": "red", "SHOULD": "yellow"}

_NOWHERE: Mapping[str, str] = MappingProxyType({})


def show(
    results: Sequence[Result],
    diagnoses: Iterable[Diagnosis],
    console: Console,
    places: Mapping[str, str] = _NOWHERE,
    *,
    folds: bool = True,
) -> None:
    """Print failed cases, what breaks a MUST first.

    `places` hold the file and the line of the adapter's functions, by their operations. A command
    that is longer than a line is folded, unless something stands before each line.
    """
    for each in findings(results, tuple(diagnoses)):
        _finding(each, console, places.get(each.operation, ""), folds=folds)


def text(
    results: Sequence[Result],
    diagnoses: Iterable[Diagnosis] = (),
    places: Mapping[str, str] = _NOWHERE,
) -> str:
    """Return what the terminal says of failed cases, as plain text."""
    written = StringIO()
    # Colors that the environment asks for are for a terminal, and a notebook shows the text itself.
    console = Console(
        file=written, width=140, highlight=False, color_system=None, force_jupyter=False
    )
    show(results, diagnoses, console, places, folds=False)
    return written.getvalue().strip("\n")


def _finding(finding: Finding, console: Console, place: str, *, folds: bool) -> None:
    """Print a finding."""
    first = finding.smallest
    style = f"bold {_STYLES[finding.level]}"
    console.print()
    if finding.headline:
        said = printable(finding.headline)
        _line(console, Text.assemble((f"✗ {finding.operation}  {said}", style)))
        _diagnosis(finding, console)
        if told := hint(finding):
            _line(console, Text(f"  {printable(told)}"))
        clause = Text.assemble(
            (f"  {first.level} {clause_in_words(first)}", "bold"), f"  {said_of(first)}"
        )
        _line(console, clause)
    elif first.answered:
        heading = (f"✗ {first.level} {clause_in_words(first)}", style)
        _line(console, Text.assemble(heading, f"  {said_of(first)}"))
    else:
        heading = (f"✗ {first.level} {first.operation} {first.outcome}", style)
        _line(console, Text.assemble(heading, f"  {said_of(first)}"))
        _silent(finding, console)
    _case(first, "    " if finding.headline else "  ", console)
    if place:
        _line(console, Text(f"  the function: {printable(place)}"))
    if first.rerun:
        told = printable(first.rerun)
        for line in command(told, "  ").splitlines() if folds else [f"  {told}"]:
            console.print(Text(line, "dim"), soft_wrap=True)
    _others(finding, console)


def _diagnosis(finding: Finding, console: Console) -> None:
    """Print the sentence of a diagnosis with the edited parts marked, its share, and the fix."""
    if finding.diagnosis is None:
        return
    pieces = [
        (printable(each.text), "bold reverse" if each.marked else "bold")
        for each in segments(finding.diagnosis)
    ]
    sentence = Text.assemble("  ", *pieces)
    counted = f"({share(finding.diagnosis)})"
    if len(sentence) + len(counted) + 2 <= WIDTH:
        _line(console, Text.assemble(sentence, f"  {counted}"))
    else:
        _line(console, sentence)
        _line(console, Text(f"  {counted}"))
    if told := fix(finding):
        _line(console, Text.assemble(("  fix: ", "bold green"), printable(told)))


def clause_in_words(result: Result) -> str:
    """Return the clause of a result, with the operation where the clause is about several."""
    own = result.clause.startswith(f"{result.operation}/")
    return result.clause if own else f"{result.clause} ({result.operation})"


def said_of(result: Result) -> str:
    """Return what is true when a clause fails, or what ended a case without an answer."""
    return first_sentence(result.message) if result.answered else printable(result.message)


def _case(result: Result, indent: str, console: Console) -> None:
    """Print the input of a case, and what was wrong in it."""
    if "input" in result.details:
        _line(console, Text.assemble((f"{indent}{result.format}  ", "bold"), given(result)))
        if any(str(each).startswith(IN_WORDS) for each in result.details["input"].values()):
            _line(console, Text(f"{indent}all of it: nnspec.inputs({printable(result.id)!r})"))
    if result.answered:
        for line in beside.step(result):
            _line(console, Text(f"{indent}{line}"))
        _line(console, Text(f"{indent}{compared(result)}"))
        for line in beside.lines(result, WIDTH - len(indent)):
            _line(console, Text(f"{indent}{line}"))


def _silent(finding: Finding, console: Console) -> None:
    """Print the last words of a function without an answer, and how it is called."""
    for line in last_words(finding.results):
        _line(console, Text(f"  {MARGIN}{line}", "dim"))
    for line in contract(finding.smallest):
        _line(console, Text(f"  {line}"))


def contract(result: Result) -> list[str]:
    """Return how the operation of a missing answer is called, and of what shapes its answer is."""
    if result.operation not in OPERATIONS:
        return []
    told = [f"called as: {called(result.operation)}"]
    if not _CHANGES.search(result.message):
        told.append(f"shapes: {shapes_of(result.operation)}")
    if "learning_rate" in OPERATIONS[result.operation].parameters and "tuple" in result.message:
        told.append("learning_rate: a number, or a tuple with a number for each step")
    return told


def _others(finding: Finding, console: Console) -> None:
    """Print which other clauses fail by the same fault, and what else fails of the operation."""
    telling = [group for group in finding.beside if not follows(group[0])][:_BESIDE]
    for group in telling:
        _line_of(group, console)
    rest = [each for group in finding.beside if group not in telling for each in group]
    rest = [*finding.others, *rest]
    if said := _rest(rest, len(finding.cases) - 1):
        _line(console, Text(f"  {said}", "dim"))


def _line_of(group: Sequence[Result], console: Console) -> None:
    """Print in one line what else fails of an operation."""
    first = group[0]
    about = clause_in_words(first) if first.answered else first.outcome
    counted = f"  ({_counted(len(group), 'case')})"
    head = f"  also {first.level} {about}  "
    said, room = said_of(first), WIDTH - len(head) - len(counted)
    if len(said) > room:
        said = f"{said[: max(room - 1, 0)].rstrip()}…"
    console.print(Text(f"{head}{said}{counted}", "dim"), soft_wrap=True)


def _rest(rest: Sequence[Result], more: int) -> str:
    """Return in one line the clauses of further cases; `more` are of the clause that is told."""
    if not rest:
        return f"… and {_counted(more, 'more case')}" if more else ""
    clauses = list(dict.fromkeys(each.clause for each in rest))
    count = len(rest) + more
    counted = f"({_counted(len(clauses), 'clause')}, {_counted(count, 'case')})"
    names = clauses[0]
    for each in clauses[1:]:
        if len(f"  also breaks {names}, {each} … {counted}") > WIDTH:
            return f"also breaks {names} … {counted}"
        names += f", {each}"
    return f"also breaks {names} {counted}"


def last_words(group: Sequence[Result]) -> list[str]:
    """Return the end of a traceback, or of what a process wrote before it ended.

    A record keeps each text once. Of a traceback the frame of the adapter's file is shown.
    """
    for name in ("traceback", "stderr"):
        told = [str(each.details[name]).rstrip() for each in group if name in each.details]
        for text in sorted(told, key=lambda each: "\n" not in each):
            found = _frames(lines(text)) if name == "traceback" else lines(text)[-_LINES:]
            # The marks below a line of code say little beside it, and nothing without it.
            return [line for line in found if line.strip("^~ ")]
    return []


def _frames(told: Sequence[str]) -> list[str]:
    """Return the innermost frame of a traceback that is the adapter's; the message stands above."""
    starts = [place for place, line in enumerate(told) if line.startswith('  File "')]
    own = [place for place in starts if not _INSTALLED.search(told[place])]
    if starts and all("nnspec/conformance" in told[place] for place in starts):
        # The suite calls what cannot be called so, and the message says why.
        return []
    if not own:
        return list(told[-_LINES:])
    return [line.removeprefix("  ") for line in told[own[-1] : own[-1] + 2]]


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _line(console: Console, line: Text) -> None:
    """Print a line, folded to the width of a terminal."""
    console.print(folded(line), soft_wrap=True)
