"""The command `conformance`: each subcommand is a module of this folder, loaded when it runs."""

import sys
from collections.abc import Sequence
from importlib import import_module

from nnspec.conformance.command import output, signals, statuses
from nnspec.conformance.command.options import parser

# The function `main` of each module takes the options and returns the exit status.
_MODULES = {
    "certify": "certify",
    "merge": "merge",
    "verify": "verify",
    "compare": "compare",
    "list": "list",
    "explain": "explain",
    "init": "init",
    "power": "power",
    "coverage": "coverage",
    "traceability": "traceability",
    "site": "site.build",
    "sweep": "sweep",
    "completion": "completion",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status, which `statuses` explains.

    A command goes on where its output cannot be written. Then it has failed, unless a MUST has.
    """
    output.fit()
    with signals.raised(), output.endured() as lost:
        try:
            status = _status(arguments)
        except SystemExit as ended:
            # The parser has printed help, a version or what is wrong with the arguments.
            status = ended.code if isinstance(ended.code, int) else statuses.UNDECIDED
            sys.stdout.flush()
            if lost.error is None:
                raise
    if lost.error is None or status == statuses.BREAKING:
        return status
    if not isinstance(lost.error, BrokenPipeError):
        output.tell(f"the output cannot be written: {lost.error.strerror}")
    return statuses.FAILED


def _status(arguments: Sequence[str] | None) -> int:
    """Carry a subcommand out, and return its exit status; an error is told in words."""
    if sys.flags.optimize >= statuses.WITHOUT_DOCSTRINGS:
        output.tell(statuses.OPTIMIZED)
        return statuses.FAILED
    words = sys.argv[1:] if arguments is None else arguments
    if not words:
        parser().print_help()
        return statuses.UNDECIDED
    options = parser().parse_args(words)
    try:
        module = import_module(f"{__package__}.{_MODULES[options.subcommand]}")
        return int(module.main(options))
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  all of them have a status
        return statuses.of(error)
