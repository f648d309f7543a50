"""The options of `conformance coverage` and of `conformance traceability`."""

from typing import Any

from nnspec.conformance.command import arguments, formats

_COVERAGE = (
    "Count how far a report reaches into the specification, and with --lines, which lines of the "
    "implementation it executed. The coverage of the specification itself is "
    "conformance traceability."
)
_TRACEABILITY = (
    "Count the checks, examples, mistakes and stored vectors of each clause of the specification; "
    "1 where something is missing."
)


def add(commands: Any) -> None:
    """Add both commands to those of a parser."""
    covering = commands.add_parser(
        "coverage",
        help="how far a report reaches, and which lines it executed",
        description=_COVERAGE,
    )
    covering.add_argument(
        "report",
        nargs="?",
        type=arguments.named,
        metavar="REPORT",
        help="the folder or file of a report",
    )
    covering.add_argument(
        "--lines",
        type=arguments.named,
        metavar="COVERAGE.json",
        help="and the implementation's own lines, as coverage json or pytest --cov-report=json "
        "wrote them",
    )
    covering.add_argument(
        "--fail-under",
        type=arguments.percent,
        metavar="PERCENT",
        help="end with 1 if a smaller share of the clauses was judged, "
        "or with --lines, of the lines executed",
    )
    formats.add(covering, "text", "json", "markdown", "csv", "html", "badge")
    tracing = commands.add_parser(
        "traceability",
        help="what covers the specification: checks, mistakes, vectors",
        description=_TRACEABILITY,
    )
    tracing.add_argument(
        "--clauses", action="store_true", help="a row for each clause of the specification"
    )
    formats.add(tracing, "text", "json", "markdown", "csv")
