"""The verdict on a function: true or false, and printed for a terminal or a notebook."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nnspec.conformance.interface.watch import Spent
from nnspec.conformance.reports import failures, folding, shrunk, terminal
from nnspec.conformance.reports.findings import Finding, findings, segments, share
from nnspec.conformance.reports.numbers import compared, given, shown
from nnspec.conformance.reports.printing import first_sentence, printable
from nnspec.conformance.run.diagnoses import Diagnosis
from nnspec.conformance.run.record import Record, Result
from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS, FAILURES

# Cells of a table in a notebook keep their numbers in lines of this width.
_CODE = "white-space: pre-wrap; font-family: monospace; text-align: left"


class NoVerdict(Exception):  # noqa: N818  the lack of a verdict is no error of anybody
    """Nothing was decided: no MUST clause was judged, or the suite erred; the message says why.

    `record` is that of the run, None if there was no run.
    """

    def __init__(self, message: str, record: Record | None = None) -> None:
        super().__init__(message)
        self.record = record


@dataclass(frozen=True, repr=False)
class Verdict:
    """The verdict on a function: true if each MUST clause that was asked conforms.

    `function` is its name, `place` the file and line where it stands. `arrays` says which arrays it
    was given, and how that was found out. `call` is the failing call in lines to paste, "" if
    nothing fails. `record` holds all results. In a process of its own, `spent` says the seconds,
    and `left` and `refused` the cases that the budget left, and that the function refused.
    """

    operation: str
    function: str
    place: str
    arrays: str
    call: str
    record: Record
    raising: Callable[[], BaseException | None] = field(default=lambda: None, compare=False)
    spent: Spent | None = None
    left: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether each MUST clause conforms, and at least one of them was judged.

        A partial verdict is false: something that was asked was not judged.
        """
        must = [each for each in self.record.results if each.level == "MUST"]
        return not self.denied and not self.partial and any(e.outcome == CONFORMS for e in must)

    @property
    def denied(self) -> bool:
        """Whether a MUST clause fails."""
        must = [each for each in self.record.results if each.level == "MUST"]
        return any(each.outcome in FAILURES for each in must)

    @property
    def partial(self) -> bool:
        """Whether MUST cases were not judged: the budget left them, or the function refused."""
        return bool(self._unjudged(self.left) or self._unjudged(self.refused))

    def _unjudged(self, ids: Sequence[str]) -> int:
        """Return how many MUST cases are among these."""
        among = {*ids}
        return sum(each.level == "MUST" and each.id in among for each in self.record.results)

    def expect(self) -> None:
        """Raise the first failure of a MUST clause, where a debugger stops in the user's function.

        It is a ClauseFailed, or the exception of the function itself. A partial verdict raises
        NoVerdict. Nothing is raised if all conform.
        """
        __tracebackhide__ = True
        if (error := self.raising()) is not None:
            raise error
        if self.partial:
            raise NoVerdict(self.sentence, self.record)

    @property
    def failures(self) -> tuple[Result, ...]:
        """The failing cases, those of MUST and of SHOULD clauses."""
        return tuple(each for each in self.record.results if each.outcome in FAILURES)

    @property
    def finding(self) -> Finding | None:
        """The first fault: its diagnosis and its cases, the smallest first; None if all conform."""
        told = findings(self.failures, self.record.diagnoses)
        return told[0] if told else None

    @property
    def failure(self) -> Result | None:
        """The smallest failing case of the first fault, None if all conform."""
        return self.finding.smallest if self.finding else None

    @property
    def clause(self) -> str:
        """The id of the clause that the first fault breaks, "" if all conform."""
        return self.failure.clause if self.failure else ""

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The mistake, edit or other operation that the function behaves like, if one is known."""
        return self.finding.diagnosis if self.finding else None

    @property
    def input(self) -> Any:
        """The input of the failing case: arguments and parameters by their names."""
        return self._detail("input")

    @property
    def answer(self) -> Any:
        """The function's answer that is furthest outside its bound."""
        return self._detail("answer")

    @property
    def truth(self) -> Any:
        """The true answer in the place of `answer`."""
        return self._detail("truth")

    @property
    def bound(self) -> Any:
        """How far `answer` may be from `truth`."""
        return self._detail("bound")

    def __str__(self) -> str:
        """Return the verdict in lines of at most 80 columns, but for what is to be pasted."""
        head = [f"{self._mark} {self.sentence}", f"  It was given {self.arrays}."]
        parts = [folding.plain("\n".join(head)), folding.plain(self._told())]
        if self.call and self.denied:
            parts.append(f"The call again:\n\n{folding.command(self.call, '    ')}")
        return "\n\n".join(part for part in [*parts, folding.plain(self._counted())] if part)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the verdict as a notebook shows it."""
        color = "#cf222e" if self.denied else "#1a7f37" if self else "#9a6700"
        head = f"{self._mark} {self.sentence}"
        rows = "".join(
            f'<tr><th style="text-align: left">{html.escape(name)}</th>'
            f'<td style="{_CODE}">{html.escape(text)}</td></tr>'
            for name, text in self._rows()
        )
        return (
            f'<div><p style="color: {color}; font-weight: bold">{html.escape(head)}</p>'
            f"<table>{rows}</table><p>{html.escape(self._counted())}</p></div>"
        )

    @property
    def sentence(self) -> str:
        """The verdict in a sentence."""
        where = f" ({printable(self.place)})" if self.place else ""
        said = "does not conform" if self.denied else "conforms"
        if self.partial and not self.denied:
            return f"{printable(self.function)}{where}: {self._partly()}."
        # A verdict on a part says no more than that.
        only = self.record.header["selection"]["only"]
        part = f", of which only {', '.join(only)} was asked" if only else ""
        return f"{printable(self.function)}{where} {said} to {self.operation}{part}."

    @property
    def _mark(self) -> str:
        return "✗" if self.denied else "✓" if self else "…"

    def _partly(self) -> str:
        """Say what was judged of the operation, and what was not."""
        must = self.record.counts("MUST")
        parts = [f"{must[CONFORMS]:,} of {sum(must.values()):,} MUST cases of {self.operation}"]
        parts[0] += " were judged, and conform"
        if left := self._unjudged(self.left):
            seconds = self.spent.budget if self.spent else 0.0
            parts.append(f"the budget of {seconds:g} s left {left:,}")
        if refused := self._unjudged(self.refused):
            parts.append(f"the function refused {refused:,}")
        return f"no verdict on the whole: {'; '.join(parts)}"

    def _seconds(self) -> str:
        """Say where the seconds went, "" if nobody counted."""
        spent = self.spent
        if spent is None:
            return ""
        return (
            f" Of {spent.wall:.1f} s, its process took {spent.start:.1f} to start, and the "
            f"function {spent.kernel:.1f}; the suite used {spent.suite:.1f} s of processor time."
        )

    def _detail(self, name: str) -> Any:
        return self.failure.details.get(name) if self.failure else None

    def _told(self) -> str:
        """Return what fails, as a certificate tells it, without the command that repeats it."""
        told = failures.text(
            [replace(each, rerun="") for each in self.failures], self.record.diagnoses
        )
        smoke = [f"✗ adapter  {terminal.smoke(each)}" for each in self.record.header["smoke"]]
        smaller = shrunk.text(self.record.smaller) if self.record.smaller else ""
        parts = [*([] if told else smoke), told, smaller]
        return "\n".join(part for part in parts if part)

    def _counted(self) -> str:
        """Return what was judged, in a sentence."""
        must, should = (self.record.counts(level) for level in ("MUST", "SHOULD"))
        failed = [sum(each[outcome] for outcome in FAILURES) for each in (must, should)]
        parts = [f"{must[CONFORMS]:,} MUST cases conform"]
        parts += [f"{failed[0]:,} do not"] if failed[0] else []
        ran = sum(should.values()) - should[ABSENT]
        parts += [f"{failed[1]:,} of {ran:,} SHOULD cases fail"] if ran else []
        absent = must[ABSENT] + should[ABSENT]
        parts += [f"{absent:,} are absent ({self._absences()})"] if absent else []
        summary, seed = self.record.summary(), self.record.header.get("seed", 0)
        dtypes = ", ".join(
            dict.fromkeys(each.format for each in self.record.results if each.outcome != ABSENT)
        )
        return (
            f"{', '.join(parts)}, in {dtypes}; {summary['compared']:,} values compared in "
            f"{self.record.header['seconds']:.1f} s, seed {seed}.{self._seconds()}"
        )

    def _absences(self) -> str:
        """Return the commonest reason for an absence."""
        reasons = [each.message for each in self.record.results if each.outcome == ABSENT]
        return printable(max(set(reasons), key=reasons.count))

    def _rows(self) -> Sequence[tuple[str, str]]:
        """Return the lines of the table that a notebook shows."""
        rows = [("given", self.arrays)]
        told, failure = self.finding, self.failure
        if told is not None and told.diagnosis is not None:
            said = "".join(each.text for each in segments(told.diagnosis))
            rows.append(("behaves as if", f"{told.diagnosis.name}: {said}"))
            rows.append(("in", share(told.diagnosis)))
        if failure is None:
            return rows
        message = first_sentence(failure.message) if failure.answered else failure.message
        rows.append(("clause", f"{failure.level} {failure.clause}: {printable(message)}"))
        if failure.answered:
            rows += [
                ("dtype", failure.format),
                ("input", given(failure)),
                ("answer", compared(failure)),
                ("truth", shown(failure.details["truth"])),
                ("bound", shown(failure.details["bound"])),
            ]
        if trace := failure.details.get("traceback"):
            rows.append(("traceback", printable(str(trace).rstrip())))
        return [*rows, *([("the call", self.call)] if self.call else [])]
