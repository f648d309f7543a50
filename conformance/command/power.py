"""`conformance power`: every known mistake and every edit of a formula is put to the suite."""

import argparse

from nnspec.conformance.command import screen
from nnspec.conformance.reports import edits as table
from nnspec.conformance.reports import matrix
from nnspec.conformance.run import edits, power


def main(options: argparse.Namespace) -> int:
    """Put every mistake and every edit to the suite.

    Returns 1 if a mistake survives a clause that it names, if a MUST clause rejects no mistake, or
    if an edit survives.
    """
    console, operations = screen.console(), tuple(options.operation)
    kills = screen.counted(power.kills(operations=operations, dtypes=tuple(options.dtype)))
    matrix.show(kills, console)
    fates = screen.counted(edits.fates(operations))
    table.show(fates, console, names=bool(operations))
    survived = any(kill.survived for kill in kills) or any(
        fate.verdict == edits.SURVIVING for fate in fates
    )
    return 1 if survived or power.powerless(kills, operations) else 0
