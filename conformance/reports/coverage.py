"""Coverage for the terminal and as a page of Markdown: a table, every gap and a verdict."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from nnspec.conformance.reports import tables
from nnspec.conformance.reports.printing import printable
from nnspec.conformance.run.coverage import Row, Specification, summary
from nnspec.conformance.run.reach import Extent, File, Reach, whole
from nnspec.conformance.terms.operations import OPERATIONS, page_of
from nnspec.spec import LEVELS, pages

# The terminal shows so many files, those with the least of their lines executed; the page in
# Markdown has them all.
_FILES = 20

# Of a file, the terminal names so many missing runs of lines.
_LINES = 20

Rows = tuple[list[str], list[list[str]]]


def show_specification(found: Specification, console: Console, *, by_clause: bool = False) -> None:
    """Print the table of pages or of clauses, the gaps and the verdict."""
    if by_clause:
        console.print(tables.table(*clauses(found.rows), words=2))
    else:
        console.print(tables.table(*_pages(found)))
        console.print("\ncases planned for an adapter that offers everything")
        console.print(tables.table(*_cases(found)))
    console.print()
    for hole in found.holes:
        console.print(Text(f"✗ {hole}", "red"), soft_wrap=True)
    console.print(Text(verdict(found), "red" if found.holes else "green"), soft_wrap=True)


def specification(found: Specification) -> str:
    """Return the coverage of the specification as a page of Markdown."""
    lines = [
        "# Coverage of the specification",
        "",
        tables.escaped(verdict(found)),
        "",
        tables.escaped(_COUNTED),
        "",
    ]
    lines += [
        *tables.markdown(*_pages(found)),
        "",
        "## Cases by dtype",
        "",
        *tables.markdown(*_cases(found)),
    ]
    if found.holes:
        lines += ["", "## Holes", "", *(f"- {tables.escaped(hole)}" for hole in found.holes)]
    for page in pages():
        lines += ["", f"## {page}", "", *tables.markdown(*clauses(found.of(page)), words=2)]
    return "\n".join(lines) + "\n"


def plain_specification(found: Specification) -> dict[str, Any]:
    """Return the coverage of the specification as values of JSON."""
    return {
        "traceability": 1,
        "verdict": verdict(found),
        "holes": list(found.holes),
        "clauses": [
            {
                "clause": row.clause.id,
                "level": row.clause.level,
                "check": row.checked,
                "examples": len(row.clause.examples),
                "mistakes": len(row.mistakes),
                "cases": dict(row.cases),
                "vectors": row.vectors,
                "holes": list(row.holes),
            }
            for row in found.rows
        ],
        "vectors": dict(found.vectors),
    }


def verdict(found: Specification) -> str:
    """Return the coverage of the specification in one sentence."""
    counted = f"{len(found.vectors)} operations and {len(found.rows)} clauses: "
    if found.holes:
        return f"{counted}{len(found.holes)} {'hole' if len(found.holes) == 1 else 'holes'}."
    chance = ", ".join(name for name in found.vectors if OPERATIONS[name].random)
    return (
        f"{counted}every clause that can be tested has a check, and rejects a known mistake of "
        "every operation it speaks of in every dtype it is judged in; every operation has stored "
        f"vectors but those whose answer is a matter of chance ({chance})."
    )


_COUNTED = (
    "A mistake that several clauses reject is one mistake. Cases are those planned for an adapter "
    "that offers everything, in all dtypes; vectors are those stored of an operation, and serve in "
    "every dtype that holds their inputs."
)


def _pages(found: Specification) -> Rows:
    counts = [summary(found, page) for page in (*pages(), "")]
    levels = [level for level in LEVELS if counts[-1].levels[level]]
    rows = [
        [
            each.operations,
            *(each.levels[level] for level in levels),
            each.checked,
            each.examples,
            each.mistakes,
        ]
        for each in counts
    ]
    return [
        "page",
        "operations",
        # A table of eighty columns has no room for the whole word.
        *("Inform." if level == LEVELS[-1] else level for level in levels),
        "checks",
        "examples",
        "mistakes",
        "vectors",
    ], [
        [page, *map(_number, (*row, each.vectors))]
        for page, row, each in zip((*pages(), "all"), rows, counts, strict=True)
    ]


def _cases(found: Specification) -> Rows:
    return ["page", *found.dtypes], [
        [page or "all", *map(_number, summary(found, page).cases.values())]
        for page in (*pages(), "")
    ]


def clauses(rows: Sequence[Row]) -> Rows:
    """Return the headings, and a row for each clause."""
    return ["clause", "level", "check", "examples", "mistakes", "cases", "vectors"], [
        [
            row.clause.id,
            row.clause.level,
            "✓" if row.checked else "–",
            *map(
                _number,
                (len(row.clause.examples), len(row.mistakes), sum(row.cases.values()), row.vectors),
            ),
        ]
        for row in rows
    ]


def show_reach(found: Reach, files: Sequence[File], console: Console) -> None:
    """Print what an implementation was judged on, its absent operations and its executed lines."""
    console.print(Text(printable(found.name), "bold"))
    console.print(tables.table(*extents(found), words=2))
    for line in gaps(found):
        console.print(Text(line), soft_wrap=True)
    if files:
        console.print()
        headings, rows = _files(files[:_FILES])
        console.print(tables.table(headings[:-1], [row[:-1] for row in rows]))
        for each in files[:_FILES]:
            if each.missing or each.untaken:
                said = f"{printable(each.name)}: {missing(each, _LINES)}"
                console.print(Text(f"missing in {said}"), soft_wrap=True)
        if len(files) > _FILES:
            console.print(
                f"… and {len(files) - _FILES} more files, of which a larger share was executed"
            )
        console.print()
        console.print(printable(executed(files)), markup=False, soft_wrap=True)


def implementation(found: Reach, files: Sequence[File]) -> str:
    """Return the coverage of an implementation as a page of Markdown."""
    lines = [
        f"# Coverage of {tables.escaped(printable(found.name))}",
        "",
        *tables.markdown(*extents(found), words=2),
    ]
    lines += ["", *(f"- {tables.escaped(line)}" for line in gaps(found))]
    if files:
        lines += [
            "",
            "## Its own lines",
            "",
            tables.escaped(printable(executed(files))),
            "",
            *tables.markdown(*_files(files)),
        ]
    return "\n".join(lines) + "\n"


def extents(found: Reach) -> Rows:
    """Return the headings, and a row for each page and dtype."""
    order = (*pages(), "")
    rows, last = [], None
    for (page, dtype), extent in sorted(
        found.extents.items(), key=lambda item: order.index(item[0][0])
    ):
        rows.append(["" if page == last else page or "all", dtype, *_of(extent)])
        last = page
    return ["page", "dtype", "operations", "clauses", "cases judged", "values compared"], rows


def _of(extent: Extent) -> list[str]:
    pairs = [f"{judged} of {there}" for judged, there in (extent.operations, extent.clauses)]
    return [*pairs, _number(extent.cases), _number(extent.values)]


def gaps(found: Reach) -> Iterator[str]:
    """Yield a line for each operation or clause that was not judged."""
    if found.asked:
        yield printable(f"asked was {found.asked}: what else is absent here, nobody has asked for")
    if found.undeclared:
        yield f"not declared: {', '.join(found.undeclared)}"
    for dtypes in dict.fromkeys(found.absent.values()):
        names = [name for name, where in found.absent.items() if where == dtypes]
        for page in pages():
            of_page = [name for name in names if page_of(name) == page]
            if of_page:
                yield f"absent ({', '.join(dtypes)}) from {page}: {', '.join(of_page)}"
    for clause, dtypes in found.unjudged.items():
        yield f"not judged ({', '.join(dtypes)}) though its operation is offered: {clause}"


def _files(files: Sequence[File]) -> Rows:
    rows = [
        [printable(each.name), *_share(each.lines), *_share(each.branches), missing(each)]
        for each in files
    ]
    return ["file", "lines", "executed", "branches", "taken", "missing"], rows


def missing(file: File, most: int | None = None) -> str:
    """Return the lines that did not run, and branches not taken, as coverage.py names them.

    At most so many are named. A branch to or from a line that did not run is not.
    """
    told = [str(first) if first == last else f"{first}-{last}" for first, last in file.ranges]
    gone = {*file.missing}
    told += [
        f"{first}→{last if last > 0 else 'exit'}"
        for first, last in file.untaken
        if not {first, last} & gone
    ]
    left = len(told) - most if most is not None else 0
    return ", ".join([*told[:most], f"… {left} more"] if left > 0 else told) or "–"


def _share(pair: tuple[int, int]) -> list[str]:
    return [_number(pair[1]), f"{100 * pair[0] / pair[1]:.1f} %"] if pair[1] else ["–", "–"]


def executed(files: Sequence[File]) -> str:
    """Say how many lines and branches of all files ran."""
    every = whole(files)
    ran, there = map(_number, every.lines)
    said = f"The suite executed {ran} of {there} lines, {_share(every.lines)[1]}"
    return said + (
        f", and {_share(every.branches)[1]} of the branches." if every.branches[1] else "."
    )


def _number(count: int) -> str:
    return f"{count:,}" if count else "–"
