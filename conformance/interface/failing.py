"""A failure as an exception, which is raised where the user's function returns or raises."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nnspec.conformance.interface.frames import raised, returned
from nnspec.conformance.interface.subjects import Subject
from nnspec.conformance.judge import judge
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.reports import failures
from nnspec.conformance.reports.findings import findings
from nnspec.conformance.run.diagnoses import Diagnosis
from nnspec.conformance.run.record import Result
from nnspec.conformance.sources.description import Source
from nnspec.conformance.terms.operations import OPERATIONS
from nnspec.conformance.terms.outcomes import FAILURES, Ended


class ClauseFailed(AssertionError):  # noqa: N818  a verdict, not an error
    """A MUST clause failed; `results` are its cases that did, and `diagnoses` explain them."""

    def __init__(
        self, message: str, results: Sequence[Result], diagnoses: Iterable[Diagnosis]
    ) -> None:
        super().__init__(message)
        self.results, self.diagnoses = tuple(results), tuple(diagnoses)


# A traceback names it as its user imports it.
ClauseFailed.__module__ = "nnspec"


def exception(
    failed: Sequence[Result],
    diagnoses: Sequence[Diagnosis],
    planned: Mapping[str, Planned],
    subject: Subject,
    source: Source,
) -> BaseException:
    """Return what to raise for failing cases, with a traceback that ends in the user's frame.

    It is the exception of the user's own function if that raises, with the message in a note. The
    case that is told first is asked once more for it.
    """
    message = failures.text(failed, diagnoses)
    told = ClauseFailed(message, failed, diagnoses)
    first = first_told(failed, diagnoses)
    function = subject.functions.get(first.operation)
    if function is None or first.id not in planned:
        return told
    again = judge.attempt(planned[first.id], source)
    if again.outcome not in FAILURES:
        told.add_note("The case did not fail when it was asked once more.")
        return told
    error = function.raised
    if error is None:
        return told.with_traceback(returned(function, _steps(again.details)))
    # A callback of the suite refused the question, or the function would end the session.
    if isinstance(error, (Ended, SystemExit)):
        return told.with_traceback(raised(error, function))
    # The traceback stands above the note.
    note = "\n".join(line for line in message.splitlines() if not line.startswith("  │"))
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
    error.__cause__ = None
    return error.with_traceback(raised(error, function))


def first_told(failed: Sequence[Result], diagnoses: Sequence[Diagnosis]) -> Result:
    """Return the case that a report shows first."""
    return findings(failed, diagnoses)[0].smallest


def _steps(details: Mapping[str, Any]) -> int | None:
    """Return how many steps of an optimizer lead to its wrong one: `adam[2][0]` is in the third."""
    operation, _, place = str(details.get("quantity", "")).partition("[")
    if operation not in OPERATIONS or not OPERATIONS[operation].steps or not place:
        return None
    number = place.partition("]")[0]
    return int(number) + 1 if number.isdecimal() else None
