"""`conformance traceability`: what covers the specification itself, clause by clause."""

import argparse
from functools import partial

from nnspec.conformance.command import formats
from nnspec.conformance.reports import coverage
from nnspec.conformance.run.coverage import of_specification


def main(options: argparse.Namespace) -> int:
    """Count what judges each clause; 1 if something is missing."""
    formats.tried(options)
    found = of_specification()
    if options.format == "text":
        shown = partial(coverage.show_specification, found, by_clause=options.clauses)
        formats.show(options, shown)
    elif options.format == "markdown":
        formats.write(options, coverage.specification(found))
    elif options.format == "csv":
        formats.write(options, formats.csv(*coverage.clauses(found.rows)))
    else:
        formats.write(options, formats.json(coverage.plain_specification(found)))
    return int(bool(found.holes))
