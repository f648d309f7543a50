"""The kind of each name in a formula, as the table in `spec/notation.md` says."""

import re
from collections.abc import Mapping
from functools import lru_cache

from nnspec.conformance.programs.program import Program, states
from nnspec.spec import FOLDER

ARRAY, COTANGENT, GRADIENT, PARAMETERS = "array", "cotangent", "gradient", "parameters"
WEIGHT, RATE, EPSILON, COUNT = "weight in [0, 1]", "rate", "epsilon", "count"
LABELS, SLOPE, LIMIT = "labels", "slope", "limit"
STATE, PART = "state", "part"

# Names of these kinds hold arrays, and may be taken for each other where the shapes agree.
ARRAYS = (ARRAY, COTANGENT, GRADIENT, PARAMETERS, STATE, PART)

# Edits may put these names in the place of others of their kind; no formula has them. Counts are
# those of the first argument's elements, its first and last axis, and the longest batch. The
# parameters are those before the first step, and those before the last one.
MORE: Mapping[str, str] = {
    "size": COUNT,
    "rows": COUNT,
    "columns": COUNT,
    "longest": COUNT,
    "first_rate": RATE,
    "previous_rate": RATE,
    "next_rate": RATE,
    "start": PARAMETERS,
    "previous": PARAMETERS,
}

_TABLE = re.compile(r"^\| kind \| names \|\n\|[-|]+\n(?P<rows>(?:\|.*\n)+)", re.MULTILINE)
_NAME = re.compile(r"`(\w+)`")


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, str]:
    """Return the kind of each name in the table; raises ValueError if a name stands twice."""
    table = _TABLE.search((FOLDER / "notation.md").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for row in table["rows"].splitlines() if table else []:
        kind, names = row.strip("| ").split(" | ")
        for name in _NAME.findall(names):
            if name in found:
                message = f"notation.md gives two kinds to {name}: {found[name]}, {kind}"
                raise ValueError(message)
            found[name] = kind
    return found


def kind_of(name: str, program: Program) -> str:
    """Return the kind of a name in a program; its own definitions come before the table."""
    table = kinds()
    if table.get(name) == PARAMETERS or name not in program.defined:
        return table.get(name) or MORE[name]
    return STATE if name in states(program) else PART


def alike(name: str, other: str, program: Program) -> bool:
    """Say whether two names are of one kind, or both hold arrays."""
    one, two = kind_of(name, program), kind_of(other, program)
    return one == two or (one in ARRAYS and two in ARRAYS)
