"""`report.html`: the record as one self-contained file; a script in it filters and searches."""

import base64
import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import unescape
from importlib import metadata
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nnspec.conformance.reports import (
    articles,
    beside,
    curves,
    exploration,
    lengths,
    mathml,
    shrunk,
    svg,
)
from nnspec.conformance.reports.articles import dtypes_of
from nnspec.conformance.reports.markup import markup
from nnspec.conformance.reports.numbers import error, named, shown
from nnspec.conformance.reports.printing import NAME, block, printable
from nnspec.conformance.reports.terminal import sentence, untold
from nnspec.conformance.run import arithmetic
from nnspec.conformance.run.pictures import Picture
from nnspec.conformance.run.record import Record, Result
from nnspec.conformance.terms.operations import clause_of
from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS, FAILURES
from nnspec.spec import Clause

# The most characters shown of an input and of a traceback.
_INPUT = 600
_OUTPUT = 4000

# The columns of an answer beside the truth.
_ROW = 76

# Beyond so many ulp the report tells only an error's share of its bound: a statistic whose truth is
# 0 has no useful ulp.
_ULPS = 1e4

# The libraries that write pages, formulas and text; another version may write other bytes.
_MAKERS = ("jinja2", "latex2mathml", "markdown-it-py")
_NAMED = re.compile(r'<meta name="generator" content="([^"]*)">')

# The states of a cell in the table of a page, which are also its style; the first that applies
# wins.
_FAILS, _KNOWN, _OTHER, _CONFORMS, _ABSENT = "fails", "known", "other", "conforms", "absent"


@dataclass(frozen=True)
class Cell:
    """The result of some cases: a word for the style sheet, a text, and the nearness to bounds."""

    state: str
    said: str
    near: str = ""


@dataclass(frozen=True)
class Told:
    """A clause with judged cases: its text, a row of cells for each operation, its pictures."""

    clause: Clause
    text: Markup
    rows: Sequence[tuple[str, Sequence[tuple[str, Cell]]]]
    whole: Cell
    dtypes: Sequence[str]
    failing: Sequence[str]
    pictures: Sequence[Mapping[str, Any]]


def makers() -> str:
    """Return the libraries that decide the bytes of report.html, with their versions."""
    return ", ".join(f"{name} {metadata.version(name)}" for name in _MAKERS)


def makers_of(page: str) -> str:
    """Return the libraries that a written page names, "" if it names none."""
    named = _NAMED.search(page)
    return unescape(named[1]) if named else ""


def text(record: Record) -> str:
    """Return report.html."""
    files = templates()
    style, script = source(files, "report.css") + mathml.STYLE, source(files, "report.js")
    said, counted = sentence(record)
    return files.get_template("report.html").render(
        record=record,
        header=record.header,
        untold=untold(record),
        summary=record.summary(),
        verdict=said.removesuffix(": "),
        counted=counted,
        arithmetic=[*arithmetic.lines(record.header), *arithmetic.needless(record.header)],
        makers=makers(),
        style=Markup(style),  # noqa: S704  ours
        script=Markup(script),  # noqa: S704  ours
        digests={"style": digest(style), "script": digest(script)},
        dtypes=_asked(record.results),
        table=_table(record),
        failures=articles.failures(record),
        pages=_pages(record),
        explored=exploration.sentence(record.exploration) if record.exploration else "",
        found=[
            (each, exploration.heading(each), exploration.remarks(each))
            for each in record.exploration.found
        ]
        if record.exploration
        else [],
        smaller=shrunk.told(record.smaller),
        few=lengths.few(compiles_shapes=record.header["adapter"]["compiles_shapes"]),
        known=_known(record),
        measured=_measured(record),
        absent=_absent(record),
        picture=svg.picture,
        caption=svg.caption,
        error=_error,
    )


def templates() -> Environment:
    """Return the templates, which escape every value and fail if a value is missing."""
    files = Environment(
        loader=PackageLoader("nnspec.conformance.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    files.filters |= {
        "printable": printable,
        "name": partial(printable, limit=NAME),
        "input": partial(printable, limit=_INPUT),
        "output": partial(block, limit=_OUTPUT),
        "quantity": svg.quantity,
        "shown": shown,
        "named": named,
        "digits": lambda number: f"{number:,}",
        "rows": partial(beside.lines, width=_ROW),
        "began": beside.step,
        "curves": curves.picture,
    }
    return files


def source(files: Environment, name: str) -> str:
    """Return a template as it stands."""
    assert files.loader is not None  # noqa: S101  it has one
    return files.loader.get_source(files, name)[0]


def digest(content: str) -> str:
    """Return the digest by which the content security policy admits an inline style or script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _asked(results: Sequence[Result]) -> list[str]:
    """Return the formats with judged cases, or all formats if no case was judged."""
    return dtypes_of(result for result in results if result.outcome != ABSENT) or dtypes_of(results)


def _table(record: Record) -> list[tuple[str, str, list[tuple[str, Cell]]]]:
    """Return page, level and a cell for each dtype.

    A page without a single answer has no row, unless all pages are so.
    """
    groups: dict[tuple[str, str, str], list[Result]] = {}
    for result in record.results:
        groups.setdefault((clause_of(result.clause).page, result.level, result.format), []).append(
            result
        )
    offered = {
        page: None
        for (page, _, _), group in groups.items()
        if any(result.outcome != ABSENT for result in group)
    }
    dtypes = _asked(record.results)
    return [
        (page, level, [(dtype, _cell(groups.get((page, level, dtype), ()))) for dtype in dtypes])
        for page in offered or dict.fromkeys(page for page, _, _ in groups)
        for level in ("MUST", "SHOULD")
    ]


def _cell(results: Sequence[Result]) -> Cell:
    """Return the cell of some cases."""
    ran = [result for result in results if result.outcome != ABSENT]
    if not ran:
        return Cell(_ABSENT, "absent" if results else "–")
    failed = sum(result.failed for result in ran)
    known = sum(bool(result.expected) and result.outcome in FAILURES for result in ran)
    conforming = sum(result.outcome == CONFORMS for result in ran)
    near = _near([result for result in ran if result.compared])
    if failed:
        return Cell(_FAILS, f"✗ {failed:,} of {len(ran):,}", near)
    if known:
        return Cell(_KNOWN, f"✗ {known:,} of {len(ran):,}, known", near)
    if conforming < len(ran):
        return Cell(_OTHER, f"{conforming:,} of {len(ran):,}", near)
    return Cell(_CONFORMS, f"✓ {conforming:,}", near)


def _near(compared: Sequence[Result]) -> str:
    """Return the largest error as a share of its bound, and in ulp if that is meaningful."""
    ulp = max((result.worst_ulp for result in compared), default=math.inf)
    ratio = max((result.worst_ratio for result in compared), default=math.inf)
    if ratio == 0:
        return "exact" if ulp == 0 else ""
    if not math.isfinite(ratio):
        return ""
    share = f"{100 * ratio:.2g} %" if ratio <= 1 else f"{svg.quantity(ratio)} × bound"
    return f"{svg.quantity(ulp)} ulp, {share}" if ulp <= _ULPS else share


def _pages(record: Record) -> list[tuple[str, list[Told]]]:
    """Return the clauses with judged cases, page by page in the order of the pages."""
    by_clause: dict[str, list[Result]] = {}
    for result in record.results:
        if result.outcome != ABSENT:
            by_clause.setdefault(result.clause, []).append(result)
    drawn: dict[str, list[Picture]] = {}
    for picture in record.pictures:
        drawn.setdefault(picture["clause"], []).append(picture)
    order = dtypes_of(record.results)
    told = [
        _told(clause_of(name), results, order, drawn.get(name, []))
        for name, results in by_clause.items()
    ]
    ordered = sorted(told, key=lambda each: (each.clause.page, each.clause.line))
    found = {
        page: list(group) for page, group in groupby(ordered, key=lambda each: each.clause.page)
    }
    return [
        (page, found[page])
        for page in dict.fromkeys(page for page, _, _ in _table(record))
        if page in found
    ]


def _told(
    clause: Clause, results: Sequence[Result], order: Sequence[str], drawn: list[Picture]
) -> Told:
    dtypes = sorted(dtypes_of(results), key=order.index)
    groups: dict[str, dict[str, list[Result]]] = {}
    for result in results:
        groups.setdefault(result.operation, {}).setdefault(result.format, []).append(result)
    return Told(
        clause=clause,
        text=markup(clause.text),
        rows=[
            (
                operation,
                [
                    (dtype, _cell(found[dtype]) if dtype in found else Cell(_ABSENT, "–"))
                    for dtype in dtypes
                ],
            )
            for operation, found in groups.items()
        ],
        whole=_cell(results),
        dtypes=dtypes,
        failing=dtypes_of(result for result in results if result.failed),
        pictures=drawn,
    )


def _error(result: Result) -> str:
    return error(result.details, result.operation)


def _known(record: Record) -> list[tuple[str, int, str]]:
    """Return each failure that the adapter expects, its number of failed cases and its reason."""
    found = []
    for key, reason in record.header["adapter"]["expected_failures"].items():
        keys = (
            (result, (result.clause, f"{result.clause}[{result.operation}]"))
            for result in record.results
        )
        count = sum(key in names and result.expected == reason for result, names in keys)
        found.append((key, count, reason))
    return found


def _measured(record: Record) -> list[tuple[str, str, list[tuple[str, list[str]]]]]:
    """Return operation, choice, and each value with its dtypes."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for result in record.results:
        # The arithmetic of products has lines of its own.
        open_to_choice = result.measured if result.clause != arithmetic.CLAUSE else {}
        for name, value in open_to_choice.items():
            dtypes = found.setdefault(
                (result.operation, name.removeprefix(f"{result.operation}: ")), {}
            ).setdefault(shown(value), [])
            dtypes += [] if result.format in dtypes else [result.format]
    return [(operation, name, list(values.items())) for (operation, name), values in found.items()]


def _absent(record: Record) -> list[tuple[str, list[str]]]:
    """Return each reason for absent cases, with the clauses of these cases."""
    found: dict[str, dict[str, None]] = {}
    for result in record.results:
        if result.outcome == ABSENT:
            found.setdefault(result.message, {})[result.clause] = None
    return [(message, list(names)) for message, names in found.items()]
