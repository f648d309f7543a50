"""The command `conformance`: each subcommand is a module of this folder, loaded when it runs."""

import sys
from collections.abc import Sequence
from importlib import import_module

from nnspec.conformance.command.options import parser

# The function `main` of each module takes the options and returns the exit status.
_MODULES = {
    "certify": "certify",
    "verify": "verify",
    "compare": "compare",
    "list": "list",
    "explain": "explain",
    "init": "init",
    "power": "power",
    "coverage": "coverage",
    "site": "site.build",
    "sweep": "sweep",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    It is 0 if all conforms, 1 if a MUST breaks, 2 without a verdict or with wrong arguments.
    """
    options = parser().parse_args(arguments)
    try:
        module = import_module(f"{__package__}.{_MODULES[options.subcommand]}")
        return int(module.main(options))
    except KeyboardInterrupt:
        print("conformance: interrupted", file=sys.stderr)
        return 2
    except _refusals() as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 2


def _refusals() -> tuple[type[Exception], ...]:
    """Return the errors whose message is meant for the person at the keyboard."""
    from nnspec.conformance.command.site.build import PublishingError
    from nnspec.conformance.run.jobs import JobError
    from nnspec.conformance.run.plan import UnknownSelectionError
    from nnspec.conformance.run.reach import LinesError
    from nnspec.conformance.run.report import ReportError
    from nnspec.conformance.search.campaign import SweepError
    from nnspec.conformance.search.journal import JournalError
    from nnspec.conformance.sources.description import AdapterError
    from nnspec.conformance.terms.operations import UnknownClauseError
    from nnspec.spec import SpecificationError

    return (
        AdapterError,
        JobError,
        JournalError,
        LinesError,
        PublishingError,
        ReportError,
        SpecificationError,
        SweepError,
        UnknownClauseError,
        UnknownSelectionError,
    )
