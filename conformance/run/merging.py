"""Joins the reports of the parts of a plan into the record and the answers of a single run."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.run import environment, record, report, selection, shares
from nnspec.conformance.run.plan import UnknownSelectionError, plan
from nnspec.conformance.run.record import VERSION, Record
from nnspec.conformance.run.report import ReportError
from nnspec.conformance.sources.description import AdapterError, Description
from nnspec.conformance.sources.introduction import description_of
from nnspec.conformance.sources.messages import MessageError, line_of
from nnspec.conformance.sources.noticed import heading, of_lines, together
from nnspec.conformance.sources.recorded import (
    FILE,
    Answers,
    Recorded,
    RecordingError,
    lines_of,
    read,
)
from nnspec.conformance.terms.operations import UnknownClauseError

# What all parts say alike: which plan they are parts of, and by which suite.
_ALIKE = {
    "suite": "different suites",
    "specification": "different specifications",
    "adapter": "different adapters",
    "seed": "different seeds",
    "command": "different commands",
    "baseline": "different baselines",
}

# What stands in several parts of the header of specifications and differs by part.
_OF_PART = "clauses"


@dataclass(frozen=True)
class Piece:
    """The report of a part in a folder: its number, how many there are, record and answers."""

    folder: Path
    part: shares.Part
    record: Record
    answers: Recorded


@dataclass(frozen=True)
class Whole:
    """The parts of a plan, each once, and the cases of the plan in their order."""

    pieces: tuple[Piece, ...]
    description: Description
    planned: tuple[Planned, ...]


def whole(folders: Sequence[Path]) -> Whole:
    """Read the reports of all parts of a plan, in any order.

    Raises ReportError if a folder holds no complete report of a part, or if a part is missing or
    there twice. Raises it too if parts are of different plans, adapters or suites.
    """
    pieces = sorted(map(_piece, folders), key=lambda piece: piece.part)
    for piece in pieces[1:]:
        _alike(pieces[0], piece)
    _each_once(pieces)
    header = pieces[0].record.header
    made, here = header["suite"], environment.found()["suite"]
    if made.get("digest") != here["digest"]:
        message = (
            f"the parts were judged by {environment.who(made)}; this is {environment.who(here)}, "
            f"which cannot merge them: {environment.remedy(made)}"
        )
        raise ReportError(message)
    try:
        description = description_of(header["adapter"])
        dtypes, only = (tuple(header["selection"][name]) for name in ("dtypes", "only"))
        planned = tuple(plan(description, dtypes=dtypes, only=only, seed=header["seed"]))
    except (AdapterError, MessageError, UnknownClauseError, UnknownSelectionError) as error:
        message = f"the parts describe what cannot be planned: {error}"
        raise ReportError(message) from None
    found = Whole(tuple(pieces), description, planned)
    _accounted(found)
    return found


def merged(parts: Whole, answers: BinaryIO) -> Record:
    """Return the record that one run of the whole plan makes, and write its answers.

    It began when the first part did, and took as long as all parts together. What searches found
    beyond the plan is left out. Raises WritingError.
    """
    place = {name: at for at, name in enumerate(_operations(parts.planned))}
    records = [piece.record for piece in parts.pieces]
    by_id = {result.id: result for each in records for result in each.results}
    first = records[0].header

    def ordered(items: Iterator[Any], operation: Callable[[Any], str]) -> list[Any]:
        return sorted(items, key=lambda item: place[operation(item)])

    smoke = ordered(
        (problem for each in records for problem in each.header["smoke"]),
        lambda problem: str(problem["operation"]),
    )
    pictures = ordered(
        (picture for each in records for picture in each.pictures),
        lambda picture: str(picture["operation"]),
    )
    told = ordered(
        (said for each in records for said in each.diagnoses), lambda said: str(said.operation)
    )
    results = tuple(by_id[each.id] for each in parts.planned)
    made = record.finish(
        parts.planned, parts.description, results, pictures, smoke, record.now(), tuple(told)
    )
    chosen = {name: first["selection"][name] for name in ("dtypes", "only")}
    repeated = record.repeated_by({**chosen, "seed": first["seed"]}, first["command"])
    noticed = together(of_lines(each.header.get("noticed", {})) for each in records)
    header = {**made.header, **_judged(records), **heading(noticed), **repeated}
    identified = {name: header[name] for name in ("adapter", "specification", "suite", "machine")}
    file = Answers(answers, identified | {"planned": header["planned"]} | repeated)
    for operation, line in _calls(parts):
        file.put(operation, line.request, line.digest, partial(bytes, line.reply))
    header |= shares.heading({}, file.close(), {})
    header |= {"ended": file.problem} if file.problem else {}
    header |= {"baseline": first["baseline"]} if "baseline" in first else {}
    return replace(made, header=header)


def _operations(planned: Sequence[Planned]) -> list[str]:
    return list(dict.fromkeys(each.operation for each in planned))


def _judged(records: Sequence[Record]) -> dict[str, Any]:
    """Return what headers say of the runs: on which machines, since when, and for how long.

    Where machines differ, a field holds what each of them says.
    """
    headers = [each.header for each in records]
    machine = {
        name: " and ".join(dict.fromkeys(str(header["machine"][name]) for header in headers))
        for name in headers[0]["machine"]
    }
    return {
        "suite": headers[0]["suite"],
        "machine": machine,
        "started": min((header["started"] for header in headers), key=datetime.fromisoformat),
        "seconds": round(sum(header["seconds"] for header in headers), 3),
    }


def _piece(folder: Path) -> Piece:
    """Read the report of a part and its answers."""
    found = report.record(report.parsed(folder / "report.json", versions=(VERSION,)))
    header = found.header
    if ended := header.get("ended"):
        message = f"{folder} is incomplete: {ended}"
        raise ReportError(message)
    part = selection.part_of(header)
    if part is None:
        message = f"{folder} holds no report of a part, which certify --part K/N writes"
        raise ReportError(message)
    try:
        datetime.fromisoformat(header["started"])
        answers = read(folder / FILE)
    except (RecordingError, ValueError) as error:
        message = f"{folder} cannot be merged: {error}"
        raise ReportError(message) from None
    counted = sum(map(sum, header.get("calls", {}).values()))
    if header.get("answers") != answers.described() or counted != answers.calls:
        message = f"{folder} cannot be merged: its report tells of other answers than it holds"
        raise ReportError(message)
    return Piece(folder, part, found, answers)


def _alike(one: Piece, other: Piece) -> None:
    """Raise ReportError if two parts are not of one plan, one adapter and one suite."""
    for name, words in _ALIKE.items():
        if _said(one, name) != _said(other, name):
            message = f"{one.folder} and {other.folder} are of {words}"
            raise ReportError(message)
    chosen = [
        {name: each.record.header["selection"][name] for name in ("dtypes", "only")}
        for each in (one, other)
    ]
    if chosen[0] != chosen[1]:
        message = f"{one.folder} and {other.folder} are of different --only or --dtype"
        raise ReportError(message)
    if one.part[1] != other.part[1]:
        message = f"{one.folder} is one of {one.part[1]} parts, {other.folder} one of "
        raise ReportError(f"{message}{other.part[1]}")
    orders = [each.record.header["machine"]["byteorder"] for each in (one, other)]
    if orders[0] != orders[1]:
        message = f"{one.folder} and {other.folder} are of machines with different byte orders"
        raise ReportError(message)


def _said(piece: Piece, name: str) -> Any:
    """Return what a header says, without the clauses: each part judges some."""
    said = piece.record.header.get(name)
    if isinstance(said, Mapping):
        return {key: value for key, value in said.items() if key != _OF_PART}
    return said


def _each_once(pieces: Sequence[Piece]) -> None:
    """Raise ReportError if a part is there twice, or not at all."""
    seen: dict[int, Path] = {}
    for piece in pieces:
        number, of = piece.part
        if number in seen:
            message = f"{seen[number]} and {piece.folder} are both part {number} of {of}"
            raise ReportError(message)
        seen[number] = piece.folder
    of = pieces[0].part[1]
    missing = [str(number) for number in range(1, of + 1) if number not in seen]
    if missing:
        what = "part" if len(missing) == 1 else "parts"
        message = f"{what} {', '.join(missing)} of {of} {'is' if len(missing) == 1 else 'are'}"
        raise ReportError(f"{message} missing")


def _accounted(parts: Whole) -> None:
    """Raise ReportError unless each part has the cases that it has in the plan, in their order."""
    names = _operations(parts.planned)
    for piece in parts.pieces:
        mine = {*shares.share(names, parts.description.operations, piece.part)}
        due = [each.id for each in parts.planned if each.operation in mine]
        if [each.id for each in piece.record.results] != due:
            message = (
                f"{piece.folder} has other cases than part {shares.written(piece.part)} of the "
                f"plan: {len(piece.record.results)}, where {len(due)} are planned"
            )
            raise ReportError(message)


@dataclass(frozen=True)
class _Line:
    """A recorded call: the digests of request and reply, and the reply, empty if an earlier one."""

    request: str
    digest: bytes
    reply: bytes


def _calls(parts: Whole) -> Iterator[tuple[str, _Line]]:
    """Yield the calls of all parts in the order of one run: all first steps, then all cases."""
    lines = [_lines(piece.answers) for piece in parts.pieces]
    counts = [piece.record.header.get("calls", {}) for piece in parts.pieces]
    for step in (0, 1):
        for operation in _operations(parts.planned):
            for each, calls in zip(lines, counts, strict=True):
                if operation in calls:
                    yield from islice(each, calls[operation][step])


def _lines(answers: Recorded) -> Iterator[tuple[str, _Line]]:
    """Yield the calls of a part. A call with an earlier one's reply has its digest alone."""
    digests: list[bytes] = []
    lines = lines_of(answers.path)
    next(lines)
    for call in lines:
        # What an earlier call has said is written already, and nobody asks for it again.
        said = line_of(call["reply"]) if "reply" in call else b""
        digest = hashlib.sha256(said).digest() if said else digests[call["same"] - 1]
        digests.append(digest)
        yield call["operation"], _Line(call["request"], digest, said)
