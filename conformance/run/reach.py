"""Counts the part of the specification that a report covers, and a library's executed lines."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnspec.conformance.run import plan, selection
from nnspec.conformance.terms import documents
from nnspec.conformance.terms.files import FileError
from nnspec.conformance.terms.formats import INTEGERS, NAMES
from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS, FAILURES

# No file of a program has more lines.
_MOST = 2**32


class LinesError(Exception):
    """A file is no JSON report of coverage.py; the message says what was needed."""


@dataclass(frozen=True)
class Extent:
    """The judged part of a page in a dtype, or of all pages.

    Operations and clauses are pairs: how many were judged, and how many there are.
    """

    operations: tuple[int, int]
    clauses: tuple[int, int]
    cases: int
    values: int


@dataclass(frozen=True)
class Reach:
    """An extent for each page and dtype, with "" for all pages.

    `absent` are the missing operations, `unjudged` the clauses of others, each with its dtypes.
    `asked` says in words which part of the plan the run asked for, if not all of it.
    """

    name: str
    extents: Mapping[tuple[str, str], Extent]
    undeclared: tuple[str, ...]
    absent: Mapping[str, tuple[str, ...]]
    unjudged: Mapping[str, tuple[str, ...]]
    asked: str = ""


@dataclass(frozen=True)
class File:
    """A file of an implementation, with its lines and branches: how many ran, of how many.

    The numbers of the `missing` lines, which did not run, are in ascending order. `untaken` are the
    branches from a line to another one.
    """

    name: str
    lines: tuple[int, int]
    branches: tuple[int, int]
    missing: tuple[int, ...] = ()
    untaken: tuple[tuple[int, int], ...] = ()

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The first and the last line of each run of missing lines that follow each other."""
        found: list[tuple[int, int]] = []
        for line in self.missing:
            if found and found[-1][1] == line - 1:
                found[-1] = found[-1][0], line
            else:
                found.append((line, line))
        return tuple(found)


@dataclass(frozen=True)
class _Asked:
    """A clause of an operation in a dtype: is it offered, with how many judged cases and values?"""

    page: str
    dtype: str
    operation: str
    clause: str
    offered: bool
    cases: int
    values: int


def reach(document: Mapping[str, Any]) -> Reach:
    """Return the part of the plan that a report covers, in the dtypes that it was judged in.

    The report is given as values of JSON. Operations that its selection left out count as absent.
    """
    adapter = document["header"]["adapter"]
    asked = _asked(document["results"])
    absent: dict[str, dict[str, None]] = defaultdict(dict)
    unjudged: dict[str, dict[str, None]] = defaultdict(dict)
    for each in asked:
        if not each.offered:
            absent[each.operation][each.dtype] = None
        elif not each.cases:
            about = (
                each.clause
                if each.clause.startswith(f"{each.operation}/")
                else f"{each.clause} ({each.operation})"
            )
            unjudged[about][each.dtype] = None
    keys = dict.fromkeys((page, each.dtype) for each in asked for page in (each.page, ""))
    return Reach(
        name=f"{adapter['name']} {adapter['version']}".strip(),
        extents={
            (page, dtype): _extent(
                [each for each in asked if each.dtype == dtype and page in (each.page, "")]
            )
            for page, dtype in keys
        },
        undeclared=tuple(dtype for dtype in NAMES if dtype not in adapter["dtypes"]),
        absent={name: tuple(found) for name, found in absent.items()},
        unjudged={name: tuple(found) for name, found in unjudged.items()},
        asked=selection.asked(document["header"]),
    )


def _asked(results: Sequence[Mapping[str, Any]]) -> list[_Asked]:
    """Return each clause of each operation in the dtypes of the results, ordered as planned."""
    offered: set[tuple[str, str]] = set()
    judged: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for each in results:
        dtype = each["dtype"] or INTEGERS
        if each["outcome"] != ABSENT:
            offered.add((dtype, each["operation"]))
        if each["outcome"] in (CONFORMS, *FAILURES):
            judged[dtype, each["operation"], each["clause"]].append(each["compared"])
    dtypes = {each["dtype"] for each in results}
    there = dict.fromkeys(
        (each.clause, each.dtype, each.operation)
        for each in plan.plan(plan.EVERYTHING)
        if each.dtype in dtypes
    )
    found = []
    for clause, plain_dtype, operation in there:
        dtype = plain_dtype or INTEGERS
        compared = judged.get((dtype, operation, clause.id), [])
        found.append(
            _Asked(
                clause.page,
                dtype,
                operation,
                clause.id,
                (dtype, operation) in offered,
                len(compared),
                sum(compared),
            )
        )
    return found


def _extent(asked: Collection[_Asked]) -> Extent:
    def pair(chosen: Iterable[str], there: Iterable[str]) -> tuple[int, int]:
        return len(set(chosen)), len(set(there))

    return Extent(
        operations=pair(
            (each.operation for each in asked if each.offered), (each.operation for each in asked)
        ),
        clauses=pair(
            (each.clause for each in asked if each.cases), (each.clause for each in asked)
        ),
        cases=sum(each.cases for each in asked),
        values=sum(each.values for each in asked),
    )


def lines(path: Path) -> tuple[File, ...]:
    """Return the files with statements in a JSON report of coverage.py, the least executed first.

    Raises LinesError if the file is no such report, or if no file in it has a statement.
    """
    try:
        files = documents.read(path)["files"]
        found = [
            _file(name, each) for name, each in files.items() if each["summary"]["num_statements"]
        ]
    except (FileError, LookupError, TypeError, AttributeError) as error:
        said = f"{error}" if isinstance(error, FileError) else f"{type(error).__name__}: {error}"
        message = (
            f"{path} is no report that pytest --cov=your_library --cov-report=json wrote: {said}"
        )
        raise LinesError(message) from None
    if not found:
        message = (
            f"{path} has no file with statements in it: --cov=your_library has to name a package "
            "or folder that the adapter imports"
        )
        raise LinesError(message)
    return tuple(sorted(found, key=lambda file: (file.lines[0] / file.lines[1], file.name)))


def whole(files: Sequence[File]) -> File:
    """Return all files as one."""
    sums = [
        sum(numbers)
        for numbers in zip(*((*each.lines, *each.branches) for each in files), strict=True)
    ]
    return File("all files", (sums[0], sums[1]), (sums[2], sums[3]))


def shares(found: Reach, files: Sequence[File]) -> tuple[float, ...]:
    """Return the share of the clauses that were judged, and that of the lines if there are any.

    The clauses are those of all pages, in each dtype that the report was judged in.
    """
    pairs = [extent.clauses for (page, _), extent in found.extents.items() if not page]
    judged, there = (sum(numbers) for numbers in zip(*pairs, strict=True)) if pairs else (0, 0)
    clauses = judged / there if there else 0.0
    if not files:
        return (clauses,)
    executed, lines_there = whole(files).lines
    return clauses, executed / lines_there


def _file(name: str, said: Mapping[str, Any]) -> File:
    counted = said["summary"]
    names = ("covered_lines", "num_statements", "covered_branches", "num_branches")
    lines, statements, *branches = (counted.get(each, 0) for each in names)
    for executed, there in ((lines, statements), branches):
        whole = type(executed) is int and type(there) is int
        if not (whole and 0 <= executed <= there <= _MOST):
            message = f"{name} has {executed!r} of {there!r} lines or branches"
            raise TypeError(message)
    missing, untaken = _numbers(said.get("missing_lines", [])), said.get("missing_branches", [])
    pairs = tuple(_numbers(pair) for pair in untaken)
    if any(len(pair) != 2 for pair in pairs):  # noqa: PLR2004  from a line to a line
        message = f"{name} has branches that are no pairs of lines"
        raise TypeError(message)
    return File(
        name,
        (lines, statements),
        (branches[0], branches[1]),
        tuple(sorted(missing)),
        tuple((first, last) for first, last in pairs),
    )


def _numbers(said: Any) -> tuple[int, ...]:
    """Return the numbers of lines in a list; raises TypeError if it is something else.

    A line that leaves a function leads to the negative of the line where that begins.
    """
    if not (
        isinstance(said, list) and all(type(each) is int and -_MOST < each < _MOST for each in said)
    ):
        message = f"{said!r:.40} is no list of lines"
        raise TypeError(message)
    return tuple(said)
