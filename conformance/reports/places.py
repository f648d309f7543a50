"""Where a failure is told in code: the file and the line of its operation's function."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from nnspec.conformance.reports.numbers import numbers
from nnspec.conformance.reports.printing import first_sentence, printable
from nnspec.conformance.run.record import Record, Result

_PLACE = re.compile(r"(?P<file>[^\0\n]+):(?P<line>[1-9]\d{0,8})")


class Place(NamedTuple):
    """A line of a file, which is written with `/` and relative to where the suite ran."""

    file: str
    line: int


def place_of(record: Record, operation: str) -> Place | None:
    """Return where the function of an operation stands, None if its adapter does not say it.

    An adapter may say anything: a file elsewhere on a machine is none.
    """
    said = record.header["adapter"].get("places", {}).get(operation, "")
    match = _PLACE.fullmatch(said.replace("\\", "/"))
    if match is None or match["file"].startswith("/") or ".." in match["file"].split("/"):
        return None
    return Place(match["file"].removeprefix("./"), int(match["line"]))


def told(results: Sequence[Result]) -> list[str]:
    """Return what there is to say of failing cases of a clause and an operation, in lines.

    The first says what is true when the clause fails, or what ended the case. Then come the numbers
    of the smallest case, how many cases there are, and the line that repeats it.
    """
    first = min(results, key=lambda each: (not each.answered, each.size))
    said = first_sentence(first.message) if first.answered else printable(first.message)
    lines = [said]
    lines += [printable(first.explanation)] if first.explanation else []
    lines += [f"{first.format}: {printable(numbers(first))}"] if first.answered else []
    dtypes = ", ".join(dict.fromkeys(each.format for each in results))
    cases = "case" if len(results) == 1 else "cases"
    lines += [f"{len(results):,} {cases} in {dtypes}"]
    return [*lines, printable(first.rerun)] if first.rerun else lines
