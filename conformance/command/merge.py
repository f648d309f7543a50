"""`conformance merge`: the reports of all parts of a plan become the report of one run."""

import argparse
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile

from nnspec.conformance.command import certify, formats, records
from nnspec.conformance.run import merging
from nnspec.conformance.run.merging import Whole
from nnspec.conformance.run.record import Exploration, Record
from nnspec.conformance.run.report import ReportError
from nnspec.conformance.terms.files import claimed


def main(options: argparse.Namespace) -> int:
    """Join the reports of all parts, write the report of the whole, and show what came of it."""
    from nnspec.conformance.reports import files  # noqa: PLC0415  it takes a while to load

    formats.tried(options)
    parts = merging.whole([Path(name) for name in options.folders])
    folder = Path(options.report)
    with claimed(folder), TemporaryFile(dir=folder) as answers:
        record = searched(merging.merged(parts, answers), parts)
        answers.seek(0)
        files.write(record, folder, answers)
    records.write(record, options)
    console = records.console(options)
    for line in certify.told(options):
        console.print(line, soft_wrap=True)
    return record.status


def searched(record: Record, parts: Whole) -> Record:
    """Return the record of a whole with what the searches of its parts have found.

    Raises ReportError if the parts were searched in different ways.
    """
    records = [piece.record for piece in parts.pieces]
    place = {each.operation: at for at, each in enumerate(parts.planned)}
    if any(each.smaller for each in records):
        # A search loads Hypothesis, which takes a while.
        from nnspec.conformance.search import smaller  # noqa: PLC0415

        due = [(group[0].operation, group[0].dtype) for group in smaller.due(record)]
        found = [each for one in records for each in one.smaller]
        found.sort(key=lambda each: due.index((each.result.operation, each.result.dtype)))
        record = replace(record, smaller=tuple(found))
    explored = [each.exploration for each in records]
    if not any(explored):
        return record
    return replace(record, exploration=_together(explored, place))


def _together(explored: list[Exploration | None], place: dict[str, int]) -> Exploration:
    """Return the searches of all parts as one, in its order: accuracy first."""
    from nnspec.conformance.search import domains  # noqa: PLC0415  it loads Hypothesis

    first, *_ = parts = [each for each in explored if each is not None]
    ways = {(each.examples, each.seed, each.hypothesis) for each in parts}
    if len(ways) > 1 or len(parts) < len(explored):
        message = "the parts were explored in different ways: with --explore alike, or all without"
        raise ReportError(message)
    found = [each for one in parts for each in one.found]
    found.sort(
        key=lambda each: (
            not each.result.clause.endswith("/accuracy"),
            place[each.result.operation],
        )
    )
    left = {name: reason for one in parts for name, reason in one.left_out.items()}
    return replace(
        first,
        searches=sum(each.searches for each in parts),
        judged=sum(each.judged for each in parts),
        found=tuple(found),
        left_out={name: left[name] for name in domains.unsearched() if name in left},
    )
