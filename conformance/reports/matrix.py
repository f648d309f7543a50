"""The kill matrix for the terminal: rejected mistakes, survivors and right diagnoses."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from nnspec.conformance.run.power import Kill


def show(kills: Sequence[Kill], console: Console) -> None:
    """Print each clause, each survivor, each misdiagnosed mistake and the totals."""
    bound = dict.fromkeys(
        (clause, kill.mistake.operation) for kill in kills for clause in kill.mistake.clauses
    )
    for clause, operation in sorted(bound):
        console.print(
            Text(
                clause if clause.startswith(f"{operation}/") else f"{clause} ({operation})", "bold"
            )
        )
        named = [
            kill
            for kill in kills
            if kill.mistake.operation == operation and clause in kill.mistake.clauses
        ]
        for name in dict.fromkeys(kill.mistake.name for kill in named):
            marks = [_mark(kill, clause) for kill in named if kill.mistake.name == name]
            console.print(Text.assemble(f"  rejects {name} in ", *marks), soft_wrap=True)
    for kill in kills:
        what = f"{kill.mistake.operation}: {kill.mistake.name} in {kill.dtype}"
        for clause in kill.survived:
            said = f"survived: {clause} does not reject {what}"
            console.print(Text(said, "red"), soft_wrap=True)
        if not kill.recognized:
            offered = ", ".join(kill.explanations[:3]) or "nothing"
            console.print(Text(f"taken for {offered}: {what}", "yellow"), soft_wrap=True)
    distinct = {(kill.mistake.operation, kill.mistake.name) for kill in kills}
    recognized = sum(kill.recognized for kill in kills)
    rejected = sum(not kill.survived for kill in kills)
    share = f"{100 * recognized / max(len(kills), 1):.1f} %"
    console.print(f"\n{len(distinct)} mistakes, {len(kills)} with their dtypes:", soft_wrap=True)
    diagnosed = f"{recognized} ({share}) diagnosed as themselves first"
    console.print(f"{rejected} rejected by every clause they name, {diagnosed}.", soft_wrap=True)


def _mark(kill: Kill, clause: str) -> Text:
    rejected = clause in kill.rejected_by
    return Text(
        f"{kill.dtype} " if rejected else f"✗ {kill.dtype} ", "green" if rejected else "red"
    )
