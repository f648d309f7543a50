"""The command `conformance`: each subcommand is a module of this folder, loaded when it runs."""

import sys
from collections.abc import Sequence
from importlib import import_module

from nnspec.conformance.command import statuses
from nnspec.conformance.command.options import parser
from nnspec.conformance.command.streams import endured

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
    """Run the command line and return its exit status, which `statuses` explains.

    A command goes on where its output cannot be written. Then it has failed, unless a MUST has.
    """
    with endured() as lost:
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
    if not isinstance(lost.error, BrokenPipeError) and sys.stderr is not None:
        print(f"conformance: the output cannot be written: {lost.error}", file=sys.stderr)
    return statuses.FAILED


def _status(arguments: Sequence[str] | None) -> int:
    if sys.flags.optimize >= statuses.WITHOUT_DOCSTRINGS:
        print(f"conformance: {statuses.OPTIMIZED}", file=sys.stderr)
        return statuses.FAILED
    options = parser().parse_args(arguments)
    try:
        module = import_module(f"{__package__}.{_MODULES[options.subcommand]}")
        return int(module.main(options))
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  all of them have a status
        return statuses.of(error)
