"""`conformance coverage`: how far a report reaches, and which lines of the library it executed."""

import argparse
from functools import partial
from pathlib import Path

from nnspec.conformance.command import formats, statuses
from nnspec.conformance.reports import coverage, reaching
from nnspec.conformance.run import report
from nnspec.conformance.run.reach import LinesError, lines, reach, shares


def main(options: argparse.Namespace) -> int:
    """Count the part of the plan that a report judges; 1 if it is under --fail-under."""
    formats.tried(options)
    if options.report is None:
        raise LinesError(
            "coverage is about an implementation: name its report, as certify --report writes it; "
            "what covers the specification itself is conformance traceability"
        )
    executed = lines(Path(options.lines)) if options.lines is not None else ()
    found = reach(report.read(Path(options.report)))
    if options.format == "text":
        formats.show(options, partial(coverage.show_reach, found, executed))
    elif options.format == "markdown":
        formats.write(options, coverage.implementation(found, executed))
    elif options.format == "csv":
        formats.write(options, formats.csv(*reaching.table(found, executed)))
    elif options.format == "json":
        formats.write(options, formats.json(reaching.plain(found, executed)))
    elif options.format == "badge":
        formats.write(options, formats.json(reaching.badge(found, executed)))
    else:
        # The libraries that write pages take a while to load.
        from nnspec.conformance.reports import coverage_page  # noqa: PLC0415

        formats.write(options, coverage_page.text(found, executed))
    return _status(options.fail_under, shares(found, executed))


def _status(least: float | None, reached: tuple[float, ...]) -> int:
    """Return 1 if the share of lines is smaller than asked, or that of clauses without lines."""
    under = least is not None and 100 * reached[-1] < least
    return statuses.BREAKING if under else statuses.CONFORMING
