"""`conformance compare`: libraries are laid beside each other, by reports or certified now."""

import argparse
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from nnspec.conformance.command import screen
from nnspec.conformance.command.certify import certified, ordered
from nnspec.conformance.reports import comparison
from nnspec.conformance.run import compare, report
from nnspec.conformance.run.report import ReportError
from nnspec.conformance.terms import files


def main(options: argparse.Namespace) -> int:
    """Read or make the report of each library, and show all beside each other."""
    console, documents = screen.console(), []
    for file in filter(None, (options.markdown, options.json)):
        files.tried(Path(file))
    for name in options.libraries:
        path = Path(name)
        if path.suffix == ".json" or (path / "report.json").is_file():
            documents.append(report.read(path))
        else:
            documents.append(_certified(options, name, None, console))
    documents += [_certified(options, None, command, console) for command in options.command]
    if not documents:
        print(
            "conformance: a comparison needs reports, adapters or commands; got none",
            file=sys.stderr,
        )
        return 2
    found = compare.compare(documents)
    for file, written in ((options.markdown, comparison.markdown), (options.json, comparison.text)):
        if file is not None:
            files.write(Path(file), written(found).encode("utf-8", "backslashreplace"))
    comparison.show(found, console)
    return 0


def _certified(
    options: argparse.Namespace, adapter: str | None, command: str | None, console: Console
) -> dict[str, Any]:
    """Return the report of an adapter that is certified now; ReportError if it is incomplete."""
    made = certified(ordered(options, adapter, command), options, console)
    if ended := made.header.get("ended"):
        message = f"{adapter or command} cannot be compared: {ended}"
        raise ReportError(message)
    return report.document(made)
