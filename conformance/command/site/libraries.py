"""Libraries side by side: operations and formats, in cells that lead to what a library breaks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nnspec.conformance.reports.numbers import shown
from nnspec.conformance.reports.printing import printable
from nnspec.conformance.reports.tables import escaped
from nnspec.conformance.run.compare import (
    BREAKING,
    NONE,
    Cell,
    Comparison,
    Violation,
    compare,
)
from nnspec.conformance.terms.outcomes import ABSENT

# So many failing cases of one clause are shown.
_SHOWN = 3

# Near a zero of the truth an error of many ulp may be within its bound: it tells nothing.
_TOLD = 1000

_LEGEND = (
    "✓ conforms, with the worst error in ulp that its accuracy clause saw, unless the clause "
    f"measures in another way and that is above {_TOLD:,}. ✗ breaks so many of its MUST cases, "
    "and leads to them; (known) if its adapter expects each. – is absent. ? has no verdict: the "
    "suite erred."
)


def libraries(reports: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the page that lays reports side by side, and each library's page, by their paths."""
    found = compare(reports)
    names = {name: f"libraries/{number}.md" for number, name in enumerate(found.libraries)}
    return {
        "libraries/index.md": _table(found),
        **{path: _broken(found, name, number) for number, (name, path) in enumerate(names.items())},
    }


def _table(found: Comparison) -> str:
    """Return the tables, one for each format."""
    lines = ["# Libraries side by side", "", _LEGEND, ""]
    lines += [
        f"- [{_named(name)}](#library:{number}): {escaped(verdict)}"
        for number, (name, verdict) in enumerate(found.verdicts.items())
    ]
    for dtype in filter(lambda each: any(found.rows(each)), found.dtypes):
        lines += [
            "",
            f"## {dtype}",
            "",
            f"| operation | {' | '.join(map(_named, found.libraries))} |",
        ]
        lines.append("|---" * (len(found.libraries) + 1) + "|")
        for operation, row in found.rows(dtype):
            cells = [_cell(row[name], number) for number, name in enumerate(found.libraries)]
            lines.append(
                f"| [{escaped(operation)}](#operation:{operation}) | {' | '.join(cells)} |"
            )
    return "\n".join(lines) + "\n"


def _cell(cell: Cell, library: int) -> str:
    if cell.state in (ABSENT, NONE):
        return "–" if cell.state == ABSENT else "?"
    if cell.state == BREAKING:
        known = " (known)" if cell.known else ""
        place = f"#broken:{library}/{cell.operation}/{cell.dtype}"
        return f"[✗ {cell.failed} of {cell.judged}]({place}){known}"
    told = cell.worst_ulp is not None and cell.worst_ulp < _TOLD
    return f"✓ {cell.worst_ulp:.3g}" if told else "✓"


def _broken(found: Comparison, library: str, number: int) -> str:
    """Return the page of a library: what it breaks, by operation and format."""
    lines = [
        f"(library:{number})=",
        f"# {_named(library)}",
        "",
        f"Verdict: {found.verdicts[library]}.",
    ]
    grouped: dict[tuple[str, str], dict[str, list[Violation]]] = {}
    for each in found.violations:
        if each.library == library:
            clauses = grouped.setdefault((each.operation, each.dtype), {})
            clauses.setdefault(each.clause, []).append(each)
    for (operation, dtype), clauses in grouped.items():
        lines += ["", f"(broken:{number}/{operation}/{dtype})=", f"## {operation} in {dtype}", ""]
        diagnosis = next(
            (each for each in found.diagnoses[library] if each.operation == operation), None
        )
        if diagnosis:
            said = f"{escaped(printable(diagnosis.name))}: {escaped(printable(diagnosis.sentence))}"
            lines += [f"Behaves as if: **{said}**", ""]
        for clause, violations in clauses.items():
            lines += _violated(clause, violations)
    if not grouped:
        lines += ["", "It breaks no MUST clause."]
    return "\n".join(lines) + "\n"


def _violated(clause: str, violations: Sequence[Violation]) -> Iterator[str]:
    """Yield the lines on a clause that a library breaks, with the first of its failing cases."""
    first, more = violations[0], len(violations) - _SHOWN
    expected = f" (known: {escaped(printable(first.expected))})" if first.expected else ""
    yield f"- [{clause}](#clause:{clause}). {escaped(printable(first.message))}{expected}"
    for each in violations[:_SHOWN]:
        details = each.details
        given = ", ".join(
            f"{key} = {shown(value)}" for key, value in details.get("input", {}).items()
        )
        told = [given] + [
            f"{key} {shown(details[key])}" for key in ("answer", "truth") if key in details
        ]
        yield f"  - {escaped(each.case)}: {escaped(printable('; '.join(filter(None, told))))}"
    if more > 0:
        yield f"  - and {more} more"


def _named(library: str) -> str:
    return escaped(printable(library))
