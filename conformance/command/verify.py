"""Judges a certificate's recorded answers again, and names what does not follow from them.

That takes no library, but the suite that made the certificate: the same specification, checks and
bounds.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from nnspec.conformance.command import screen
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.elsewhere import Span, spans
from nnspec.conformance.judge.judge import Attempt
from nnspec.conformance.reports import terminal
from nnspec.conformance.reports.files import FILES, rendered
from nnspec.conformance.reports.terminal import printable
from nnspec.conformance.run import environment, report
from nnspec.conformance.run.plan import UnknownSelectionError, plan
from nnspec.conformance.run.record import VERSION, Record
from nnspec.conformance.run.report import ReportError
from nnspec.conformance.run.run import Progress, run
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.introduction import description_of
from nnspec.conformance.sources.messages import MessageError
from nnspec.conformance.sources.recorded import (
    FILE,
    Deviation,
    Recorded,
    RecordingError,
    Replay,
    read,
)
from nnspec.conformance.terms.operations import UnknownClauseError
from nnspec.conformance.terms.outcomes import VACUOUS
from nnspec.spec import clauses

# What the header of a certificate has.
_NEEDED: dict[str, Any] = {
    **dict.fromkeys(("adapter", "specification", "suite", "machine", "selection", "answers"), dict),
    **dict.fromkeys(("command", "started"), str),
    "planned": int,
    "seconds": float | int,
    "smoke": list,
}

# What no answer decides: when a run was, and how long it took.
_FREE = ("started", "seconds")

# What a result says whatever the last bits of the libraries beneath. Its measurements have spans.
_COARSE = (
    "clause",
    "level",
    "operation",
    "case",
    "dtype",
    "outcome",
    "expected",
    "compared",
    "measured",
    "rerun",
)

# The first line of the answers repeats these fields of the report's header.
_REPEATED = ("adapter", "specification", "suite", "machine", "planned", "selection", "command")

# The spans of the measurements of each case, by the case's id and the measurement's name.
Possible = Mapping[str, Mapping[str, Span]]

# A value that is longer is shortened where an inconsistency is told.
_LONG = 120


# What stands where a key does not: null is a value.
_NOTHING = object()


@dataclass(frozen=True)
class Verification:
    """The report's record, the compared files, the number of calls, and every inconsistency.

    `elsewhere` names the libraries and parts of the machine that differ from those of the run. If
    there are any, measurements need only be possible.
    """

    record: Record
    files: tuple[str, ...]
    calls: int
    inconsistencies: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()


def main(options: argparse.Namespace) -> int:
    """Judge the recorded answers of a certificate again; 1 if it does not follow from them."""
    with screen.progress() as progress:
        found = verify(Path(options.folder), progress=progress)
    show(found, screen.console())
    return 1 if found.inconsistencies else 0


def verify(folder: Path, *, progress: Progress | None = None) -> Verification:
    """Judge the answers of a certificate again, and compare.

    Raises ReportError if there is no certificate, or one of another version or another suite.
    """
    document = report.parsed(folder / "report.json", versions=(VERSION,))
    record = report.record(document)
    _of_this_suite(folder, record.header)
    files = tuple(name for name in FILES if (folder / name).is_file())
    found = [*_files(folder, files, record), *_clauses(record.header["specification"])]
    elsewhere, calls = tuple(_elsewhere(record.header)), 0
    try:
        recorded = read(folder / FILE)
        calls = recorded.calls
        found += _described(record.header, recorded)
        again, possible = _judged_again(recorded, record.header, progress)
        follows = report.document(again)
        found += _compared(document, follows, possible if elsewhere else None)
    except (RecordingError, Deviation) as error:
        found.append(str(error))
    return Verification(record, files, calls, tuple(dict.fromkeys(found)), elsewhere)


def _of_this_suite(folder: Path, header: Mapping[str, Any]) -> None:
    """Raise ReportError if a report is no certificate, or is one of another suite."""
    for name, kind in _NEEDED.items():
        if not isinstance(header.get(name), kind):
            message = (
                f"{folder / 'report.json'} is no certificate: "
                f"its header has no {name}, or another thing under that name"
            )
            raise ReportError(message)
    made, here = header["suite"], environment.found()["suite"]
    if made.get("digest") != here["digest"]:
        whose, ours = (
            f"nnspec {each.get('version')} with the digest {_shown(each.get('digest'))}"
            for each in (made, here)
        )
        edition = _shown(header["specification"].get("edition"))
        message = (
            f"the certificate was made against edition {edition} by {whose}; "
            f"this is {ours}, which cannot judge it: install the other"
        )
        raise ReportError(printable(message))


def _files(folder: Path, names: Sequence[str], record: Record) -> Iterator[str]:
    """Yield the files that differ from those written from report.json, itself included."""
    for name in names:
        try:
            follows = rendered(name, record)
        except Exception as error:  # noqa: BLE001  a report that was changed may hold anything
            yield f"{name} cannot be written from report.json: {type(error).__name__}: {error}"
        else:
            if (folder / name).read_bytes() != follows:
                yield f"{name} is not what is written from report.json"


def _clauses(specification: Mapping[str, Any]) -> Iterator[str]:
    """Yield the clauses whose text differs from that of this edition."""
    written = specification.get("clauses")
    for name, digest in written.items() if isinstance(written, dict) else ():
        if name not in clauses():
            yield f"{name} is no clause of this edition"
        elif digest != clauses()[name].digest:
            yield (
                f"{name} has another text: {_shown(digest)} where this edition's is "
                f"{clauses()[name].digest}"
            )


def _elsewhere(header: Mapping[str, Any]) -> Iterator[str]:
    """Yield the libraries and parts of the machine that differ from those of the run."""
    for part, names in environment.found().items():
        for name, here in names.items():
            there = header[part].get(name, _NOTHING)
            if there != here:
                yield f"{name} {_shown(there)}, here {here}"


def _described(header: Mapping[str, Any], recorded: Recorded) -> Iterator[str]:
    """Yield where the report and the file of answers say different things of themselves."""
    yield from _different("header.answers", header["answers"], recorded.described(), "the file is")
    for name in _REPEATED:
        yield from _different(
            f"header.{name}",
            header[name],
            recorded.header.get(name, _NOTHING),
            "the answers were recorded with",
        )


def _judged_again(
    recorded: Recorded, header: Mapping[str, Any], progress: Progress | None
) -> tuple[Record, Possible]:
    """Return the record that follows from the answers, and the spans of its measurements.

    Raises RecordingError if their first line describes no plan.
    """
    said = recorded.header
    try:
        description = description_of(said["adapter"])
        dtypes, only = (tuple(said["selection"][name]) for name in ("dtypes", "only"))
        planned = plan(description, dtypes=dtypes, only=only)
        command = str(said["command"])
    except (
        KeyError,
        TypeError,
        AttributeError,
        AdapterError,
        MessageError,
        UnknownClauseError,
        UnknownSelectionError,
    ) as error:
        message = f"{FILE} says of itself what cannot be planned: {type(error).__name__}: {error}"
        raise RecordingError(message) from None
    source = Replay(recorded, description)
    possible: dict[str, dict[str, Span]] = {}

    def spanned(judged: Planned, ended: Attempt) -> None:
        possible[judged.id] = spans(ended.comparisons)

    record = run(planned, source, command=command, progress=progress, witness=spanned)
    source.end()
    own = {"selection": said["selection"], "command": command, "answers": recorded.described()}
    free = {name: header[name] for name in _FREE}
    return replace(record, header={**record.header, **own, **free}), possible


def _compared(
    written: dict[str, Any], follows: dict[str, Any], possible: Possible | None = None
) -> Iterator[str]:
    """Yield every difference of two reports.

    A report of another machine has measurements that are `possible` here, and other messages.
    What a search found beyond the fixed inputs is left out always: what it asked is not recorded.
    """
    written = {name: value for name, value in written.items() if name != "exploration"}
    if possible is not None:
        yield from _impossible(written["results"], possible)
        written, follows = _coarsened(written), _coarsened(follows)
    written, follows = _settled(written), _settled(follows)
    for part in dict.fromkeys([*written, *follows]):
        if part != "results":
            yield from _different(part, written.get(part, _NOTHING), follows.get(part, _NOTHING))
    names = [[_name(result) for result in each["results"]] for each in (written, follows)]
    counts = [Counter(each) for each in names]
    for name in dict.fromkeys(names[0] + names[1]):
        if counts[0][name] != counts[1][name]:
            yield (
                f"{name} stands {counts[0][name]} times among the results; "
                f"{counts[1][name]} follow from the recorded answers"
            )
    if counts[0] == counts[1] and names[0] != names[1]:
        yield "the results stand in another order than they were planned in"
    again = dict(zip(names[1], follows["results"], strict=True))
    for name, result in zip(names[0], written["results"], strict=True):
        if name in again:
            yield from _different(name, result, again[name])


def _impossible(results: Sequence[dict[str, Any]], possible: Possible) -> Iterator[str]:
    """Yield the measurements that no truth has which the reference's bounds leave."""
    for result in results:
        for measurement, span in possible.get(_name(result), {}).items():
            if float(result[measurement]) not in span:
                yield (
                    f"{_name(result)}.{measurement} is {_shown(result[measurement])}; "
                    f"from the recorded answers follows a number from {span}"
                )


def _settled(document: dict[str, Any]) -> dict[str, Any]:
    """Return a report without the frames of the suite's own errors: a replay has other frames."""
    results = [
        {name: value for name, value in result.items() if name != "details"}
        if result["outcome"] == VACUOUS
        else result
        for result in document["results"]
    ]
    return {**document, "results": results}


def _coarsened(document: dict[str, Any]) -> dict[str, Any]:
    header = {
        name: value for name, value in document["header"].items() if name not in environment.found()
    }
    results = [
        {name: result[name] for name in _COARSE if name in result} for result in document["results"]
    ]
    return {**document, "header": header, "results": results, "pictures": []}


def _name(result: Mapping[str, Any]) -> str:
    dtype = result["dtype"]
    return f"{result['clause']}[{result['case']}{f',{dtype}' if dtype else ''}]"


def _different(
    where: str, written: Any, follows: Any, source: str = "from the recorded answers follows"
) -> Iterator[str]:
    """Yield the innermost places where two values of JSON differ."""
    if isinstance(written, dict) and isinstance(follows, dict):
        for name in dict.fromkeys([*written, *follows]):
            yield from _different(
                f"{where}.{name}", written.get(name, _NOTHING), follows.get(name, _NOTHING), source
            )
    elif repr(written) != repr(follows):
        yield f"{where} is {_shown(written)}; {source} {_shown(follows)}"


def _shown(value: Any) -> str:
    if value is _NOTHING:
        return "nothing"
    text = repr(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


# What is said where the last bits of truths are others.
_LESS = (
    "errors are compared as far as the reference's bounds allow, "
    "messages, diagnoses and pictures are not compared"
)

# Answers of another library contradict a report in every case; the first lines say so.
_SHOWN = 40


def show(found: Verification, console: Console) -> None:
    """Print what came of judging a certificate again."""
    for each in found.inconsistencies[:_SHOWN]:
        console.print(Text.assemble(("✗ ", "bold red"), terminal.printable(each)), soft_wrap=True)
    if len(found.inconsistencies) > _SHOWN:
        console.print(
            Text(f"… and {len(found.inconsistencies) - _SHOWN:,} more", "dim"), soft_wrap=True
        )
    if found.elsewhere:
        where = terminal.printable("; ".join(found.elsewhere))
        console.print(Text(f"made with {where}: {_LESS}", "dim"), soft_wrap=True)
    counted = f"{len(found.record.results):,} cases, {found.calls:,} recorded calls"
    if found.inconsistencies:
        console.print(
            Text(
                f"\nnot verified: {counted}; inconsistencies: {len(found.inconsistencies):,}",
                "bold red",
            ),
            soft_wrap=True,
        )
        return
    console.print(
        Text.assemble(("verified: ", "bold green"), terminal.verdict(found.record)), soft_wrap=True
    )
    console.print(
        Text(f"It follows from the recorded answers: {counted}; {', '.join(found.files)}."),
        soft_wrap=True,
    )
    if found.record.exploration is not None:
        console.print(
            Text(
                "What the search beyond the fixed inputs found does not: "
                "its answers are not recorded.",
                "dim",
            ),
            soft_wrap=True,
        )
    console.print(
        Text("Whose answers they are, a signature says: conformance/run/certificate.md", "dim"),
        soft_wrap=True,
    )
