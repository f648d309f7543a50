"""Judges a certificate's recorded answers again, and names what does not follow from them.

That takes no library, but the suite that made the certificate: the same specification, checks and
bounds.
"""

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnspec import spec
from nnspec.conformance.command import formats, screen
from nnspec.conformance.command.differences import (
    NOTHING,
    Possible,
    compared,
    different,
    shown,
    unlike,
)
from nnspec.conformance.command.verified import Verification, plain, show
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.elsewhere import Span, spans
from nnspec.conformance.judge.judge import Attempt
from nnspec.conformance.reports import html
from nnspec.conformance.reports.files import FILES, rendered
from nnspec.conformance.reports.printing import printable
from nnspec.conformance.run import environment, report, selection
from nnspec.conformance.run.plan import UnknownSelectionError, plan
from nnspec.conformance.run.record import VERSION, Record
from nnspec.conformance.run.report import ReportError
from nnspec.conformance.run.run import Progress, run
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.introduction import description_of
from nnspec.conformance.sources.messages import MessageError
from nnspec.conformance.sources.recorded import FILE, Recorded, RecordingError, read
from nnspec.conformance.sources.replay import Deviation, Replay
from nnspec.conformance.terms.documents import LIMIT
from nnspec.conformance.terms.files import FileError, contents
from nnspec.conformance.terms.operations import UnknownClauseError
from nnspec.spec import clauses

# The file whose bytes depend on the versions of libraries.
_PAGE = "report.html"

# What the header of a certificate has.
_NEEDED: dict[str, Any] = {
    **dict.fromkeys(("adapter", "specification", "suite", "machine", "selection", "answers"), dict),
    **dict.fromkeys(("command", "started"), str),
    **dict.fromkeys(("planned", "seed"), int),
    "seconds": float | int,
    "smoke": list,
}

# What no answer decides: when a run was, and how long it took.
_FREE = ("started", "seconds")

# The first line of the answers repeats these fields of the report's header.
_REPEATED = (
    *("adapter", "specification", "suite", "machine"),
    *("planned", "selection", "seed", "command"),
)


def main(options: argparse.Namespace) -> int:
    """Judge the recorded answers of a certificate again; 1 if it does not follow from them."""
    formats.tried(options)
    with screen.progress() as progress:
        found = verify(Path(options.folder), progress=progress)
    if options.format == "json":
        formats.write(options, formats.json(plain(found)))
    else:
        formats.show(options, lambda console: show(found, console))
    return 1 if found.inconsistencies else 0


def verify(folder: Path, *, progress: Progress | None = None) -> Verification:
    """Judge the answers of a certificate again, and compare.

    Raises ReportError if there is no certificate, or one of another version or another suite.
    """
    document = report.parsed(folder / "report.json", versions=(VERSION,))
    record = report.record(document)
    if ended := record.header.get("ended"):
        message = f"{folder} holds no certificate: {ended}"
        raise ReportError(message)
    _of_this_suite(folder, record.header)
    files = tuple(name for name in FILES if os.path.lexists(folder / name))
    otherwise = dict(_made_otherwise(folder, files))
    found = [*_files(folder, files, record), *_clauses(record.header["specification"])]
    elsewhere, calls, replay = tuple(_elsewhere(record.header)), 0, None
    unconfirmed: list[str] = []
    partly: frozenset[str] = frozenset()
    try:
        recorded = read(folder / FILE)
        calls = recorded.calls
        found += _described(record.header, recorded)
        replay = _replay(recorded)
        again, possible, partly = _judged_again(
            replay, recorded, record.header, progress, elsewhere=bool(elsewhere)
        )
        follows = report.document(again)
        found += compared(document, follows, possible if elsewhere else None, partly)
        if elsewhere:
            unconfirmed += sorted({*unlike(document, follows, partly)} - {*found})
    except (RecordingError, Deviation) as error:
        found.append(str(error))
    return Verification(
        record,
        files,
        calls,
        tuple(dict.fromkeys(found)),
        elsewhere,
        tuple(unconfirmed),
        partly=tuple(each.id for each in record.results if each.id in partly),
        unjudged=replay.unknown if replay is not None else 0,
        answered=replay.answered if replay is not None else 0,
        summed=tuple(replay.summed) if replay is not None else (),
        foreign=_foreign(folder),
        otherwise=otherwise,
    )


def _foreign(folder: Path) -> tuple[str, ...]:
    """Return the names of what lies in the folder and belongs to no certificate."""
    return tuple(sorted({path.name for path in folder.iterdir()} - {*FILES, FILE}))


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
        whose, ours = map(environment.who, (made, here))
        edition = shown(header["specification"].get("edition"))
        message = (
            f"the certificate was made against edition {edition} by {whose}; this is {ours}, "
            f"of edition {spec.edition()}, which cannot judge it: {environment.remedy(made)}"
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
            try:
                written = contents(folder / name, max(len(follows), LIMIT))
            except FileError as error:
                yield f"{name} cannot be read: {error}"
            else:
                if written != follows and not _other_makers(name, written):
                    yield f"{name} is not what is written from report.json"


def _made_otherwise(folder: Path, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the files that other versions of libraries have written, and these libraries."""
    if _PAGE in names:
        with suppress(FileError):
            if theirs := _other_makers(_PAGE, contents(folder / _PAGE, LIMIT)):
                yield _PAGE, f"{theirs}, here {html.makers()}"


def _other_makers(name: str, written: bytes) -> str:
    """Return the libraries that report.html names, "" if they are those that are here."""
    named = html.makers_of(written.decode("utf-8", "replace")) if name == _PAGE else ""
    return "" if named == html.makers() else named


def _clauses(specification: Mapping[str, Any]) -> Iterator[str]:
    """Yield the clauses whose text differs from that of this edition."""
    written = specification.get("clauses")
    for name, digest in written.items() if isinstance(written, dict) else ():
        if name not in clauses():
            yield f"{name} is no clause of this edition"
        elif digest != clauses()[name].digest:
            yield (
                f"{name} has another text: {shown(digest)} where this edition's is "
                f"{clauses()[name].digest}"
            )


def _elsewhere(header: Mapping[str, Any]) -> Iterator[str]:
    """Yield the libraries and parts of the machine that differ from those of the run."""
    for part, names in environment.found().items():
        for name, here in names.items():
            # The digest of the suite is that of this one: another version changes no number.
            if name == "version":
                continue
            there = header[part].get(name, NOTHING)
            if there != here:
                yield f"{name} {shown(there)}, here {here}"


def _described(header: Mapping[str, Any], recorded: Recorded) -> Iterator[str]:
    """Yield where the report and the file of answers say different things of themselves."""
    yield from different("header.answers", header["answers"], recorded.described(), "the file is")
    for name in _REPEATED:
        yield from different(
            f"header.{name}",
            header[name],
            recorded.header.get(name, NOTHING),
            "the answers were recorded with",
        )
    for name in sorted({*recorded.header} - {"answers", *_REPEATED}):
        yield f"{FILE} says {shown(name)} of itself, which is no part of it"


def _replay(recorded: Recorded) -> Replay:
    """Return the recorded answers as a source; raises RecordingError if no adapter is described."""
    try:
        return Replay(recorded, description_of(recorded.header["adapter"]))
    except (KeyError, TypeError, AttributeError, AdapterError, MessageError) as error:
        raise _unplanned(error) from None


def _unplanned(error: Exception) -> RecordingError:
    return RecordingError(
        f"{FILE} says of itself what cannot be planned: {type(error).__name__}: {error}"
    )


def _judged_again(
    source: Replay,
    recorded: Recorded,
    header: Mapping[str, Any],
    progress: Progress | None,
    *,
    elsewhere: bool,
) -> tuple[Record, Possible, frozenset[str]]:
    """Return the record that follows from the answers, and the spans of its measurements elsewhere.

    The cases of which some numbers are not recorded come last, by their ids. Raises RecordingError
    if the first line of the answers describes no plan.
    """
    said = recorded.header
    try:
        dtypes, only = (tuple(said["selection"][name]) for name in ("dtypes", "only"))
        seed, part = int(said["seed"]), selection.part_of(said)
        planned = plan(source.description, dtypes=dtypes, only=only, seed=seed, part=part)
        command = str(said["command"])
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        UnknownClauseError,
        UnknownSelectionError,
    ) as error:
        raise _unplanned(error) from None
    possible: dict[str, dict[str, Span]] = {}
    partly: set[str] = set()
    unknown = 0

    def spanned(judged: Planned, ended: Attempt) -> None:
        # A case that one line stands for has measurements without comparisons.
        if ended.comparisons:
            possible[judged.id] = spans(ended.comparisons)

    def counted(judged: Planned) -> None:
        nonlocal unknown
        if source.unknown > unknown:
            unknown = source.unknown
            partly.add(judged.id)
        if progress is not None:
            progress(judged)

    witness = spanned if elsewhere else None
    record = run(
        planned,
        source,
        selection={"dtypes": dtypes, "only": only, "seed": seed, "part": part},
        command=command,
        progress=counted,
        witness=witness,
    )
    source.end()
    plan_of = {"selection": said["selection"], "seed": seed, "command": command}
    own = {**plan_of, "answers": recorded.described()}
    free = {name: header[name] for name in _FREE}
    # A checkout that is not installed does not know its version; its digest is the same.
    suite = {**record.header["suite"], "version": header["suite"].get("version")}
    # Answers do not tell what was noticed of their adapter, nor what failed in another run.
    told = {name: header[name] for name in ("noticed", "baseline") if name in header}
    found = replace(record, header={**record.header, **own, **free, **told, "suite": suite})
    return found, possible, frozenset(partly)
