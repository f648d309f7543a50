"""`conformance coverage`: what covers the specification, or how far a report reaches into it."""

import argparse
from pathlib import Path

from nnspec.conformance.command import screen
from nnspec.conformance.reports import coverage as extent
from nnspec.conformance.run import coverage, report
from nnspec.conformance.run import reach as reaching


def main(options: argparse.Namespace) -> int:
    """Count what the specification is covered by, 1 where something is missing; with a report, how far that reaches."""
    console = screen.console()
    if not options.report:
        if options.lines:
            raise reaching.LinesError(
                "--lines is about an implementation: name its report, as certify --report writes it, before it"
            )
        found = coverage.of_specification()
        extent.show_specification(found, console, by_clause=options.clauses)
        page, status = extent.specification(found), int(bool(found.holes))
    else:
        reach = reaching.reach(report.read(Path(options.report)))
        files = reaching.lines(Path(options.lines)) if options.lines else ()
        extent.show_reach(reach, files, console)
        page, status = extent.implementation(reach, files), 0
    if options.markdown:
        Path(options.markdown).write_text(page, encoding="utf-8", errors="backslashreplace")
    return status
