"""`conformance coverage`: what covers the specification, or how far a report reaches into it."""

import argparse
from functools import partial
from pathlib import Path

from nnspec.conformance.command import screen
from nnspec.conformance.reports import coverage
from nnspec.conformance.run import report
from nnspec.conformance.run.coverage import of_specification
from nnspec.conformance.run.reach import LinesError, lines, reach
from nnspec.conformance.terms import files


def main(options: argparse.Namespace) -> int:
    """Count what covers the specification, 1 if there is a hole; with a report, count its part."""
    console = screen.console()
    if options.markdown is not None:
        files.tried(Path(options.markdown))
    if options.report is None:
        if options.lines is not None:
            raise LinesError(
                "--lines is about an implementation: name its report, as certify --report writes "
                "it, before it"
            )
        found = of_specification()
        show = partial(coverage.show_specification, found, by_clause=options.clauses)
        page, status = coverage.specification(found), int(bool(found.holes))
    else:
        executed = lines(Path(options.lines)) if options.lines is not None else ()
        extents = reach(report.read(Path(options.report)))
        show = partial(coverage.show_reach, extents, executed)
        page, status = coverage.implementation(extents, executed), 0
    if options.markdown is not None:
        files.write(Path(options.markdown), page.encode("utf-8", "backslashreplace"))
    show(console=console)
    return status
