"""`conformance coverage`: what covers the specification, or how far a report reaches into it."""

import argparse
from pathlib import Path

from nnspec.conformance.command import screen
from nnspec.conformance.reports import coverage
from nnspec.conformance.run import report
from nnspec.conformance.run.coverage import of_specification
from nnspec.conformance.run.reach import LinesError, lines, reach


def main(options: argparse.Namespace) -> int:
    """Count what covers the specification, 1 if there is a hole; with a report, count its part."""
    console = screen.console()
    if options.report is None:
        if options.lines is not None:
            raise LinesError(
                "--lines is about an implementation: name its report, as certify --report writes "
                "it, before it"
            )
        found = of_specification()
        coverage.show_specification(found, console, by_clause=options.clauses)
        page, status = coverage.specification(found), int(bool(found.holes))
    else:
        extents = reach(report.read(Path(options.report)))
        files = lines(Path(options.lines)) if options.lines is not None else ()
        coverage.show_reach(extents, files, console)
        page, status = coverage.implementation(extents, files), 0
    if options.markdown is not None:
        Path(options.markdown).write_text(page, encoding="utf-8", errors="backslashreplace")
    return status
