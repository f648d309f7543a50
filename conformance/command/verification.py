"""What came of judging a certificate again, in a terminal: every inconsistency in words, or what follows from the answers."""

from rich.console import Console
from rich.text import Text

from nnspec.conformance.command.verify import Verification
from nnspec.conformance.reports import terminal

# Answers of another library contradict a report in every case; the first lines say so.
_SHOWN = 40


def show(found: Verification, console: Console) -> None:
    """Print what came of judging a certificate again."""
    for each in found.inconsistencies[:_SHOWN]:
        console.print(Text.assemble(("✗ ", "bold red"), terminal.printable(each)), soft_wrap=True)
    if len(found.inconsistencies) > _SHOWN:
        console.print(Text(f"… and {len(found.inconsistencies) - _SHOWN:,} more", "dim"), soft_wrap=True)
    if found.elsewhere:
        where = terminal.printable("; ".join(found.elsewhere))
        console.print(Text(f"made with {where}: measurements are not compared", "dim"), soft_wrap=True)
    counted = f"{len(found.record.results):,} cases, {found.calls:,} recorded calls"
    if found.inconsistencies:
        console.print(Text(f"\nnot verified: {counted}; inconsistencies: {len(found.inconsistencies):,}", "bold red"), soft_wrap=True)
        return
    console.print(Text.assemble(("verified: ", "bold green"), terminal.verdict(found.record)), soft_wrap=True)
    console.print(Text(f"It follows from the recorded answers: {counted}; {', '.join(found.files)}."), soft_wrap=True)
    if found.record.exploration is not None:
        console.print(Text("What the search beyond the fixed inputs found does not: its answers are not recorded.", "dim"), soft_wrap=True)
    console.print(Text("Whose answers they are, a signature says: conformance/run/certificate.md", "dim"), soft_wrap=True)
