"""`conformance list`: the clauses, or the inputs, mistakes, adapters or counts.

As JSON, the clauses are the whole specification, which `reports/clauses.py` describes.
"""

import argparse
import inspect

from nnspec.conformance.command import formats
from nnspec.conformance.reports.printing import printable
from nnspec.conformance.reports.unicode import plain
from nnspec.conformance.run import cases, coverage
from nnspec.conformance.sources import loading
from nnspec.conformance.terms.mistakes import mistakes
from nnspec.spec import clauses, pages


def main(options: argparse.Namespace) -> int:
    """List the clauses, or the inputs, mistakes, adapters or counts that an option asks for."""
    formats.tried(options)
    if not options.what and options.format == "json":
        # The libraries that set formulas take a while to load.
        from nnspec.conformance.reports.clauses import document  # noqa: PLC0415

        formats.write(options, formats.json(document()))
        return 0
    if options.what == "inputs":
        rows = [
            (f"{page}: {name}", (inspect.getdoc(function) or "").partition("\n")[0])
            for page in pages()
            for name, function in cases.sets(page).items()
        ]
    elif options.what == "mistakes":
        rows = [
            (f"{operation}: {each.name}", each.description)
            for operation, listed in mistakes().items()
            for each in listed
        ]
    elif options.what == "adapters":
        rows = [(name, "bundled") for name in loading.bundled()] + [
            (name, f"registered: {to}") for name, to in loading.registered().items()
        ]
    elif options.what == "counts":
        rows = [(name, f"{count:,}") for name, count in coverage.counts().items()]
    else:
        rows = [
            (f"{clause.id} · {clause.level}", " ".join(plain(clause.requirement).split()))
            for clause in clauses().values()
        ]
    if options.format == "text":
        width = max(len(name) for name, _ in rows)
        lines = [f"{printable(name):{width}}  {printable(text)}" for name, text in rows]
        formats.write(options, "\n".join(lines))
    else:
        formats.write(options, formats.table(options.format, ("name", "text"), rows))
    return 0
