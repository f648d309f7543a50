"""Annotations of GitHub Actions: one line for each clause that an operation fails.

A line is a workflow command, `::error file=…,line=…,title=…::message`
(https://docs.github.com/actions/reference/workflow-commands-for-github-actions). A MUST that fails
is an error, a failure that the baseline has is a warning, and so is a SHOULD. The last lines are
the verdict, as an error if the exit status is not 0.
"""

from collections.abc import Iterator, Sequence

from nnspec.conformance.reports.places import Place, place_of, told
from nnspec.conformance.reports.printing import NAME, printable
from nnspec.conformance.reports.terminal import smoke, verdict
from nnspec.conformance.run import known
from nnspec.conformance.run.record import Record, Result

# GitHub keeps ten annotations of a kind for a step, and shows what is longer only in its log.
_ANNOTATIONS = 10
_LONGEST = 1000


def text(record: Record) -> str:
    """Return the lines of all annotations: errors first, as many of a kind as GitHub keeps."""
    lines = [*_errors(record), *_warnings(record)]
    level = "notice" if record.status == 0 else "error"
    said = printable(verdict(record).plain)
    return "\n".join([*lines, _line(level, None, "nnspec", said)]) + "\n"


def _errors(record: Record) -> Iterator[str]:
    """Yield what sets the exit status; of more than are kept, the last line counts the rest."""
    errors = [
        _line("error", None, "nnspec: the adapter itself", smoke(each))
        for each in record.header["smoke"]
    ]
    new = known.compared(record.header, record.results).new
    errors += [_failed("error", group, record) for group in groups(new)]
    errors += [
        _line("error", None, f"nnspec: {each}", "conforms, though the adapter expects it to fail")
        for each in record.unexpected_passes
    ]
    # One of the lines of this kind may be the verdict.
    yield from _few(errors, "error", _ANNOTATIONS - 1)


def _warnings(record: Record) -> Iterator[str]:
    """Yield failures that the baseline has, and those of SHOULD clauses."""
    same = known.compared(record.header, record.results).known
    should = [each for each in record.results if each.failed and each.level == "SHOULD"]
    warnings = [
        _failed("warning", group, record, "known from the baseline: ") for group in groups(same)
    ]
    warnings += [_failed("warning", group, record) for group in groups(should)]
    yield from _few(warnings, "warning", _ANNOTATIONS)


def groups(results: Sequence[Result]) -> list[list[Result]]:
    """Return results by clause and operation, in their order."""
    found: dict[tuple[str, str], list[Result]] = {}
    for each in results:
        found.setdefault((each.clause, each.operation), []).append(each)
    return list(found.values())


def _few(lines: Sequence[str], level: str, most: int) -> list[str]:
    if len(lines) <= most:
        return list(lines)
    left = len(lines) - most + 1
    said = f"and {left:,} more of this kind, which the report has"
    return [*lines[: most - 1], _line(level, None, "nnspec", said)]


def _failed(level: str, results: Sequence[Result], record: Record, before: str = "") -> str:
    first = results[0]
    title = f"{first.level} {first.clause} ({first.operation})"
    place = place_of(record, first.operation)
    return _line(level, place, title, before + "\n".join(told(results)))


def _line(level: str, place: Place | None, title: str, message: str) -> str:
    """Return a workflow command; what an adapter wrote in it is text, and ends no line."""
    properties = {} if place is None else {"file": place.file, "line": str(place.line)}
    properties["title"] = printable(title, NAME)
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {written}::{_data(message[:_LONGEST])}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
