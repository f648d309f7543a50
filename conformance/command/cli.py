"""The command `conformance`: each subcommand is a module of this folder, loaded when it runs."""

import argparse
from collections.abc import Sequence
from importlib import import_module

from nnspec.conformance.command import output, signals
from nnspec.conformance.command.options import parser
from nnspec.conformance.terms.files import WritingError, reason

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

    It is 0 if all conforms, 1 if a MUST breaks, 2 without a verdict or with wrong arguments, 3 if
    something cannot be written.
    """
    output.fit()
    try:
        options = parser().parse_args(arguments)
    except SystemExit as left:
        raise SystemExit(output.flushed(int(left.code or 0))) from None
    with signals.raised():
        return output.flushed(_status(options))


def _status(options: argparse.Namespace) -> int:
    """Carry a subcommand out, and return its exit status; an error is told in words."""
    try:
        module = import_module(f"{__package__}.{_MODULES[options.subcommand]}")
        return int(module.main(options))
    except KeyboardInterrupt as interrupt:
        output.tell(f"interrupted by {interrupt}" if str(interrupt) else "interrupted")
        return 2
    except _refusals() as error:
        output.tell(error)
        return 2
    except BrokenPipeError:
        return output.FAILED
    except WritingError as error:
        output.tell(error)
        return output.FAILED
    except OSError as error:
        output.tell(f"{error.filename}: {reason(error)}" if error.filename else reason(error))
        return output.FAILED


def _refusals() -> tuple[type[Exception], ...]:
    """Return the errors whose message is meant for the person at the keyboard."""
    from nnspec.conformance.command.site.build import PublishingError
    from nnspec.conformance.run.job import JobError
    from nnspec.conformance.run.plan import UnknownSelectionError
    from nnspec.conformance.run.reach import LinesError
    from nnspec.conformance.run.report import ReportError
    from nnspec.conformance.search.campaign import SweepError
    from nnspec.conformance.search.journal import JournalError
    from nnspec.conformance.sources.description import AdapterError
    from nnspec.conformance.terms.files import FileError
    from nnspec.conformance.terms.operations import UnknownClauseError
    from nnspec.spec import SpecificationError

    return (
        AdapterError,
        FileError,
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
