"""The fates of edits for the terminal: rejected, equivalent and surviving, and by which clauses."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from nnspec.conformance.programs.proofs import proof_of
from nnspec.conformance.run.edits import (
    EQUIVALENT,
    REJECTED,
    SURVIVING,
    Fate,
    by_clause,
)


def show(fates: Sequence[Fate], console: Console, *, names: bool) -> None:
    """Print the counts of each operation, its clauses, and the survivors by name.

    With `names`, the edits that equal the formula are named too.
    """
    console.print()
    for operation in dict.fromkeys(fate.edit.operation for fate in fates):
        own = [fate for fate in fates if fate.edit.operation == operation]
        console.print(Text(f"{operation}: {_counted(own)}", "bold"), soft_wrap=True)
        for clause, count in by_clause(own):
            console.print(f"  {clause} rejects {count:,}", soft_wrap=True)
        for fate in own:
            if fate.verdict == SURVIVING:
                console.print(Text(f"  survives: {fate.edit.change}", "red"), soft_wrap=True)
            elif fate.verdict == EQUIVALENT and names:
                console.print(Text(f"  {_equal(fate)}", "dim"), soft_wrap=True)
    console.print(f"\n{_counted(fates)}.", soft_wrap=True)


def _counted(fates: Sequence[Fate]) -> str:
    counts = Counter(fate.verdict for fate in fates)
    behaviors = {(fate.edit.operation, fate.behavior) for fate in fates if fate.behavior >= 0}
    verdicts = ", ".join(f"{counts[each]:,} {each}" for each in (REJECTED, EQUIVALENT, SURVIVING))
    return f"{len(fates):,} edits, {len(behaviors):,} behaviors: {verdicts}"


def _equal(fate: Fate) -> str:
    proof = proof_of(fate.edit)
    if proof is None:
        return f"answers as the formula does: {fate.edit.change}"
    return f"differs {proof.differs}, which the page allows: {fate.edit.change}"
