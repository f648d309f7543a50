"""The tables of spec/variants.md, from the files in spec/measured.

python -m tests.variants.page            print the tables
python -m tests.variants.page --write    write them into spec/variants.md
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import log10
from typing import Any

import numpy as np

from nnspec import reference, spec
from nnspec.conformance.reports.tables import escaped
from nnspec.conformance.terms.operations import OPERATIONS, page_of
from tests.variants.families import FAMILIES, Family
from tests.variants.measured import stored
from tests.variants.offers import OFFERS

PAGE = spec.FOLDER / "variants.md"
OPEN, CLOSE = "<!-- table: {} -->\n", "<!-- end of the table -->\n"

_MARKED = re.compile(r"<!-- table: ([\w-]+) -->\n(.*?)<!-- end of the table -->\n", re.DOTALL)
# The private modules of scikit-learn, whose classes bear the names that users know.
_PRIVATE = re.compile(r"\._\w+(?=\.)")
# What `measured.stored` returns.
Files = Mapping[str, Mapping[str, Any]]


def tables() -> dict[str, str]:
    """Return the tables by their names."""
    files = stored()
    made = {name: _family(family, files) for name, family in FAMILIES.items()}
    return made | {
        "libraries": _table(
            ("library", "version", "measured", "formats", "specification"), _libraries(files)
        ),
        "operations": _table(("operation", *files), _operations(files)),
        "violated": _table(("library", "operation", "clause", "why"), _violated(files)),
    }


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(each)} |\n" for each in lines)


def _family(family: Family, files: Files) -> str:
    """Return the table of a family; an operation that no library offers has a row without one."""
    offers = {
        operation: {
            library: file["offers"][operation]
            for library, file in files.items()
            if operation in file["offers"] and operation in file["verdicts"]
        }
        for operation in family.operations
    }
    given = [each for listed in offers.values() for each in listed.values()]
    parameters = [
        name for name in family.parameters if any(name in each["parameters"] for each in given)
    ]
    settings = any(each["settings"] for each in given)
    columns = len(parameters) + settings + bool(family.slope)
    rows = []
    for operation, words in family.operations.items():
        for library, offer in offers[operation].items():
            row = [library, f"`{_PRIVATE.sub('', offer['function'])}`", _linked(operation), *words]
            row += [_default(offer["parameters"].get(name)) for name in parameters]
            row += [_first_step(operation, offer, family.slope)] if family.slope else []
            row += [_settings(offer["settings"])] if settings else []
            rows.append([*row, _verdict(files[library]["verdicts"][operation])])
        if not offers[operation]:
            rows.append(["–", "–", _linked(operation), *words, *[""] * columns, ""])
    headings = ["library", "function", "operation", *family.headings]
    headings += [family.parameters[name] for name in parameters]
    headings += [f"first step at $g = 10^{{{round(log10(family.slope))}}}$"] if family.slope else []
    return _table([*headings, *(["set for it"] if settings else []), "measured"], rows)


def _first_step(operation: str, offer: Mapping[str, Any], slope: float) -> str:
    """Return the first step in rates, with the defaults of a library."""
    given = {
        name: each["default"]
        for name, each in offer["parameters"].items()
        if name not in ("learning_rate", "weight_decay")
    }
    function = getattr(reference, operation)
    start, constant = [np.zeros(1)], [np.array([slope])]
    (reached,) = next(iter(function(lambda _: constant, start, 1, learning_rate=1.0, **given)))
    return f"{-reached.item():.3f}"


def _linked(operation: str) -> str:
    return f"[`{operation}`]({page_of(operation)}.md)"


def _default(parameter: Mapping[str, Any] | None) -> str:
    """Return a default in our terms, and the library's name for it where that means another."""
    if parameter is None:
        return "–"
    if "default" not in parameter:
        return "required"
    value = parameter["default"]
    if value is None or isinstance(value, str):
        return value or "none"
    name = parameter.get("name", "")
    if name.startswith("1 - "):
        other = name.removeprefix("1 - ")
        return f"{1 - Decimal(str(value))} (`{other}` = {number(value)})"
    return number(value)


def number(value: float) -> str:
    """Return a number as people write it: 1e-8, and 0 for 0.0."""
    return re.sub(r"e([+-])0", r"e\1", f"{value:g}")


def _settings(settings: Mapping[str, Any]) -> str:
    told = []
    for name, each in settings.items():
        default = f", by default `{each['default']}`" if "default" in each else ""
        told.append(f"`{name}` = `{each['set']}`{default}")
    return "; ".join(told)


def _verdict(formats: Mapping[str, Any]) -> str:
    """Return in which formats an operation conforms, and in which it violates how many clauses."""
    told: dict[str, list[str]] = {}
    for name, each in formats.items():
        count = len(each.get("must", ()))
        said = f"violates {count} {'clause' if count == 1 else 'clauses'}" if count else "conforms"
        told.setdefault(said, []).append(name)
    return "; ".join(f"{said} in {', '.join(names)}" for said, names in told.items())


def _libraries(files: Files) -> Iterator[Sequence[str]]:
    for library in OFFERS:
        if library in files:
            file = files[library]
            digest = f"{file['specification']['edition']} {file['specification']['digest'][:8]}"
            formats = ", ".join(file["dtypes"])
            yield file["name"], file["version"], file["measured"], formats, digest
        else:
            yield library, "", "not run", "", ""


def _operations(files: Files) -> Iterator[Sequence[str]]:
    for operation in OPERATIONS:
        cells = [_cell(file["verdicts"].get(operation)) for file in files.values()]
        yield _linked(operation), *cells


def _cell(formats: Mapping[str, Any] | None) -> str:
    if formats is None:
        return "–"
    return "✗" if any("must" in each for each in formats.values()) else "✓"


def _violated(files: Files) -> Iterator[Sequence[str]]:
    """Yield each reason for which a library violates MUST clauses of an operation."""
    for file in files.values():
        found: dict[tuple[str, str], dict[str, None]] = {}
        for operation, formats in file["verdicts"].items():
            for each in formats.values():
                for clause, reason in each.get("must", {}).items():
                    found.setdefault((operation, reason), {})[clause] = None
        for (operation, reason), clauses in found.items():
            listed = ", ".join(f"`{clause}`" for clause in sorted(clauses))
            why = escaped(reason) if reason else "nobody expected it"
            yield file["name"], f"`{operation}`", listed, why


def shown() -> dict[str, str]:
    """Return the tables that the page shows, by their names."""
    return dict(_MARKED.findall(PAGE.read_text(encoding="utf-8")))


def write() -> None:
    """Put the tables into the page in place of those that it shows."""
    made = tables()
    text = PAGE.read_text(encoding="utf-8")
    text = _MARKED.sub(lambda found: OPEN.format(found[1]) + made[found[1]] + CLOSE, text)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        write()
    else:
        for name, table in tables().items():
            print(f"{name}\n\n{table}")
