"""The verdict on a function: true or false, and printed for a terminal or a notebook."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

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
    nothing fails. `record` holds all results.
    """

    operation: str
    function: str
    place: str
    arrays: str
    call: str
    record: Record
    raising: Callable[[], BaseException | None] = field(default=lambda: None, compare=False)

    def __bool__(self) -> bool:
        """Say whether each MUST clause conforms, and at least one of them was judged."""
        must = [each for each in self.record.results if each.level == "MUST"]
        failed = any(each.outcome in FAILURES for each in must)
        return not failed and any(each.outcome == CONFORMS for each in must)

    def expect(self) -> None:
        """Raise the first failure of a MUST clause, where a debugger stops in the user's function.

        It is a ClauseFailed, or the exception of the function itself. Nothing is raised if all
        conform.
        """
        __tracebackhide__ = True
        if (error := self.raising()) is not None:
            raise error

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
        head = [f"{'✓' if self else '✗'} {self.sentence}", f"  It was given {self.arrays}."]
        parts = [folding.plain("\n".join(head)), folding.plain(self._told())]
        if self.call and not self:
            parts.append(f"The call again:\n\n{folding.command(self.call, '    ')}")
        return "\n\n".join(part for part in [*parts, folding.plain(self._counted())] if part)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the verdict as a notebook shows it."""
        color = "#1a7f37" if self else "#cf222e"
        head = f"{'✓' if self else '✗'} {self.sentence}"
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
        where = f" ({self.place})" if self.place else ""
        said = "conforms" if self else "does not conform"
        # A verdict on a part says no more than that.
        only = self.record.header["selection"]["only"]
        part = f", of which only {', '.join(only)} was asked" if only else ""
        return f"{printable(self.function)}{where} {said} to {self.operation}{part}."

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
            f"{self.record.header['seconds']:.1f} s, seed {seed}."
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
