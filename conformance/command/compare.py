"""`conformance compare`: libraries are laid beside each other, by reports or certified now."""

import argparse
import sys
from pathlib import Path

from nnspec.conformance.command import screen
from nnspec.conformance.command.certify import certified, ordered
from nnspec.conformance.reports import comparison
from nnspec.conformance.run import compare, report


def main(options: argparse.Namespace) -> int:
    """Read or make the report of each library, and show all beside each other."""
    console, documents = screen.console(), []
    for name in options.libraries:
        path = Path(name)
        if path.suffix == ".json" or (path / "report.json").is_file():
            documents.append(report.read(path))
        else:
            order = ordered(options, name, None)
            documents.append(report.document(certified(order, options, console)))
    for command in options.command:
        order = ordered(options, None, command)
        documents.append(report.document(certified(order, options, console)))
    if not documents:
        print(
            "conformance: a comparison needs reports, adapters or commands; got none",
            file=sys.stderr,
        )
        return 2
    found = compare.compare(documents)
    comparison.show(found, console)
    for file, written in ((options.markdown, comparison.markdown), (options.json, comparison.text)):
        if file is not None:
            Path(file).write_text(written(found), encoding="utf-8", errors="backslashreplace")
    return 0
