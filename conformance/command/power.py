"""`conformance power`: every known mistake and every edit of a formula is put to the suite."""

import argparse
import difflib

from nnspec import reference
from nnspec.conformance.command import screen
from nnspec.conformance.reports import edits as table
from nnspec.conformance.reports import matrix
from nnspec.conformance.run import edits, power
from nnspec.conformance.run.plan import UnknownSelectionError


def main(options: argparse.Namespace) -> int:
    """Put every mistake and every edit to the suite.

    Returns 1 if a mistake survives a clause that it names, if a MUST clause rejects no mistake, or
    if an edit survives.
    """
    console, operations = screen.console(), tuple(dict.fromkeys(options.operation))
    for name in operations:
        _refuse_unknown(name)
    kills = screen.counted(power.kills(operations=operations, dtypes=tuple(options.dtype)))
    matrix.show(kills, console)
    fates = screen.counted(edits.fates(operations))
    table.show(fates, console, names=bool(operations))
    survived = any(kill.survived for kill in kills) or any(
        fate.verdict == edits.SURVIVING for fate in fates
    )
    return 1 if survived or power.powerless(kills, operations) else 0


def _refuse_unknown(name: str) -> None:
    """Raise UnknownSelectionError for a name that is no operation."""
    if name not in reference.__all__:
        near = difflib.get_close_matches(name, reference.__all__)
        hint = f"near it are {', '.join(near)}" if near else f"there are {len(reference.__all__)}"
        message = f"there is no operation {name!r}; {hint}"
        raise UnknownSelectionError(message)
