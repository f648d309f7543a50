"""`conformance completion`: a script by which a shell completes commands, options and their values.

It is written by shtab, a library that reads the parser: no list of options stands anywhere else.
"""

import argparse
from importlib import import_module

from nnspec.conformance.command import formats
from nnspec.conformance.sources.description import AdapterError


def main(options: argparse.Namespace) -> int:
    """Print the script of a shell. Raises AdapterError without the library that writes it."""
    # The parser has the options of this command, and names this module.
    from nnspec.conformance.command.options import parser  # noqa: PLC0415

    formats.tried(options)
    try:
        shtab = import_module("shtab")
    except ModuleNotFoundError:
        message = "the script is written by shtab: pip install 'nnspec[completion]'"
        raise AdapterError(message) from None
    formats.write(options, shtab.complete(parser(), shell=options.shell))
    return 0
