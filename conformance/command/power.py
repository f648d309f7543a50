"""`conformance power`: every known mistake is run against the suite."""

import argparse

from nnspec.conformance.command import screen
from nnspec.conformance.reports import matrix
from nnspec.conformance.run import power


def main(options: argparse.Namespace) -> int:
    """Run every mistake against the suite.

    Returns 1 if a mistake survives a clause that it names, or if a MUST clause rejects none.
    """
    console = screen.console()
    kills = screen.counted(
        power.kills(operations=tuple(options.operation), dtypes=tuple(options.dtype))
    )
    matrix.show(kills, console)
    return (
        1
        if any(kill.survived for kill in kills) or power.powerless(kills, tuple(options.operation))
        else 0
    )
