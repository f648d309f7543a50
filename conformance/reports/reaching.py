"""The coverage of an implementation for programs: JSON, a table for a spreadsheet, and a badge."""

from collections.abc import Sequence
from typing import Any

from nnspec.conformance.reports.coverage import missing
from nnspec.conformance.reports.printing import NAME, printable
from nnspec.conformance.run.reach import Extent, File, Reach, shares

VERSION = 1

# From this share on, a badge has this color.
_COLORS = ((0.9, "brightgreen"), (0.75, "green"), (0.5, "yellow"), (0.25, "orange"), (0.0, "red"))


def plain(found: Reach, files: Sequence[File]) -> dict[str, Any]:
    """Return both kinds of coverage as values of JSON, which coverage.schema.json describes."""
    return {
        "coverage": VERSION,
        "name": found.name,
        "asked": found.asked,
        "extents": [
            {"page": page or "all", "dtype": dtype, **_extent(extent)}
            for (page, dtype), extent in found.extents.items()
        ],
        "undeclared": list(found.undeclared),
        "absent": {name: list(dtypes) for name, dtypes in found.absent.items()},
        "unjudged": {name: list(dtypes) for name, dtypes in found.unjudged.items()},
        "files": [_file(each) for each in files],
        "clauses": shares(found, files)[0],
        **({"lines": shares(found, files)[1]} if files else {}),
    }


def table(found: Reach, files: Sequence[File]) -> tuple[list[str], list[list[object]]]:
    """Return headings and rows: a row a page and dtype, then a row a file."""
    headings = ["of", "name", "dtype", "judged or executed", "there", "missing"]
    rows: list[list[object]] = [
        ["clauses", page or "all", dtype, *extent.clauses, ""]
        for (page, dtype), extent in found.extents.items()
    ]
    rows += [
        ["lines", printable(each.name), "", *each.lines, missing(each).strip("–")] for each in files
    ]
    return headings, rows


def badge(found: Reach, files: Sequence[File]) -> dict[str, Any]:
    """Return both shares for shields.io (https://shields.io/badges/endpoint-badge).

    The smaller one decides the color; a run of a part has none of these colors.
    """
    reached = shares(found, files)
    told = [f"{100 * reached[0]:.0f} % of clauses"]
    told += [f"{100 * reached[1]:.0f} % of lines"] if files else []
    color = next(color for least, color in _COLORS if min(reached) >= least)
    if found.asked:
        told.append(f"asked {printable(found.asked, NAME)}")
    return {
        "schemaVersion": 1,
        "label": "nnspec coverage",
        "message": ", ".join(told),
        "color": "blue" if found.asked else color,
    }


def _extent(extent: Extent) -> dict[str, Any]:
    pairs = {"operations": extent.operations, "clauses": extent.clauses}
    told = {name: {"judged": judged, "there": there} for name, (judged, there) in pairs.items()}
    return {**told, "cases": extent.cases, "values": extent.values}


def _file(file: File) -> dict[str, Any]:
    return {
        "name": file.name,
        "lines": {"executed": file.lines[0], "there": file.lines[1]},
        "branches": {"taken": file.branches[0], "there": file.branches[1]},
        "missing": list(file.missing),
        "untaken": [list(pair) for pair in file.untaken],
    }
