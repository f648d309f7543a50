"""What a verification confirms and what it does not, as the terminal shows it.

A certificate is confirmed in what was checked. Everything else is named, so that nobody takes it
for confirmed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

from nnspec.conformance.reports import terminal
from nnspec.conformance.reports.files import FILES
from nnspec.conformance.reports.printing import NAME, printable
from nnspec.conformance.run import environment
from nnspec.conformance.run.record import Record
from nnspec.conformance.terms.outcomes import VACUOUS

# Answers of another library contradict a report in every case; the first lines say so.
_SHOWN = 40

# So many names are listed of what was not checked.
_NAMED = 5


@dataclass(frozen=True)
class Verification:
    """The report's record, the compared files, the number of calls, and every inconsistency.

    `elsewhere` names the libraries and parts of the machine that differ from those of the run. If
    there are any, measurements need only be possible, and `unconfirmed` tells what else differs. So
    many numbers of `answered` ones are `unjudged`: the certificate holds a digest of them, and the
    cases that have them are held `partly`. Nobody has judged the cases that a line has `summed` up,
    nor looked at the `foreign` files. Libraries of another version made files `otherwise`.
    """

    record: Record
    files: tuple[str, ...]
    calls: int
    inconsistencies: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    unjudged: int = 0
    answered: int = 0
    partly: tuple[str, ...] = ()
    summed: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    otherwise: Mapping[str, str] = field(default_factory=dict)

    def unchecked(self) -> Iterator[str]:
        """Yield everything in the certificate that was not checked, by its name."""
        yield "whose answers they are, which a signature says: conformance/run/certificate.md"
        yield (
            "what the adapter says of itself: name, version, digest, operations, dtypes, fixed "
            "parameters, declared arithmetic, expected failures"
        )
        yield "command, started, seconds: who ran it and how, when, and for how long"
        yield "who chose the seed, and when; without drawn inputs, the seed itself"
        version = self.record.header["suite"].get("version")
        if version != environment.version():
            yield f"the version {version!r} of the suite; its digest is that of this suite"
        if "baseline" in self.record.header:
            yield "the baseline: which failures another report has, and which are new"
        yield from self._of_answers()
        yield from self._of_searches()
        if self.elsewhere:
            yield f"made with {'; '.join(self.elsewhere)}: {_LESS}"
        if self.unconfirmed:
            yield f"other here, which may be so: {_listed(self.unconfirmed)}"
        for name, made in self.otherwise.items():
            yield f"{name}, which was made with {made}"
        if missing := [name for name in FILES if name not in self.files]:
            yield f"not in the folder: {', '.join(missing)}"
        if self.foreign:
            yield f"no files of a certificate: {_listed(self.foreign)}"

    def _of_answers(self) -> Iterator[str]:
        if self.unjudged:
            yield (
                f"{self.unjudged:,} of {self.answered:,} answered numbers. The certificate has a "
                "digest of them. Of answers to a bound it has those near it, the worst ones, and a "
                "sample; of random weights, what was measured"
            )
        if partly := [each for each in self.partly if each not in self.summed]:
            yield (
                f"messages, diagnoses and pictures of {len(partly):,} cases that have these "
                f"numbers: {_listed(partly)}"
            )
        if self.summed:
            count = len(self.summed)
            yield f"{count:,} cases of random weights, which conform: {_listed(self.summed)}"
        if any(each.outcome == VACUOUS for each in self.record.results):
            yield "the frames of the suite's own errors"

    def _of_searches(self) -> Iterator[str]:
        if self.record.smaller:
            yield "smaller: the smaller cases that fail too, whose calls are not recorded"
        if (explored := self.record.exploration) is not None:
            breaking = sum(each.denies for each in explored.found)
            found = f", which says that {breaking:,} cases more break a MUST" if breaking else ""
            yield f"exploration: the search beyond the plan{found}; its calls are not recorded"


# What is said where the last bits of truths are others.
_LESS = (
    "errors are compared as far as the reference's bounds allow, "
    "messages, diagnoses and pictures are not compared"
)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def plain(found: Verification) -> dict[str, Any]:
    """Return a verification as values of JSON: what was found, and what was not checked."""
    return {
        "verified": not found.inconsistencies,
        "verdict": found.record.verdict,
        "said": terminal.verdict(found.record).plain,
        "cases": len(found.record.results),
        "calls": found.calls,
        "inconsistencies": list(found.inconsistencies),
        "unchecked": list(found.unchecked()),
    }


def show(found: Verification, console: Console) -> None:
    """Print what came of judging a certificate again: what was checked, and what was not."""
    for each in found.inconsistencies[:_SHOWN]:
        console.print(Text.assemble(("✗ ", "bold red"), printable(each)), soft_wrap=True)
    if len(found.inconsistencies) > _SHOWN:
        console.print(
            Text(f"… and {len(found.inconsistencies) - _SHOWN:,} more", "dim"), soft_wrap=True
        )
    counted = f"{len(found.record.results):,} cases, {found.calls:,} recorded calls"
    if found.inconsistencies:
        said = f"\nnot verified: {counted}; inconsistencies: {len(found.inconsistencies):,}"
        console.print(Text(said, "bold red"), soft_wrap=True)
    else:
        console.print(
            Text.assemble(("verified: ", "bold green"), terminal.verdict(found.record)),
            soft_wrap=True,
        )
        what = "outcomes, counts and verdict" if found.elsewhere else "all else in report.json"
        console.print(
            Text(f"Checked against the recorded answers: {counted}; {what}."), soft_wrap=True
        )
        left = {"report.json", *found.otherwise}
        others = ", ".join(name for name in found.files if name not in left)
        console.print(Text(f"Written from report.json: {others or 'no file'}."), soft_wrap=True)
    console.print(Text("Not checked:", "dim"))
    for each in found.unchecked():
        console.print(Text(f"- {printable(each, 5 * NAME)}", "dim"), soft_wrap=True)
