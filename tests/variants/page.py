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
# By the adapter if it is one library, else by the package of the function.
_NAMES = {
    "onnx": "ONNX",
    "onnxruntime": "ONNX Runtime",
    "tfjs": "TensorFlow.js",
    "autograd": "autograd",
    "flax": "Flax",
    "keras": "Keras",
    "optax": "Optax",
    "sklearn": "scikit-learn",
    "tensorflow": "TensorFlow",
    "torch": "PyTorch",
}

# What `measured.stored` returns.
Files = Mapping[str, Mapping[str, Any]]


def tables() -> dict[str, str]:
    """Return the tables by their names."""
    files = stored()
    made = dict(_families(files))
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


def _families(files: Files) -> Iterator[tuple[str, str]]:
    """Yield the tables of the families by their names: two for one that is split."""
    for name, family in FAMILIES.items():
        columns = _columns(family, files)
        more = ["function", *(family.parameters[each] for each in family.split), _step(family)]
        if not family.split:
            yield name, _shown(columns)
            continue
        yield name, _shown({each: column for each, column in columns.items() if each not in more})
        second = {each: columns[each] for each in ("library", *more)}
        kept = [index for index, cell in enumerate(columns["function"]) if cell != "–"]
        yield (
            f"{name}-defaults",
            _shown({each: [column[index] for index in kept] for each, column in second.items()}),
        )


def _shown(columns: Mapping[str, Sequence[str]]) -> str:
    """Return a table without the columns that have no cell."""
    full = {heading: column for heading, column in columns.items() if any(map(str, column))}
    return _table([*full], zip(*full.values(), strict=True))


def _columns(family: Family, files: Files) -> dict[str, list[str]]:
    """Return the columns of a family; an operation that no library offers has a row too."""
    rows = [
        (operation, library)
        for operation in family.operations
        for library in _offering(operation, files) or ("",)
    ]
    offers = [files[library]["offers"][name] if library else {} for name, library in rows]
    columns = {
        "library": [
            _called(library, offer) for (_, library), offer in zip(rows, offers, strict=True)
        ],
        "function": [
            f"`{_PRIVATE.sub('', offer['function'])}`" if offer else "–" for offer in offers
        ],
        "operation": [_linked(operation) for operation, _ in rows],
    }
    for index, heading in enumerate(family.headings):
        columns[heading] = [family.operations[operation][index] for operation, _ in rows]
    for name, heading in family.parameters.items():
        if any(name in offer.get("parameters", ()) for offer in offers):
            columns[heading] = [
                _default(offer["parameters"].get(name)) if offer else "" for offer in offers
            ]
    if family.slope:
        columns[_step(family)] = [
            _first_step(operation, offer, family.slope) if offer else ""
            for (operation, _), offer in zip(rows, offers, strict=True)
        ]
    columns["set for it"] = [_settings(offer.get("settings", {})) for offer in offers]
    columns["measured"] = [
        _verdict(files[library]["verdicts"][operation]) if library else ""
        for operation, library in rows
    ]
    return columns


def _offering(operation: str, files: Files) -> list[str]:
    """Return the libraries that offer an operation, and were judged in it."""
    return [
        library
        for library, file in files.items()
        if operation in file["offers"] and operation in file["verdicts"]
    ]


def _called(library: str, offer: Mapping[str, Any]) -> str:
    """Return the name of a library as people know it: an adapter may call several."""
    if not library:
        return "–"
    package = offer["function"].partition(".")[0]
    return _NAMES.get(library) or _NAMES.get(package, package.upper())


def _step(family: Family) -> str:
    return f"first step at $g = 10^{{{round(log10(family.slope))}}}$" if family.slope else ""


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
    """Return that an operation conforms in every format, or where it violates how many clauses."""
    counts = {name: len(each.get("must", ())) for name, each in formats.items()}
    told = [
        f"violates {count} {'clause' if count == 1 else 'clauses'} in {name}"
        for name, count in counts.items()
        if count
    ]
    return "; ".join(told) or "conforms"


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
