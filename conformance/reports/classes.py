"""A class: many files beside each other, with the state, the mark and the faults of each.

    class_of(entries, rule, asked)    what all outputs show: text, Markdown, CSV, JSON and HTML

Files are rows and operations columns. A fault that several files have is told once, with an example
and their names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from nnspec import reference
from nnspec.conformance.reports.findings import Finding, findings, weight
from nnspec.conformance.reports.printing import NAME, first_sentence, printable
from nnspec.conformance.run import report
from nnspec.conformance.run.compare import BREAKING, CONFORMING, NONE
from nnspec.conformance.run.diagnoses import Diagnosis
from nnspec.conformance.run.excuses import excused
from nnspec.conformance.run.libraries import Outcome, Unjudged
from nnspec.conformance.run.marks import Mark, Rule, mark, total
from nnspec.conformance.run.record import Record, Result
from nnspec.conformance.terms.outcomes import ABSENT, BREAKS, FAILURES, VACUOUS

# An operation that answers nothing where it fails, and a file that was not judged.
ENDING = "ends"
UNLOADED = "unloaded"

# The sign of each state, its word for a style sheet, and what it means.
SIGNS: Mapping[str, tuple[str, str]] = {
    CONFORMING: ("✓", "every MUST clause is kept"),
    BREAKING: ("✗", "an answer breaks a MUST clause"),
    ENDING: ("!", "raises an error, refuses a case, hangs or ends its process"),
    ABSENT: ("–", "missing"),
    NONE: ("?", "no mark: the suite erred, or the report did not ask"),
    UNLOADED: ("×", "the file was not judged"),
}


# So many broken clauses are named where nothing explains them.
_NAMED = 3


class Entry(NamedTuple):
    """A file or library by its name, and its report or what prevented it."""

    name: str
    outcome: Outcome


@dataclass(frozen=True)
class Fault:
    """What is wrong with an operation of a file: a diagnosis, a broken clause, or an ending.

    Its `first` case is the example of all its `cases`.
    """

    operation: str
    headline: str
    sentence: str
    first: Result
    cases: tuple[Result, ...]
    diagnosis: Diagnosis | None = None

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that it breaks, that of the example first."""
        return tuple(dict.fromkeys(each.clause for each in (self.first, *self.cases)))


@dataclass(frozen=True)
class Row:
    """A file: its marks and states by operation, its faults, and remarks on what it declares.

    `problem` says why it was not judged, "" if it was. The `points` are None without a mark.
    """

    name: str
    marks: Mapping[str, Mark]
    states: Mapping[str, str]
    faults: tuple[Fault, ...] = ()
    remarks: tuple[str, ...] = ()
    problem: str = ""
    record: Record | None = None

    @property
    def points(self) -> float | None:
        """The sum of all marks."""
        return total(self.marks.values())

    @property
    def verdict(self) -> str:
        """The verdict on the file, of the operations that were asked."""
        return self.record.verdict if self.record is not None else NONE


@dataclass(frozen=True)
class Group:
    """A fault that the files of these names have; the first of them gives the example."""

    fault: Fault
    names: tuple[str, ...]


@dataclass(frozen=True)
class Class:
    """The rows of a class, its operations and dtypes, and the rule of its marks."""

    rows: tuple[Row, ...]
    operations: tuple[str, ...]
    dtypes: tuple[str, ...]
    rule: Rule
    seeds: tuple[int, ...] = field(default=())

    @property
    def most(self) -> float:
        """The points of a file that keeps every clause."""
        return sum(map(self.rule.weight, self.operations))

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The faults by operation, those of most files first."""
        found: dict[tuple[str, str], list[tuple[str, Fault]]] = {}
        for row in self.rows:
            for fault in row.faults:
                key = fault.operation, fault.headline
                found.setdefault(key, []).append((row.name, fault))
        groups = [
            Group(named[0][1], tuple(dict.fromkeys(name for name, _ in named)))
            for named in found.values()
        ]
        order = list(self.operations)
        return tuple(
            sorted(groups, key=lambda one: (order.index(one.fault.operation), -len(one.names)))
        )

    @property
    def unjudged(self) -> tuple[Row, ...]:
        """The files that were not judged."""
        return tuple(row for row in self.rows if row.problem)

    @property
    def signs(self) -> tuple[tuple[str, str, str], ...]:
        """The states that the table has, with their signs and meanings."""
        seen = {state for row in self.rows for state in row.states.values()}
        return tuple((state, *said) for state, said in SIGNS.items() if state in seen)

    @property
    def legend(self) -> str:
        """The signs that the table has, in a sentence."""
        return "; ".join(f"{sign} {meaning}" for _, sign, meaning in self.signs) + "."

    @property
    def title(self) -> str:
        """What was judged, in words."""
        seeds = f", seed {', '.join(map(str, self.seeds))}" if self.seeds else ""
        files, operations = (
            _number(len(self.rows), "file"),
            _number(len(self.operations), "operation"),
        )
        return f"{files}, {operations} in {', '.join(self.dtypes) or 'no dtype'}{seeds}"


def class_of(entries: Sequence[Entry], rule: Rule, asked: Sequence[str] = ()) -> Class:
    """Return the class of files or libraries.

    Its operations are those asked, else those that any file offers or the rule names.
    """
    judged = [each.outcome for each in entries if not isinstance(each.outcome, Unjudged)]
    offered = {
        result["operation"]
        for document in judged
        for result in document["results"]
        if result["outcome"] != ABSENT and result["level"] == "MUST"
    }
    named = asked or [name for name in reference.__all__ if name in offered]
    operations = tuple(dict.fromkeys([*named, *rule.weights]))
    results = [each for document in judged for each in document["results"]]
    seeds = dict.fromkeys(document["header"].get("seed", 0) for document in judged)
    return Class(
        tuple(_row(each, operations, rule) for each in entries),
        operations,
        tuple(dict.fromkeys(each["dtype"] for each in results if each["dtype"])),
        rule,
        tuple(seeds),
    )


def _row(entry: Entry, operations: Sequence[str], rule: Rule) -> Row:
    if isinstance(entry.outcome, Unjudged):
        points = None if entry.outcome.ours else 0.0
        return Row(
            entry.name,
            {name: Mark(points, rule.weight(name), 0, 0) for name in operations},
            dict.fromkeys(operations, UNLOADED),
            problem=entry.outcome.problem,
        )
    found = report.record(entry.outcome)
    unasked = excused(entry.outcome)
    results: dict[str, list[Result]] = {name: [] for name in operations}
    for each in found.results:
        if each.operation in results and each.level == "MUST" and each.id not in unasked:
            results[each.operation].append(each)
    # What a file has and its report did not ask for is not missing.
    unknown = [name for name in found.header["adapter"]["operations"] if not results.get(name, 1)]
    marks = {name: mark(results[name], rule.weight(name), rule) for name in operations}
    states = {name: _state(cases) for name, cases in results.items()}
    return Row(
        entry.name,
        marks | {name: Mark(None, rule.weight(name), 0, 0) for name in unknown},
        states | dict.fromkeys(unknown, NONE),
        tuple(_faults(results, found)),
        tuple(_remarks(results, found)),
        record=found,
    )


def _state(cases: Sequence[Result]) -> str:
    failed = [each for each in cases if each.outcome in FAILURES]
    if failed:
        return BREAKING if any(each.outcome == BREAKS for each in failed) else ENDING
    if any(each.outcome == VACUOUS for each in cases):
        return NONE
    if not any(each.outcome == CONFORMING for each in cases):
        return ABSENT
    return ENDING if any(each.outcome == ABSENT for each in cases) else CONFORMING


def _faults(results: Mapping[str, Sequence[Result]], found: Record) -> Iterator[Fault]:
    """Yield the faults of each operation: diagnoses, broken clauses, cases without an answer."""
    for operation, cases in results.items():
        failed = [each for each in cases if each.outcome in FAILURES]
        left = tuple(each for each in failed if _is_unrun(each))
        told = findings((each for each in failed if not _is_unrun(each)), found.diagnoses)
        yield from (_headed(each) for each in told if each.headline)
        groups = [each.results for each in told if not each.headline]
        groups += [group for each in told for group in each.beside]
        if plain := tuple(case for group in groups for case in group if case.answered):
            yield _unexplained(operation, plain)
        ended = [group for group in groups if not group[0].answered]
        for group in ended:
            first, said = group[0], printable(group[0].message)
            # Cases that were not run any more belong to the ending that they are not run for.
            same = tuple(each for each in left if each.outcome == first.outcome)
            yield Fault(operation, _ending(first), said, first, (*group, *same))
        if left and not ended:
            yield Fault(operation, _ending(left[0]), printable(left[0].message), left[0], left)


def _headed(finding: Finding) -> Fault:
    """Return the fault of a finding that says what the operation does."""
    first, diagnosis = finding.smallest, finding.diagnosis
    # The name of an edit begins with its operation, which is told already.
    headline = printable(finding.headline).replace(f": {finding.operation}: ", ": ", 1)
    sentence = diagnosis.sentence if diagnosis is not None else first_sentence(first.message)
    cases = finding.results
    return Fault(finding.operation, headline, printable(sentence), first, cases, diagnosis)


def _unexplained(operation: str, cases: tuple[Result, ...]) -> Fault:
    """Return the clauses that break without an explanation as one fault, accuracy first."""
    first = Finding(operation, cases).smallest
    named = [*dict.fromkeys(each.clause for each in sorted(cases, key=weight))]
    listed = ", ".join(each.removeprefix(f"{operation}/") for each in named[:_NAMED])
    more = f" and {len(named) - _NAMED} more clauses" if len(named) > _NAMED else ""
    message = first_sentence(first.message) if first.answered else printable(first.message)
    return Fault(operation, f"breaks {listed}{more}", message, first, cases)


def _is_unrun(result: Result) -> bool:
    return result.message.startswith("not run: ")


def _ending(first: Result) -> str:
    """Return in words how cases end that have no answer: two files with such an end are alike."""
    said = printable(first.message, NAME)
    return f"{first.outcome}: {said.partition(': ')[0]}"


def _remarks(results: Mapping[str, Sequence[Result]], found: Record) -> list[str]:
    """Return what a teacher should know of a file beside its answers."""
    adapter = found.header["adapter"]
    said = [f"conforms{found.qualification} only"] if found.qualification else []
    said += [
        f"declares {name} = {dict(adapter[name])}"
        for name in ("accumulates_in", "fixed", "expected_failures")
        if adapter.get(name)
    ]
    said += ["declares compiles_shapes, and is asked for few shapes"] * adapter["compiles_shapes"]
    offered = {*adapter["operations"]}
    for operation in offered.intersection(results):
        count = sum(each.outcome == ABSENT for each in results[operation])
        said += [f"refuses {count} MUST cases of {operation}"] if count else []
    noticed = found.header.get("noticed", {})
    said += [f"noticed: {each}" for lines in noticed.values() for each in lines]
    return [printable(each) for each in said]


def _number(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
