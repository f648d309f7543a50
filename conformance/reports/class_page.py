"""`compare --format html`: a class as one self-contained page, with pictures and without a script.

The tables and pictures are made of HTML and SVG that a narrow screen scrolls or folds.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from nnspec.conformance.reports import html, mathml, svg
from nnspec.conformance.reports.class_text import VERSION
from nnspec.conformance.reports.classes import SIGNS, Class, Fault, Row
from nnspec.conformance.reports.findings import formula
from nnspec.conformance.reports.numbers import compared, given
from nnspec.conformance.reports.printing import printable
from nnspec.conformance.run.marks import points

# An input is shortened to so many letters.
_INPUT = 400

# The bars of a histogram of marks.
_BARS = 10


@dataclass(frozen=True)
class Told:
    """A fault as the page shows it: the lines of its formula, its example and its picture."""

    fault: Fault
    formula: Sequence[tuple[str, bool]]
    given: str
    compared: str
    picture: Any


def text(found: Class) -> str:
    """Return the page."""
    files = html.templates()
    style = "".join(html.source(files, name) for name in ("report.css", "class.css")) + mathml.STYLE
    return files.get_template("class.html").render(
        found=found,
        version=VERSION,
        style=Markup(style),  # noqa: S704  ours
        digest=html.digest(style),
        signs=SIGNS,
        legend=found.signs,
        points=points,
        shares=[(name, _shares(found, name)) for name in found.operations],
        histogram=_histogram(found),
        groups=[(group, _told(group.fault, _row(found, group.names[0]))) for group in found.groups],
        picture=svg.picture,
        caption=svg.caption,
        anchors={row.name: f"file-{number}" for number, row in enumerate(found.rows, 1)},
        # A fault is told once, and the files that have it lead there.
        places={
            (group.fault.operation, group.fault.headline): f"fault-{number}"
            for number, group in enumerate(found.groups, 1)
        },
    )


def _row(found: Class, name: str) -> Row:
    return next(row for row in found.rows if row.name == name)


def _told(fault: Fault, row: Row) -> Told:
    """Return a fault with the picture that its file's report has of the clause, if it has one."""
    first = fault.first
    drawn = row.record.pictures if row.record is not None else ()
    return Told(
        fault,
        formula(fault.diagnosis) if fault.diagnosis is not None else (),
        printable(given(first), _INPUT) if first.answered else "",
        printable(compared(first), _INPUT) if first.answered else "",
        next((each for each in drawn if _is_of(each, fault)), None),
    )


def _is_of(drawn: Any, fault: Fault) -> bool:
    first = fault.first
    return (drawn["clause"], drawn["operation"], drawn["dtype"]) == (
        first.clause,
        first.operation,
        first.dtype,
    )


def _shares(found: Class, operation: str) -> list[tuple[str, int, float]]:
    """Return of each state how many files are in it, and the percents of all."""
    counted = Counter(row.states[operation] for row in found.rows)
    return [
        (state, counted[state], 100 * counted[state] / len(found.rows))
        for state in SIGNS
        if counted[state]
    ]


def _histogram(found: Class) -> list[tuple[str, int, float]]:
    """Return the words of each range of points, its files, and the height in percents."""
    marked = [row.points for row in found.rows if row.points is not None]
    if not marked or not found.most:
        return []
    places = Counter(min(int(_BARS * each / found.most), _BARS - 1) for each in marked)
    highest, width = max(places.values()), found.most / _BARS
    return [
        (
            f"{points(number * width)} to {points((number + 1) * width)}",
            places[number],
            100 * places[number] / highest,
        )
        for number in range(_BARS)
    ]
