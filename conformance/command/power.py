"""`conformance power`: every known mistake and every edit of a formula is put to the suite."""

import argparse
import difflib

from rich.console import Console

from nnspec import reference
from nnspec.conformance.command import formats, screen
from nnspec.conformance.reports import edits as table
from nnspec.conformance.reports import matrix
from nnspec.conformance.run import edits, power
from nnspec.conformance.run.edits import Fate
from nnspec.conformance.run.plan import UnknownSelectionError
from nnspec.conformance.run.power import Kill

_COLUMNS = ("kind", "operation", "name", "dtype", "verdict", "clauses")


def main(options: argparse.Namespace) -> int:
    """Put every mistake and every edit to the suite.

    Returns 1 if a mistake survives a clause that it names, if a MUST clause rejects no mistake, or
    if an edit survives.
    """
    formats.tried(options)
    operations = tuple(dict.fromkeys(options.operation))
    for name in operations:
        _refuse_unknown(name)
    kills = screen.counted(power.kills(operations=operations, dtypes=tuple(options.dtype)))
    fates = screen.counted(edits.fates(operations))

    def shown(console: Console) -> None:
        matrix.show(kills, console)
        table.show(fates, console, names=bool(operations))

    if options.format == "text":
        formats.show(options, shown)
    else:
        rows = [*map(_of_mistake, kills), *map(_of_edit, fates)]
        formats.write(options, formats.table(options.format, _COLUMNS, rows))
    survived = any(kill.survived for kill in kills) or any(
        fate.verdict == edits.SURVIVING for fate in fates
    )
    return 1 if survived or power.powerless(kills, operations) else 0


def _of_mistake(kill: Kill) -> list[str]:
    """Return the row of a mistake: rejected by every clause that it names, or surviving one."""
    verdict = edits.SURVIVING if kill.survived else edits.REJECTED
    clauses = " ".join(kill.survived or kill.rejected_by)
    return [
        "mistake",
        kill.mistake.operation,
        kill.mistake.name,
        kill.dtype or "",
        verdict,
        clauses,
    ]


def _of_edit(fate: Fate) -> list[str]:
    """Return the row of an edit, which is judged in one dtype after the other until one rejects."""
    return ["edit", fate.edit.operation, fate.edit.name, "", fate.verdict, fate.clause]


def _refuse_unknown(name: str) -> None:
    """Raise UnknownSelectionError for a name that is no operation."""
    if name not in reference.__all__:
        near = difflib.get_close_matches(name, reference.__all__)
        hint = f"near it are {', '.join(near)}" if near else f"there are {len(reference.__all__)}"
        message = f"there is no operation {name!r}; {hint}"
        raise UnknownSelectionError(message)
